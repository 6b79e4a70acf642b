#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The instrumented editor: what it reports, and how little it took.

instrument_test.py PROGRAM SOURCE
"""
import pathlib
import re
import subprocess
import sys

# What is not the editor's: its main() and how its tables are read.
OWN_CODE = '/* --- the instrument'


def line_of(lines, function, statement):
    """The number of the first such statement in a function."""
    start = next(i for i, l in enumerate(lines)
                 if re.match(rf'static void {function}\(', l))
    return next(i for i in range(start, len(lines))
                if statement in lines[i]) + 1


def run(program, word):
    p = subprocess.run([program, word], capture_output=True, text=True,
                       timeout=60)
    assert p.stderr == '', p.stderr
    return p.returncode, p.stdout


def main():
    program, source = sys.argv[1:]
    lines = pathlib.Path(source).read_text().splitlines()

    status, out = run(program, 'move')
    store = line_of(lines, 'pt_move', 'INSTRUMENT_STORE')
    assert status == 1, out
    assert out.startswith(
        'violation: a live translation was changed without '
        'break-before-make [R_WHZWS] (output address of writable memory), '
        'in pt_move\n'), out
    # Entry 1 of the third table at 0x80000000.
    assert 'level 3 descriptor at 0x80002008, VA 0x1000 to 0x1fff' in out, out
    assert 'was 0x40000703, is 0x50000703' in out, out
    # A macro over two lines may be counted to either of them.
    assert (f' at instrument.c:{store}\n' in out or
            f' at instrument.c:{store + 1}\n' in out), (store, out)
    assert out.endswith('\nmove: 1 findings\n'), out

    assert run(program, 'remap') == (0, 'remap: 0 findings\n')

    editor = '\n'.join(lines[:lines.index(next(
        l for l in lines if OWN_CODE in l))])
    added = re.findall(r'^\s*(?:static struct instrument|INSTRUMENT_\w+\()',
                       editor, re.M)
    assert 10 <= len(added) <= 20, added


if __name__ == '__main__':
    main()
