# SPDX-License-Identifier: BSD-2-Clause
"""explore_test.py - litmus tests and scenarios from the command line

Verdicts of litmus tests are the published ones; those of a split are argued in
docs/explorer.md: safe at level 3, a conflict abort at 2, forbidden at 0 and 1.
"""
import json
import os
import unittest

from tool import SOURCE, Script, ToolTest, needs_json, run

PUBLISHED = os.path.join(SOURCE, 'tests', 'litmus', 'published.jsonl')
OWN = os.path.join(SOURCE, 'tests', 'litmus', 'own.jsonl')
EXAMPLE = os.path.join(SOURCE, 'examples', 'one-page.scn')

BOOT = 'memory 0x40000000+4G\ncpu bbm=3\nkernel v7.3\nboot\n'
SPLIT = BOOT + 'split pa:0x90001000\n'

I4 = 'violated: I4: no two leaves coexist that the level forbids\n'
STALE = 'violated: I3: only the new ones once the call has returned\n'
CONFLICT = 'a TLB conflict abort can be raised\n'
SAFE = 'no invariant can be violated\n'


def published():
    with open(PUBLISHED) as f:
        return [json.loads(line) for line in f if line.strip()]


def exact(test):
    return 'simple: exact' in test['notes']


class Litmus(ToolTest):
    def test_every_exact_published_test_agrees(self):
        status, out, err = run('explore', '--litmus', PUBLISHED)
        self.assertEqual((status, err), (0, ''))
        said = dict(line.split(' ', 1) for line in out.splitlines())
        tests = published()
        self.assertEqual(len(said), 99)
        self.assertEqual(len(tests), 99)
        self.assertEqual(sum(map(exact, tests)), 75)
        for test in tests:
            if exact(test):
                self.assertEqual(said[test['name']], test['strong'])

    def test_our_own_agree(self):
        status, _, err = run('explore', '--litmus', OWN)
        self.assertEqual((status, err), (0, ''))

    def test_what_is_not_expressed_says_why(self):
        _, out, _ = run('explore', '--litmus', PUBLISHED)
        said = [line for line in out.splitlines() if ' not expressed' in line]
        self.assertGreater(len(said), 0)
        for line in said:
            self.assertRegex(line, r'\A\S+ not expressed \(.+\)\Z')

    def test_a_flipped_verdict_is_a_no(self):
        tests = [t for t in published() if exact(t)][:3]
        other = {'allowed': 'forbidden', 'forbidden': 'allowed'}
        for flipped in tests:
            lines = [dict(t, strong=other[t['strong']]) if t is flipped else t
                     for t in tests]
            with Script('\n'.join(map(json.dumps, lines))) as path:
                status, out, err = run('explore', '--litmus', path)
            self.assertEqual(status, 1)
            self.assertEqual(len(out.splitlines()), 3)
            self.assertEqual(
                err, f'vmsa: {path}: {flipped["name"]} is '
                f'{flipped["strong"]}, but "strong" says '
                f'{other[flipped["strong"]]}\n')

    def test_a_flipped_verdict_that_is_not_exact_is_none_of_ours(self):
        test = dict(published()[0], strong='forbidden', notes='')
        with Script(json.dumps(test)) as path:
            self.assertEqual(run('explore', '--litmus', path)[0], 0)

    def test_a_broken_line_is_named(self):
        good = json.dumps(published()[0])
        for bad in ['{', good[:-1], '{"name": "x"}', '7']:
            with self.subTest(bad), Script(f'{good}\n{bad}\n') as path:
                self.refuses(['explore', '--litmus', path], path, 'line 2')
        self.refuses(['explore', '--litmus', '/nowhere'], '/nowhere')
        with Script('') as path:
            self.refuses(['explore', '--litmus', path], path, 'no test in it')

    def test_one_test_may_be_named_and_tells_its_story(self):
        name = 'BBM+dsb-tlbiis-dsb'
        status, out, _ = run('explore', '--litmus', PUBLISHED, '--name', name)
        self.assertEqual((status, out), (0, name + ' allowed\n'))
        status, out, _ = run('explore', '--litmus', PUBLISHED, '--name', name,
                             '--story')
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith(name + ' allowed\n'))
        self.assertIn('R x->a', out)
        self.refuses(['explore', '--litmus', PUBLISHED, '--name', 'nobody'],
                     "'nobody'")

    def test_a_bound_is_said(self):
        name = next(t['name'] for t in published()
                    if exact(t) and t['strong'] == 'forbidden')
        open_ = next(t['name'] for t in published()
                     if not exact(t) and t['strong'] == 'forbidden')
        for one in (name, open_):
            with self.subTest(one):
                status, out, err = run('explore', '--litmus', PUBLISHED,
                                       '--name', one, '--max-states', '1')
                self.assertEqual(status, 1)
                self.assertRegex(out, r' bound hit \(.+\)\n')
                self.assertTrue(err.endswith(
                    ': %s is not decided: a bound was hit\n' % one), err)

    def test_ets2_decides_a_test(self):
        """S7: a fault may not be older than a DSB before the access."""
        test = {'name': 'map', 'init': ['x=>none', 'pa1=0', 'P0:EL1'],
                'threads': [['D x.l3:=leaf(pa1)', 'DSB', 'R x->a']],
                'condition': '0:a=F', 'strong': 'allowed',
                'notes': 'simple: exact'}
        with Script(json.dumps(test)) as path:
            self.assertEqual(run('explore', '--litmus', path),
                             (0, 'map allowed\n', ''))
            status, out, _ = run('explore', '--litmus', path, '--ets2')
        self.assertEqual((status, out), (1, 'map forbidden\n'))

    @needs_json
    def test_json_has_the_same(self):
        status, out, _ = run('explore', '--litmus', PUBLISHED, '--json')
        self.assertEqual(status, 0)
        doc = json.loads(out)
        self.assertTrue(doc['ok'])
        self.assertEqual(len(doc['tests']), 99)
        self.assertEqual(doc['tests'][0]['verdict'], 'allowed')
        self.assertEqual(sum(t['exact'] for t in doc['tests']), 75)
        self.assertFalse(any(t['differs'] for t in doc['tests']))


class Scenario(ToolTest):
    def test_a_split_is_safe_a_risk_and_forbidden(self):
        with Script(SPLIT) as path:
            for level, status, verdict, story in [
                    ('3', 0, SAFE, False), ('2', 0, SAFE + CONFLICT, True),
                    ('1', 1, I4 + CONFLICT, True), ('0', 1, I4, True)]:
                with self.subTest(level):
                    got, out, err = run('explore', path, '--bbm', level)
                    self.assertEqual((got, err), (status, ''))
                    self.assertIn('\n\n' + verdict, out)
                    self.assertEqual(CONFLICT in out, CONFLICT in verdict)
                    self.assertEqual('PE 1  an access' in out, story)

    def test_the_level_is_the_lowest_of_the_script(self):
        for cpus, level in [('cpu bbm=3\n', 3), ('cpu bbm=3\ncpu bbm=1\n', 1)]:
            script = SPLIT.replace('cpu bbm=3\n', cpus)
            with Script(script) as path:
                self.assertIn(f'\nlevel {level}: ', run('explore', path)[1])

    def test_a_cpu_on_the_list_has_level_three(self):
        """AmpereOne says nothing of FEAT_BBM and never aborts."""
        for cpus, level in [('cpu midr=0xc00fac30\n', 3),
                            ('cpu bbm=2 midr=0x410fd490\n', 2),
                            ('cpu midr=0xc00fac30\ncpu bbm=1\n', 1)]:
            script = SPLIT.replace('cpu bbm=3\n', cpus)
            with Script(script) as path:
                self.assertIn(f'\nlevel {level}: ', run('explore', path)[1])

    def test_how_many_pes_there_are(self):
        """Without its flush the editor alone, or another one, sees a page."""
        text = SPLIT + 'set_direct_map_invalid pa:0x90001000\n'
        with Script(text) as path:
            _, out, _ = run('explore', path)
            self.assertIn('PE 1  an access', out)
            status, out, err = run('explore', path, '--pes', '1')
            self.assertEqual((status, err), (1, ''))
            self.assertIn('PE 0  an access', out)
            self.assertNotIn('PE 1', out)
            self.assertIn(STALE, out)

    def test_a_repaint_is_safe_on_its_two_pes(self):
        """CPU 1 would be a third PE if it were not kept out of the tables."""
        text = ('memory 0x40000000+72M\ncpu midr=0xc00fac30\ncpu bbm=0\n'
                'kernel v7.3\nboot allocator\nexplore\nboot cpus\n')
        with Script(text) as path:
            status, out, err = run('explore', path, '--pes', '2',
                                   '--bbm', '3')
            self.assertEqual((status, err), (0, ''))
            self.assertIn(SAFE, out)

    def test_options_of_scenarios_are_not_of_litmus(self):
        for words in (['--pes', '2'], ['--any-order'], ['--hd'],
                      ['--same-contents'], ['--leave-out'], ['--bbm', '1']):
            self.refuses(['explore', '--litmus', PUBLISHED, *words], words[0],
                         'scenarios')

    @needs_json
    def test_what_was_asked_is_in_the_document(self):
        with Script(SPLIT) as path:
            _, out, _ = run('explore', path, '--json', '--hd', '--pes', '1',
                            '--same-contents', '--any-order')
        program = json.loads(out)['programs'][0]
        for key in ('hd', 'same_contents', 'any_order'):
            self.assertIs(program[key], True)
        self.assertIs(program['others'], False)

    def test_neighbours_are_told_together(self):
        """A split of one page: 512 PMDs, 512 PTEs, one address in common.

        Physical 0x80000000 is the first of the 1 GiB block, 0x90000000 the
        128th PMD of it: 128 + 512 + 383.  Nothing is flushed, so the old
        leaves stay to the end.
        """
        with Script(SPLIT) as path:
            _, out, _ = run('explore', path)
        rows = [line.split() for line in out.splitlines() if ' 0xffff' in line]
        self.assertEqual(sum(int(r[2]) for r in rows), 1023)
        self.assertEqual(rows[0][:3],
                         ['0xffff000040000000', '0xffff00004fe00000', '128'])
        self.assertEqual(rows[-1][:3],
                         ['0xffff000050200000', '0xffff00007fe00000', '383'])

    def test_marked_steps_are_programs_of_their_own(self):
        text = (BOOT + 'explore 2\nset_direct_map_invalid pa:0x90001000\n'
                'flush pa:0x90001000\nexplore\n'
                'set_direct_map_invalid pa:0x90002000\n'
                'split pa:0xa0000000\n')
        with Script(text) as path:
            status, out, err = run('explore', path)
        self.assertEqual((status, err), (1, ''))
        first, second = out.split(f'\n{path}:9: ')
        self.assertIn(f'{path}:6: set_direct', first)
        self.assertIn(f'{path}:7: flush', first)
        # With its flush a page is gone; without, it may be seen for ever.
        self.assertIn(SAFE, first)
        self.assertIn(STALE, second)
        self.assertNotIn('split', out)

    def test_marks_that_make_no_sense_are_told_by_line(self):
        for text, line in [('explore\n' + SPLIT, 1), (BOOT + 'explore\n', 5),
                           (BOOT + 'explore 2\nsplit lm\n', 6),
                           (BOOT + 'explore 0\nsplit lm\n', 5),
                           (BOOT + 'explore 2\nsplit lm\nreset\nboot\n', 7),
                           (BOOT + 'explore 2\nsplit lm\nexplore\n', 7),
                           (BOOT + 'explore\nsplit nobody\n', 6),
                           (BOOT, 4)]:
            with self.subTest(text), Script(text) as path:
                status, _, err = run('explore', path)
                self.assertEqual(status, 2)
                self.assertRegex(err, rf'\Avmsa: {path}: line {line}: .+\n\Z')
        with Script('memory 0x40000000+4G\n') as path:
            self.refuses(['explore', path], path)

    def test_a_step_that_fails_is_a_no(self):
        with Script(BOOT + 'set_memory_ro pa:0x90001000 1\n') as path:
            status, out, err = run('explore', path)
        self.assertEqual(status, 1)
        self.assertIn('line 5', err)
        self.assertIn('no descriptor was stored', out)

    def test_each_event_is_needed_or_not(self):
        """The page is mapped by itself: store, DSB, TLBI, DSB, ISB."""
        text = SPLIT + ('explore 2\nset_direct_map_invalid pa:0x90001000\n'
                        'flush pa:0x90001000\n')
        with Script(text) as path:
            for words, needed in [([], 5), (['--ets2'], 4)]:
                status, out, err = run('explore', path, '--leave-out', *words)
                self.assertEqual((status, err), (0, ''))
                rows = [r for r in out.splitlines()
                        if r.endswith(('needed', 'redundant'))][:-1]
                self.assertRegex(out, rf'\n{needed} events needed, ')
                self.assertEqual(sum(r.endswith('needed') for r in rows),
                                 needed)
                tlbi = [r for r in rows if ' TLBI ' in r][-1]
                self.assertRegex(tlbi, r' I3 stale +I3 stale +needed\Z')
                isb = [r for r in rows if ' ISB ' in r][-1]
                self.assertRegex(isb, r'redundant\Z' if words else
                                 r' - +I3 stale +needed\Z')

    def test_a_bound_is_said(self):
        with Script(SPLIT) as path:
            status, out, _ = run('explore', path, '--max-states', '2')
        self.assertEqual(status, 1)
        self.assertIn('not all was looked at: ', out)

    def test_the_example_is_safe_at_its_level(self):
        self.assertEqual(run('explore', EXAMPLE)[0], 0)

    @needs_json
    def test_json_has_the_same(self):
        with Script(SPLIT) as path:
            status, out, _ = run('explore', path, '--bbm', '0', '--json')
        self.assertEqual(status, 1)
        doc = json.loads(out)
        self.assertFalse(doc['ok'])
        program, = doc['programs']
        self.assertEqual(program['steps'],
                         [{'line': 5, 'text': 'split pa:0x90001000'}])
        self.assertEqual(program['violated'], ['I4'])
        self.assertEqual(program['probed'], 1023)
        self.assertEqual(sum(a['probed'] for a in program['addresses']), 1023)
        self.assertIn('may get', program['shortest_run']['story'])
        self.assertIsNone(program['bound'])
        self.assertFalse(program['ok'])

    @needs_json
    def test_json_has_each_event_left_out(self):
        text = SPLIT + 'set_direct_map_invalid pa:0x90001000\n'
        with Script(text) as path:
            _, out, _ = run('explore', path, '--json', '--leave-out')
        program, = json.loads(out)['programs']
        self.assertTrue(any(e.startswith('STORE level 3')
                            for e in program['events']))
        for row in program['leave_out']:
            self.assertEqual(row['verdict'] == 'redundant',
                             row['others'] == row['editor'] == [])


class Usage(ToolTest):
    def test_an_option_that_would_do_nothing_is_refused(self):
        for words, named in [
                ([], '--litmus'), ([EXAMPLE, '--litmus', OWN], 'either'),
                (['--litmus', OWN, '--bbm', '2'], '--bbm'),
                (['--litmus', OWN, '--leave-out'], '--leave-out'),
                ([EXAMPLE, '--name', 'x'], '--name'),
                ([EXAMPLE, '--story'], '--story'),
                ([EXAMPLE, '--pes', '0'], 'above 0'),
                ([EXAMPLE, '--max-states', '0'], 'above 0'),
                (['/nowhere.scn'], '/nowhere.scn')]:
            self.refuses(['explore', *words], named)


if __name__ == '__main__':
    unittest.main()
