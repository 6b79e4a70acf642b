#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is installed can be used: a stranger's program finds and links it.

install_test.py BUILD_DIR INCLUDE_DIR VERSION CC...
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77

HELLO = r'''
#include <stdio.h>
#include <vmsa/vmsa.h>

int main(void)
{
	struct vmsa_geometry g;

	if (vmsa_geometry_init(&g, 12, 48, VMSA_FORMAT_48))
		return 1;
	puts(vmsa_version());
	return 0;
}
'''


def run(command, **kwargs):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          **kwargs).stdout


def pkg_config(dest, *args):
    folder = next(dest.rglob('vmsa.pc')).parent
    path = os.pathsep.join(
        [str(folder)] + os.environ.get('PKG_CONFIG_PATH', '').split(':'))
    env = dict(os.environ, PKG_CONFIG_PATH=path)
    return run(['pkg-config', *args, 'vmsa'], env=env).split()


def moved(dest, flags):
    """Flags that name the prefix, as they are below the staging folder."""
    prefix = pkg_config(dest, '--variable=prefix')[0]
    return [f.replace(prefix, f'{dest}{prefix}', 1)
            if f[:2] in ('-I', '-L') and prefix in f else f for f in flags]


def main():
    build, include, version, *cc = sys.argv[1:]
    if not shutil.which('pkg-config'):
        print('no pkg-config')
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        dest = pathlib.Path(folder) / 'stage'
        run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir',
             str(dest)])
        installed = next(dest.rglob('vmsa/vmsa.h')).parent
        want = {str(p.relative_to(pathlib.Path(include) / 'vmsa'))
                for p in pathlib.Path(include, 'vmsa').rglob('*.h')}
        have = {str(p.relative_to(installed)) for p in installed.rglob('*')
                if p.is_file()}
        assert have == want, f'headers differ: {sorted(have ^ want)}'
        assert pkg_config(dest, '--modversion') == [version]
        source = pathlib.Path(folder) / 'hello.c'
        program = pathlib.Path(folder) / 'hello'
        source.write_text(HELLO)
        flags = moved(dest, pkg_config(dest, '--cflags', '--libs'))
        run([*cc, str(source), '-o', str(program), *flags])
        library = next(dest.rglob('libvmsa.so')).parent
        env = dict(os.environ, LD_LIBRARY_PATH=str(library))
        assert run([str(program)], env=env) == version + '\n'
        # A soname of one number, which the version starts with.
        soname = f'libvmsa.so.{version.split(".")[0]}'
        assert (library / soname).exists(), soname
        assert list(dest.rglob('libvmsa.a')), 'no static library'
    print(f'{len(want)} headers installed, a program linked and ran')
    return 0


if __name__ == '__main__':
    sys.exit(main())
