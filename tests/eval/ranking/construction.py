"""The hand-made set: 30 job orders for building and civil works, 200 fictional people, and grades by the rules of the
trade. The two files say in their first lines how they are written."""

import re

CANDIDATE_FIELDS = 8
KINDS = {"c": "certificate", "l": "licence", "s": "language"}
AS_OF = "2026-11-22"
ASKED = re.compile(r"(?P<must>!?)(?:(?P<kind>[cls]):)?(?P<key>[\w-]+)(?P<through>~?)(?:>(?P<level>\d))?/(?P<weight>\d)")


def lines_of(path):
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]


def identity(name, version):
    """R01 and A01 as UUIDs that a person can still read: the letter's and the number's place."""
    return f"{ord(name[0]):08x}-{int(name[1:]):04d}-{version}000-8000-000000000000"


def fact(kind, code, **more):
    return {"kind": kind, "code": code, "stated_on": "2026-10-01", **{name: value for name, value in more.items() if value}}


def competence(text):
    code, _, rest = text.partition(":")
    level, _, year = rest.partition("/")
    return fact("competence", code, level=int(level), last_used=f"{year or 2026}-06-01")


def certificate(text):
    code, _, until = text.partition("@")
    return fact("certificate", code, valid_until=None if until == "?" else until)


def licences(text, flags):
    held = text.split()
    return [] if "no-B" in flags else sorted({"B", *held})


def candidate(line):
    fields = [field.strip() for field in line.split("|")]
    if len(fields) == CANDIDATE_FIELDS - 1:  # no flags
        fields.append("")
    (who, trades, competences, certificates, driving, languages, flags) = fields[:7]
    name, postcode, travel = who.split()
    flags = flags.split()
    said = dict(flag.split("=") for flag in flags if "=" in flag)
    facts = [fact("occupation", code, years=int(years)) for code, years in (t.split(":") for t in trades.split())]
    facts += [competence(text) for text in competences.split()]
    facts += [certificate(text) for text in certificates.split()]
    facts += [fact("licence", code) for code in licences(driving, flags)]
    spoken = dict(pair.split(":") for pair in languages.split()) or {"da": "6"}
    facts += [fact("language", code, level=int(level)) for code, level in spoken.items()]
    person = {"id": identity(name, 4), "municipality": "0751", "postcode": postcode,
              "available_from": said.get("from", "2026-11-01"),
              "kinds": [said["only"]] if "only" in said else ["permanent", "temporary", "seasonal"], "facts": facts}
    if travel != "-":
        person["max_travel_km"] = int(travel)
    if "unscreened" not in flags:
        person["screening"] = {"until": "2027-06-30"}
    return person


def requirement(text):
    asked = ASKED.fullmatch(text)
    if asked is None:
        raise ValueError(f"not a requirement: {text}")
    return {"kind": KINDS.get(asked["kind"], "competence"), "code": asked["key"],
            "necessity": "must" if asked["must"] else "nice", "weight": int(asked["weight"]),
            "minimum_level": int(asked["level"]) if asked["level"] else None, "through_period": bool(asked["through"])}


def order(lines):
    name, title = lines[0].split(" ", 1)
    postcode, radius, start, end, kinds, occupations = lines[1].split()
    return {"id": identity(name, 7), "title": title, "as_of": AS_OF, "postcode": postcode, "radius_km": int(radius),
            "start_date": start, "end_date": None if end == "-" else end, "kinds": kinds.split(","),
            "occupations": occupations.split(","), "requirements": [requirement(text) for text in lines[2].split()]}


def grades_of(lines):
    return {identity(name, 4): int(line[0]) for line in lines for name in line[2:].split()}


def read(folder):
    """(candidates, orders, grades by order id)."""
    candidates = [candidate(line) for line in lines_of(folder / "candidates.txt")]
    blocks, block = [], []
    for line in lines_of(folder / "orders.txt"):
        if re.match(r"R\d\d ", line):
            block = [line]
            blocks.append(block)
        else:
            block.append(line)
    orders = [order(block) for block in blocks]
    grades = {orders[place]["id"]: grades_of(block[3:]) for place, block in enumerate(blocks)}
    known = {person["id"] for person in candidates}
    for graded in grades.values():
        if not known >= graded.keys():
            raise ValueError(f"grades name people who do not exist: {sorted(graded.keys() - known)}")
    return candidates, orders, grades
