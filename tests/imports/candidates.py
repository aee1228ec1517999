#!/usr/bin/env python3
"""A large file of candidates (tests/bench/campaign.py): rows a second, the daemon's memory, the same file again, killed at a random row and
sent again: the same candidates as in one go.

    candidates.py --binaries build/release [--rows 100000] [--seed 1] [--form csv|xlsx]
"""

import argparse
import pathlib
import random
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/bench"))

import campaign  # noqa: E402
import sheets  # noqa: E402

HOME = "0751"
HEADING = ("reference", "navn", "telefon", "email", "adresse", "postnummer", "rejseafstand_km", "ledig_fra", "arbejdsformer", "beskyttelse",
           "screenet_af", "screenet_den", "screening_til", "kompetencer", "certifikater", "koerekort", "sprog", "erhverv")
POSTCODES = ("8000", "8200", "8700", "8900", "8600", "8500", "8660", "8300")
COMPETENCES = ("formwork", "reinforcement", "concrete-pouring")
TRADES = ("7114.8", "9312.1", "7115.1")
REJECTED = 0.01  # of the rows: a postcode that there is not


def people(rows, seed):
    """Nobody: names are numbers."""
    draw = random.Random(seed)
    yield HEADING
    for row in range(rows):
        known = draw.sample(COMPETENCES, draw.randint(1, 3))
        yield (f"SAG-{row}", f"Person {row} (fiktiv)", "+45 20 00 00 00", "fiktiv@example.dk", f"Prøvevej {row % 200}",
               "9999" if draw.random() < REJECTED else draw.choice(POSTCODES), str(draw.randint(5, 200)), "01-12-2026",
               draw.choice(("fast", "fast|tidsbegrænset", "tidsbegrænset|sæson")), draw.choice(("", "", "", "adresse")), "MK", "01-11-2026",
               "01-05-2099", "|".join(f"{key}:{draw.randint(1, 5)}:{draw.randint(0, 20)}" for key in known),
               draw.choice(("", "epoxy-isocyanate:01-03-2099", "first-aid")), draw.choice(("", "B", "B|CE")), draw.choice(("da:C2", "da:B1|pl:C2")),
               f"{draw.choice(TRADES)}:{draw.randint(0, 30)}")


# All that there is of a candidate without ids, moments and what is sealed anew each time: of that its length. The pool's versions are
# those of one go, too: batches end at the same rows.
DIGEST = """
    SELECT count(*) || ' candidates, ' || (SELECT count(*) FROM emnebank.candidate_fact) || ' facts, '
        || (SELECT count(*) FROM emnebank.candidate_state) || ' states, ' || md5(string_agg(md5(row(
        c.external_ref, c.version, c.changed_version, c.postcode, c.max_travel_km, c.available_from, c.kinds, c.protection, c.screened_by,
        c.screened_on, c.screening_until, c.withdrawn_at IS NULL, length(c.content_mac), length(p.wrapped_key), length(p.name), length(p.phone),
        length(p.email), length(p.address), length(p.note), p.cpr_index IS NULL,
        (SELECT string_agg(row(f.kind, f.code, f.level, f.years, f.last_used, f.valid_until, f.stated_on, f.source, f.from_version, f.to_version)::text,
                           '|' ORDER BY f.kind, f.code, f.from_version)
         FROM emnebank.candidate_fact f WHERE f.candidate_id = c.id),
        (SELECT string_agg(row(s.from_version, s.to_version, s.postcode, s.max_travel_km, s.available_from, s.kinds, s.protected, s.screening_until,
                               s.withdrawn)::text, '|' ORDER BY s.from_version)
         FROM emnebank.candidate_state s WHERE s.candidate_id = c.id),
        (SELECT string_agg(b.tag, '|' ORDER BY b.tag) FROM emnebank.candidate_batch_member m JOIN emnebank.candidate_batch b ON b.id = m.batch_id
         WHERE m.candidate_id = c.id),
        (SELECT string_agg(row(s.source, s.missing_since IS NULL)::text, '|' ORDER BY s.source)
         FROM emnebank.candidate_source s WHERE s.candidate_id = c.id))::text), '' ORDER BY c.external_ref))
    FROM emnebank.candidate c LEFT JOIN emnebank.candidate_person p ON p.candidate_id = c.id"""


def campaign_of(export):
    def prepare(stack, api):
        made = campaign.client(stack, api, HOME, "batch", "create", "lukning-fabrik", "Lukning (fiktiv)", "--on", "2026-11-20")
        if made.returncode != 0:
            sys.exit(made.stderr)

    return campaign.Import(
        prepare=prepare,
        command=lambda stack, api: ("candidate", "import", str(export), "--source", "fagsystem", "--complete", "--batch", "lukning-fabrik"),
        counted="SELECT count(*) FROM emnebank.candidate", digest=DIGEST, key=HOME, good=(0, 4))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1, help="of the rows, and of the one at which the daemon is killed")
    parser.add_argument("--form", choices=("csv", "xlsx"), default="csv")
    options = parser.parse_args()
    print(f"{options.rows} rows of {options.form}, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="candidates-") as folder:
        export = pathlib.Path(folder) / f"kandidater.{options.form}"
        (sheets.write_csv if options.form == "csv" else sheets.write_xlsx)(export, people(options.rows, options.seed))
        return 0 if campaign.run(options.binaries, campaign_of(export), options.rows, options.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
