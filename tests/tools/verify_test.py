# SPDX-License-Identifier: BSD-2-Clause
"""verify_test.py - a recorded kernel, and the same one tampered with"""
import os
import shutil
import tempfile
import unittest

from tool import CASES, ToolTest, needs_cases, needs_json, read_json, run

NAME = 'early-4k39-bbml-4G-own'


class CopiedCase:
    """A case that may be spoilt, with kernels/ beside its parent."""

    def __enter__(self):
        self.top = tempfile.mkdtemp()
        oracle = os.path.dirname(CASES)
        shutil.copytree(os.path.join(oracle, 'kernels'),
                        os.path.join(self.top, 'kernels'))
        self.dir = os.path.join(self.top, 'cases', NAME)
        shutil.copytree(os.path.join(CASES, NAME), self.dir)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def path(self, name):
        return os.path.join(self.dir, name)

    def replace(self, name, old, new):
        with open(self.path(name)) as f:
            text = f.read()
        assert old in text, text
        with open(self.path(name), 'w') as f:
            f.write(text.replace(old, new))


@needs_cases
class Verify(ToolTest):
    def test_each_stage_has_a_line(self):
        status, out, err = run('verify', os.path.join(CASES, NAME))
        self.assertEqual((status, err), (0, ''))
        for line in out.splitlines():
            self.assertRegex(line, rf'^{NAME} \S+ identical \(\d+ leaves\)$')
        self.assertTrue(out.startswith(f'{NAME} 00-paging identical '))

    def test_another_cpu_is_another_map(self):
        # A CPU on no list gets pages; the recorded tables have blocks.
        with CopiedCase() as case:
            case.replace('case.txt', 'midr=0x410fd842', 'midr=0x410fd841')
            status, out, err = run('verify', case.dir)
            self.assertEqual((status, err), (1, ''))
            self.assertRegex(out, rf'{NAME} 00-paging differs: \d+ ')
            self.assertIn('\n  ', out)

    def test_show_limits_the_differences_printed(self):
        with CopiedCase() as case:
            case.replace('case.txt', 'midr=0x410fd842', 'midr=0x410fd841')
            none = run('verify', '--show', '0', case.dir)[1]
            self.assertNotIn('\n  ', none)

    def test_a_damaged_file_is_named_and_the_others_still_verified(self):
        with CopiedCase() as case:
            name = case.path('00-paging.pt.zst')
            os.truncate(name, os.path.getsize(name) // 2)
            status, out, err = run('verify', case.dir,
                                   os.path.join(CASES, NAME))
            self.assertEqual(status, 2)
            self.assertIn('00-paging.pt.zst', err)
            self.assertIn('00-paging identical', out)

    @needs_json
    def test_json_has_a_member_per_stage(self):
        doc = read_json('verify', os.path.join(CASES, NAME))
        self.assertIs(doc['identical'], True)
        self.assertEqual(doc['stages'][0]['case'], NAME)
        self.assertEqual(doc['stages'][0]['stage'], '00-paging')
        self.assertEqual(doc['stages'][0]['differences'], 0)
        self.assertGreater(doc['stages'][0]['leaves'], 0)


if __name__ == '__main__':
    unittest.main()
