#!/usr/bin/env python3
"""`emnebank rank` on files: the list, why, what is not read, and every fault with its line. Nobody in the files exists."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import cli
from cli import DONE, REFUSED, USAGE, AWAY, PARTLY

PLACE = {"latitude": 56.15, "longitude": 10.2}


def fact(kind, code, **more):
    return {"kind": kind, "code": code, "stated_on": "2026-10-01", **more}


def candidate(name, *facts, **more):
    return {"id": name, "place": PLACE, "available_from": "2026-11-01", "kinds": ["permanent"],
            "screening": {"until": "2027-06-01"}, "facts": list(facts), **more}


def order(name, *requirements, **more):
    return {"id": name, "as_of": "2026-11-22", "start_date": "2026-12-01", "place": PLACE, "kinds": ["permanent"],
            "occupations": ["7114.8"], "requirements": list(requirements), **more}


def requirement(kind, code, weight=5, necessity="nice", **more):
    return {"kind": kind, "code": code, "weight": weight, "necessity": necessity, **more}


FORMWORK = requirement("competence", "formwork", minimum_level=3)
LICENCE = requirement("licence", "B", necessity="must")


class Rank(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def write(self, name, rows):
        text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
        (self.path / name).write_text(text, encoding="utf-8")
        return str(self.path / name)

    def rank(self, pool, orders, *options, code=DONE):
        command = [cli.PROGRAM, "rank", "--pool", self.write("pool.ndjson", pool), "--orders", self.write("orders.ndjson", orders),
                   *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.said = done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in options else done.stdout

    def names(self, *arguments, **options):
        return [[e["candidate_id"] for e in answer["entries"]] for answer in self.rank(*arguments, "--json", **options)]

    def test_the_better_one_comes_first_and_says_why(self):
        pool = [candidate("lidt", fact("competence", "formwork", level=2)), candidate("mest", fact("competence", "formwork", level=4))]
        answer = self.rank(pool, [order("a", FORMWORK)], "--json")[0]
        self.assertEqual([(e["candidate_id"], e["score"]) for e in answer["entries"]], [("mest", 500), ("lidt", 250)])
        self.assertEqual(answer["entries"][0]["parts"][1]["status"], "matched")
        self.assertEqual([(asked["part"], asked["of"]) for asked in answer["requirements"]], [(0, 500), (1, 500)])
        self.assertIn("500 af 1000 point", answer["entries"][0]["explanation_da"])

    def test_the_order_of_the_lines_does_not_matter(self):
        pool = [candidate(f"k{i}", fact("competence", "formwork", level=1 + i % 5)) for i in range(50)]
        straight = self.names(pool, [order("a", FORMWORK)], "--top", "50")
        self.assertEqual(self.names(pool[::-1], [order("a", FORMWORK)], "--top", "50"), straight)

    def test_a_near_miss_says_which_must_is_lacked(self):
        pool = [candidate("uden"), candidate("med", fact("licence", "B"))]
        self.assertEqual(self.names(pool, [order("a", LICENCE)]), [["med"]])
        answer = self.rank(pool, [order("a", LICENCE)], "--mode", "near-miss", "--json")[0]
        self.assertEqual([(e["candidate_id"], e["lacks"]) for e in answer["entries"]], [("med", None), ("uden", 1)])

    def test_words_and_relations_come_from_the_folder(self):
        self.write("words.tsv", "licence\tB\tKørekort B, personbil\n")
        self.write("relations.tsv", "licence\tB\tCE\timplied\n")
        self.write("places.tsv", "8000\t56.148400\t10.204500\tAarhus C\n")
        pool = [candidate("lastbil", fact("licence", "CE"), place=None, postcode="8000")]
        self.assertEqual(self.names(pool, [order("a", LICENCE)], "--vocabulary", str(self.path)), [["lastbil"]])
        self.assertEqual(self.names(pool, [order("a", LICENCE)], "--vocabulary", str(self.path), "--ruleset", "1"), [[]])
        said = self.rank(pool, [order("a", LICENCE)], "--vocabulary", str(self.path))
        self.assertIn("Kørekort B, personbil, omfattet af CE", said)

    def test_names_and_contacts_are_not_read(self):
        pool = [candidate("k", person={"name": "Ida Prøve (fiktiv)", "phone": 7})]
        self.assertNotIn("Prøve", json.dumps(self.rank(pool, [order("a")], "--json")))

    def test_every_fault_of_a_pool_is_named_and_nothing_is_ranked(self):
        pool = json.dumps(candidate("k")) + "\nikke json\n" + json.dumps(candidate("k", kinds=["x"], available_from="2026-02-30"))
        self.assertEqual(self.rank(pool, [order("a")], code=REFUSED), "")
        for part in ("linje 2: Linjen er ikke gyldig JSON.", "linje 3, /id: Kandidaten står allerede på linje 1.",
                     "linje 3, /kinds/0: ", "linje 3, /available_from: "):
            self.assertIn(part, self.said)

    def test_an_order_with_a_fault_holds_no_other_up(self):
        answers = self.rank([candidate("k")], [order("a", requirement("x", "y", weight=9)), order("b"), order("b")], "--json",
                            code=PARTLY)
        self.assertEqual([answer["order_id"] for answer in answers], ["b"])
        for part in ("linje 1, /requirements/0/kind: ", "linje 1, /requirements/0/weight: ",
                     "linje 3, /id: Jobordren står allerede på linje 2."):
            self.assertIn(part, self.said)

    def test_a_postcode_that_nobody_knows_is_a_fault(self):
        self.rank([candidate("k", place=None, postcode="0001")], [order("a")], code=REFUSED)
        self.assertIn("linje 1, /postcode: Postnummeret står ikke i places.tsv", self.said)

    def test_what_cannot_be_read_is_not_an_empty_file(self):
        for folder in ("--pool", "--orders"):
            files = {"--pool": self.write("pool.ndjson", [candidate("k")]), "--orders": self.write("orders.ndjson", [order("a")]),
                     folder: str(self.path)}
            command = [cli.PROGRAM, "rank", "--json", *(word for option in files.items() for word in option)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (REFUSED if folder == "--pool" else PARTLY, ""))
            self.assertIn("Resten af filen kan ikke læses.", done.stderr)
        (self.path / "words.tsv").mkdir()
        self.rank([candidate("k")], [order("a")], "--vocabulary", str(self.path), code=REFUSED)
        self.assertIn("words.tsv", self.said)

    def test_a_line_with_a_nul_is_not_an_empty_line(self):
        for line in ("\0" + json.dumps(candidate("k")), "\0"):
            self.rank(line + "\n", [order("a")], code=REFUSED)
            self.assertIn("linje 1: Linjen er ikke gyldig JSON.", self.said)
        self.write("relations.tsv", "\0licence\tB\tCE\timplied\n")
        self.rank([candidate("k")], [order("a")], "--vocabulary", str(self.path), code=REFUSED)
        self.assertIn("relations.tsv linje 1: Linjen har et NUL-tegn.", self.said)

    def test_words_that_cannot_be_shown_are_refused(self):
        for word in ("\tx", "k\t", f"k\t{'x' * 2_000_000}", f"{'k' * 200}\tx"):
            self.write("words.tsv", f"competence\t{word}\n")
            self.rank([candidate("k")], [order("a")], "--vocabulary", str(self.path), code=REFUSED)
            self.assertIn("words.tsv linje 1: Kode og navn ", self.said)

    def test_a_relation_is_of_the_kinds_that_it_is_published_for(self):
        must = requirement("competence", "formwork", necessity="must")
        for kind, relation in (("competence", "implied"), ("certificate", "unit"), ("occupation", "group"), ("language", "close")):
            self.write("relations.tsv", f"{kind}\tformwork\tpouring\t{relation}\n")
            self.rank([candidate("k", fact("competence", "pouring"))], [order("a", must)], "--vocabulary", str(self.path), code=REFUSED)
            self.assertIn("relations.tsv linje 1: Ord af den slags har ikke den forbindelse.", self.said)

    def test_lists_that_cannot_be_written_are_not_done(self):
        pool, orders = self.write("pool.ndjson", [candidate("k")]), self.write("orders.ndjson", [order("a")])
        for option in ([], ["--json"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([cli.PROGRAM, "rank", "--pool", pool, "--orders", orders, *option], stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (AWAY, "emnebank: svaret kan ikke skrives\n"))

    def test_a_list_as_long_as_can_be_asked_for_is_whole(self):
        codes = [f"k{i}" for i in range(64)]
        self.write("words.tsv", "".join(f"competence\t{code}\t{code + ' ' + 'x' * 990}\n" for code in codes))
        wide = order("a", *(requirement("competence", code, weight=1) for code in codes))
        pool = [candidate(f"k{i}", *(fact("competence", code) for code in codes)) for i in range(2000)]
        options = ("--top", "2000", "--vocabulary", str(self.path))
        answer = self.rank(pool, [wide], "--json", *options)[0]
        self.assertEqual(len(answer["entries"]), 2000)
        self.assertEqual(self.rank(pool, [wide], *options).count("Plads "), 2000)

    def test_wrong_options_say_what_is_right(self):
        for options in (("--top", "0"), ("--ruleset", "9"), ("--mode", "x"), ("--as-of", "i dag"), ("--explain", "lidt")):
            self.rank([], [], *options, code=USAGE)
            self.assertIn(f"emnebank: {options[0]} er ", self.said)


if __name__ == "__main__":
    cli.main(__doc__)
