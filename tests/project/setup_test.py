#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scripts/setup asks each package manager for the right packages.

Runs it on machines that have nothing but a shell and a package manager, whose
stand-in writes down what it is asked for and then provides it.
setup_test.py ROOT
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SETUP = pathlib.Path(sys.argv.pop()).resolve() / 'scripts' / 'setup'

# What a shell script cannot do without.
TOOLS = ('sh', 'cat', 'sort', 'env', 'mkdir', 'chmod')

PROVIDES = {'cc': 'exit 0', 'ninja': '', 'meson': 'echo 1.3.0', 'dtc': '',
            'pkg-config': 'exit 0'}

PACKAGES = {
    'apt-get': 'build-essential device-tree-compiler libcmocka-dev libfdt-dev '
               'libzstd-dev meson ninja-build pkg-config',
    'dnf': 'dtc gcc libcmocka-devel libfdt-devel libzstd-devel meson '
           'ninja-build pkgconf-pkg-config',
    'pacman': 'cmocka dtc gcc meson ninja pkgconf zstd',
    'apk': 'build-base cmocka-dev dtc dtc-dev meson ninja pkgconf zstd-dev',
    'brew': 'cmocka dtc gcc meson ninja pkgconf zstd',
}


class Setup(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp())
        self.bin = self.top / 'bin'
        self.bin.mkdir()
        self.log = self.top / 'log'
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))

    def tearDown(self):
        shutil.rmtree(self.top)

    def program(self, name, body):
        path = self.bin / name
        path.write_text(f'#!/bin/sh\n{body}\n')
        path.chmod(0o755)

    def everything(self, **changed):
        for name, body in {**PROVIDES, **changed}.items():
            self.program(name, body)

    def user(self, uid):
        self.program('id', f'echo {uid}')

    def manager(self, name, works=True):
        lines = [f'echo "{name} $*" >>{self.log}']
        for program, body in (PROVIDES if works else {}).items():
            lines.append(f'[ -e {self.bin}/{program} ] || '
                         f'printf "#!/bin/sh\\n{body}\\n" '
                         f'>{self.bin}/{program}')
        lines.append(f'chmod +x {self.bin}/*')
        self.program(name, '\n'.join(lines))

    def run_setup(self, *args):
        return subprocess.run([str(SETUP), *args], capture_output=True,
                              text=True, env={'PATH': str(self.bin)})

    def asked(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def test_each_manager_is_asked_for_its_packages(self):
        for name, packages in PACKAGES.items():
            with self.subTest(name):
                self.tearDown()
                self.setUp()
                self.user(0)
                self.manager(name)
                run = self.run_setup()
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(run.stdout, '')
                self.assertTrue(self.asked()[-1].endswith(packages),
                                self.asked())

    def test_nothing_is_done_or_said_when_all_is_there(self):
        self.user(0)
        self.everything()
        self.manager('apt-get')
        run = self.run_setup()
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, '', ''))
        self.assertEqual(self.asked(), [])

    def test_only_what_is_missing_is_asked_for(self):
        self.user(0)
        self.everything()
        (self.bin / 'dtc').unlink()
        self.manager('apk')
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(self.asked(), ['apk add -q dtc'])

    def test_users_go_through_sudo(self):
        self.user(1000)
        self.manager('dnf')
        self.program('sudo', f'echo sudo >>{self.log}; exec "$@"')
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(self.asked()[0], 'sudo')

    def test_without_sudo_the_command_is_named(self):
        self.user(1000)
        self.manager('dnf')
        run = self.run_setup()
        self.assertEqual(run.returncode, 1)
        self.assertIn('as root, run: dnf install', run.stderr)
        self.assertEqual(self.asked(), [])

    def test_without_a_manager_the_needs_are_named(self):
        self.user(0)
        run = self.run_setup()
        self.assertEqual(run.returncode, 1)
        self.assertIn('meson', run.stderr)
        self.assertIn('libfdt', run.stderr)

    def test_an_old_meson_is_not_enough(self):
        self.user(0)
        self.everything(meson='echo 0.56.2')
        self.manager('apt-get')
        run = self.run_setup()
        self.assertEqual(run.returncode, 1)
        self.assertIn('still missing: meson', run.stderr)

    def test_what_did_not_come_is_named(self):
        self.user(0)
        self.manager('apt-get', works=False)
        run = self.run_setup()
        self.assertEqual(run.returncode, 1)
        self.assertIn('still missing: cc ninja meson', run.stderr)

    def test_optional_packages_come_when_asked_for(self):
        self.user(0)
        self.everything()
        self.manager('apt-get')
        self.run_setup('--optional')
        self.assertIn('build-essential clang-format gnuplot',
                      self.asked()[-1])

    def test_other_words_are_refused(self):
        run = self.run_setup('--help-me')
        self.assertEqual(run.returncode, 1)
        self.assertIn('usage', run.stderr)


if __name__ == '__main__':
    unittest.main()
