# SPDX-License-Identifier: BSD-2-Clause
"""check_test.py - logs and scripts held against break-before-make"""
import json
import os
import tempfile
import unittest

from tool import SOURCE, ToolTest, needs_json, run

TABLES = ('tables 0 root=0x1000 granule=4k va=21\n'
          'init 0x1000 0x40000703\n')
GOOD = TABLES + ('store 3 0 0x1000 0\ndsb ishst\ntlbi vaale1is 0\ndsb ish\n'
                 'store 3 0 0x1000 0x50000703\n')
BAD = TABLES + ('store 3 0 0x1000 0 @mmu.c:10\n'
                'store 3 0 0x1000 0x50000703 @mmu.c:20\n')
SPLIT = ('memory 0x40000000+4G\ncpu bbm=3\nkernel v7.3\nboot\n'
         'module load m text=2 data=1 rodata=1 at=0x90100000\n')


class Log:
    """A log in a file of its own."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile('w', suffix='.log')
        self.file.write(self.text)
        self.file.flush()
        return self.file.name

    def __exit__(self, *_):
        self.file.close()


class Check(ToolTest):
    def test_a_legal_log_is_a_yes(self):
        with Log(GOOD) as path:
            self.assertEqual(
                run('check', path),
                (0, path + ': 5 events, 0 violations, 0 unknown, 0 lint\n',
                 ''))

    def test_a_violation_is_a_no_and_told(self):
        with Log(BAD) as path:
            status, out, err = run('check', path)
        self.assertEqual((status, err), (1, ''))
        # The line of the second store.
        self.assertTrue(out.startswith(path + ':4: violation: '), out)
        for line in ('R_WHZWS', 'output address of writable memory',
                     'event 2 of PE 0 at mmu.c:20',
                     'event 1 of PE 0 at mmu.c:10', '1 violations'):
            self.assertIn(line, out)

    def test_places_are_told_as_far_as_there_are_any(self):
        # No descriptor is wrong where an ISB or a DSB lacks.
        no_isb = TABLES + ('begin map\nstore 3 0x1000 0x1008 0x703\n'
                           'dsb ishst\nend map\n')
        no_dsb = TABLES + ('begin map\nstore 3 0x1000 0x1008 0x703\n'
                           'end map\n')
        taken = TABLES + 'alloc 3 0x3000\nalloc 3 0x3000 @b.c:1\n'
        for text, rule, lines in (
                (no_isb, 'I_WZCBG', []),
                (no_dsb, 'R_SPVBD', ['  VA 0x1000']),
                (taken, 'not of the manual', ['  memory at 0x3000'])):
            with self.subTest(rule), Log(text) as path:
                status, out, err = run('check', path)
                self.assertEqual((status, err), (1, ''))
                first, *rest = out.splitlines()
                self.assertIn(rule, first)
                self.assertEqual(rest[:rest.index(next(
                    r for r in rest if r.startswith('  found at')))], lines)

    @needs_json
    def test_json_has_places_as_far_as_there_are_any(self):
        with Log(TABLES + 'begin map\nstore 3 0x1000 0x1008 0x703\n'
                 'dsb ishst\nend map\n') as path:
            finding, = json.loads(run('check', '--json', path)[1])['findings']
        self.assertEqual(finding['rule'], 'unsynced')
        for key in ('level', 'at', 'first', 'last', 'old', 'desc'):
            self.assertNotIn(key, finding)

    def test_findings_are_shown_as_far_as_asked(self):
        with Log(BAD) as path:
            self.assertEqual(
                run('check', '--show', '0', path),
                (1, path + ': 2 events, 1 violations, 0 unknown, 0 lint\n',
                 ''))

    def test_the_level_on_the_command_line_counts(self):
        # A Contiguous bit may change from level 1 on.
        log = ('machine bbm=0\n' + TABLES +
               'store 3 0 0x1000 0x10000040000703\n')
        with Log(log) as path:
            self.assertEqual(run('check', path)[0], 1)
            self.assertEqual(run('check', '--bbm', '1', path)[0], 0)

    def test_errata_on_the_command_line_count(self):
        # One TLBI and DSB between break and make.
        with Log(GOOD) as path:
            status, out, err = run('check', '--tlbi-repeat', '2', path)
            self.assertEqual((status, err), (1, ''))
            self.assertIn('need the TLBI and its DSB twice', out)
            self.assertEqual(run('check', '--tlbi-repeat', '1', path)[0], 0)
            self.refuses(['check', '--tlbi-repeat', '3', path], '1 or 2')
        # No TLBI after the break: only hardware can have set the flag.
        log = ('machine ha\n' + TABLES +
               'init 0x1000 0x40000303\nstore 3 0 0x1000 0\ndsb ish\n'
               'store 3 0 0x1000 0x50000303\ndsb ish\n')
        with Log(log) as path:
            self.assertEqual(run('check', path)[0], 1)
            self.assertEqual(run('check', '--no-hafdbs', path)[0], 0)

    def test_a_bad_line_is_told_by_number(self):
        with Log(TABLES + 'stor\n') as path:
            self.refuses(['check', path], path, 'line 3', '"stor"')
        self.refuses(['check', '/nowhere.log'], '/nowhere.log')

    def test_a_log_that_checks_nothing_is_bad(self):
        for text, words in (('', ['no tables']),
                            ('# nothing\n', ['no tables']),
                            (TABLES + 'begin a\nend b\n',
                             ['line 4', '"b"'])):
            with self.subTest(text), Log(text) as path:
                self.refuses(['check', path], path, *words)

    def test_bytes_that_a_terminal_would_obey_are_not_shown(self):
        with Log(TABLES + '\x1b[2Jstore\n') as path:
            self.refuses(['check', path], '"?[2Jstore"')

    def test_a_dash_is_standard_input(self):
        for command, text in (
                (['check', '-'], BAD),
                (['scenario', '--check', '--bbm', '0', '-'], SPLIT),
                (['explore', '--bbm', '2', '-'], SPLIT)):
            with self.subTest(command), Log(text) as path:
                with open(path, encoding='ascii') as log:
                    piped = run(*command, stdin=log)
                status, out, err = run(*command[:-1], path)
                self.assertEqual(
                    piped, (status, out.replace(path, '/dev/stdin'), err))
                self.assertNotEqual(out, '')

    @needs_json
    def test_json_counts_findings_that_are_not_shown(self):
        # Every store after the first is one.
        log = TABLES + ''.join(
            'store 3 0 0x1000 0x5000%x703\n' % n for n in range(15))
        with Log(log) as path:
            for option, shown, rest in (([], 10, 5), (['--show', '15'], 15, 0),
                                        (['--show', '0'], 0, 15)):
                doc = json.loads(run('check', '--json', *option, path)[1])
                self.assertEqual(
                    (len(doc['findings']), doc['violation'],
                     doc['not_shown']), (shown, 15, rest))

    @needs_json
    def test_json_has_every_finding(self):
        with Log(BAD) as path:
            status, out, err = run('check', '--json', path)
        self.assertEqual((status, err), (1, ''))
        doc = json.loads(out)
        self.assertEqual((doc['events'], doc['violation']), (2, 1))
        finding, = doc['findings']
        self.assertEqual((finding['rule'], finding['line']), ('break', 4))
        self.assertEqual(finding['old'], '0x40000703')
        self.assertEqual(finding['desc'], '0x50000703')
        self.assertEqual(finding['here'],
                         {'event': 2, 'pe': 0, 'source': 'mmu.c:20'})
        self.assertEqual(finding['cause']['source'], 'mmu.c:10')


class Scenario(ToolTest):
    SCRIPT = os.path.join(SOURCE, 'examples', 'module.scn')

    def test_examples_are_by_the_book(self):
        status, out, err = run('scenario', '--check', self.SCRIPT)
        self.assertEqual((status, err), (0, ''))
        self.assertIn(' 0 violations', out)

    def test_they_are_not_at_level_0(self):
        status, out, err = run('scenario', '--check', '--bbm', '0',
                               self.SCRIPT)
        self.assertEqual((status, err), (1, ''))
        self.assertIn('R_PVFTW', out)
        self.assertIn('in split', out)

    @needs_json
    def test_json_tells_them_apart_from_the_steps(self):
        status, out, err = run('scenario', '--check', '--bbm', '0', '--json',
                               self.SCRIPT)
        self.assertEqual((status, err), (1, ''))
        doc = json.loads(out)
        self.assertFalse(doc['ok'])
        self.assertGreater(doc['check']['violation'], 0)
        self.assertEqual(len(doc['check']['findings']), 10)


if __name__ == '__main__':
    unittest.main()
