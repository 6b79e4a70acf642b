# SPDX-License-Identifier: BSD-2-Clause
"""replay_test.py - replay, compare and trace over a trace counted by hand

make_trace.c loads from 2048 pages in order, twice; the first round warms up.
The L2 TLB has 256 sets of 5 ways (qemu-virt) or 6 (AmpereOne), and 2048 pages
are 8 for each set: least recently used replacement misses them all.  As
contiguous groups they are 128 entries, as blocks 4 or 1, and none misses.
"""
import os
import shutil
import subprocess
import unittest

from tool import (GIB, KIB, MIB, SOURCE, ToolTest, TraceTest, needs_json,
                  read_json, run)

PAGES = 2048


@needs_json
class Replay(TraceTest):
    def replay(self, *words):
        doc = read_json('replay', '--trace', self.trace, '--warmup',
                        str(PAGES), *words)
        return doc['results'][0]['data']['linear map']

    def test_pages_all_miss(self):
        c = self.replay('--mapping', 'pte')
        self.assertEqual(c['accesses'], PAGES)
        self.assertEqual(c['l1_misses'], PAGES)
        self.assertEqual(c['l2_misses'], PAGES)
        self.assertEqual(c['walks'], PAGES)
        # The walk cache has the 4 level 2 descriptors, so a walk is one
        # load; 2048 descriptors are 256 lines, which are all still there.
        self.assertEqual(c['loads'], {'-1': 0, '0': 0, '1': 0, '2': 0,
                                      '3': PAGES})
        self.assertEqual(c['line_hits'], PAGES)
        self.assertEqual(c['walk_cycles'], PAGES * (3 + 11))

    def test_groups_miss_the_first_level_once_each(self):
        # 128 groups in order are too many for 48 entries.
        c = self.replay('--mapping', 'cont')
        self.assertEqual(c['l1_misses'], PAGES // 16)
        self.assertEqual(c['l2_hits'], PAGES // 16)
        self.assertEqual(c['walks'], 0)

    def test_blocks_miss_nothing(self):
        c = self.replay('--mapping', 'block')
        self.assertEqual(c['l1_misses'], 0)
        self.assertEqual(c['accesses'], PAGES)

    def test_scattered_pages_share_no_group(self):
        c = self.replay('--mapping', 'cont', '--machine', 'ampereone-256g',
                        '--placement', 'scatter:0')
        self.assertGreater(c['l1_misses'], PAGES * 95 // 100)

    def test_scattered_units_of_64_kib_keep_their_groups(self):
        c = self.replay('--mapping', 'cont', '--placement', 'scatter:4')
        self.assertEqual(c['l1_misses'], PAGES // 16)

    def test_scattering_over_little_memory_is_refused(self):
        self.refuses(['replay', '--trace', self.trace, '--placement',
                      'scatter:0:1G'], 'does not fit')

    def test_the_seed_decides(self):
        def walk_cycles(seed):
            return self.replay('--mapping', 'pte', '--placement',
                               'scatter:0', '--seed', seed)['walk_cycles']
        self.assertEqual(walk_cycles('7'), walk_cycles('7'))
        self.assertNotEqual(walk_cycles('7'), walk_cycles('8'))

    def test_warm_up_is_counted_in_instructions(self):
        all_of_it = read_json('replay', '--trace', self.trace, '--warmup',
                              '0')['results'][0]
        self.assertEqual(all_of_it['instructions'], 2 * PAGES)
        half = read_json('replay', '--trace', self.trace)['results'][0]
        self.assertEqual(half['instructions'], PAGES)


# Bundled trace, then per 1000 instructions, published with the recordings:
# first-level misses, second-level misses, those of the linear map; of data
# alone, after 100 million instructions, L1 48 entries, L2 1280 in 5 ways.
PUBLISHED = [
    ('memcached-nic', 5.2333, 0.7464, 0.5613),
    ('dmcrypt-aged', 1.8638, 0.0979, 0.0949),
]


@needs_json
@unittest.skipUnless(os.path.exists(os.path.join(SOURCE, 'traces',
                                                 'memcached-nic.vmt')),
                     'no bundled traces')
class Bundled(ToolTest):
    def test_misses_are_those_an_independent_model_found(self):
        for name, l1, l2, linear in PUBLISHED:
            doc = read_json('replay', '--trace', name, '--data-only',
                            '--mapping', 'pte', '--cpu', 'qemu-max',
                            '--linux', 'v6.12')
            result, = doc['results']
            data = result['data']

            def mpki(what, regions):
                return round(sum(data[r][what] for r in regions) * 1000 /
                             result['instructions'], 4)
            with self.subTest(name):
                self.assertEqual(mpki('l1_misses', data), l1)
                self.assertEqual(mpki('l2_misses', data), l2)
                self.assertEqual(mpki('l2_misses', ['linear map']), linear)


MACHINE = """
/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 {
		device_type = "memory";
		reg = <0x0 0x40000000 0x1 0x00000000>;
	};
	cpus {
		#address-cells = <2>;
		#size-cells = <0>;
		cpu@0 {
			device_type = "cpu";
			compatible = "vmsa,odd";
			reg = <0x0 0x0>;
			vmsa,walk-cycles = <100>;
			tlb-split;
			d-tlb-size = <48>;
			d-tlb-sets = <1>;
			i-tlb-size = <32>;
			i-tlb-sets = <1>;
			%s
		};
	};
};
"""

# No structure is plain; the sizes are log2 of bytes.
ODD = """
vmsa,walkers = <2>;
vmsa,walk-prefetch;
vmsa,walk-cache-size = <16>;
vmsa,walk-cache-l1-size = <4>;
vmsa,walk-cache-l2-size = <8>;
vmsa,walk-cache-l2-sets = <2>;
vmsa,walk-cache-l2-replacement = "fifo";
vmsa,ipa-cache-size = <32>;
vmsa,d-tlb-contiguous;
l2-tlb {
	tlb-size = <64>;
	tlb-sets = <16>;
	vmsa,tlb-replacement = "tree-plru";
	vmsa,tlb-aggregate = <4>;
	vmsa,tlb-holds = <12 21>;
	vmsa,tlb-refuses = <30>;
};
"""


def make_machine(path, cpu):
    """A machine whose CPU has these properties and nodes besides."""
    subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', path],
                   input=MACHINE % cpu, text=True, check=True)


class Structures(TraceTest):
    def setUp(self):
        super().setUp()
        self.machine = self.path('odd.dtb')
        make_machine(self.machine, ODD)

    def test_what_is_not_plain_is_said(self):
        status, out, err = run('replay', '--trace', self.trace, '--machine',
                               self.machine)
        self.assertEqual((status, err), (0, ''))
        self.assertIn("""
TLBs        L1 D 48 fully associative, L1 I 32 fully associative, L2 64 4-way
            contiguous groups in one entry of L1 D
            L2: tree PLRU replacement, 4 pages an entry, holds 4 KiB 2 MiB,
            refuses 1 GiB
walks       walk cache 16 fully associative, walk cache L1 4 fully associative,
            walk cache L2 8 4-way, IPA cache 32 fully associative
            walk cache L2: FIFO replacement
            2 walks at a time, the next page is walked for ahead
            cycles: 100 to start""", out)

    def test_nothing_is_said_of_what_is_plain(self):
        _, out, _ = run('replay', '--trace', self.trace)
        head = out[out.index('TLBs'):out.index('            cycles:')]
        self.assertEqual(head, """\
TLBs        L1 D 48 fully associative, L1 I 48 fully associative, L2 1280 5-way
            contiguous groups in one entry
walks       walk cache 64 4-way, descriptor lines 1024 8-way
""")

    @needs_json
    def test_json_says_all_of_each(self):
        tlb = read_json('replay', '--trace', self.trace, '--machine',
                        self.machine)['tlb']
        self.assertEqual(tlb['l2'], {
            'entries': 64, 'ways': 4, 'replacement': 'tree-plru',
            'contiguous': False, 'aggregate': 4, 'holds': [4 * KIB, 2 * MIB],
            'refuses': [GIB]})
        self.assertEqual(tlb['l1d'], {
            'entries': 48, 'ways': 48, 'replacement': 'lru',
            'contiguous': True, 'aggregate': 1, 'holds': [], 'refuses': []})
        self.assertEqual(tlb['walk_cache_l2'], {
            'entries': 8, 'ways': 4, 'replacement': 'fifo'})
        self.assertEqual(tlb['walk_cache_l1']['entries'], 4)
        self.assertEqual(tlb['walk_cache_l0']['entries'], 0)
        self.assertEqual(tlb['ipa_cache']['entries'], 32)
        self.assertEqual((tlb['walkers'], tlb['prefetch_next']), (2, True))


WARNING = ('estimate (linear model, may err by a factor of 2.92: '
           'docs/tlb-model.md), no measurement')


class Estimate(TraceTest):
    """A walk of 16 cycles an instruction over pages, on AmpereOne: 5 to start
    and 11 for a descriptor.  Over groups, 2048 instructions have 128 hits in
    the L2, 5 cycles each."""

    def words(self, command, *words):
        return [command, '--trace', self.trace, '--machine', 'ampereone-256g',
                *words]

    def near(self, bounds, value, low, high):
        self.assertEqual(sorted(bounds), ['high', 'low', 'value'])
        for name, want in ('value', value), ('low', low), ('high', high):
            self.assertAlmostEqual(bounds[name], want, places=9)

    def test_none_without_the_cpi_that_no_trace_knows(self):
        for command in 'replay', 'compare':
            _, out, _ = run(*self.words(command))
            self.assertNotIn('estimate', out.lower())

    @needs_json
    def test_none_in_json_either(self):
        self.assertNotIn('estimate', read_json(*self.words('replay'))[
            'results'][0])

    def test_text_says_that_it_is_one(self):
        status, out, err = run(*self.words('replay', '--mapping', 'pte',
                                           '--cpi', '0.75'))
        self.assertEqual((status, err), (0, ''))
        # 16.75, / 2.92, * 2.92; 1 - 0.75 / each.
        self.assertIn(WARNING + """;
  base CPI 0.750
  CPI 16.750 (5.736 to 48.910), translation 95.5 % of it (86.9 to 98.5 %)
""", out)

    def test_compare_has_a_row_for_each_mapping(self):
        _, out, _ = run(*self.words('compare', '--placement', 'recorded',
                                    '--cpi', '1'))
        self.assertIn(WARNING, out)
        self.assertRegex(out, r'(?m)^  all pages +17\.000 +5\.822 +49\.640 '
                         r'+94\.118 +82\.824 +97\.985 +- +- +-$')
        self.assertRegex(out, r'(?m)^  contiguous pages +1\.312 +1\.000 '
                         r'+3\.833 +23\.810 +0\.000 +73\.907 +12\.952 ')

    @needs_json
    def test_json_has_the_bounds(self):
        e = read_json(*self.words('replay', '--mapping', 'pte', '--cpi',
                                  '0.75'))['results'][0]['estimate']
        self.assertEqual(e['measured'], False)
        self.assertEqual(e['translation_cycles'], 16 * PAGES)
        self.assertAlmostEqual(e['may_err_by_factor'], 2.92)
        self.assertEqual(e['base_cpi'], 0.75)
        self.near(e['cpi'], 16.75, 16.75 / 2.92, 16.75 * 2.92)
        self.near(e['translation_share'], 16 / 16.75,
                  1 - 0.75 * 2.92 / 16.75, 1 - 0.75 / 2.92 / 16.75)

    @needs_json
    def test_json_compares_throughput_with_pages(self):
        rows = read_json(*self.words('compare', '--placement', 'recorded',
                                     '--cpi', '1'))['mappings']
        pages, groups = (r['replays'][0]['estimate'] for r in rows[:2])
        self.assertNotIn('throughput_against_pages', pages)
        cpi = 1 + 128 * 5 / PAGES
        self.near(groups['cpi'], cpi, 1, cpi * 2.92)
        self.near(groups['throughput_against_pages'], 17 / cpi,
                  17 / 2.92 / (cpi * 2.92), 17 * 2.92)

    @needs_json
    def test_nothing_counted_is_no_estimate(self):
        result, = read_json(*self.words('replay', '--cpi', '1', '--warmup',
                                        '1G'))['results']
        self.assertEqual(result['instructions'], 0)
        self.assertIsNone(result['estimate'])

    def test_what_is_no_cpi_is_refused(self):
        for cpi in ('0', '0.000', '-1', '.5', '1.', '1.2345', '1000', 'nan',
                    '1e1', '99999999999999999999', ''):
            with self.subTest(cpi):
                self.refuses(self.words('replay', '--cpi', cpi), '--cpi takes')


class Walkers(TraceTest):
    """Every page is walked for, a page an instruction, 100 cycles a walk."""

    def words(self, walkers, *words):
        machine = self.path('walkers.dtb')
        make_machine(machine, 'vmsa,walkers = <%d>;' % walkers)
        return ['replay', '--trace', self.trace, '--machine', machine,
                '--mapping', 'pte', *words]

    def test_the_pace_decides_how_long_walks_are_under_way(self):
        for pace, active in ((), '102 400'), (('--cpi', '1'), '102 400'), \
                (('--cpi', '75'), '153 600'), (('--cpi', '150'), '204 800'):
            with self.subTest(pace):
                _, out, _ = run(*self.words(2, *pace))
                self.assertIn('cycles with a walk under way: %s, of walks of '
                              '204 800 in all' % active, out)
                self.assertEqual('as if all were wanted at once' in out,
                                 not pace)

    def test_of_one_walker_nothing_is_said(self):
        self.assertNotIn('under way', run(*self.words(1))[1])

    @needs_json
    def test_nothing_else_depends_on_it(self):
        def result(*words):
            r = read_json(*self.words(*words))['results'][0]
            r.pop('estimate', None)
            return r, r['data']['linear map'].pop('walk_active_cycles')
        (unpaced, n), (paced, m) = result(2), result(2, '--cpi', '75')
        self.assertEqual(unpaced, paced)
        self.assertEqual((n, m), (50 * PAGES, 75 * PAGES))
        self.assertEqual(result(1, '--cpi', '75')[1], 100 * PAGES)

    @needs_json
    def test_compare_has_it_in_json(self):
        words = ['compare'] + self.words(2, '--cpi', '75', '--placement',
                                         'recorded')[1:]
        pages = read_json(*words)['mappings'][0]['replays'][0]
        self.assertEqual((pages['walk_cycles'], pages['walk_active_cycles']),
                         (100 * PAGES, 75 * PAGES))


class Sizes(TraceTest):
    def replay(self, *words):
        return ['replay', '--trace', self.trace, *words]

    def test_what_nobody_published_is_asked_for(self):
        self.refuses(self.replay('--cpu', 'thunderx2'),
                     'the size of l1d in cavium,thunder2 is not known')
        self.refuses(self.replay('--cpu', 'thunderx2', '--tlb', 'l1d=10'),
                     'the size of l1i')
        _, text, _ = run(*self.replay('--cpu', 'thunderx2', '--tlb',
                                      'l1d=10,l1i=12/12'))
        self.assertIn('L1 D 10 fully associative, L1 I 12 fully', text)
        self.assertIn('L2 2048 8-way', text)

    def test_sizes_that_cannot_be_are_refused(self):
        for sizes in ('l2=512/3', 'l3=4', 'l2=0', 'l2=16/0', 'l2', 'l2=',
                      'l2=48/16', 'l2=8 ', 'l2=8,,l1d=4', 'l2=9999999'):
            with self.subTest(sizes):
                self.refuses(self.replay('--tlb', sizes), '--tlb: ')


class Compare(TraceTest):
    def compare(self, *words):
        return ['compare', '--trace', self.trace, *words]

    def test_text_has_a_row_for_each_mapping(self):
        status, out, err = run(*self.compare('--placement', 'recorded'))
        self.assertEqual((status, err), (0, ''))
        # 2048 misses in 2048 instructions; 513 MiB of tables.
        self.assertRegex(out, r'(?m)^  all pages +513\.0 MiB +- +2 048 +'
                         r'1000\.0000 +1000\.0000 +- ')
        self.assertRegex(out, r'(?m)^  contiguous pages +513\.0 MiB +- +0 +'
                         r'0\.0000 +0\.0000 +-100\.0 % ')
        self.assertRegex(out, r'(?m)^  blocks +20\.0 KiB +513\.0 MiB +0 ')
        self.assertRegex(out, r'(?m)^  Linux: blocks and CONT +20\.0 KiB ')
        self.assertIn('around 500MB', out)
        self.assertIn('+516148 kB', out)

    def test_published_figures_stand_beside_their_own_machine_alone(self):
        _, out, _ = run(*self.compare('--machine', 'qemu-virt'))
        self.assertNotIn('500MB', out)

    @needs_json
    def test_json_has_every_mapping_and_placement(self):
        doc = read_json(*self.compare())
        self.assertEqual([row['mapping'] for row in doc['mappings']],
                         ['pte', 'cont', 'block', 'linux'])
        for row in doc['mappings']:
            self.assertEqual([r['placement'] for r in row['replays']],
                             ['as recorded', 'scattered by 64 KiB',
                              'scattered by 4 KiB'])
        pages = doc['mappings'][0]
        self.assertEqual(pages['table_bytes'], (131072 + 256 + 1) * 4 * KIB)
        self.assertEqual(doc['mappings'][3]['saving_bytes'],
                         pages['table_bytes'] -
                         doc['mappings'][3]['table_bytes'])

    @needs_json
    def test_one_map_at_a_time_changes_nothing(self):
        self.assertEqual(read_json(*self.compare('--machine', 'qemu-virt')),
                         read_json(*self.compare('--machine', 'qemu-virt',
                                                 '--low-memory')))

    @needs_json
    def test_lanes_shared_out_among_threads_change_nothing(self):
        one = self.compare('--machine', 'qemu-virt')
        for threads in '5', '64':
            self.assertEqual(read_json(*one, '--threads', '1'),
                             read_json(*one, '--threads', threads))

    @needs_json
    def test_threads_change_nothing(self):
        two = ['--trace', self.trace, '--machine', 'qemu-virt']
        self.assertEqual(read_json(*self.compare(*two, '--threads', '1')),
                         read_json(*self.compare(*two, '--threads', '2')))

    @needs_json
    def test_one_mapping_stands_against_pages(self):
        doc = read_json(*self.compare('--machine', 'qemu-virt', '--mapping',
                                      'block+cont'))
        self.assertEqual([row['mapping'] for row in doc['mappings']],
                         ['pte', 'block+cont'])


class Trace(TraceTest):
    @needs_json
    def test_info_counts_records_and_instructions(self):
        doc, = read_json('trace', 'info', '--check', self.trace)['traces']
        self.assertEqual(doc['cpus'][0]['by_kind']['data'], 2 * PAGES)
        self.assertEqual(doc['cpus'][0]['end_insn'], 2 * PAGES)
        self.assertEqual(doc['header']['machine.va_bits'], '48')

    @needs_json
    def test_a_cut_has_what_lies_between(self):
        new = self.path('cut.vmt')
        status, out, err = run('trace', 'cut', self.trace, new, '--from',
                               '1k', '--to', '3k')
        self.assertEqual((status, err), (0, ''))
        self.assertIn('2 000 instructions', out)
        doc, = read_json('trace', 'info', new)['traces']
        self.assertEqual(doc['cpus'][0]['by_kind']['data'], 2000)

    def test_a_truncated_trace_is_shown_and_then_refused(self):
        short = self.path('short.vmt')
        with open(self.trace, 'rb') as f:
            whole = f.read()
        with open(short, 'wb') as f:
            f.write(whole[:-20])
        status, out, err = run('trace', 'info', short)
        self.assertEqual(status, 2)
        self.assertIn('machine.va_bits', out)
        self.assertRegex(err, r'short\.vmt: byte \d+: ')
        self.refuses(['replay', '--trace', short], 'short.vmt', 'byte')

    def test_a_flipped_byte_inside_is_found_by_check(self):
        bad = self.path('bad.vmt')
        with open(self.trace, 'rb') as f:
            whole = bytearray(f.read())
        whole[len(whole) // 2] ^= 0x40
        with open(bad, 'wb') as f:
            f.write(whole)
        status, _, err = run('trace', 'info', '--check', bad)
        self.assertEqual(status, 2)
        self.assertRegex(err, r'bad\.vmt: byte \d+: ')

    def test_traces_are_found_by_name_in_the_data_folder(self):
        data = self.path('data')
        os.makedirs(os.path.join(data, 'traces'))
        shutil.copy(self.trace, os.path.join(data, 'traces', 'mine.vmt'))
        os.environ['VMSA_DATA_DIR'] = data
        try:
            self.assertEqual(run('trace', 'info', 'mine')[0], 0)
            self.refuses(['trace', 'info', 'yours'], "'yours'", 'mine')
        finally:
            del os.environ['VMSA_DATA_DIR']


if __name__ == '__main__':
    unittest.main()
