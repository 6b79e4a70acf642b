# SPDX-License-Identifier: BSD-2-Clause
"""convert_test.py - other tools' traces in, ChampSim's out

The sample is lackey's own text of samples/tiny.s: 28 instructions, 14
accesses, 3 pages of data and one of code.
"""
import os
import subprocess
import tempfile
import unittest

from tool import SOURCE, TOOL, ToolTest, needs_json, read_json, run

SAMPLES = os.path.join(SOURCE, 'tests', 'trace', 'foreign', 'samples')
LACKEY = os.path.join(SAMPLES, 'tiny.lackey')
PERF = os.path.join(SAMPLES, 'tiny.perf')


class Convert(ToolTest):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.new = os.path.join(self.folder.name, 'new.vmt')

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def does(self, *words):
        status, out, err = run(*words)
        self.assertEqual((status, err), (0, ''))
        return out

    @needs_json
    def test_a_text_of_lackey_becomes_a_trace(self):
        self.does('trace', 'convert', '--from', 'lackey', LACKEY,
                  '-o', self.new)
        trace = read_json('trace', 'info', self.new)['traces'][0]
        self.assertEqual(trace['header']['capture.format'], 'lackey')
        self.assertEqual(trace['data_filter'], 0)
        cpu = trace['cpus'][0]
        self.assertEqual(cpu['end_insn'], 2 + 3 * 7 + 5)
        self.assertEqual(cpu['accesses'], 3 * 4 + 2)

    @needs_json
    def test_it_replays_without_further_words(self):
        self.does('trace', 'convert', '--from', 'lackey', LACKEY, self.new)
        result = read_json('replay', '--trace', self.new,
                           '--warmup', '0')['results'][0]
        self.assertEqual(result['instructions'], 28)
        self.assertEqual(result['data']['user']['accesses'], 14)
        self.assertEqual(result['data']['user']['l1_misses'], 3)
        self.assertEqual(result['fetch']['user']['l1_misses'], 1)

    @needs_json
    def test_several_files_are_several_streams(self):
        self.does('trace', 'convert', '--from', 'perf', PERF, PERF, PERF,
                  '-o', self.new, '--line', 'workload.name=tiny')
        trace = read_json('trace', 'info', self.new)['traces'][0]
        self.assertEqual(len(trace['cpus']), 3)
        self.assertEqual(trace['header']['workload.name'], 'tiny')

    def test_files_may_come_through_a_pipe(self):
        with open(LACKEY, 'rb') as f:
            p = subprocess.run([TOOL, 'trace', 'convert', '--from', 'lackey',
                                '/dev/stdin', '-o', self.new],
                               input=f.read(), capture_output=True)
        self.assertEqual((p.returncode, p.stderr), (0, b''))

    def test_what_was_good_is_kept_and_the_rest_is_told(self):
        with open(LACKEY) as f:
            text = f.read()
        cut = self.path('cut')
        lines = text[:400].count('\n') + 1
        with open(cut, 'w') as f:
            f.write(text[:400])
        status, out, err = run('trace', 'convert', '--from', 'lackey', cut,
                               '-o', self.new)
        self.assertEqual(status, 2)
        self.assertIn('records', out)
        self.assertIn(f'{cut}: line {lines}: ', err)
        self.assertEqual(run('trace', 'info', '--check', self.new)[0], 0)

    def test_the_wrong_format_leaves_no_file(self):
        for name in 'champsim', 'drmemtrace', 'gem5', 'perf':
            with self.subTest(name):
                self.refuses(['trace', 'convert', '--from', name, LACKEY,
                              self.new], LACKEY)
                self.assertFalse(os.path.exists(self.new))

    @needs_json
    def test_export_and_back_is_the_same_trace(self):
        out, back = self.path('out'), self.path('back.vmt')
        self.does('trace', 'convert', '--from', 'lackey', LACKEY, self.new)
        result = read_json('trace', 'export', self.new, out)
        self.assertEqual(result['instructions'], 28)
        self.assertEqual(result['accesses'], 14)
        self.assertEqual(result['lost'], 0)
        self.assertEqual(os.path.getsize(out), 28 * 64)
        self.does('trace', 'convert', '--from', 'champsim', out, back)
        self.assertEqual(
            read_json('trace', 'info', self.new)['traces'][0]['cpus'],
            read_json('trace', 'info', back)['traces'][0]['cpus'])

    def test_export_to_the_standard_output_is_the_trace_alone(self):
        out = self.path('out')
        self.does('trace', 'convert', '--from', 'lackey', LACKEY, self.new)
        self.does('trace', 'export', self.new, out)
        p = subprocess.run([TOOL, 'trace', 'export', self.new, '-'],
                           capture_output=True)
        with open(out, 'rb') as f:
            self.assertEqual(p.stdout, f.read())
        self.assertEqual((p.returncode, p.stderr), (0, b''))


if __name__ == '__main__':
    unittest.main()
