#!/usr/bin/env python3
"""`emnebank vocabulary suggest` as a program meets it: line for line, whatever the lines are; and as a person does."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import cli
from cli import AWAY, DONE, REFUSED, USAGE, PARTLY

LABELS = "7115.1\ttømrer\n9312.98\tjord- og betonarbejder\n9312.98\tSpecialarbejder, jord og beton\n7119.1\tstilladsmontør\r\n\n7131.1\tmaler\n"


class Suggest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.labels = cls.file("labels.tsv", LABELS.encode())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def file(cls, name, content):
        path = pathlib.Path(cls.folder.name) / name
        path.write_bytes(content)
        return str(path)

    def run_it(self, *arguments, stdin=b"", code=DONE, labels=None):
        result = subprocess.run([cli.PROGRAM, "vocabulary", "suggest", "--labels", labels or self.labels, *arguments], input=stdin,
                                capture_output=True, env={}, check=False, timeout=300)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout.decode(), result.stderr.decode()

    def batch(self, stdin, *arguments, code=DONE):
        out, err = self.run_it("--batch", *arguments, stdin=stdin, code=code)
        return [json.loads(line) for line in out.splitlines()], err

    def test_one_line_out_for_each_line_in(self):
        lines = ["toemrer", "", "---", "jord- og betonarb.", "  Stilladsmontører søges  ", "日本", "maler\t\"x\"", "tømrer"]
        answers, err = self.batch("\n".join(lines).encode())
        self.assertEqual([answer["q"] for answer in answers], lines)
        self.assertEqual([[hit["code"] for hit in answer["suggestions"]][:1] for answer in answers],
                         [["7115.1"], [], [], ["9312.98"], ["7119.1"], [], ["7131.1"], ["7115.1"]])
        self.assertEqual(err, "")
        for answer in answers:
            for hit in answer["suggestions"]:
                self.assertEqual(sorted(hit), ["code", "label", "score"])
                self.assertIn(hit["score"], range(1, 1001))
        self.assertEqual(answers[-1]["suggestions"][0], {"code": "7115.1", "label": "tømrer", "score": 1000})
        self.assertEqual(answers[3]["suggestions"][0]["label"], "jord- og betonarbejder")  # the code's first line

    def test_answers_come_before_the_next_question(self):
        with subprocess.Popen([cli.PROGRAM, "vocabulary", "suggest", "--batch", "--labels", self.labels], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env={}, encoding="utf-8") as process:
            for text in ("maler", "tømrer"):
                process.stdin.write(f"{text}\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["q"], text)
            process.stdin.close()
            self.assertEqual(process.wait(timeout=300), DONE)

    def test_answers_that_cannot_be_written_are_not_given(self):
        for arguments in (["maler"], ["--json", "maler"], ["maler", "tømrer"], ["--batch"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([cli.PROGRAM, "vocabulary", "suggest", "--labels", self.labels, *arguments], input="maler\ntømrer\n",
                                      stdout=full, stderr=subprocess.PIPE, text=True, env={}, check=False, encoding="utf-8", timeout=300)
            self.assertEqual((done.returncode, done.stderr), (AWAY, "emnebank: svaret kan ikke skrives\n"), arguments)

    def test_a_line_that_is_too_long_is_cut_and_named(self):
        answers, err = self.batch(b"tomrer\n" + "tømrer ".encode() + "ø".encode() * 5000 + b"\nmaler\n")
        self.assertEqual(len(answers), 3)
        self.assertIn("linje 2 er på mere end 2048 byte", err)
        self.assertLessEqual(len(answers[1]["q"].encode()), 2048)
        self.assertTrue(answers[1]["q"].endswith("ø"))

    def test_a_line_that_is_not_text_is_named_and_answered_with_nothing(self):
        answers, err = self.batch(b"maler\n\xff\xfe\nma\0ler\n", code=PARTLY)
        self.assertEqual([len(answer["suggestions"]) > 0 for answer in answers], [True, False, True])
        self.assertIn("linje 2 er ikke UTF-8", err)

    def test_the_limit_holds(self):
        self.assertEqual(len(self.batch(b"beton\n", "--limit", "1")[0][0]["suggestions"]), 1)
        for limit in ("0", "51", "x", ""):
            self.assertIn("--limit er et tal fra 1 til 50", self.run_it("--limit", limit, "maler", code=USAGE)[1])

    def test_people_get_a_table(self):
        out, _ = self.run_it("toemrer", "stilladsmont.")
        self.assertIn("toemrer\nPOINT  KODE", out)
        self.assertIn("stilladsmontør", out)
        self.assertEqual(self.run_it("日本")[0], "ingen forslag\n")
        self.assertEqual(json.loads(self.run_it("--json", "maler")[0])["suggestions"][0]["code"], "7131.1")

    def test_every_bad_line_of_the_labels_is_named(self):
        bad = self.file("bad.tsv", b"1\tfine\nno tab\n\tno code\n2\t \n3\ta\tb\n4\t\xff\n5\t" + b"x" * 3000 + b"\n" + b"c" * 300 + b"\tx\n")
        _, err = self.run_it("maler", labels=bad, code=USAGE)
        for line, said in [(2, "mangler tabulator"), (3, "mangler kode"), (4, "mangler betegnelse"), (5, "mere end én tabulator"),
                           (6, "ikke UTF-8"), (7, "2048 byte"), (8, "256 byte")]:
            self.assertRegex(err, rf"bad.tsv, linje {line} .*{said}")
        self.assertIn("7 linjer kan ikke bruges", err)

    def test_wrong_usage_is_named(self):
        self.assertIn("standard input er til teksterne", self.run_it("maler", labels="-", code=USAGE)[1])
        self.assertIn("ingen linjer", self.run_it("maler", labels=self.file("empty.tsv", b"\n"), code=USAGE)[1])
        self.assertIn("filen findes ikke", self.run_it("maler", labels="/nowhere", code=REFUSED)[1])
        self.assertIn("skriv en tekst", self.run_it(code=USAGE)[1])
        self.assertIn("læses teksterne fra standard input", self.run_it("--batch", "maler", code=USAGE)[1])
        self.assertIn("--kind bruges ikke", self.run_it("--kind", "occupation", "maler", code=USAGE)[1])


if __name__ == "__main__":
    cli.main(__doc__)
