# SPDX-License-Identifier: BSD-2-Clause
"""sweep_test.py - sweep over a trace counted by hand, and against replay

make_trace.c loads from 2048 pages in order, twice; the first round warms up.
With least recently used replacement a structure that holds all of them misses
none in the second round, a smaller one misses each.  The pages lie side by
side, so each of 2^k sets gets 2048 / 2^k of them.  As contiguous groups they
are 128 entries, as blocks 4 or 1.
"""
import csv
import io
import os
import re
import shutil
import subprocess
import unittest

from tool import (SOURCE, TOOL, ToolTest, TraceTest, needs_json, read_json,
                  run)

PAGES = 2048
GROUPS = PAGES // 16


class SweepTest(TraceTest):
    def words(self, *more):
        return ['sweep', '--trace', self.trace, '--warmup', str(PAGES), *more]


def misses(doc, mapping):
    """{(entries, ways): misses} of the one sweep of a mapping."""
    sweep, = [s for s in doc['sweeps'] if s['mapping'] == mapping]
    return {(p['entries'], p['ways']): p['misses'] for p in sweep['points']}


@needs_json
class Counts(SweepTest):
    def test_fully_associative_first_levels(self):
        doc = read_json(*self.words('--structure', 'l1d', '--entries',
                                    '64:4096'))
        self.assertEqual(misses(doc, 'pte'),
                         {(n, n): PAGES if n < PAGES else 0
                          for n in (64, 128, 256, 512, 1024, 2048, 4096)})
        self.assertEqual(misses(doc, 'cont'),
                         {(n, n): GROUPS if n < GROUPS else 0
                          for n in (64, 128, 256, 512, 1024, 2048, 4096)})
        self.assertEqual(set(misses(doc, 'block').values()), {0})

    def test_sets_miss_what_they_have_no_ways_for(self):
        doc = read_json(*self.words('--structure', 'l2', '--mapping', 'pte',
                                    '--ways', '1,4,5,8', '--entries',
                                    '64:4096'))
        expected = {}
        for ways in (1, 4, 5, 8):
            for sets in (1 << k for k in range(13)):
                if 64 <= ways * sets <= 4096:
                    expected[ways * sets, ways] = (
                        PAGES if PAGES > ways * sets else 0)
        found = misses(doc, 'pte')
        self.assertEqual(found, expected)
        self.assertEqual(found[1280, 5], PAGES)
        self.assertEqual(found[2048, 8], 0)

    def test_steps(self):
        doc = read_json(*self.words('--structure', 'l1d', '--mapping', 'pte',
                                    '--entries', '2040:2060:4'))
        self.assertEqual(misses(doc, 'pte'),
                         {(n, n): PAGES if n < PAGES else 0
                          for n in range(2040, 2061, 4)})

    def test_a_second_level_sees_the_misses_of_the_first(self):
        doc = read_json(*self.words('--structure', 'l2', '--mapping', 'pte',
                                    '--l1', '32,2048', '--ways', 'full',
                                    '--entries', '1024:2048'))
        small, large = doc['sweeps']
        self.assertEqual([p['misses'] for p in small['points']], [PAGES, 0])
        self.assertEqual([p['misses'] for p in large['points']], [0, 0])
        self.assertEqual((small['l1d_entries'], large['l1d_entries']),
                         (32, 2048))

    def test_the_cpus_own_shapes_are_what_a_replay_counts(self):
        doc = read_json(*self.words())
        replay = read_json('replay', '--trace', self.trace, '--warmup',
                           str(PAGES), '--mapping', 'pte')
        data = replay['results'][0]['data']['linear map']
        found = {s['structure']: s for s in doc['sweeps']
                 if s['mapping'] == 'pte'}
        for name, key, entries in (('l1d', 'l1_misses', 48),
                                   ('l2', 'l2_misses', 1280)):
            point, = [p for p in found[name]['points']
                      if p['entries'] == entries]
            self.assertEqual(point['by_region']['linear map'], data[key])
            self.assertEqual(found[name]['instructions'], PAGES)
        self.assertEqual(found['l1d']['accesses'], data['accesses'])

    def test_every_granule_has_its_tables(self):
        doc = read_json(*self.words('--structure', 'l1d', '--granule',
                                    '4k,64k', '--mapping', 'pte',
                                    '--entries', '64:256'))
        self.assertEqual([s['granule'] for s in doc['sweeps']],
                         [4096, 65536])
        self.assertEqual([p['misses'] for p in doc['sweeps'][1]['points']],
                         [GROUPS, 0, 0])

    def test_what_is_named_twice_counts_once(self):
        once = self.words('--structure', 'l2', '--granule', '4k',
                          '--mapping', 'pte,cont,block', '--ways', '4',
                          '--l1', '48')
        twice = self.words('--structure', 'l2,l2', '--granule', '4k,4k,4k',
                           '--mapping', 'pte,pte,cont,block,pte',
                           '--ways', '4,4', '--l1', '48,48')
        self.assertEqual(read_json(*twice), read_json(*once))
        # As text: a column each, as many as a table has.
        self.assertEqual(run(*twice), run(*once))

    def test_methods_are_told(self):
        doc = read_json(*self.words('--structure', 'l2', '--mapping', 'pte'))
        for point in doc['sweeps'][0]['points']:
            full = point['entries'] == point['ways']
            self.assertEqual(point['method'],
                             'stack distances' if full else
                             'all-associativity simulation')
            self.assertIsNone(point['why'])
        doc = read_json(*self.words('--structure', 'l2', '--mapping', 'pte',
                                    '--entries', '4096:4096', '--ways',
                                    '2048'))
        point, = doc['sweeps'][0]['points']
        self.assertEqual(point['method'], 'full simulation')
        self.assertIn('ways', point['why'])
        self.assertEqual(point['misses'], 0)


class Output(SweepTest):
    def test_text_has_a_row_for_each_size(self):
        status, out, err = run(*self.words('--structure', 'l1d', '--entries',
                                           '1024:2048'))
        self.assertEqual((status, err), (0, ''))
        self.assertIn('two-rounds, 4K pages, first level, data', out)
        self.assertIn('by stack distances', out)
        self.assertRegex(out, r'(?m)^ +1024 +full +2 048 +1000\.0000 +0 ')
        self.assertRegex(out, r'(?m)^ +2048 +full +0 +0\.0000 +0 ')

    @needs_json
    def test_csv_has_what_json_has(self):
        words = self.words('--structure', 'l1d,l2', '--entries', '256:2048')
        status, out, err = run(*words, '--csv', '-')
        self.assertEqual((status, err), (0, ''))
        lines = list(csv.DictReader(io.StringIO(out)))
        points = [(s, p) for s in read_json(*words)['sweeps']
                  for p in s['points']]
        self.assertEqual(len(lines), len(points))
        for line, (sweep, point) in zip(lines, points):
            for key in ('trace', 'granule', 'mapping', 'structure',
                        'instructions', 'accesses'):
                self.assertEqual(line[key], str(sweep[key]))
            for key in ('entries', 'ways', 'method', 'misses'):
                self.assertEqual(line[key], str(point[key]))
            self.assertEqual(line['linear'],
                             str(point['by_region']['linear map']))
            self.assertAlmostEqual(float(line['mpki']), point['mpki'],
                                   places=5)

    def test_csv_goes_to_a_file_beside_the_tables(self):
        path = os.path.join(self.dir, 'out.csv')
        status, out, err = run(*self.words('--csv', path, '--mapping', 'pte',
                                           '--entries', '64:128'))
        self.assertEqual((status, err), (0, ''))
        self.assertIn('first level', out)
        with open(path) as f:
            self.assertEqual(f.readline().split(',')[:3],
                             ['trace', 'granule', 'mapping'])
        self.refuses(self.words('--csv', '/nowhere/x', '--mapping', 'pte',
                                '--entries', '64:128'), '/nowhere/x')

    def test_threads_change_nothing(self):
        one = run(*self.words('--threads', '1', '--csv', '-'))
        self.assertEqual(run(*self.words('--threads', '3', '--csv', '-')), one)
        self.assertEqual(one[0], 0)

    @unittest.skipUnless(os.environ.get('HAVE_MPI') and
                         shutil.which('mpirun'), 'built without MPI')
    def test_processes_of_mpirun_change_nothing(self):
        words = self.words('--csv', '-')
        env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')
        p = subprocess.run(['mpirun', '-n', '2', '--oversubscribe',
                            '--allow-run-as-root', TOOL, *words],
                           capture_output=True, text=True, timeout=300,
                           env=env)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(p.stdout, run(*words)[1])

    def test_what_is_not_understood_is_named(self):
        self.refuses(['sweep'], '--trace')
        self.refuses(['sweep', '--trace', 'nobody'], "'nobody'", 'dmcrypt')
        self.refuses(['sweep', '--trace', '/nowhere/x.vmt'],
                     '/nowhere/x.vmt: No such file')
        for option, value in (('--entries', '64'), ('--entries', '0:8'),
                              ('--entries', '9:8'), ('--entries', '1:2:3:4'),
                              ('--entries', '1:2000000'), ('--ways', '4,'),
                              ('--ways', 'half'), ('--l1', '0'),
                              ('--structure', 'l3'), ('--mapping', 'pte,x'),
                              ('--granule', '4k,8k')):
            self.refuses(self.words(option, value), option, f"'{value}'")
        self.refuses(self.words('--structure', 'l2i'), 'l2')
        self.refuses(self.words('--structure', 'l1i', '--data-only'),
                     '--data-only')
        self.refuses(self.words('--entries', '1:1048576:1'), 'shapes')
        self.refuses(self.words('--ways', '3', '--entries', '64:95',
                                '--structure', 'l2'), 'power of two')


@needs_json
@unittest.skipUnless(os.path.exists(os.path.join(SOURCE, 'traces',
                                                 'dmcrypt.vmt')),
                     'no bundled traces')
class Filtered(ToolTest):
    def test_a_recorded_trace_counts_as_a_replay_does(self):
        doc = read_json('sweep', '--trace', 'dmcrypt', '--mapping', 'pte')
        result, = read_json('replay', '--trace', 'dmcrypt', '--mapping',
                            'pte')['results']
        sums = {}
        for side in ('data', 'fetch'):
            for key in ('l1_misses', 'l2_misses'):
                sums[side, key] = sum(c[key] for c in result[side].values())
        expected = {'l1d': (48, sums['data', 'l1_misses']),
                    'l1i': (48, sums['fetch', 'l1_misses']),
                    'l2': (1280, sums['data', 'l2_misses'] +
                           sums['fetch', 'l2_misses'])}
        for sweep in doc['sweeps']:
            entries, wanted = expected[sweep['structure']]
            point, = [p for p in sweep['points'] if p['entries'] == entries]
            with self.subTest(sweep['structure']):
                self.assertEqual(point['misses'], wanted)
                self.assertGreater(wanted, 0)

    def test_what_the_filter_hides_is_left_out(self):
        status, out, _ = run('sweep', '--trace', 'dmcrypt', '--mapping',
                             'block', '--structure', 'l1d', '--entries',
                             '2:64', '--ways', '4,full')
        self.assertEqual(status, 0)
        self.assertEqual(re.findall(r'(?m)^ +(\d+) +(full|\d+)  ', out),
                         [('8', 'full'), ('16', 'full'), ('32', 'full'),
                          ('64', 'full')])
        self.assertIn("left out: what the trace's filter of 8 pages hides",
                      out)


if __name__ == '__main__':
    unittest.main()
