#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare the export list with the public headers and the shared library.

A function is public when a header in include/vmsa/ declares it; lib/vmsa.map
names each of them, sorted, and the shared library defines those and no other.
With --write the list is made anew from the headers.
"""

import argparse
import pathlib
import re
import subprocess
import sys

COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.DOTALL)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.MULTILINE)
# A declaration's first parenthesis: "int vmsa_walk_va(".
FUNCTION = re.compile(r'^[^(]*?\b(vmsa_\w+)\s*\(')
BODY = re.compile(r'\{[^{}]*\}')
LIST = re.compile(r'^(\w+) \{\nglobal:\n(.*)local:\n\t\*;\n\};\n$', re.DOTALL)


def declarations(text):
    """The statements of a header outside every pair of braces."""
    text = DIRECTIVE.sub('', COMMENT.sub('', text))
    text = text.replace('extern "C" {', '')
    inner = None
    while inner != text:
        inner, text = text, BODY.sub(';', text)
    return [' '.join(part.split()) for part in re.split(r'[;}]', text)]


def declared(header):
    """Names of the functions a header declares and does not define."""
    names = set()
    for statement in declarations(header.read_text()):
        if statement.startswith(('typedef', 'static')):
            continue
        match = FUNCTION.match(statement)
        if match:
            names.add(match.group(1))
    return names


def read_list(path):
    """Version and names of an export list, in its order."""
    match = LIST.match(path.read_text())
    if not match:
        raise ValueError(f'{path}: not as --write writes it')
    names = re.findall(r'^\t(\w+);$', match.group(2), re.MULTILINE)
    return match.group(1), names


def write_list(path, version, names):
    lines = ''.join(f'\t{name};\n' for name in sorted(names))
    path.write_text(f'{version} {{\nglobal:\n{lines}local:\n\t*;\n}};\n')


def defined(library, nm):
    """Names the dynamic symbol table of a shared library defines."""
    text = subprocess.run([nm, '-D', '--defined-only', library], check=True,
                          capture_output=True, text=True).stdout
    symbols = (line.split() for line in text.splitlines())
    # "A" is the version itself, an absolute symbol.
    return {s[-1].split('@')[0] for s in symbols if s[-2] != 'A'}


def differences(what, have, want):
    return ([f'{name}: {what[0]}' for name in sorted(have - want)] +
            [f'{name}: {what[1]}' for name in sorted(want - have)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--write', action='store_true',
                        help='make the list from the headers')
    parser.add_argument('--nm', default='nm', help='the nm to use')
    parser.add_argument('root', type=pathlib.Path)
    parser.add_argument('library', nargs='?', help='the shared library')
    args = parser.parse_args()
    path = args.root / 'lib' / 'vmsa.map'
    headers = sorted((args.root / 'include' / 'vmsa').rglob('*.h'))
    public = set().union(*(declared(header) for header in headers))

    if args.write:
        write_list(path, path.read_text().split()[0], public)
        return 0
    _, names = read_list(path)
    wrong = differences(('listed, but no public header declares it',
                         'declared, but not in lib/vmsa.map'),
                        set(names), public)
    if names != sorted(set(names)):
        wrong.append('lib/vmsa.map is not sorted, or names something twice')
    if args.library:
        wrong += differences(('defined by the library, but not public',
                              'declared, but not defined by the library'),
                             defined(args.library, args.nm), public)
    for sentence in wrong:
        print(sentence)
    print(f'{len(public)} public functions, {len(wrong)} disagreements')
    return 1 if wrong or not public else 0


if __name__ == '__main__':
    sys.exit(main())
