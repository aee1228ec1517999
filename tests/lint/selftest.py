#!/usr/bin/env python3
"""Shows that tests/lint/run names each fault that it is there for, in a small repository of its own."""

import os
import pathlib
import subprocess
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "run"
STYLE = RUN.parents[2] / ".clang-format"

GOOD = {
    "common/base/arena.h": "/* What it is for. */\n#pragma once\n\nint arena(void);\n",
    "common/base/arena.c": '#include "common/base/arena.h"\n\n#include <stdio.h>\n\n'
                           'int arena(void)\n{\n    /* strcpy( here is no call */\n'
                           '    return printf("sprintf(x)");\n}\n',
    "services/pool/pool.c": '#include "common/base/arena.h"\n',
    "services/pool/README.md": "# services/pool\n",
    "tests/fuzz/corpus/fuzz_x/tab": "a\tTODO\0\n",
    "Makefile.am": "a:\n\tb\n",
}


def function(body_lines):
    return "void f(int *x);\n\nvoid f(int *x)\n{\n" + "    (*x)++;\n" * body_lines + "}\n"


# (file, its text, the place and part of the fault)
BAD = [
    ("common/base/x.c", "int  x;\n", "common/base/x.c:1: not formatted"),
    ("common/base/x.c", "\nint f(const char *);\n\nint f(const char *x)\n{\n    return atoi(x);\n}\n",
     "common/base/x.c:6: calls atoi; use str_int64"),
    ("services/pool/x.c", "void f(char *);\n\nvoid f(char *x)\n{\n    /* a\n       b */\n    strcpy(x, \"\");\n}\n",
     "services/pool/x.c:7: calls strcpy"),
    ("common/base/x.c", function(77), None),
    ("common/base/x.c", function(78), "common/base/x.c:3: f has 81 lines"),
    ("common/base/x.c", "int x;\n" * 900, None),
    ("common/base/x.c", "int x;\n" * 901, "common/base/x.c:901: 901 lines"),
    ("common/base/x.h", "int x;\n" * 251, None),
    ("common/base/x.h", "typedef struct x {\n    int y;\n} x;\n", "x.h:1: a typedef'd struct"),
    ("common/base/x.c", "/* TODO: more */\n", "common/base/x.c:1: TODO"),
    ("deploy/x", "#!/bin/sh\n\techo\n", "deploy/x:2: a tab"),
    ("sql/x.sql", "select\t1;\n", "sql/x.sql:1: a tab"),
    ("README.md", "[x](https://registry." + "npmjs.org/ajv)\n", "README.md:1: address of a package registry"),
    ("common/base/x.o", "x", "common/base/x.o:1: generated"),
    ("build/x.c", "int x;\n", "build/x.c:1: generated"),
    ("common/base/x.md", "a\0b\n", "common/base/x.md:1: binary"),
    ("services/orders/orders.c", "int x;\n", "services/orders/README.md:1: missing"),
    ("services/pool/README.md", "x\n" * 81, "services/pool/README.md:81: 81 lines"),
    ("common/base/x.c", "#include <jansson.h>\n", "common/base/x.c:1: <jansson.h> is jansson"),
]


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        (root / ".clang-format").write_text(STYLE.read_text(encoding="utf-8"), encoding="utf-8")
        quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", "init", "-q", folder], check=True, env=quiet)
        subprocess.run(["git", "-C", folder, "add", "-f", "."], check=True, env=quiet)
        return subprocess.run([str(RUN), folder], capture_output=True, text=True, check=False, env=quiet)


class Lint(unittest.TestCase):
    def test_each_fault_is_named_and_nothing_else(self):
        for path, text, fault in [("common/base/arena.h", GOOD["common/base/arena.h"], None)] + BAD:
            with self.subTest(path=path, fault=fault):
                done = run({**GOOD, path: text})
                self.assertEqual(done.returncode, 1 if fault else 0, done.stdout + done.stderr)
                self.assertIn(fault or "lint: nothing to mend", done.stdout)

    def test_a_long_header_is_only_a_warning(self):
        self.assertIn("x.h:251: warning: 251 lines", run({**GOOD, "common/base/x.h": "int x;\n" * 251}).stdout)

    def test_an_empty_repository_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "init", "-q", folder], check=True)
            self.assertEqual(subprocess.run([str(RUN), folder], capture_output=True, check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
