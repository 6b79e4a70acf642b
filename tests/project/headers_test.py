#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each public header compiles alone, in C and in C++, and vmsa.h has them all.

headers_test.py INCLUDE_DIR CC... [--cxx CXX...]
"""

import pathlib
import subprocess
import sys
import tempfile

FLAGS = ['-Wall', '-Wextra', '-Werror', '-fsyntax-only']


def includes(header):
    return f'#include "{header}"\n'


def compile_alone(compiler, flags, include_dir, header, suffix):
    """Compile a file that includes @header twice; what went wrong, or ''."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / f'alone{suffix}'
        source.write_text(2 * includes(header))
        run = subprocess.run(
            [*compiler, *flags, *FLAGS, '-I', include_dir, source],
            capture_output=True, text=True)
    return run.stderr if run.returncode else ''


def reached_from_umbrella(compiler, include_dir):
    """Public headers that vmsa.h includes, directly or not."""
    run = subprocess.run(
        [*compiler, '-MM', '-I', include_dir, '-x', 'c', '-'],
        input=includes('vmsa/vmsa.h'), check=True, capture_output=True,
        text=True)
    paths = run.stdout.replace('\\\n', ' ').split()
    return {str(pathlib.Path(p).relative_to(include_dir))
            for p in paths if p.startswith(str(include_dir))}


def main():
    include_dir, *rest = sys.argv[1:]
    split = rest.index('--cxx') if '--cxx' in rest else len(rest)
    cc, cxx = rest[:split], rest[split + 1:]
    headers = sorted(str(p.relative_to(include_dir))
                     for p in pathlib.Path(include_dir).rglob('*.h'))
    failures = []

    for header in headers:
        failures.append(
            compile_alone(cc, ['-std=c11'], include_dir, header, '.c'))
        if cxx:
            failures.append(compile_alone(
                cxx, ['-std=c++11'], include_dir, header, '.cc'))
    missing = set(headers) - reached_from_umbrella(cc, include_dir)
    failures += [f'{h}: not in vmsa/vmsa.h' for h in sorted(missing)]
    failures = [f for f in failures if f]
    print('\n'.join(failures))
    print(f'{len(headers)} headers, in C{" and C++" if cxx else ""}: '
          f'{len(failures)} failures')
    return 1 if failures or not headers else 0


if __name__ == '__main__':
    sys.exit(main())
