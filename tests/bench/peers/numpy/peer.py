#!/usr/bin/python3
"""NumPy as a peer: inverted lists. Per code the sorted numbers of the candidates that have it, with level and staleness
packed into a byte; a full column where more than one candidate in 32 has the code. The rarest must leads, every other
is looked up in what is left, and points come from small tables by the packed byte.

    peer.py --data FOLDER
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np  # noqa: E402

K = 20
DENSE_SHARE = 32
ABSENT = 0  # in a packed byte; else 1 + level + 8 * stale


class Part:
    def __init__(self, text, number, certificates):
        self.code, must, self.minimum, self.share, ages, self.valid_on = map(int, text.split(":"))
        self.number, self.must = number, bool(must)
        self.is_certificate = self.code in certificates
        self.points = np.zeros(256, np.int32)
        self.met = np.zeros(256, bool)
        for level in range(8):
            for stale in (0, 1):
                self._judge(1 + level + 8 * stale, level, bool(ages) and bool(stale))

    def _judge(self, packed, level, stale):
        short = self.minimum - level if self.minimum else 0
        if self.minimum and (level == 0 or short > 1):
            return
        self.met[packed] = short <= 0
        halvings = (short == 1) + stale
        if self.must:
            self.points[packed] = self.share if short <= 0 else 0
        else:
            self.points[packed] = self.share >> halvings


class Order:
    def __init__(self, line, certificates):
        words = line.split()
        self.class_name = words[0]
        self.number, self.town, self.radius, self.start, self.work = map(int, words[1:6])
        self.parts = [Part(word, i, certificates) for i, word in enumerate(words[6:])]
        self.musts = [part for part in self.parts if part.must]
        self.nices = [part for part in self.parts if not part.must]
        self.sure = sum(part.share for part in self.musts)


class Pool:
    def __init__(self, folder):
        def column(name, kind):
            return np.fromfile(os.path.join(folder, name), kind)

        with open(os.path.join(folder, "world.txt"), encoding="ascii") as file:
            world = {name: int(value) for name, value in (line.split() for line in file)}
        self.size = world["size"]
        town = column("town.u16", np.uint16)
        towns = world["towns"]
        distances = column("distances.u16", np.uint16).reshape(towns, towns)
        # An unknown town is farther than any order or candidate allows.
        self.distances = np.hstack([distances, np.full((towns, 1), 65535, np.uint16)])
        self.town = np.where(town == 65535, towns, town).astype(np.uint16)
        travel = column("travel.u16", np.uint16)
        self.travel = np.where(travel == 0, 65534, travel).astype(np.uint16)
        self.available = column("available.i16", np.int16)
        self.work = column("work.u8", np.uint8)
        self.in_play = (column("hidden.u8", np.uint8) == 0) & (column("screening.i16", np.int16) >= world["as_of"])
        self._index(column, world)
        certificates = range(world["first_certificate"], world["first_occupation"])
        with open(os.path.join(folder, "orders.txt"), encoding="ascii") as file:
            self.orders = [Order(line, certificates) for line in file]
        self.by_name = {(order.class_name, order.number): order for order in self.orders}

    def _index(self, column, world):
        starts = column("fact_from.u32", np.uint32)
        code = column("fact_code.u16", np.uint16)
        owner = np.repeat(np.arange(self.size, dtype=np.int32), np.diff(starts).astype(np.int64))
        stale = column("fact_used.i16", np.int16) < world["stale_before"]
        packed = (1 + column("fact_level.u8", np.uint8) + 8 * stale).astype(np.uint8)
        by_code = np.argsort(code, kind="stable")
        code = code[by_code]
        self.owners = owner[by_code]
        self.packed = packed[by_code]
        self.until = column("fact_until.i16", np.int16)[by_code]
        self.bounds = np.searchsorted(code, np.arange(world["codes"] + 1)).tolist()
        self.dense = {}
        for number in range(world["codes"]):
            begin, end = self.bounds[number], self.bounds[number + 1]
            if (end - begin) * DENSE_SHARE > self.size:
                full = np.zeros(self.size, np.uint8)
                full[self.owners[begin:end]] = self.packed[begin:end]
                self.dense[number] = full

    def bytes(self):
        arrays = [self.owners, self.packed, self.until, self.town, self.travel, self.available, self.work, self.in_play]
        return sum(array.nbytes for array in arrays + list(self.dense.values()))

    def length(self, part):
        return self.bounds[part.code + 1] - self.bounds[part.code]

    def holders(self, part):
        """Who meets the must, sorted."""
        begin, end = self.bounds[part.code], self.bounds[part.code + 1]
        who = self.owners[begin:end]
        if part.is_certificate:
            return who[self.until[begin:end] >= part.valid_on]
        return who[part.met[self.packed[begin:end]]]

    def looked_up(self, part, who):
        """The packed byte of the part's code for each of `who`; ABSENT where it does not hold."""
        full = self.dense.get(part.code)
        if full is not None and not part.is_certificate:
            return full[who]
        begin, end = self.bounds[part.code], self.bounds[part.code + 1]
        if begin == end:
            return np.zeros(len(who), np.uint8)
        listed = self.owners[begin:end]
        at = np.searchsorted(listed, who)
        at[at == end - begin] = 0
        packed = np.where(listed[at] == who, self.packed[begin:end][at], ABSENT)
        if part.is_certificate:
            packed = np.where(self.until[begin:end][at] >= part.valid_on, packed, ABSENT)
        return packed

    def in_terms(self, order, who):
        """Those of `who` whom R1-R6 leave."""
        who = who[self.in_play[who]]
        km = self.distances[order.town][self.town[who]]
        keep = (km <= order.radius) & (km <= self.travel[who]) & (self.available[who] <= order.start)
        keep &= (self.work[who] & order.work) != 0
        return who[keep]

    def strict(self, order):
        musts = sorted(order.musts, key=self.length)
        who = self.in_terms(order, self.holders(musts[0]))
        for part in musts[1:]:
            if len(who) == 0:
                return []
            who = who[part.met[self.looked_up(part, who)]]
        if len(who) == 0:
            return []
        score = np.full(len(who), order.sure, np.int64)
        for part in order.nices:
            score += part.points[self.looked_up(part, who)]
        return self.best(who, score, None)

    def near_miss(self, order):
        """Who lacks at most one must has one of the two rarest."""
        musts = sorted(order.musts, key=self.length)
        if len(musts) == 1:
            who = np.arange(self.size, dtype=np.int32)
        else:
            who = np.union1d(self.holders(musts[0]), self.holders(musts[1]))
        who = self.in_terms(order, who)
        score = np.zeros(len(who), np.int64)
        missed = np.zeros(len(who), np.int32)
        lacking = np.full(len(who), -1, np.int32)
        for part in musts:
            met = part.met[self.looked_up(part, who)]
            score += met * part.share
            missed += ~met
            lacking[~met] = part.number
        keep = missed <= 1
        who, score, lacking = who[keep], score[keep], lacking[keep]
        if len(who) == 0:
            return []
        for part in order.nices:
            score += part.points[self.looked_up(part, who)]
        return self.best(who, score, lacking)

    @staticmethod
    def best(who, score, lacking):
        key = (score << 32) - who
        if len(key) > K:
            chosen = np.argpartition(key, len(key) - K)[-K:]
        else:
            chosen = np.arange(len(key))
        chosen = chosen[np.argsort(-key[chosen])]
        return [(int(who[i]), int(score[i]), -1 if lacking is None else int(lacking[i])) for i in chosen]

    def ask(self, class_name, number):
        order = self.by_name[class_name, number]
        return self.near_miss(order) if class_name == "near-miss" else self.strict(order)


ORDERS = 200


def answers(pool, class_name):
    for number in range(ORDERS):
        found = pool.ask(class_name, number)
        print(number, len(found), *(":".join(map(str, entry)) for entry in found))


def timed(pool, class_name, milliseconds):
    spent = [0] * ORDERS
    start = time.monotonic_ns()
    passes = 0
    while passes == 0 or time.monotonic_ns() - start < milliseconds * 1_000_000:
        for number in range(ORDERS):
            before = time.monotonic_ns()
            pool.ask(class_name, number)
            spent[number] += time.monotonic_ns() - before
        passes += 1
    print(*(f"{total / passes:.1f}" for total in spent))


def main():
    pool = Pool(sys.argv[sys.argv.index("--data") + 1])
    print(f'ready {{"bytes": {pool.bytes()}, "version": "{np.__version__}"}}', flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "answers":
            answers(pool, words[1])
        elif words[0] == "time":
            timed(pool, words[1], int(words[2]))
        else:
            sys.exit(f"numpy: unknown: {line}")
        print("done", flush=True)


if __name__ == "__main__":
    main()
