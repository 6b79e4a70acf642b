# SPDX-License-Identifier: BSD-2-Clause
"""boot_test.py - counts that follow from geometry alone

qemu-virt has 4 GiB from 1 GiB on; the kernel lies 2 MiB above its start.  Its
image has three edges that the linear map must not cross with one leaf: the
end of the text alias and both ends of the data alias.
"""
import unittest

from tool import GIB, KIB, MIB, ToolTest, needs_json, read_json, run

# Debian's 7.3.4, 4K and 16K: __init_begin, __init_end, __bss_stop.
EDGES = {'4k': (0x2700000, 0x2b00000, 0x321e000),
         '16k': (0x2730000, 0x2b70000, 0x32a0000)}


def level(doc, n):
    """The row of one level."""
    return next(row for row in doc['levels'] if row['level'] == n)


def cut(granule, size):
    """Starts of the regions of @size that an edge of the image cuts."""
    at = [2 * MIB + edge for edge in EDGES[granule]]
    return {a // size for a in at if a % size}


def decided(*words):
    return next(row['decided'] for row in read_json('boot', *words)['policy']
                if row['what'] == 'linear map')


@needs_json
class Boot(ToolTest):
    def test_pages_take_a_level_3_table_for_every_2_mib(self):
        doc = read_json('boot', '--mapping', 'pte', '--va-bits', '48')
        self.assertEqual([level(doc, n)['tables'] for n in (1, 2, 3)],
                         [1, 4, 4 * GIB // (2 * MIB)])
        self.assertEqual(level(doc, 3)['plain_leaves'], 4 * GIB // (4 * KIB))
        self.assertEqual(level(doc, 3)['cont_leaves'], 0)

    def test_blocks_leave_tables_only_where_the_image_has_edges(self):
        doc = read_json('boot', '--bbm', '3', '--va-bits', '48')
        pages = len(cut('4k', 2 * MIB))
        groups = len(cut('4k', 64 * KIB))
        # The image lies in the first 64 MiB: two groups of 32 MiB.
        self.assertEqual(level(doc, 1)['plain_leaves'], 3)
        self.assertEqual(level(doc, 2)['plain_leaves'], 32 - pages)
        self.assertEqual(level(doc, 2)['cont_leaves'], 512 - 32)
        self.assertEqual(level(doc, 3)['plain_leaves'], 16 * groups)
        self.assertEqual(level(doc, 3)['cont_leaves'],
                         512 * pages - 16 * groups)
        self.assertEqual([level(doc, n)['tables'] for n in (1, 2, 3)],
                         [1, 1, pages])

    def test_256_gib_by_pages_takes_513_mib(self):
        doc = read_json('boot', '--machine', 'ampereone-256g', '--mapping',
                        'pte')
        self.assertEqual(doc['table_bytes'],
                         (131072 + 256 + 1) * 4 * KIB)
        self.assertEqual(doc['table_bytes_by_pages'], doc['table_bytes'])

    def test_saving_equals_what_recorded_kernels_gained_in_memtotal(self):
        # kB, MemTotal of two recorded boots that differ in the CPU alone.
        gained = {'4k': 4005636 - 3997444, '16k': 4055888 - 4053872}
        for granule, kb in gained.items():
            doc = read_json('boot', '--granule', granule, '--bbm', '3')
            saved = doc['table_bytes_by_pages'] - doc['table_bytes']
            page = doc['page_size']
            with self.subTest(granule):
                self.assertLessEqual(abs(saved - kb * KIB), 2 * page)

    def test_first_condition_that_holds_decides(self):
        # Section 7.2's table, as far as Debian's configuration reaches it.
        early = 'kfence.sample_interval=100'
        rows = [
            (['--bbm', '3'], '', 'blocks and CONT'),
            (['--bbm', '3'], 'rodata=noalias', 'blocks and CONT'),
            (['--bbm', '2'], '', 'pages'),
            (['--bbm', '0'], 'rodata=noalias', 'pages'),
            (['--bbm', '0'], f'rodata=noalias {early}', 'blocks and CONT'),
            (['--bbm', '0'], f'rodata=on {early}', 'pages'),
            (['--bbm', '3', '--linux', 'v6.12'], '', 'pages'),
            (['--bbm', '3', '--linux', 'v6.12'], f'rodata=on {early}',
             'blocks and CONT'),
            (['--bbm', '3', '--linux', 'v2'], '', 'pages'),
            (['--bbm', '2', '--linux', 'v2'], f'rodata=full {early}',
             'blocks, no CONT'),
            (['--bbm', '3', '--linux', 'v6.18'], '', 'blocks and CONT'),
        ]
        for words, bootargs, expected in rows:
            with self.subTest(f'{words} {bootargs}'):
                self.assertEqual(decided(*words, '--bootargs', bootargs),
                                 expected)

    def test_a_cpu_is_known_by_its_model_and_by_its_machine(self):
        by_model = read_json('boot', '--cpu', 'cortex-a72')
        self.assertEqual(by_model['va_bits'], 48)
        self.assertEqual(by_model['va_bits_built'], 52)
        self.assertEqual(decided('--cpu', 'ampere1'), 'blocks and CONT')
        self.assertEqual(decided('--cpu', 'neoverse-v3'), 'blocks and CONT')
        self.assertEqual(decided('--cpu', 'ampereone-256g'),
                         'blocks and CONT')

    def test_memory_replaces_the_banks(self):
        doc = read_json('boot', '--memory', '1GiB')
        self.assertEqual(doc['memory'], [{'start': '0x40000000',
                                          'size': GIB, 'nomap': False}])


class BootText(ToolTest):
    def test_text_has_the_same_counts(self):
        status, out, err = run('boot', '--mapping', 'pte', '--va-bits', '48')
        self.assertEqual((status, err), (0, ''))
        self.assertIn('1 048 576', out)
        # 2048 + 4 + 1 tables of 4 kB.
        self.assertRegex(out, r'(?m)^ +8212 kB  its tables$')
        self.assertRegex(out, r'(?m)^ +0 kB  saved$')
        self.assertNotRegex(out, r'(?m) $')


if __name__ == '__main__':
    unittest.main()
