# SPDX-License-Identifier: BSD-2-Clause
"""ptdump_test.py - the kernel's page-table text, and comparing with it"""
import os
import tempfile
import unittest

from tool import CASES, ToolTest, needs_cases, needs_json, read_json, run

BLOCKS = ['ptdump', '--bbm', '3', '--va-bits', '48']

# Section 11's example; ranges follow from 4 GiB at 1 GiB.
GROUP = ('0xffff000004000000-0xffff000040000000         960M PMD       RW NX '
         'SHD AF    CON BLK UXN    MEM/NORMAL-TAGGED')
GIBS = ('0xffff000040000000-0xffff000100000000           3G PUD       RW NX '
        'SHD AF        BLK UXN    MEM/NORMAL-TAGGED')


def written(text):
    """Name of a file with this text; gone with the process."""
    f = tempfile.NamedTemporaryFile('w', delete=False, suffix='.txt')
    with f:
        f.write(text)
    return f.name


class Ptdump(ToolTest):
    def test_lines_are_the_kernels(self):
        status, out, err = run(*BLOCKS)
        self.assertEqual((status, err), (0, ''))
        lines = out.splitlines()
        self.assertEqual(lines[0], '---[ Linear Mapping start ]---')
        self.assertIn(GROUP, lines)
        self.assertEqual(lines[lines.index(GROUP) + 1], GIBS)

    @needs_json
    def test_json_holds_the_same_lines(self):
        self.assertEqual(read_json(*BLOCKS)['lines'],
                         run(*BLOCKS)[1].splitlines())

    def test_own_text_is_identical(self):
        path = written(run(*BLOCKS)[1])
        status, out, _ = run(*BLOCKS, '--diff', path)
        os.unlink(path)
        self.assertEqual(status, 0)
        self.assertRegex(out, r'identical \(\d+ lines\)')

    def test_a_changed_line_is_a_no_and_shown_with_its_number(self):
        text = run(*BLOCKS)[1]
        path = written(text.replace(GIBS, GIBS.replace('RW', 'ro')))
        status, out, _ = run(*BLOCKS, '--diff', path)
        os.unlink(path)
        number = text.splitlines().index(GIBS) + 1
        self.assertEqual(status, 1)
        self.assertIn(f'- {number}: ' + GIBS.replace('RW', 'ro'), out)
        self.assertIn(f'+ {number}: {GIBS}', out)
        self.assertIn('2 lines differ', out)

    def test_a_missing_line_does_not_upset_those_after_it(self):
        path = written(run(*BLOCKS)[1].replace(GROUP + '\n', ''))
        status, out, _ = run(*BLOCKS, '--diff', path)
        os.unlink(path)
        self.assertEqual(status, 1)
        self.assertIn('1 lines differ', out)

    def test_a_boot_is_held_against_the_linear_map_alone(self):
        text = run(*BLOCKS)[1]
        end = '---[ Linear Mapping end ]---\n'
        path = written(text[:text.index(end)] + end + 'other regions\n')
        status, out, _ = run(*BLOCKS, '--diff', path)
        os.unlink(path)
        self.assertEqual(status, 0, out)

    @needs_cases
    def test_recorded_tables_are_the_recorded_text(self):
        case = os.path.join(CASES, 'early-4k39-bbml-4G-own')
        text = os.path.join(case, '02-idle.ptdump.txt.zst')
        status, out, err = run('ptdump', '--case', case, '--stage', '02-idle',
                               '--diff', text)
        self.assertEqual(status, 0, out + err)

    @needs_cases
    def test_an_unknown_stage_is_named(self):
        self.refuses(['ptdump', '--stage', '99-never', '--case',
                      os.path.join(CASES, 'early-4k39-bbml-4G-own')],
                     '99-never')


if __name__ == '__main__':
    unittest.main()
