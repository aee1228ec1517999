#!/usr/bin/env python3
"""A large export of leads on a system of its own: rows a second and the daemon's memory; the same file again; and on a second system the
daemon killed at a random row, started, and the file sent again: the leads must be the same as in one go.

    run.py --binaries build/release [--rows 50000] [--seed 1]
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "deploy/story"))

from stack import Stack  # noqa: E402

HEADING = "Projekt-ID;Projektnavn;Entreprenør;CVR-nr.;Byggesum (mio. kr.);Stadie;Byggestart;Postnr.;Kontaktperson\n"
STARTS = ("2. kvartal 2027", "marts 2027", "uge 12 2027", "12-03-2027", "medio maj 2027", "efterår 2027", "snarest", "")
AMOUNTS = ("12,5", "ca. 5-10", "1,2 mia.", "850 t.kr.", "40", "ukendt")
STAGES = ("Projektering", "I udbud", "Kontrakt indgået", "I gang")
POSTCODES = ("8000", "8700", "8900", "8600", "8500", "8660", "8300", "8410")
SYLLABLES = ("al", "ber", "dal", "fal", "gul", "hol", "kar", "lund", "mos", "nor", "ros", "skov", "tor", "ulv", "ves", "øst")


def valid_cvr(number):
    return sum(int(digit) * weight for digit, weight in zip(str(number), (2, 7, 6, 5, 4, 3, 2, 1))) % 11 == 0


def write_export(path, rows, seed):
    """Companies have several projects; one in ten has no CVR number. All of them are made up."""
    draw = random.Random(seed)
    numbers = [number for number in range(10000000, 10000000 + 60 * max(rows // 8, 10)) if valid_cvr(number)][:max(rows // 8, 10)]
    word = lambda: "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, 4))).capitalize()
    companies = [(f"{word()} {word()} A/S (fiktiv)", number if draw.random() < 0.9 else "") for number in numbers]
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADING)
        for row in range(rows):
            name, cvr = draw.choice(companies)
            file.write(f"P{row};{word()} {draw.choice(('skole', 'hal', 'bro', 'boliger'))} {row};{name};{cvr};{draw.choice(AMOUNTS)};"
                       f"{draw.choice(STAGES)};{draw.choice(STARTS)};{draw.choice(POSTCODES)};Bo Bosen (fiktiv)\n")


def client(stack, api, *words):
    return [str(stack.binaries / "services/ctl/emnebank"), "--api", f"http://{api}", "--key-file", str(stack.keys / "team"), *words]


def status(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) // 1024
    return 0


def begin(folder, binaries, export):
    stack = Stack(folder, binaries)
    stack.make_folders()
    stack.start_postgres()
    stack.migrate()
    stack.make_keyring()
    stack.make_organisations()
    api = stack.start_daemon()
    plan = pathlib.Path(folder) / "plan.json"
    guess = subprocess.run(client(stack, api, "--json", "lead", "source", "guess", str(export)), capture_output=True, text=True, check=True)
    plan.write_text(guess.stdout, encoding="utf-8")
    subprocess.run(client(stack, api, "lead", "source", "add", "byggefakta", str(plan)), capture_output=True, check=True)
    return stack, api


def read_file(stack, api, export):
    started = time.monotonic()
    done = subprocess.run(client(stack, api, "lead", "source", "import", "byggefakta", str(export)), capture_output=True, text=True, check=False)
    return time.monotonic() - started, done.returncode, done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()]


def digest(stack):
    """What there is, without ids and moments: they are of the run."""
    return stack.sql("""
        SELECT count(*) || ' leads, ' || (SELECT count(*) FROM emnebank.lead_origin) || ' rows, ' || md5(string_agg(md5(
            l.data::text || l.stage || l.state || l.listed || (SELECT string_agg(o.row_key || o.data::text || o.raw::text || o.stage, '|' ORDER BY o.row_key)
                                                   FROM emnebank.lead_origin o WHERE o.lead_id = l.id)
            || coalesce((SELECT string_agg(m.municipality_code, ',' ORDER BY m.municipality_code)
                         FROM emnebank.lead_municipality m WHERE m.lead_id = l.id), '')), '' ORDER BY
            (SELECT min(o.row_key) FROM emnebank.lead_origin o WHERE o.lead_id = l.id)))
        FROM emnebank.lead l""")


def in_one_go(stack, api, export, rows):
    pid = stack.pid("emnebankd")
    print(f"daemon before: {status(pid, 'VmRSS')} MiB")
    first = 0.0
    for what in ("first", "again"):
        took, code, line = read_file(stack, api, export)
        print(f"{what}: {rows / took:.0f} rows/s ({took:.1f} s), daemon at most {status(pid, 'VmHWM')} MiB, exit {code}: {line[0]}")
        first = first or took
    return digest(stack), first


def killed(stack, api, export, seconds):
    """The daemon dies while the file is read, and is started again for the rest."""
    pid = stack.pid("emnebankd")
    timer = threading.Timer(seconds, lambda: os.kill(pid, signal.SIGKILL))
    timer.start()
    _, code, _ = read_file(stack, api, export)
    timer.join()
    stack.stop("emnebankd", signal.SIGKILL)
    print(f"killed after {seconds:.1f} s (the client's exit {code}): {stack.sql('SELECT count(*) FROM emnebank.lead_origin')} rows were in")
    took, code, line = read_file(stack, stack.start_daemon(), export)
    print(f"then: {took:.1f} s, exit {code}: {line[0]}")
    return digest(stack)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        export = pathlib.Path(folder) / "export.csv"
        write_export(export, options.rows, options.seed)
        digests = []
        seconds = 0.0
        for name in ("whole", "killed"):
            place = pathlib.Path(folder) / name
            stack, api = begin(place, options.binaries, export)
            try:
                if name == "whole":
                    rows, first = in_one_go(stack, api, export, options.rows)
                    digests.append(rows)
                    seconds = first * random.Random(options.seed).uniform(0.2, 0.8)
                else:
                    digests.append(killed(stack, api, export, seconds))
            finally:
                stack.clean()
        print("\n".join(digests))
        same = digests[0] == digests[1]
        print("the same rows" if same else "NOT the same rows")
        return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
