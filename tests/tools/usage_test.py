# SPDX-License-Identifier: BSD-2-Clause
"""usage_test.py - what is not understood is named, and ends with status 2"""
import re
import unittest

from tool import ToolTest, run

# The words, and what the complaint must name.
BAD = [
    (['frobnicate'], 'frobnicate'),
    (['--frobnicate'], '--frobnicate'),
    (['trace', 'frobnicate'], 'trace frobnicate'),
    (['boot', '--frobnicate'], '--frobnicate'),
    (['boot', '--frobnicate=1'], '--frobnicate'),
    (['boot', 'stray'], 'stray'),
    (['boot', '--', '--json'], '--json'),
    (['boot', '--granule', '5k'], "'5k'"),
    (['boot', '--granule'], '4k, 16k or 64k'),
    (['boot', '--va-bits', '51'], '51'),
    (['boot', '--va-bits', '-48'], "'-48'"),
    (['boot', '--va-bits=48x'], "'48x'"),
    (['boot', '--bbm', '4'], "'4'"),
    (['boot', '--linux', 'v5.0'], "'v5.0'"),
    (['boot', '--mapping', 'huge'], "'huge'"),
    (['boot', '--memory', '0'], "'0'"),
    (['boot', '--memory', '4Q'], "'4Q'"),
    (['boot', '--memory', '99999999999G'], "'99999999999G'"),
    (['boot', '--memory', '1M'], 'not in memory'),
    (['boot', '--memory', '18014398509481983K'], '--memory'),
    (['boot', '--json=yes'], "'yes'"),
    (['boot', '--machine', 'nowhere'], "'nowhere'"),
    (['boot', '--machine', '/nowhere.dtb'], '/nowhere.dtb'),
    (['boot', '--cpu', 'nobody'], "'nobody'"),
    (['walk'], 'VA...'),
    (['walk', 'address'], "'address'"),
    (['walk', '0x1000'], '0x1000'),
    (['walk', '--stage', '00-paging', '0'], '--stage'),
    (['verify'], 'DIR...'),
    (['verify', '/nowhere'], '/nowhere'),
    (['ptdump', '--diff', '/nowhere'], '/nowhere'),
    (['ptdump', '--case', '/nowhere'], '/nowhere'),
    (['trace', 'info', 'nowhere'], "'nowhere'"),
    (['trace', 'cut', 'one'], 'TRACE NEW'),
    (['trace', 'cut', 'a', 'b', 'c'], "'c'"),
    (['trace', 'convert', '/nowhere', '/tmp/x', '--line', 'x'], "'x'"),
    (['trace', 'convert', '/nowhere', '/tmp/x', '--level', '23'], "'23'"),
    (['trace', 'convert', '/nowhere', '/tmp/x'], '/nowhere'),
    (['trace', 'convert', 'a', 'b', 'c'], "'c'"),
    (['trace', 'convert', 'a', 'b', '-o', 'c'], "'b'"),
    (['trace', 'convert', 'a'], '--help'),
    (['trace', 'convert', 'a', '-o'], 'a file'),
    (['trace', 'convert', 'a', 'b', '--physical'], '--from'),
    (['trace', 'convert', '--from', 'pin', 'a', 'b'], "'pin'"),
    (['trace', 'convert', '--from', 'lackey', '/nowhere', '/tmp/x'],
     '/nowhere'),
    (['trace', 'convert', '--from', 'gem5', 'a', 'b', '--data-filter', '65'],
     "'65'"),
    (['trace', 'convert', '--from', 'perf', 'a', 'b', '--physical'], 'gem5'),
    (['trace', 'export', 'seqread'], 'TRACE NEW'),
    (['trace', 'export', 'nowhere', '/tmp/x'], "'nowhere'"),
    (['trace', 'export', 'seqread', '/nowhere/x'], '/nowhere/x'),
    (['trace', 'export', 'seqread', '/tmp/x', '--stream', '9'], 'streams'),
]


class Usage(ToolTest):
    def test_each_bad_command_line_names_the_word(self):
        for words, named in BAD:
            with self.subTest(' '.join(words)):
                self.refuses(words, named)

    def test_no_words_at_all_are_bad_usage(self):
        self.refuses([], '--help')

    def test_a_bad_machine_lists_the_bundled_ones(self):
        self.refuses(['boot', '--machine', 'nowhere'], 'ampereone-256g',
                     'qemu-virt')

    def test_help_lists_every_command_and_each_has_its_own(self):
        status, out, err = run('--help')
        self.assertEqual((status, err), (0, ''))
        names = re.findall(r'^  ([a-z]+(?: [a-z]+)?)  ', out, re.M)
        self.assertIn('boot', names)
        self.assertIn('trace info', names)
        for name in names:
            status, out, err = run(*name.split(), '--help')
            self.assertEqual((status, err), (0, ''))
            self.assertIn(f'usage: vmsa {name} [options]', out)
            self.assertIn('--json', out)

    def test_help_wins_over_missing_operands(self):
        self.assertEqual(run('walk', '--help')[0], 0)

    def test_version_is_three_numbers(self):
        status, out, _ = run('--version')
        self.assertEqual(status, 0)
        self.assertRegex(out, r'\Avmsa \d+\.\d+\.\d+\n\Z')

    def test_option_values_may_follow_an_equals_sign(self):
        self.assertEqual(run('boot', '--granule=16k')[1],
                         run('boot', '--granule', '16k')[1])


if __name__ == '__main__':
    unittest.main()
