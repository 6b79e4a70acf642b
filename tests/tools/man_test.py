# SPDX-License-Identifier: BSD-2-Clause
"""man_test.py - the manual pages and --help tell the same

Each command has a page.  Every option in its --help is in the page, every
option in the page is in --help.
"""
import os
import re
import shutil
import subprocess
import unittest

from tool import SOURCE, ToolTest, run

MAN = os.path.join(SOURCE, 'docs', 'man')
OPTION = re.compile(r'(?<![\w-])--[a-z][a-z-]*')


def commands():
    return re.findall(r'^  ([a-z]+(?: [a-z]+)?)  ', run('--help')[1], re.M)


def page(command):
    return os.path.join(MAN, 'vmsa-' + command.replace(' ', '-') + '.1')


def tagged(path):
    """Options that a page explains, from its mdoc .It Fl lines."""
    with open(path) as f:
        return set('-' + name for name in
                   re.findall(r'^\.It Fl (-[a-z-]+)', f.read(), re.M))


class Man(ToolTest):
    def test_each_command_has_a_page_with_its_options(self):
        for command in commands():
            offered = set(OPTION.findall(
                run(*command.split(), '--help')[1].replace(
                    'Without --machine', '')))
            with self.subTest(command):
                self.assertEqual(tagged(page(command)), offered)

    def test_the_main_page_refers_to_every_command(self):
        with open(os.path.join(MAN, 'vmsa.1')) as f:
            text = f.read()
        for command in commands():
            self.assertIn('Xr vmsa-' + command.replace(' ', '-') + ' 1',
                          text)

    @unittest.skipUnless(shutil.which('groff'), 'no groff')
    def test_pages_are_formatted_without_a_warning(self):
        for name in sorted(os.listdir(MAN)):
            if not name.endswith('.1'):
                continue
            p = subprocess.run(['groff', '-mdoc', '-Tutf8', '-ww', '-z',
                                os.path.join(MAN, name)],
                               capture_output=True, text=True)
            self.assertEqual((name, p.stderr), (name, ''))


if __name__ == '__main__':
    unittest.main()
