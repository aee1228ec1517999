#!/usr/bin/env python3
"""Every file under ../shared/data/eforms and formats/ocds through `emnebank lead import` and a daemon, in one command;
then once more, which changes nothing; then a file of JSON Lines that is longer than a request, with bad lines in it.
Each on a private system that is stopped afterwards. With --table the first table is printed."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = ROOT.parent / "shared/data"
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "deploy/story"))

from stack import Stack, read  # noqa: E402

DONE, PARTLY = 0, 4
COLUMNS = ["file", "format", "subtype", "leads", "created", "updated", "unchanged", "attached", "lines", "outcome"]

# Of each file that holds an award: its leads, as counted by hand in the file; what stands as both formats counts twice.
LEADS = {
    "sdk/E4_minimal.xml": 1, "sdk/can-desg_24.xml": 1, "sdk/can-social_23.xml": 1, "sdk/can-social_24.xml": 1,
    "sdk/can-social_25.xml": 1, "sdk/can_23_contracts.xml": 2, "sdk/can_24_FRA_comments.xml": 2, "sdk/can_24_LSBU.xml": 1,
    "sdk/can_24_minimal.xml": 1, "sdk/can_25_ENG.xml": 1, "sdk/can_25_ENG_Buyers.xml": 1,
    "sdk/can_25_ENG_buyers_countries.xml": 1, "sdk/can_25_ITA.xml": 1, "sdk/can_25_withheld.xml": 1, "sdk/veat_23.xml": 1,
    "sdk/veat_24.xml": 3, "sdk/veat_25.xml": 1, "sdk/veat_81.xml": 2,
    "ted/20-157399.eforms-xml.xml": 4, "ted/20-157399.ted-xml.xml": 4, "ted/21-158592.eforms-xml.xml": 1,
    "ted/21-158592.ted-xml.xml": 1, "ted/21-357646.eforms-xml.xml": 1, "ted/21-357646.ted-xml.xml": 1,
    "ted/21-362579.eforms-xml.xml": 1, "ted/21-362579.ted-xml.xml": 1,
    "buyers_suppliers/consortia.json": 2, "change_history/award.json": 1, "change_history/contract.json": 1,
    "change_history/contractAmendment.json": 1, "worked_example1/award.json": 1, "worked_example1/contract.json": 1,
    "worked_example2/award.json": 1, "worked_example2/contract.json": 1}


class Failure(Exception):
    pass


def require(right, text):
    if not right:
        raise Failure(text)


class Imports:
    def __init__(self, stack, api):
        self.stack = stack
        self.environment = {**os.environ, "EMNEBANK_API": api, "EMNEBANK_KEY_FILE": str(stack.keys / "team")}

    def run(self, code, *words):
        done = subprocess.run([str(self.stack.binaries / "services/ctl/emnebank"), "lead", "import", *map(str, words)],
                              env=self.environment, text=True, capture_output=True, check=False)
        require(done.returncode == code, f"exit {done.returncode}, not {code}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def table(self, code, *words):
        """The rows of the table, and the sums below them."""
        text = self.run(code, *words)
        rows = [dict(zip(COLUMNS, re.split(r" {2,}", line))) for line in text.splitlines()]
        require(rows[0]["file"] == "FIL" and rows[-1]["file"] == "I ALT", text[-500:])
        return text, rows[1:-1]


def number(rows, name):
    return sum(int(row[name]) for row in rows)


def every_file(imports, show):
    folders = [SHARED / "eforms", SHARED / "formats/ocds"]
    text, rows = imports.table(DONE, *folders)
    files = sum(path.is_file() for folder in folders for path in folder.rglob("*"))
    require(len(rows) == files, f"{len(rows)} rows for {files} files")
    for row in rows:
        wanted = next((count for end, count in LEADS.items() if row["file"].endswith("/" + end)), 0)
        require(int(row["leads"]) == wanted, f"{row['file']}: {row['leads']} leads, not {wanted}")
        none = row["format"] == "-"
        require(none or wanted > 0 or int(row["lines"]) > 0, f"{row['file']}: neither a lead nor a line")
        require(not none or pathlib.Path(row["file"]).suffix in ("", ".csv"), f"{row['file']}: not read")
        require(not none or row["outcome"] == "hverken XML eller JSON", f"{row['file']}: {row['outcome']}")
    empty = next(row["outcome"] for row in rows if row["file"].endswith("INVALID_can_24_empty.xml"))
    require("intet resultat" in empty or "hverken" in empty, f"INVALID_can_24_empty.xml: {empty}")
    created = number(rows, "created")
    require(created == 35, f"{created} leads created, not 35")
    if show:
        print(text.replace(str(SHARED) + "/", ""))
    print(f"{files} files: {number(rows, 'leads')} times a winner, {created} leads, {number(rows, 'lines')} lines")
    return rows


def every_file_again(imports, before):
    _, rows = imports.table(DONE, SHARED / "eforms", SHARED / "formats/ocds")
    require(len(rows) == len(before), "other files")
    for name in ("created", "updated", "attached"):
        require(number(rows, name) == 0, f"{number(rows, name)} {name} the second time")
    require(imports.stack.sql("SELECT count(*) FROM emnebank.lead") == "35", "leads beside those that were told")


def cvr_numbers():
    """Valid ones that no company has: they begin with 99."""
    for number in range(99500000, 99600000):
        if sum(int(digit) * weight for digit, weight in zip(str(number), (2, 7, 6, 5, 4, 3, 2, 1))) % 11 == 0:
            yield str(number)


def release(place, cvr):
    number_text = f"{place:05}"
    supplier = {"id": f"DK-CVR-{cvr}", "name": f"Entreprenør {number_text} A/S (fiktiv)"}
    return {"ocid": f"ocds-fiktiv-linje-{number_text}", "id": "1", "date": "2026-10-21T09:00:00Z", "tag": ["award"],
            "tender": {"title": f"Projekt {number_text} (fiktivt)"},
            "awards": [{"id": "1", "date": "2026-10-20T00:00:00Z", "value": {"amount": 1000 + place, "currency": "DKK"},
                        "suppliers": [supplier]}]}


def many_lines(imports, folder):
    """More lines than one request takes, two of them bad: the rest is stored, and the exit code says that some is not."""
    lines = [json.dumps(release(place, cvr), ensure_ascii=False) for place, cvr in zip(range(450), cvr_numbers())]
    lines[201] = lines[201][:40]
    lines[403] = '{"type": "ingenting"}'
    path = folder / "many.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    text = imports.run(PARTLY, "--lines", path)
    require("linje 202: Linjen er ikke gyldig JSON" in text, "line 202 is not named")
    require("linje 404: Linjen er hverken" in text, "line 404 is not named")
    _, rows = imports.table(PARTLY, path)
    require((rows[0]["leads"], rows[0]["created"], rows[0]["unchanged"]) == ("448", "0", "448"), str(rows[0]))
    lines[7] = json.dumps({"ocid": "x" * (1 << 20)})
    path.write_text("\n".join(lines), encoding="utf-8")
    text = imports.run(PARTLY, "--lines", path)
    require("linje 202: Linjen er ikke gyldig JSON" in text and "  447 " in text, "a line that is too long takes others with it")
    path.write_text("\n".join(lines[8:9]), encoding="utf-8")


def refused_files_say_why(imports, folder):
    files = {"missing.xml": None, "broken.xml": "<ContractAwardNotice", "other.xml": "<Invoice/>", "some.txt": "Ingenting",
             "large.json": '{"releases": ["' + "x" * (8 << 20) + '"]}', "doctype.xml": "<!DOCTYPE a><ContractAwardNotice/>"}
    why = {"missing.xml": "kan ikke åbnes", "broken.xml": "afvist: Linje 1, kolonne .*afkortet", "other.xml": "Filens rodelement er „Invoice“",
           "some.txt": "hverken XML eller JSON", "large.json": "større end 8 MiB; del den, eller brug JSON Lines",
           "doctype.xml": "afvist: .*DOCTYPE er ikke tilladt"}
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    _, rows = imports.table(PARTLY, *(folder / name for name in files), folder / "many.jsonl")
    for row in rows[:-1]:
        name = pathlib.Path(row["file"]).name
        require(re.search(why[name], row["outcome"]), f"{name}: {row['outcome']}")
    for name in ("missing.xml", "broken.xml"):
        imports.run(1, folder / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    parser.add_argument("--table", action="store_true", help="print what came of each file")
    options = parser.parse_args()
    build = pathlib.Path(options.binaries).resolve()
    stack = Stack(tempfile.mkdtemp(prefix="notices-"), build)
    try:
        stack.make_folders()
        stack.start_postgres()
        stack.migrate()
        stack.make_keyring()
        stack.make_organisations()
        imports = Imports(stack, "http://" + stack.start_daemon())
        if SHARED.is_dir():
            every_file_again(imports, every_file(imports, options.table))
        else:
            print(f"skipped: no example data in {SHARED}")
        many_lines(imports, stack.folder)
        refused_files_say_why(imports, stack.folder)
    except Failure as failure:
        print(f"FAILED: {failure}\n{read(stack.folder / 'emnebankd.log')[-1500:]}")
        return 1
    finally:
        stack.stop_all()
        stack.clean()
    return 0


if __name__ == "__main__":
    sys.exit(main())
