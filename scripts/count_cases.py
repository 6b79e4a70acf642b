#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Count the test cases of Meson runs: the last line of scripts/test.

count_cases.py BUILD_DIR...

A CMocka program counts as its cases, any other test as one.  A program that
ended badly has failed at least once, whatever its cases say: a crash, a leak
found at exit, a case that never ended.
"""

import json
import pathlib
import re
import sys

PASSED = re.compile(r'^\[       OK \] ', re.MULTILINE)
FAILED = re.compile(r'^\[  FAILED  \] (\w+)$', re.MULTILINE)
SKIPPED = 'SKIP'


def count(test):
    """Cases of one test that passed and failed."""
    said = (test.get('stdout') or '') + (test.get('stderr') or '')
    good = test['result'] in ('OK', 'EXPECTEDFAIL')
    passed, failed = len(PASSED.findall(said)), 0
    if test['result'] == SKIPPED:
        return 0, 0
    if not good:
        failed = max(1, len(set(FAILED.findall(said))))
    elif not passed:
        passed = 1
    return passed, failed


def main():
    passed = failed = 0
    for build in sys.argv[1:]:
        log = pathlib.Path(build) / 'meson-logs' / 'testlog.json'
        if not log.exists():
            print(f'{build}: nothing ran')
            failed += 1
            continue
        for line in log.read_text().splitlines():
            more = count(json.loads(line))
            passed += more[0]
            failed += more[1]
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
