# SPDX-License-Identifier: BSD-2-Clause
"""scenario_test.py - scripts from the command line, and every example"""
import glob
import json
import os
import re
import unittest

from tool import SOURCE, Script, ToolTest, has_json, needs_json, run

EXAMPLES = sorted(glob.glob(os.path.join(SOURCE, 'examples', '*.scn')))


class Scenario(ToolTest):
    def test_every_example_holds(self):
        self.assertGreater(len(EXAMPLES), 8)
        for path in EXAMPLES:
            with self.subTest(os.path.basename(path)):
                status, out, err = run('scenario', path)
                self.assertEqual((status, err), (0, ''), out)
                self.assertTrue(out.endswith(', all met\n'))

    def test_a_row_has_cost_and_state(self):
        with Script('boot\nset_direct_map_invalid pa:0x90000000\n') as path:
            status, out, err = run('scenario', path)
        self.assertEqual((status, err), (0, ''))
        # Two tables, 35 stores, 1024 filled, 3 DSB ISHST, an ISB; 2 blocks
        # of 1 GiB are left.
        self.assertRegex(out, r'\n +2  set_direct_map_invalid pa:0x90000000 '
                         r'+\+2 +35 +1 024 +3 +1 +2 +')

    def test_an_unmet_expectation_is_a_no(self):
        with Script('boot\nexpect leaves pud=7\n') as path:
            status, out, err = run('scenario', path)
        self.assertEqual((status, err), (1, ''))
        self.assertIn(path + ':2: expect leaves pud=7: pud is 3, not 7\n',
                      out)
        self.assertTrue(out.endswith('1 not met\n'))

    def test_a_wrong_word_is_told_by_line(self):
        with Script('boot\n\njump\n') as path:
            self.refuses(['scenario', path], path, 'line 3', "'jump'")
        self.refuses(['scenario', '/nowhere.scn'], '/nowhere.scn')
        self.refuses(['scenario'])

    @needs_json
    def test_json_has_the_same(self):
        with Script('boot\nsplit pa:0x90000000\nsum\n'
                    'expect cost tables=1\n') as path:
            status, out, err = run('scenario', path, '--json')
        self.assertEqual((status, err), (1, ''))
        doc = json.loads(out)
        self.assertFalse(doc['ok'])
        split = doc['steps'][1]
        self.assertEqual(split['cost']['tables_made'], 2)
        self.assertEqual(split['cost']['barriers'],
                         {'DSB ISHST': 3, 'ISB': 1})
        self.assertEqual(split['cost']['tlbi'], {})
        self.assertEqual(split['after']['pud']['plain'], 2)
        self.assertEqual(doc['steps'][3]['why'], 'tables is 7, not 1')

    def test_the_language_is_described(self):
        """Every statement of the program is in docs/scenario.md."""
        with open(os.path.join(SOURCE, 'docs', 'scenario.md')) as f:
            text = f.read()
        words = []
        for path in glob.glob(os.path.join(SOURCE, 'lib', 'linux', 'scenario',
                                           '*.c')):
            with open(path) as f:
                words += re.findall(r'\{ "([^"]+)",\s*(?:VMSA_STEP_|DO|EXP)',
                                    f.read())
        self.assertGreater(len(words), 60)
        for word in words:
            with self.subTest(word):
                self.assertRegex(text, r'`' + re.escape(word) + r'[` ]')


if __name__ == '__main__':
    unittest.main()
