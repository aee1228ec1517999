"""What a run of the benchmark reports: figures, ratios of interleaved rounds, bars. Standard library alone.

Times mean little on a machine that others use; a ratio of two times taken one after the other means more, and the
median of several such ratios is what a bar judges.
"""

import json
import math
import statistics


def percentile(samples, share):
    """The smallest sample that at least `share` (0-1) of the samples do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figure(engine, what, unit, samples):
    return {"engine": engine, "class": what, "unit": unit, "p50": percentile(samples, 0.5),
            "p95": percentile(samples, 0.95), "p99": percentile(samples, 0.99),
            "mean": statistics.fmean(samples), "samples": len(samples)}


def bar(name, what, relation, limit, rounds, note=None):
    """`rounds`: one value per round; the median is judged. Empty: not measured, `note` says why."""
    value = statistics.median(rounds) if rounds else None
    passed = None
    if value is not None:
        passed = value >= limit if relation == ">=" else value <= limit
    made = {"id": name, "what": what, "relation": relation, "bar": limit, "value": value,
            "rounds": list(rounds), "pass": passed}
    if note:
        made["note"] = note
    return made


def interleave(rounds, measures):
    """Calls each of `measures` (name: function) once per round, in turn: A B A B. Returns name: [result per round]."""
    results = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            results[name].append(measure())
    return results


def ratios(above, below):
    return [a / b for a, b in zip(above, below) if b > 0]


def empty():
    return {"calibration": {}, "figures": [], "bars": [], "ratios": [], "skipped": []}


def append(report, part):
    report["calibration"].update(part.get("calibration", {}))
    for key in ("figures", "bars", "ratios", "skipped"):
        report[key].extend(part.get(key, []))


FIGURE_KEYS = {"engine", "class", "unit", "p50", "p95", "p99", "mean", "samples"}
BAR_KEYS = {"id", "what", "relation", "bar", "value", "rounds", "pass"}


def faults(report):
    """What is wrong with the form of a report; empty when all is well."""
    found = []
    for key in ("calibration", "figures", "bars", "skipped"):
        if key not in report:
            found.append(f"no {key}")
    for item in report.get("figures", []):
        if not FIGURE_KEYS <= item.keys():
            found.append(f"a figure without {sorted(FIGURE_KEYS - item.keys())}")
        elif not 0 <= item["p50"] <= item["p95"] <= item["p99"]:
            found.append(f"the percentiles of {item['engine']} {item['class']} do not rise")
    for item in report.get("bars", []):
        if not BAR_KEYS <= item.keys():
            found.append(f"a bar without {sorted(BAR_KEYS - item.keys())}")
        elif (item["value"] is None) != (item["pass"] is None):
            found.append(f"bar {item['id']} is judged without a value")
    return found


def write(report, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, ensure_ascii=False, indent=1)
        file.write("\n")
