# SPDX-License-Identifier: BSD-2-Clause
"""tool.py - run vmsa in a test

The tests speak to the program as a user does: words in; stdout, stderr and
exit status out.  Expected values are literals of the manual and of
docs/linear-map.md, or arithmetic on them.
"""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ['VMSA']
SOURCE = os.environ['VMSA_SOURCE_ROOT']
CASES = os.path.join(SOURCE, 'tests', 'oracle', 'cases')

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def run(*words, stdin=None):
    """(exit status, stdout, stderr) of vmsa with these words."""
    p = subprocess.run([TOOL, *words], capture_output=True, text=True,
                       timeout=300, stdin=stdin)
    return p.returncode, p.stdout, p.stderr


def has_json():
    """Whether the program was built with jansson."""
    return 'jansson' not in run('boot', '--json')[2]


def read_json(*words):
    """The document that a command prints, which must succeed."""
    status, out, err = run(*words, '--json')
    assert status == 0, err
    return json.loads(out)


needs_json = unittest.skipUnless(has_json(), 'built without jansson')
needs_cases = unittest.skipUnless(os.path.isdir(CASES), 'no recorded kernels')


class Script:
    """A scenario in a file of its own, while a with statement lasts."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile('w', suffix='.scn')
        self.file.write(self.text)
        self.file.flush()
        return self.file.name

    def __exit__(self, *_):
        self.file.close()


class ToolTest(unittest.TestCase):
    """Assertions on one run."""

    def refuses(self, words, *named):
        """Bad usage: exit status 2, one sentence, nothing on stdout."""
        status, out, err = run(*words)
        self.assertEqual(status, 2, (words, err))
        self.assertEqual(out, '')
        self.assertRegex(err, r'\Avmsa: [^\n]+\n\Z')
        for word in named:
            self.assertIn(word, err)


class TraceTest(ToolTest):
    """Assertions on make_trace.c's trace, which is made once a class."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp()
        cls.trace = os.path.join(cls.dir, 'two-rounds.vmt')
        subprocess.run([os.environ['MAKE_TRACE'], cls.trace], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def path(self, name):
        return os.path.join(self.dir, name)
