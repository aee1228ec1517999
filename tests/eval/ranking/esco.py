"""Pools and job orders made from ESCO occupations and their skills, with a truth that no ranker sees.

A worker has a true occupation, sometimes an earlier one, and a proficiency. From these follow the skills that the worker
truly has, with their true levels. What is recorded is less: facts are missing, some stand under a related skill in place of
the one meant, levels are off by one or unknown, and some skills have nothing to do with the matter. A job order asks for
some of its occupation's skills. The grade of a worker for an order is how many of *all* the occupation's essential skills,
asked for or not, the worker truly masters at the level that the job needs: 3 from 60 %, 2 from 40 %, 1 from 20 %.
"""

import collections
import csv
import gzip
import hashlib
import pathlib
import random

SEED = 2026
OCCUPATIONS = 160
CANDIDATES = 3000
ORDERS = 120
RELATED_CAP = 64
AS_OF = "2026-11-22"


def code_of(label):
    """A key of the pool's form for a skill that has only a label."""
    return "s" + hashlib.sha256(label.encode()).hexdigest()[:12]


class Esco:
    """Crafts and operators (ISCO 7, 8 and 9) with at least eight essential skills."""

    def __init__(self, folder):
        isco = {}
        with open(folder / "occupations_en_v1.2.0.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                isco[row["conceptUri"]] = row["code"]
        self.skills = collections.defaultdict(lambda: {"essential": [], "optional": []})
        with gzip.open(folder / "occupation_skills_en_v1.2.0.tsv.gz", "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if isco.get(row["occupation_uri"], "0")[0] in "789":
                    self.skills[row["occupation_uri"]][row["relation"]].append(code_of(row["skill_label_en"]))
        self.isco = isco
        rich = sorted(uri for uri, skills in self.skills.items() if len(set(skills["essential"])) >= 8)
        self.occupations = random.Random(f"{SEED} occupations").sample(rich, OCCUPATIONS)
        self.codes = self.trade_codes()

    def trade_codes(self):
        """Codes of the jobcentres' form: four digits of ISCO-08, a point, a number."""
        seen = collections.Counter()
        codes = {}
        for uri in sorted(self.occupations, key=lambda u: (self.isco[u], u)):
            unit = self.isco[uri][:4]
            seen[unit] += 1
            codes[uri] = f"{unit}.{seen[unit]}"
        return codes

    def siblings(self):
        """Per skill those that are essential to the same occupations, the oftenest together first."""
        together = collections.defaultdict(collections.Counter)
        for uri in self.occupations:
            essential = sorted(set(self.skills[uri]["essential"]))
            for skill in essential:
                for other in essential:
                    if other != skill:
                        together[skill][other] += 1
        return {skill: [other for other, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:RELATED_CAP]]
                for skill, counts in together.items()}


def true_skills(esco, uri, proficiency, share, draw):
    """Skill to true level of somebody who has worked in the occupation."""
    found = {}
    for relation, least, more in (("essential", 0.45, 0.5), ("optional", 0.1, 0.3)):
        for skill in sorted(set(esco.skills[uri][relation])):
            if draw.random() < share * (least + more * proficiency):
                found[skill] = max(1, min(5, round(1 + 4 * proficiency + draw.gauss(0, 0.7))))
    return found


def recorded(worker, siblings, all_skills, draw):
    """The facts as a caseworker has them."""
    levels = {}
    for skill, level in worker["skills"].items():
        chance = draw.random()
        if chance < 0.25:
            continue  # nobody asked
        if chance < 0.40 and siblings.get(skill):
            skill = draw.choice(siblings[skill][:12])  # written down as something near it
        noisy = max(1, min(5, level + draw.choice((-1, 0, 0, 0, 1))))
        levels.setdefault(skill, None if draw.random() < 0.15 else noisy)
    for skill in draw.sample(all_skills, 2):
        levels.setdefault(skill, draw.choice((1, 2, 3)))
    return levels


def fact(kind, code, level=None, **more):
    item = {"kind": kind, "code": code, "stated_on": "2026-10-01", **more}
    return item | ({"level": level} if level else {})


def make_candidate(esco, number, siblings, all_skills):
    draw = random.Random(f"{SEED} candidate {number}")
    proficiency = draw.betavariate(2, 2)
    uri = draw.choice(esco.occupations)
    worker = {"uri": uri, "skills": true_skills(esco, uri, proficiency, 1.0, draw)}
    facts = [fact("occupation", esco.codes[uri], years=round(12 * proficiency))] if draw.random() < 0.8 else []
    if draw.random() < 0.35:
        earlier = draw.choice(esco.occupations)
        for skill, level in true_skills(esco, earlier, proficiency / 2, 0.6, draw).items():
            worker["skills"].setdefault(skill, level)
        if earlier != uri and draw.random() < 0.8:
            facts.append(fact("occupation", esco.codes[earlier], years=2))
    last = f"20{draw.choice((19, 23, 24, 25, 26))}-06-01"
    facts += [fact("competence", skill, level, last_used=last)
              for skill, level in sorted(recorded(worker, siblings, all_skills, draw).items())]
    name = f"{number:08x}-0000-4000-8000-000000000000"
    candidate = {"id": name, "municipality": "0751", "place": {"latitude": 56.15, "longitude": 10.2},
                 "available_from": "2026-01-01", "kinds": ["permanent"], "screening": {"until": "2027-06-01"}, "facts": facts}
    return candidate, worker["skills"]


def make_order(esco, number):
    draw = random.Random(f"{SEED} order {number}")
    uri = draw.choice(esco.occupations)
    essential = sorted(set(esco.skills[uri]["essential"]))
    optional = sorted(set(esco.skills[uri]["optional"]) - set(essential))
    level = draw.choice((2, 3, 3, 4))
    asked = draw.sample(essential, min(len(essential), draw.randint(6, 10)))
    asked += draw.sample(optional, min(len(optional), draw.randint(0, 2)))
    order = {"id": f"{number:08x}-0000-7000-8000-000000000000", "as_of": AS_OF, "start_date": "2026-12-01",
             "place": {"latitude": 56.15, "longitude": 10.2}, "kinds": ["permanent"], "occupations": [esco.codes[uri]],
             "requirements": [{"kind": "competence", "code": skill, "necessity": "nice",
                               "weight": draw.randint(2, 5) if skill in essential else 1,
                               "minimum_level": level if draw.random() < 0.6 else None} for skill in asked]}
    return order, (essential, level)


def grade(skills, need):
    essential, level = need
    mastered = sum(1 for skill in essential if skills.get(skill, 0) >= level) / len(essential)
    return 3 if mastered >= 0.6 else 2 if mastered >= 0.4 else 1 if mastered >= 0.2 else 0


def make(folder):
    """(candidates, orders, grades by order id, words for `--vocabulary`)."""
    esco = Esco(pathlib.Path(folder))
    siblings = esco.siblings()
    all_skills = sorted({skill for uri in esco.occupations for kind in esco.skills[uri].values() for skill in kind})
    made = [make_candidate(esco, number, siblings, all_skills) for number in range(1, CANDIDATES + 1)]
    orders, grades = [], {}
    for number in range(1, ORDERS + 1):
        order, need = make_order(esco, number)
        orders.append(order)
        grades[order["id"]] = {c["id"]: value for c, skills in made if (value := grade(skills, need)) > 0}
    units = collections.defaultdict(list)
    for code in sorted(esco.codes.values()):
        units[code[:4]].append(code)
    relations = [("occupation", code, other, "unit") for codes in units.values() for code in codes for other in codes
                 if other != code]
    relations += [("competence", skill, other, "occupation") for skill, others in sorted(siblings.items()) for other in others]
    return [c for c, _ in made], orders, grades, {"relations.tsv": relations}
