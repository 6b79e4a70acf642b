#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The repository's checks notice what they are there for.

checks_test.py ROOT
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()

ROOMS = '''
| room | knows | stands on |
| --- | --- | --- |
| base | words | - |
| low | little | base |
| side | other things | base |
| high | more | low |
| tools | all | high, side |

Some text, and a room with folders.

| folder of high | does | stands on |
| --- | --- | --- |
| floor | little | - |
| wing | other things | - |
| high | all | floor |
| roof | more | high |
'''

TREE = {
    'docs/architecture.md': ROOMS,
    'include/vmsa/types.h': '',
    'include/vmsa/low.h': '#include "vmsa/types.h"\nint vmsa_low(int a);\n',
    'include/vmsa/side.h': '#include "vmsa/types.h"\n',
    'include/vmsa/high.h': '#include "vmsa/low.h"\n'
                           'struct vmsa_s { int (*vmsa_f)(int); };\n'
                           'typedef int (*vmsa_high_fn)(int);\n'
                           'static inline int vmsa_tiny(void)\n'
                           '{ return vmsa_low(1); }\n'
                           '/* vmsa_not(this) */\n'
                           'struct vmsa_s *vmsa_high(\n\tvmsa_high_fn fn);\n',
    'include/vmsa/vmsa.h': '#include "vmsa/high.h"\n',
    'lib/error.h': '',
    'lib/low/low.h': '#include "vmsa/low.h"\n',
    'lib/low/low.c': '#include "low/low.h"\n#include <stdio.h>\n',
    'lib/high/high.c': '#include "vmsa/high.h"\n#include "low/low.h"\n',
    'lib/high/high.h': '#include "vmsa/high.h"\n',
    'lib/high/floor/floor.h': '#include "high/high.h"\n',
    'lib/high/roof/roof.c': '#include "high/floor/floor.h"\n'
                            '#include "vmsa/low.h"\n',
    'lib/high/wing/wing.h': '',
    'tools/main.c': '#include "vmsa/vmsa.h"\n#include <vmsa/side.h>\n',
    'lib/vmsa.map': 'VMSA_0 {\nglobal:\n\tvmsa_high;\n\tvmsa_low;\n'
                    'local:\n\t*;\n};\n',
}


class Case(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        for path, text in TREE.items():
            self.put(path, text)

    def tearDown(self):
        shutil.rmtree(self.root)

    def put(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def check(self, tool, *args):
        return subprocess.run(
            [sys.executable, ROOT / 'tools' / tool, *args, self.root],
            capture_output=True, text=True)


class Layers(Case):
    def refused(self, path, text, sentence):
        self.put(path, text)
        run = self.check('check_layers.py')
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(sentence, run.stdout)

    def test_a_tree_that_keeps_the_order_passes(self):
        run = self.check('check_layers.py')
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_a_room_above_is_refused(self):
        self.refused('lib/low/low.c', '#include "vmsa/high.h"\n',
                     '"vmsa/high.h" belongs to high')

    def test_a_room_beside_is_refused(self):
        self.refused('lib/high/high.c', '#include "vmsa/side.h"\n',
                     '"vmsa/side.h" belongs to side')

    def test_a_public_header_that_climbs_is_refused(self):
        self.refused('include/vmsa/low.h', '# include <vmsa/high.h>\n',
                     '"vmsa/high.h" belongs to high')

    def test_a_public_header_with_a_private_one_is_refused(self):
        self.refused('include/vmsa/high.h', '#include "low/low.h"\n',
                     'is not installed')

    def test_a_tool_with_a_private_header_is_refused(self):
        self.refused('tools/main.c', '#include "low/low.h"\n',
                     'is not public')

    def test_a_room_with_the_umbrella_is_refused(self):
        self.refused('lib/high/high.c', '#include "vmsa/vmsa.h"\n',
                     'belongs to tools')

    def test_an_unknown_room_is_refused(self):
        self.refused('lib/attic/old.c', '', 'no room "attic"')

    def test_a_folder_beside_is_refused(self):
        self.refused('lib/high/floor/floor.c',
                     '#include "high/wing/wing.h"\n',
                     '"high/wing/wing.h" belongs to wing, '
                     'which floor does not stand on')

    def test_a_file_of_the_room_goes_by_the_table_too(self):
        self.refused('lib/high/high.c', '#include "high/wing/wing.h"\n',
                     'which high does not stand on')

    def test_an_unknown_folder_is_refused(self):
        self.refused('lib/high/cellar/old.c', '', 'no folder "cellar" of high')


class Exports(Case):
    def refused(self, sentence):
        run = self.check('check_exports.py')
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(sentence, run.stdout)

    def test_a_list_that_agrees_passes(self):
        run = self.check('check_exports.py')
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn('2 public functions', run.stdout)

    def test_a_function_not_listed_is_refused(self):
        self.put('include/vmsa/side.h', 'int vmsa_side(void);\n')
        self.refused('vmsa_side: declared, but not in lib/vmsa.map')

    def test_a_name_nobody_declares_is_refused(self):
        self.put('include/vmsa/low.h', '')
        self.refused('vmsa_low: listed, but no public header')

    def test_a_list_out_of_order_is_refused(self):
        self.put('lib/vmsa.map', 'VMSA_0 {\nglobal:\n\tvmsa_low;\n'
                                 '\tvmsa_high;\nlocal:\n\t*;\n};\n')
        self.refused('not sorted')

    def test_writing_makes_the_list_agree(self):
        self.put('include/vmsa/side.h', 'int vmsa_side(void);\n')
        self.check('check_exports.py', '--write')
        self.assertEqual(self.check('check_exports.py').returncode, 0)
        self.assertIn('\tvmsa_low;\n\tvmsa_side;\n',
                      (self.root / 'lib/vmsa.map').read_text())


if __name__ == '__main__':
    unittest.main()
