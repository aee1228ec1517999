#!/usr/bin/env python3
"""Measures the suggestions beside BM25 over words and Jaccard over trigrams of letters, in one run.

    run.py --binaries FOLDER [--data FOLDER] [--half test|dev] [--each N]

Three sets: ESCO's Danish occupations (preferred label: target; all others: queries held out), the construction trades (STAR's
label: target; what ESCO calls them: queries), each with generated noise, and trade_words.tsv on the words of a new database.
Bars that do not hold fail. No figure depends on time but the last line, which is only told."""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "deploy" / "story"))

import baselines  # noqa: E402
import texts  # noqa: E402
from stack import Stack  # noqa: E402

LIMIT = 10
MEASURES = ("nøjagtighed@1", "genfinding@5", "genfinding@10", "MRR")
OTHER, OWN = "andet navn", "eget navn"

# (set, kinds of queries, measure, at least, what it is compared with: None or a baseline's name)
BARS = [
    ("ESCO", (OTHER,), 2, 0.64, None),
    ("ESCO", (OTHER,), 2, 1.8, "BM25, ord"),
    ("ESCO", (OTHER,), 2, 1.05, "Jaccard, trigrammer"),
    ("byggefag", (OTHER,), 2, 0.74, None),
    ("byggefag", (OTHER,), 2, 1.1, "Jaccard, trigrammer"),
    ("ESCO", tuple(f"{name}, {kind}" for name in (OTHER, OWN) for kind in texts.MISSPELLED), 2, 1.3, "BM25, ord"),
    ("ESCO", tuple(f"{OWN}, {kind}" for kind in texts.NOISE), 2, 0.97, None),
    ("ESCO", tuple(f"{OWN}, {kind}" for kind in texts.NOISE), 0, 0.93, None),
]
TRADE_WORDS_FIRST, TRADE_WORDS_FIVE = 0.95, 0.98


class Suggest:
    """The command as anybody runs it: labels from a file or the database, texts on standard input."""

    name = "suggest"

    def __init__(self, command):
        self.command = [*command, "--batch", "--limit", str(LIMIT)]

    def ask_all(self, asked):
        """For each text its suggestions: (kind or None, code)."""
        done = subprocess.run(self.command, input="".join(f"{text}\n" for text in asked), check=True, capture_output=True, text=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if [answer["q"] for answer in answers] != list(asked):
            raise SystemExit("suggest: the answers are not those of the questions, in order")
        return [[(hit.get("kind"), hit["code"]) for hit in answer["suggestions"]] for answer in answers]


def measure(rank):
    """Accuracy, recall at 5 and 10, reciprocal rank, of the place of the first right code (None: not there)."""
    return (float(rank == 0), float(rank is not None and rank < 5), float(rank is not None), 0.0 if rank is None else 1 / (rank + 1))


def place(codes, right):
    return next((at for at, code in enumerate(codes) if code in right), None)


def mean(rows):
    return tuple(sum(column) / len(rows) for column in zip(*rows)) if rows else (0.0,) * len(MEASURES)


def measure_set(emnebank, labels, queries):
    """Figures by engine and kind of query, and how many questions a second each answered."""
    figures, speed = {}, {}
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.writelines(f"{code}\t{label}\n" for code, label in labels.items())
        file.flush()
        engine = Suggest([emnebank, "vocabulary", "suggest", "--labels", file.name])
        started = time.monotonic()
        ranks = [place([code for _, code in hits], query.codes)
                 for query, hits in zip(queries, engine.ask_all([query.text for query in queries]))]
        speed[engine.name] = len(queries) / (time.monotonic() - started)
    figures[engine.name] = by_kind(queries, ranks)
    for baseline in (baselines.Bm25(list(labels.items())), baselines.Trigrams(list(labels.items()))):
        started = time.monotonic()
        ranks = [place(baseline.ask(query.text, LIMIT), query.codes) for query in queries]
        speed[baseline.name] = len(queries) / (time.monotonic() - started)
        figures[baseline.name] = by_kind(queries, ranks)
    return figures, speed


def by_kind(queries, ranks):
    rows = collections.defaultdict(list)
    for query, rank in zip(queries, ranks):
        rows[query.kind].append(measure(rank))
    return rows


def print_table(name, figures):
    kinds = sorted(next(iter(figures.values())))
    print(f"\n| {name} | antal | " + " | ".join(f"{engine}: {' / '.join(MEASURES)}" for engine in figures) + " |")
    print("| --- | --- |" + " --- |" * len(figures))
    for kind in kinds:
        cells = [" / ".join(f"{value:.3f}" for value in mean(rows[kind])) for rows in figures.values()]
        print(f"| {kind} | {len(figures['suggest'][kind])} | " + " | ".join(cells) + " |")


def sample(queries, half, each):
    """At most `each` of every kind, the same ones each time."""
    kinds = collections.defaultdict(list)
    for query in queries:
        if half in (query.half, "both"):
            kinds[query.kind].append(query)
    return [query for kind in sorted(kinds) for query in random.Random(texts.SEED).sample(kinds[kind], min(each, len(kinds[kind])))]


def check(name, figures):
    faults = []
    for where, kinds, column, least, other in BARS:
        if where != name:
            continue
        value = mean([row for kind in kinds for row in figures["suggest"][kind]])[column]
        beside = mean([row for kind in kinds for row in figures[other][kind]])[column] if other else 1.0
        held = value >= least * beside
        text = f"{name}: {MEASURES[column]} {value:.3f} of {kinds[0]}{' …' if len(kinds) > 1 else ''}, bar {least}" + (
            f" times {other}: {beside:.3f}" if other else "")
        print(("holds  " if held else "FAILS  ") + text)
        faults += [] if held else [text]
    return faults


def esco_and_trades(emnebank, data, half, each):
    faults = []
    for name, (labels, others), which in (("ESCO", texts.esco(data / "esco" / "occupations_da_v1.0.8.csv"), half),
                                          ("byggefag", texts.trades(data / "reference" / "construction_trades_da.csv"), "both")):
        queries = sample(texts.queries(labels, others), which, each)
        figures, speed = measure_set(emnebank, labels, queries)
        print_table(f"{name}, {which}", figures)
        faults += check(name, figures)
        print("questions a second, one thread, process and all: " + ", ".join(
            f"{engine} {rate:.0f} ({rate / speed['BM25, ord']:.1f} times BM25)" for engine, rate in speed.items()))
    return faults


def read_trade_words():
    lines = [line.split("\t") for line in (HERE / "trade_words.tsv").read_text(encoding="utf-8").splitlines()
             if line and not line.startswith("#")]
    return [(text, {tuple(code.split(":")) for code in codes.split()}) for text, codes in lines]


def trade_words(binaries):
    """The pool's own words, from a new database with every migration."""
    words = read_trade_words()
    with tempfile.TemporaryDirectory() as name:
        stack = Stack(pathlib.Path(name) / "system", binaries)
        stack.make_folders()
        try:
            stack.start_postgres()
            stack.migrate()
            known = stack_labels(stack)
            answers = [json.loads(line)["suggestions"] for line in stack.emnebank(
                "--json", "vocabulary", "suggest", "--limit", str(LIMIT), *[text for text, _ in words]).splitlines()]
        finally:
            stack.clean()
    unknown = sorted(f"{kind}:{code}" for _, right in words for kind, code in right if (kind, code) not in known)
    if unknown:
        return [f"trade_words.tsv names codes that the pool has not: {', '.join(unknown)}"]
    ranks = [place([(hit["kind"], hit["code"]) for hit in hits], right) for hits, (_, right) in zip(answers, words)]
    print_table("fagfolks ord", {"suggest": {"trade_words.tsv": [measure(rank) for rank in ranks]}})
    for (text, right), rank, hits in zip(words, ranks, answers):
        if rank != 0:
            first = ", ".join(f"{hit['code']} {hit['score']}" for hit in hits[:3])
            print(f"  not first: {text}: place {'–' if rank is None else rank + 1}; {first}")
    first, five, _, _ = mean([measure(rank) for rank in ranks])
    return [f"trade words: {value:.3f} {what}, bar {bar}" for value, bar, what in (
        (first, TRADE_WORDS_FIRST, "first"), (five, TRADE_WORDS_FIVE, "among five")) if value < bar]


def stack_labels(stack):
    rows = stack.sql("SELECT DISTINCT kind || ':' || code FROM emnebank.vocabulary_labels")
    return {tuple(row.split(":", 1)) for row in rows.splitlines()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--half", choices=("test", "dev", "both"), default="test")
    parser.add_argument("--each", type=int, default=300, help="at most so many queries of a kind")
    options = parser.parse_args()
    faults = trade_words(options.binaries)
    if options.data is None or not options.data.is_dir():
        print("eval_suggest: ESCO and the construction trades were skipped: no shared data beside the project")
    else:
        faults += esco_and_trades(options.binaries / "services" / "ctl" / "emnebank", options.data, options.half, options.each)
    for fault in faults:
        print(f"eval_suggest: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
