#!/usr/bin/env python3
"""`emnebank vocabulary import` on a real database: what it says of new, renamed and broken lists, and how it ends."""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DONE, REFUSED = 0, 1
OPTIONS = None
HEADING = "code,code_with_check,title_da,title_en\n"
FIRST = HEADING + '45000000,45000000-7,"Bygge- og anlægsarbejder",Construction work\n45100000,45100000-8,Byggeplads,Site\n'
SECOND = HEADING + '45000000,45000000-7,"Byggeri, anlæg",Construction work\n45200000,45200000-9,Nyt,New\n'


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = (pathlib.Path(OPTIONS.build) / "tests/pg/conninfo").read_text(encoding="utf-8").strip()
        cls.sql("postgres", "DROP DATABASE IF EXISTS vocabulary_cli", "CREATE DATABASE vocabulary_cli TEMPLATE emnebank_template")
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.sql("postgres", "DROP DATABASE vocabulary_cli")
        cls.folder.cleanup()

    @classmethod
    def sql(cls, database, *statements):
        for statement in statements:
            subprocess.run([ROOT / "tests/support/pg", "psql", OPTIONS.build, "-X", "-q", "-d", database, "-c", statement], check=True,
                           stderr=subprocess.DEVNULL)

    def file(self, name, content):
        path = pathlib.Path(self.folder.name) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def run_it(self, *arguments, code=DONE):
        result = subprocess.run([OPTIONS.emnebank, "--database", f"{self.home} dbname=vocabulary_cli", *arguments], check=False,
                                capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def test_1_a_try_and_the_first_import(self):
        path = self.file("cpv_2008.csv", FIRST)
        self.assertIn("Prøve: intet er gemt.", self.run_it("vocabulary", "import", "--dry-run", path))
        said = self.run_it("vocabulary", "import", path)
        self.assertIn("cpv, udgave 2008: 2 rækker i cpv_2008.csv\n  nye: 2\n", said)
        self.assertIn("Ordlisten er version 2.", said)
        self.assertIn("Intet er ændret", self.run_it("vocabulary", "import", path))

    def test_2_a_newer_release_by_folder(self):
        folder = pathlib.Path(self.file("newer/cpv_2030.csv.gz", gzip.compress(SECOND.encode()))).parent
        self.file("newer/other.csv", "a,b\n")
        self.file("newer/note.txt", "x")
        said = self.run_it("vocabulary", "import", str(folder))
        for line in ("other.csv: ikke en af listerne, sprunget over\n", "cpv, udgave 2030 (før: 2008)", "  nye: 1\n    45200000  Nyt\n",
                     "  ny betegnelse: 1\n    45000000  Byggeri, anlæg (før: Bygge- og anlægsarbejder)\n",
                     "  udgået, men i brug (beholdes): 1\n    45100000  Byggeplads  · bruges af 3 CPV-regler\n"):
            self.assertIn(line, said)

    def test_3_every_fault_is_named_and_nothing_is_stored(self):
        bad = self.file("cpv_2031.csv", HEADING + "45,45,,x\n")
        said = self.run_it("vocabulary", "import", bad, code=REFUSED)
        for line in ("cpv_2031.csv:2: code: Skal være otte cifre.\n", "cpv_2031.csv:2: title_da: Skal være på 1 til 500 tegn.\n",
                     "intet er indlæst"):
            self.assertIn(line, said)
        report = json.loads(self.run_it("--json", "vocabulary", "import", bad, code=REFUSED))
        self.assertEqual((len(report["faults"]), report["changed"], report["lists"]), (2, False, []))
        self.assertIn("mappen har ingen", self.run_it("vocabulary", "import", tempfile.mkdtemp(dir=self.folder.name), code=REFUSED))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--emnebank", "--build"):
        parser.add_argument(name, required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
