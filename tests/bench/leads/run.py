#!/usr/bin/env python3
"""A large export of leads (tests/bench/campaign.py): rows a second, the daemon's memory, the same file again, killed at a random row and sent
again.

    run.py --binaries build/release [--rows 50000] [--seed 1] [--form csv|xlsx]
"""

import argparse
import pathlib
import random
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import campaign  # noqa: E402
import sheets  # noqa: E402

HEADING = ("Projekt-ID", "Projektnavn", "Entreprenør", "CVR-nr.", "Byggesum (mio. kr.)", "Stadie", "Byggestart", "Postnr.", "Kontaktperson")
STARTS = ("2. kvartal 2027", "marts 2027", "uge 12 2027", "12-03-2027", "medio maj 2027", "efterår 2027", "snarest", "")
AMOUNTS = ("12,5", "ca. 5-10", "1,2 mia.", "850 t.kr.", "40", "ukendt")
STAGES = ("Projektering", "I udbud", "Kontrakt indgået", "I gang")
POSTCODES = ("8000", "8700", "8900", "8600", "8500", "8660", "8300", "8410")
SYLLABLES = ("al", "ber", "dal", "fal", "gul", "hol", "kar", "lund", "mos", "nor", "ros", "skov", "tor", "ulv", "ves", "øst")


def valid_cvr(number):
    return sum(int(digit) * weight for digit, weight in zip(str(number), (2, 7, 6, 5, 4, 3, 2, 1))) % 11 == 0


def export_rows(rows, seed):
    """Companies have several projects; one in ten has no CVR number. All of them are made up."""
    draw = random.Random(seed)
    numbers = [number for number in range(10000000, 10000000 + 60 * max(rows // 8, 10)) if valid_cvr(number)][:max(rows // 8, 10)]
    word = lambda: "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, 4))).capitalize()
    companies = [(f"{word()} {word()} A/S (fiktiv)", str(number) if draw.random() < 0.9 else "") for number in numbers]
    yield HEADING
    for row in range(rows):
        name, cvr = draw.choice(companies)
        yield (f"P{row}", f"{word()} {draw.choice(('skole', 'hal', 'bro', 'boliger'))} {row}", name, cvr, draw.choice(AMOUNTS),
               draw.choice(STAGES), draw.choice(STARTS), draw.choice(POSTCODES), "Bo Bosen (fiktiv)")


DIGEST = """
    SELECT count(*) || ' leads, ' || (SELECT count(*) FROM emnebank.lead_origin) || ' rows, ' || md5(string_agg(md5(
        l.data::text || l.stage || l.state || l.listed || (SELECT string_agg(o.row_key || o.data::text || o.raw::text || o.stage, '|' ORDER BY o.row_key)
                                               FROM emnebank.lead_origin o WHERE o.lead_id = l.id)
        || coalesce((SELECT string_agg(m.municipality_code, ',' ORDER BY m.municipality_code)
                     FROM emnebank.lead_municipality m WHERE m.lead_id = l.id), '')), '' ORDER BY
        (SELECT min(o.row_key) FROM emnebank.lead_origin o WHERE o.lead_id = l.id)))
    FROM emnebank.lead l"""


def campaign_of(export):
    def prepare(stack, api):
        plan = stack.folder / "plan.json"
        guess = campaign.client(stack, api, "team", "--json", "lead", "source", "guess", str(export))
        plan.write_text(guess.stdout, encoding="utf-8")
        added = campaign.client(stack, api, "team", "lead", "source", "add", "byggefakta", str(plan))
        if added.returncode != 0:
            sys.exit(guess.stderr + added.stderr)

    return campaign.Import(prepare=prepare, command=lambda stack, api: ("lead", "source", "import", "byggefakta", str(export)),
                           counted="SELECT count(*) FROM emnebank.lead_origin", digest=DIGEST)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--form", choices=("csv", "xlsx"), default="csv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        export = pathlib.Path(folder) / f"export.{options.form}"
        (sheets.write_csv if options.form == "csv" else sheets.write_xlsx)(export, export_rows(options.rows, options.seed))
        return 0 if campaign.run(options.binaries, campaign_of(export), options.rows, options.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
