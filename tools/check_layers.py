#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Check that every file includes headers of lower rooms only.

The rooms and what each stands on are the table of docs/architecture.md headed
"room".  A room with folders may have a table of its own, headed "folder of
ROOM": its private headers go by it.  In that table ROOM itself stands for the
files right in the room, whose headers are for every folder.
"""

import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<(vmsa/[^>]+)>)',
                     re.MULTILINE)

# Files whose name is not their room's.
ROOM_OF_HEADER = {'types': 'base', 'recorded': 'linux', 'foreign': 'trace'}

# The umbrella shows everything and belongs to no room.
UMBRELLA = 'include/vmsa/vmsa.h'


def closure(names):
    """{name: itself and all it stands on, directly or through others}."""
    seen = {}
    for name, below in names.items():
        seen[name] = {name}.union(*(seen[other] for other in below))
    return seen


def read_table(text, head):
    """The table of that head as {name: names it stands on}, in order."""
    names = {}
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if len(cells) != 3:
            inside = False
        elif cells[0] == head:
            inside = True
        elif inside and not set(cells[0]) <= {'-'}:
            below = [] if cells[2] == '-' else re.split(r',\s*', cells[2])
            for name in below:
                if name not in names:
                    raise ValueError(f'{cells[0]} stands on {name}, '
                                     'which is not above it in the table')
            names[cells[0]] = below
    return names


def read_rooms(text):
    """The rooms, and for each room with a table the folders in it."""
    rooms = read_table(text, 'room')
    if not rooms:
        raise ValueError('no table of rooms')
    folders = {room: closure(read_table(text, f'folder of {room}'))
               for room in rooms}
    return closure(rooms), {r: f for r, f in folders.items() if f}


def room_of(path):
    """The room of a file, by its path from the project's root."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] == 'tools':
        return 'tools'
    # lib/ROOM/... and include/vmsa/ROOM...; files right in lib/ are the base.
    rest = parts[1:] if parts[0] == 'lib' else parts[2:]
    if len(rest) == 1 and parts[0] == 'lib':
        return 'base'
    name = rest[0].removesuffix('.h')
    return ROOM_OF_HEADER.get(name, name)


def find(root, path, include):
    """The path of an included file from the root; None if not ours."""
    for base in (pathlib.PurePosixPath(path).parent, 'include', 'lib'):
        candidate = pathlib.PurePosixPath(base) / include
        if (root / candidate).is_file():
            return str(candidate)
    return None


def folder_of(path):
    """The folder of a file of lib/ in its room, or the room itself."""
    parts = pathlib.PurePosixPath(path).parts
    return parts[2] if len(parts) > 3 else parts[1]


def climbs_inside(path, target, folders):
    """Does an include of a private header climb inside its room?"""
    room = room_of(path)
    if room not in folders or room_of(target) != room:
        return False
    if not (path.startswith('lib/') and target.startswith('lib/')):
        return False
    other = folder_of(target)
    return other != room and other not in folders[room][folder_of(path)]


def check_file(root, path, allowed, folders):
    """Sentences about the includes of one file that climb."""
    room = room_of(path)
    if room not in allowed:
        return [f'{path}: no room "{room}" in docs/architecture.md']
    if path.startswith('lib/') and room in folders and \
            folder_of(path) not in folders[room]:
        return [f'{path}: no folder "{folder_of(path)}" of {room} in '
                'docs/architecture.md']
    wrong = []
    for quoted, angled in INCLUDE.findall((root / path).read_text()):
        target = find(root, path, quoted or angled)
        if target is None:
            if quoted:
                wrong.append(f'{path}: no file "{quoted}"')
            continue
        other = room_of(target)
        if target == UMBRELLA:
            other = 'tools'
        if other not in allowed[room]:
            wrong.append(f'{path}: "{quoted or angled}" belongs to {other}, '
                         f'which {room} does not stand on')
        if climbs_inside(path, target, folders):
            wrong.append(f'{path}: "{quoted}" belongs to {folder_of(target)}, '
                         f'which {folder_of(path)} does not stand on')
        if room == 'tools' and target.startswith('lib/'):
            wrong.append(f'{path}: "{quoted}" is not public')
        if path.startswith('include/') and not target.startswith('include/'):
            wrong.append(f'{path}: "{quoted}" is not installed')
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', type=pathlib.Path, nargs='?', default='.')
    root = parser.parse_args().root
    allowed, folders = read_rooms(
        (root / 'docs' / 'architecture.md').read_text())
    files = [str(p.relative_to(root)) for top in ('include', 'lib', 'tools')
             for p in sorted((root / top).rglob('*.[ch]'))]
    wrong = [w for path in files if path != UMBRELLA
             for w in check_file(root, path, allowed, folders)]
    for sentence in wrong:
        print(sentence)
    print(f'{len(files)} files, {len(wrong)} includes that climb')
    return 1 if wrong or not files else 0


if __name__ == '__main__':
    sys.exit(main())
