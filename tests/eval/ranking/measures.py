"""How good a ranked list is, and the rankers that ours is held against. Grades are 0 to 3."""

import collections
import math
import random


def ndcg(ranked, grades, depth=10):
    """Normalised discounted cumulative gain, gain 2^grade - 1 (Burges 2005)."""

    def dcg(values):
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(values[:depth]))

    best = dcg(sorted(grades.values(), reverse=True))
    return dcg([grades.get(name, 0) for name in ranked]) / best if best > 0 else None


def average_precision(ranked, grades, depth=50, relevant=2):
    """Average precision over the first `depth`; relevant is a grade of at least 2."""
    wanted = sum(1 for grade in grades.values() if grade >= relevant)
    if wanted == 0:
        return None
    hits, total = 0, 0.0
    for place, name in enumerate(ranked[:depth], 1):
        if grades.get(name, 0) >= relevant:
            hits += 1
            total += hits / place
    return total / min(wanted, depth)


def mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def terms_of_candidate(candidate):
    return [(fact["kind"], fact["code"]) for fact in candidate["facts"]]


def terms_of_order(order):
    asked = [("occupation", code) for code in order["occupations"]]
    return asked + [(item["kind"], item["code"]) for item in order.get("requirements", [])]


def first(scores, seed, order_id):
    """Names by score; equal ones in an order drawn for this seed and job order."""
    draw = random.Random(f"{seed} {order_id}")
    names = sorted(scores)
    draw.shuffle(names)
    return sorted(names, key=lambda name: -scores[name])


class Bm25:
    """Okapi BM25 (Robertson, k1 1.2, b 0.75) over the same terms as ours: kind and code of each fact."""

    K1, B = 1.2, 0.75

    def __init__(self, candidates):
        self.documents = {c["id"]: collections.Counter(terms_of_candidate(c)) for c in candidates}
        self.lengths = {name: sum(terms.values()) for name, terms in self.documents.items()}
        self.average = sum(self.lengths.values()) / len(self.lengths)
        self.having = collections.Counter(term for terms in self.documents.values() for term in terms)

    def weight(self, term):
        having = self.having[term]
        return math.log(1 + (len(self.documents) - having + 0.5) / (having + 0.5))

    def scores(self, order):
        asked = terms_of_order(order)
        return {name: sum(self.weight(term) * terms[term] * (self.K1 + 1)
                          / (terms[term] + self.K1 * (1 - self.B + self.B * self.lengths[name] / self.average))
                          for term in asked if terms[term])
                for name, terms in self.documents.items()}


def exact_counts(candidates, order):
    asked = set(terms_of_order(order))
    return {c["id"]: len(asked & set(terms_of_candidate(c))) for c in candidates}


def baselines(candidates, order, bm25, eligible, seed=1):
    """The three rankers that ours has to beat, each over the candidates whom the hard rules let through: the hard rules
    are law and wish, not relevance, and nobody is helped by a baseline that sends the wrong people."""
    pool = [c for c in candidates if c["id"] in eligible]
    scores = bm25.scores(order)
    return {
        "BM25": first({c["id"]: scores[c["id"]] for c in pool}, seed, order["id"]),
        "exact matches": first(exact_counts(pool, order), seed, order["id"]),
        "random": first({c["id"]: 0 for c in pool}, seed, order["id"]),
    }
