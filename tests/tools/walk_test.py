# SPDX-License-Identifier: BSD-2-Clause
"""walk_test.py - descriptors known from docs/linear-map.md, section 1.4"""
import unittest

from tool import ToolTest, needs_json, read_json, run

# Options, an address in the second GiB of RAM, and the leaf there: a block of
# 1 GiB with 4K, contiguous blocks with 16K, a block of 512 MiB with 64K.
LEAVES = [
    (['--va-bits', '48'], 0xffff000040345000, 1, '0xe8000080000705', 1 << 30),
    (['--va-bits', '52'], 0xfff0000040345000, 1, '0xe8000080000405', 1 << 30),
    (['--va-bits', '39'], 0xffffff8040345000, 1, '0xe8000080000705', 1 << 30),
    (['--granule', '16k', '--va-bits', '48'], 0xffff000040344000, 2,
     '0xf8000080000705', 1 << 25),
    (['--granule', '64k', '--va-bits', '48'], 0xffff000040340000, 2,
     '0xe8000080000705', 1 << 29),
]


class Walk(ToolTest):
    def test_text_names_each_level(self):
        status, out, err = run('walk', '--bbm', '3', '--va-bits', '48',
                               '0xffff000040345000')
        self.assertEqual((status, err), (0, ''))
        lines = out.splitlines()
        self.assertEqual(lines[0], 'VA 0xffff000040345000')
        # Tables are made from the end of memory down, the first at level 1.
        self.assertRegex(lines[1], '^  level  0 .* 0x180000013ffff403  '
                         'table at 0x13ffff000 UXNTable PXNTable AF$')
        self.assertRegex(lines[2], '^  level  1  at 0x13ffff008  '
                         '0x00e8000080000705  1 GiB block at 0x80000000 ')
        self.assertIn('PA 0x80345000, EL1 rw-, EL0 ---', lines[3])

    @needs_json
    def test_leaf_is_the_one_the_kernel_writes(self):
        for options, va, level, desc, size in LEAVES:
            with self.subTest(hex(va)):
                walk, = read_json('walk', '--bbm', '3', *options,
                                  hex(va))['walks']
                self.assertEqual(walk['fault'], None)
                self.assertEqual(walk['level'], level)
                self.assertEqual(walk['leaf_size'], size)
                self.assertEqual(walk['steps'][-1]['descriptor'], desc)
                self.assertEqual(int(walk['pa'], 16),
                                 0x80000000 + (va & 0x3fffffff))

    @needs_json
    def test_pa_finds_the_linear_map_address(self):
        walk, = read_json('walk', '--va-bits', '48', '--pa',
                          '0x80345000')['walks']
        self.assertEqual(walk['va'], '0xffff000040345000')
        self.assertEqual(walk['pa'], '0x80345000')

    def test_an_unmapped_address_is_a_no(self):
        # Beyond RAM, in the one level 1 table: DFSC 0b0001LL with LL = 1.
        status, out, err = run('walk', '--va-bits', '48', '--bbm', '3',
                               '0xffff000100000000')
        self.assertEqual((status, err), (1, ''))
        self.assertIn('Translation fault, level 1 (status code 0x05)', out)

    def test_the_worst_of_several_addresses_counts(self):
        status, out, _ = run('walk', '--va-bits', '48', '0xffff000100000000',
                             '0xffff000000000000')
        self.assertEqual(status, 1)
        self.assertEqual(out.count('VA 0x'), 2)


if __name__ == '__main__':
    unittest.main()
