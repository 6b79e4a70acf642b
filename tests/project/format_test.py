#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""C files are as clang-format leaves them, and no line is over 80 columns.

Releases of clang-format differ in what they do: the one the tree was formatted
with is asked, and the test is skipped (77) where there is none.
format_test.py [--columns] ROOT
"""

import pathlib
import shutil
import subprocess
import sys

MAJOR = '14'
TOPS = ('include', 'lib', 'tools', 'tests', 'bench', 'capture', 'examples')
COLUMNS = 80
SKIPPED = 77


def sources(root, *suffixes):
    return sorted(p for top in TOPS for p in (root / top).rglob('*')
                  if p.suffix in suffixes)


def find_clang_format():
    for name in (f'clang-format-{MAJOR}', 'clang-format'):
        path = shutil.which(name)
        if not path:
            continue
        said = subprocess.run([path, '--version'], capture_output=True,
                              text=True).stdout
        if f'version {MAJOR}.' in said:
            return path
    return None


def check_format(root):
    tool = find_clang_format()
    if not tool:
        print(f'no clang-format {MAJOR}')
        return SKIPPED
    files = sources(root, '.c', '.h')
    run = subprocess.run([tool, '--dry-run', '--Werror', *files], cwd=root,
                         stderr=subprocess.PIPE, text=True)
    lines = [line for line in run.stderr.splitlines() if 'error:' in line]
    print('\n'.join(lines))
    print(f'{len(files)} files, {len(lines)} places')
    return 1 if run.returncode else 0


def check_columns(root):
    wrong = 0
    files = sources(root, '.c', '.h', '.py', '.sh')
    files += sorted(p for p in (root / 'scripts').iterdir() if p.is_file())
    for path in files:
        for number, line in enumerate(
                path.read_text().expandtabs(8).splitlines(), 1):
            if len(line) > COLUMNS:
                print(f'{path.relative_to(root)}:{number}: '
                      f'{len(line)} columns')
                wrong += 1
    print(f'{len(files)} files, {wrong} lines over {COLUMNS} columns')
    return 1 if wrong else 0


def main():
    root = pathlib.Path(sys.argv[-1]).resolve()
    check = check_columns if '--columns' in sys.argv else check_format
    return check(root)


if __name__ == '__main__':
    sys.exit(main())
