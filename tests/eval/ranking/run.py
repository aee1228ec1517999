#!/usr/bin/env python3
"""Measures the ranking: nDCG@10 and MAP@50 of each ruleset beside BM25, a count of exact matches and chance, in one run.

    run.py --binaries FOLDER [--esco FOLDER] [--floor FILE] [--json FILE] [--write-floor]

The lists come from `emnebank rank`, which is the engine on files; the hand-made set uses the words of a new database. Fails when a ruleset's nDCG@10 or MAP@50 falls below
the floor, or when the newest ruleset does not beat every baseline."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "deploy" / "story"))

import construction  # noqa: E402
import esco  # noqa: E402
import measures  # noqa: E402
from stack import Stack  # noqa: E402

RULESETS = (1, 2, 3)
DEPTH = 50
SLACK = 0.00005  # the floor is written with four decimals


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_words(folder, words):
    for name, rows in words.items():
        (folder / name).write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


def words_of_the_pool(binaries):
    """The words, relations and postcodes that the product is shipped with, as rows."""
    with tempfile.TemporaryDirectory() as name:
        stack = Stack(pathlib.Path(name) / "system", binaries)
        files = pathlib.Path(name) / "words"
        stack.make_folders()
        files.mkdir()
        try:
            stack.start_postgres()
            stack.migrate()
            stack.emnebank("vocabulary", "export", files)
            return {file.name: [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
                    for file in files.iterdir()}
        finally:
            stack.clean()


def rank(emnebank, folder, ruleset, top):
    """Order id to candidates, best first."""
    command = [emnebank, "rank", "--pool", folder / "pool.ndjson", "--orders", folder / "orders.ndjson", "--vocabulary", folder,
               "--ruleset", str(ruleset), "--top", str(top), "--explain", "none", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lists = (json.loads(line) for line in done.stdout.splitlines())
    return {answer["order_id"]: [entry["candidate_id"] for entry in answer["entries"]] for answer in lists}


def measure(emnebank, candidates, orders, grades, words):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_lines(folder / "pool.ndjson", candidates)
        write_lines(folder / "orders.ndjson", orders)
        write_words(folder, words)
        eligible = rank(emnebank, folder, max(RULESETS), len(candidates))
        lists = {f"ruleset {number}": rank(emnebank, folder, number, DEPTH) for number in RULESETS}
    # Whom a hard rule excludes cannot be sent, however good: the grades are of those who can.
    grades = {order: {name: grade for name, grade in graded.items() if name in set(eligible[order])}
              for order, graded in grades.items()}
    bm25 = measures.Bm25(candidates)
    for order in orders:
        for name, ranked in measures.baselines(candidates, order, bm25, set(eligible[order["id"]])).items():
            lists.setdefault(name, {})[order["id"]] = ranked
    return {name: {"nDCG@10": round(measures.mean([measures.ndcg(found[i], grades[i]) for i in grades]), 4),
                   "MAP@50": round(measures.mean([measures.average_precision(found[i], grades[i]) for i in grades]), 4)}
            for name, found in lists.items()}


def faults(set_name, result, floor):
    newest = f"ruleset {max(RULESETS)}"
    for name, figures in result.items():
        for figure, value in figures.items():
            least = floor.get(set_name, {}).get(name, {}).get(figure, 0.0) if name.startswith("ruleset") else 0.0
            if value < least - SLACK:
                yield f"{set_name}: {figure} of {name} is {value:.4f}, below its floor {least:.4f}"
            if not name.startswith("ruleset") and value >= result[newest][figure]:
                yield f"{set_name}: {name} reaches {figure} {value:.4f}, {newest} only {result[newest][figure]:.4f}"


def show(set_name, counts, result):
    print(f"\n{set_name}: {counts}\n\n| ranker | nDCG@10 | MAP@50 |\n| --- | --- | --- |")
    for name, figures in result.items():
        print(f"| {name} | {figures['nDCG@10']:.4f} | {figures['MAP@50']:.4f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--esco")
    parser.add_argument("--floor", default=HERE / "floor.json")
    parser.add_argument("--json")
    parser.add_argument("--write-floor", action="store_true")
    options = parser.parse_args()

    emnebank = pathlib.Path(options.binaries).resolve() / "services/ctl/emnebank"
    sets = {"construction": (*construction.read(HERE / "construction"), words_of_the_pool(options.binaries))}
    if options.esco and pathlib.Path(options.esco).is_dir():
        sets["ESCO"] = esco.make(options.esco)
    else:
        print("skipped: the ESCO pools, because the ESCO files are not here")

    floor = json.loads(pathlib.Path(options.floor).read_text()) if pathlib.Path(options.floor).exists() else {}
    results, found = {}, []
    for name, (candidates, orders, grades, words) in sets.items():
        results[name] = measure(emnebank, candidates, orders, grades, words)
        show(name, f"{len(orders)} job orders, {len(candidates)} candidates, "
                   f"{sum(map(len, grades.values()))} grades above 0", results[name])
        found += faults(name, results[name], floor)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    if options.write_floor:
        kept = {name: {r: f for r, f in result.items() if r.startswith("ruleset")} for name, result in results.items()}
        pathlib.Path(options.floor).write_text(json.dumps(floor | kept, indent=2) + "\n")
    for fault in found:
        print(f"FAILED {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
