#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The last line of scripts/test counts what Meson's log says.

count_test.py ROOT
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COUNT = pathlib.Path(sys.argv.pop()).resolve() / 'scripts' / 'count_cases.py'

GOOD = '[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[       OK ] b\n'
BAD = '[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  FAILED  ] b\n'
BAD_END = '[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] b\n'


class Count(unittest.TestCase):
    def check(self, status, said, *tests):
        """What the script says of tests (result, stdout, stderr)."""
        with tempfile.TemporaryDirectory() as build:
            logs = pathlib.Path(build) / 'meson-logs'
            logs.mkdir()
            (logs / 'testlog.json').write_text(''.join(
                json.dumps(dict(zip(('result', 'stdout', 'stderr'), t))) + '\n'
                for t in tests))
            run = subprocess.run([sys.executable, COUNT, build],
                                 capture_output=True, text=True)
        self.assertEqual((run.stdout, run.returncode), (said + '\n', status))

    def test_cases_of_a_program_count_one_by_one(self):
        self.check(0, '2 passed, 0 failed', ('OK', GOOD))

    def test_a_test_without_cases_counts_as_one(self):
        self.check(0, '1 passed, 0 failed', ('OK', 'fine\n'))

    def test_a_failed_case_counts_once_though_named_twice(self):
        self.check(1, '1 passed, 1 failed', ('FAIL', BAD, BAD_END))

    def test_a_crash_fails_whatever_passed_before(self):
        self.check(1, '2 passed, 1 failed', ('FAIL', GOOD))

    def test_a_timeout_fails(self):
        self.check(1, '0 passed, 1 failed', ('TIMEOUT', None))

    def test_a_skipped_test_is_neither(self):
        self.check(0, '2 passed, 0 failed', ('OK', GOOD), ('SKIP', ''))

    def test_nothing_passed_is_a_failure(self):
        self.check(1, '0 passed, 0 failed')

    def test_a_build_that_never_ran_fails(self):
        with tempfile.TemporaryDirectory() as build:
            run = subprocess.run([sys.executable, COUNT, build],
                                 capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertTrue(run.stdout.endswith('0 passed, 1 failed\n'))


if __name__ == '__main__':
    unittest.main()
