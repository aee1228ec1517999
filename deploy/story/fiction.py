#!/usr/bin/env python3
"""A generated pool of fictional candidates: the same seed gives the same people, and each depends on the seed and its
own number alone. Nobody in it exists, and every name says so.

    fiction.py --reference FILE --count 5000 --seed 2026 --folder FOLDER [--today 2026-11-22]

writes FOLDER/CODE.ndjson, one file per municipality, rows as `POST /v1/candidates/import` takes them. The reference is
JSON with `competences` (key, field) and `postcodes` (code, municipality)."""

import argparse
import collections
import datetime
import json
import pathlib
import random

FIRST = ("Anders Ahmed Aksel Amina Anja Asger Bent Birgit Bo Camilla Carsten Christian Dorte Elin Emil Erik Fatima Finn "
         "Flemming Frederik Gitte Hanne Hans Hassan Heidi Henrik Ida Ivan Jakob Jan Jens Jesper Jonas Jørgen Karen "
         "Kasper Kim Kirsten Klaus Kristian Lars Lene Lise Lone Mads Magnus Malene Maria Marek Martin Mathias Merete "
         "Michael Mikkel Mohamed Morten Nanna Niels Oliver Omar Ole Palle Per Peter Pia Piotr Rasmus René Rikke Sara "
         "Signe Simon Steen Stine Søren Thomas Tina Tobias Torben Trine Ulla Viktor Yusuf Åse").split()
LAST = ("Andersen Bach Berg Bjerre Bruun Carlsen Christensen Clausen Dahl Damgaard Eriksen Frandsen Friis Gregersen Hald "
        "Hansen Henriksen Holm Iversen Jacobsen Jensen Jepsen Johansen Juhl Jørgensen Kjeldsen Kjær Knudsen Kristensen "
        "Larsen Lauridsen Lund Madsen Mikkelsen Mortensen Møller Nielsen Nørgaard Olesen Olsen Pedersen Petersen Poulsen "
        "Rasmussen Ravn Schmidt Simonsen Skov Sørensen Thomsen Toft Vestergaard Villadsen Winther Østergaard").split()

# Inhabitants in thousands, about: how the pool spreads over the ten.
WEIGHTS = {"0751": 370, "0615": 95, "0740": 100, "0730": 99, "0746": 65, "0710": 49, "0766": 47, "0706": 44, "0707": 37, "0727": 23}

# Trade code → how common, its field of competences, the certificates and licences it tends to carry (share of 100).
TRADES = {
    "7114.8": (7, "Beton", {"epoxy-isocyanate": 34, "first-aid": 25, "personnel-lift": 10}, {"B": 80, "BE": 15}),
    "7114.9": (9, "Beton", {"epoxy-isocyanate": 30, "first-aid": 20, "scaffold": 15}, {"B": 75}),
    "9312.1": (8, "Beton", {"epoxy-isocyanate": 24, "road-works": 20}, {"B": 70, "BE": 10}),
    "9312.98": (14, "Jord", {"epoxy-isocyanate": 18, "road-works": 30, "asphalt-materials": 8}, {"B": 70, "TM": 20}),
    "9312.99": (5, "Kloak og ledninger", {"road-works": 35, "epoxy-isocyanate": 8}, {"B": 70}),
    "7126.11": (4, "Kloak og ledninger", {"road-works": 40, "first-aid": 15}, {"B": 80, "BE": 20}),
    "7112.99.1": (3, "Vej og belægning", {"road-works": 55}, {"B": 75, "BE": 25}),
    "9312.1.4": (3, "Vej og belægning", {"asphalt-materials": 70, "road-works": 60}, {"B": 75, "C": 15}),
    "9313.1": (7, "Vej og belægning", {"road-works": 30, "first-aid": 10}, {"B": 65}),
    "7112.1": (6, "Murer", {"scaffold": 20, "hot-work": 10}, {"B": 75}),
    "7115.1": (9, "Tømrer og snedker", {"scaffold": 22, "hot-work": 15, "first-aid": 20}, {"B": 80, "BE": 15}),
    "7115.99": (4, "Tømrer og snedker", {"scaffold": 12}, {"B": 65}),
    "7121.1": (3, "Tag", {"hot-work": 65}, {"B": 75}),
    "7119.1": (2, "Stillads og nedrivning", {"scaffold": 80}, {"B": 70, "C": 15}),
    "7119.2": (3, "Stillads og nedrivning", {"asbestos": 45, "hot-work": 25}, {"B": 65}),
    "7126.51": (4, "Installation", {"hot-work": 45}, {"B": 80}),
    "7411.1": (4, "Installation", {"first-aid": 35}, {"B": 85}),
    "7131.1": (4, "Overflade", {"epoxy-isocyanate": 22}, {"B": 70}),
    "7212.3": (2, "Stål og svejsning", {"welding-9606": 55, "hot-work": 60}, {"B": 75}),
    "8341.2": (4, "Maskiner og kraner", {"road-works": 40}, {"B": 85, "C": 35, "CE": 20, "TM": 30}),
    "8343.2": (1, "Maskiner og kraner", {"crane-tower": 50, "crane-mobile": 45}, {"B": 85, "C": 40}),
    "9313.97": (6, "Byggeplads", {"first-aid": 12}, {"B": 60}),
}
LANGUAGES = ("pl", "ro", "ar", "so", "uk", "de", "en", "tr")
KINDS = ("temporary", "seasonal", "wage_subsidy", "work_trial", "job_rotation", "flex")
SOURCES = ("interview", "cv", "certificate_seen", "register")
CERTIFICATE_MONTHS = 60


def day(today, low, high, rng):
    return (today + datetime.timedelta(days=rng.randint(low, high))).isoformat()


def pick(weighted, rng):
    return rng.choices(list(weighted), list(weighted.values()))[0]


def competences(fields, field, today, rng):
    """Most from the trade's own field, a few from the building site and from elsewhere."""
    own = rng.sample(fields[field], min(len(fields[field]), rng.randint(4, 11)))
    site = rng.sample(fields["Byggeplads"], rng.randint(1, 4))
    other = rng.choice(sorted(fields))
    strange = rng.sample(fields[other], min(len(fields[other]), rng.randint(0, 2)))
    for key in dict.fromkeys(own + site + strange):
        fact = {"kind": "competence", "code": key, "stated_on": day(today, -400, -5, rng), "source": rng.choice(SOURCES[:2])}
        if rng.random() < 0.9:
            fact["level"] = rng.choices((1, 2, 3, 4, 5), (6, 18, 38, 28, 10))[0]
        if rng.random() < 0.8:
            fact["years"] = min(40, int(rng.expovariate(0.14)))
        if rng.random() < 0.75:
            fact["last_used"] = day(today, -3200 if rng.random() < 0.15 else -900, -20, rng)
        yield fact


def facts(fields, trade, today, rng):
    _, field, certificates, licences = TRADES[trade]
    yield {"kind": "occupation", "code": trade, "years": min(40, int(rng.expovariate(0.1))),
           "last_used": day(today, -1500, -20, rng), "stated_on": day(today, -400, -5, rng), "source": "register"}
    yield from competences(fields, field, today, rng)
    for key, share in certificates.items():
        if rng.randrange(100) < share:
            seen = rng.random() < 0.6
            yield {"kind": "certificate", "code": key, "valid_until": day(today, -300, CERTIFICATE_MONTHS * 30 - 60, rng),
                   "stated_on": day(today, -400, -5, rng), "source": "certificate_seen" if seen else "self"}
    for key, share in licences.items():
        if rng.randrange(100) < share:
            yield {"kind": "licence", "code": key, "stated_on": day(today, -400, -5, rng), "source": "register"}
    yield {"kind": "language", "code": "da", "level": rng.choices((2, 3, 4, 5, 6), (5, 10, 15, 15, 55))[0],
           "stated_on": day(today, -400, -5, rng), "source": "interview"}
    if rng.random() < 0.35:
        yield {"kind": "language", "code": rng.choice(LANGUAGES), "level": rng.randint(3, 6),
               "stated_on": day(today, -400, -5, rng), "source": "interview"}


def candidate(number, seed, reference, today):
    rng = random.Random(f"{seed}/{number}")
    home = pick(WEIGHTS, rng)
    name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    screened = day(today, -170, -3, rng)
    until = (datetime.date.fromisoformat(screened) + datetime.timedelta(days=182)).isoformat()
    row = {
        "external_ref": f"{home}-{number:05d}",
        "person": {"name": f"{name} (fiktiv)", "phone": f"+45 00 {number // 10000:02d} {number // 100 % 100:02d} {number % 100:02d}",
                   "email": f"kandidat{number}@eksempel.invalid"},
        "postcode": rng.choice(reference["postcodes"][home]),
        "max_travel_km": rng.choice((20, 30, 40, 50, 60, 80, 100)),
        "available_from": day(today, -60, 45, rng),
        "kinds": ["permanent", *(kind for kind in KINDS if rng.random() < (0.6 if kind == "temporary" else 0.15))],
        "protection": "name_and_address" if rng.random() < 0.004 else "none",
        "facts": list(facts(reference["fields"], pick({code: trade[0] for code, trade in TRADES.items()}, rng), today, rng)),
    }
    if rng.random() < 0.93:
        row["screening"] = {"by": rng.choice(("AKM", "BTH", "LNO", "SJE")), "on": screened, "until": until}
    return home, row


def group(reference):
    """The reference as the API gives it, grouped for picking."""
    fields, postcodes = collections.defaultdict(list), collections.defaultdict(list)
    for item in reference["competences"]:
        fields[item["field"]].append(item["key"])
    for item in reference["postcodes"]:
        postcodes[item["municipality"]].append(item["code"])
    return {"fields": {name: sorted(keys) for name, keys in fields.items()},
            "postcodes": {code: sorted(codes) for code, codes in postcodes.items()}}


def write_pool(reference, count, seed, folder, today):
    """Writes FOLDER/CODE.ndjson for each municipality; returns how many each has."""
    grouped, rows = group(reference), collections.defaultdict(list)
    for number in range(count):
        home, row = candidate(number, seed, grouped, today)
        rows[home].append(json.dumps(row, ensure_ascii=False))
    folder.mkdir(parents=True, exist_ok=True)
    for home, lines in rows.items():
        (folder / f"{home}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {home: len(lines) for home, lines in rows.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today())
    options = parser.parse_args()
    reference = json.loads(options.reference.read_text(encoding="utf-8"))
    for home, count in sorted(write_pool(reference, options.count, options.seed, options.folder, options.today).items()):
        print(home, count)


if __name__ == "__main__":
    main()
