"""The figures of the matching engine and its peers, and the bars G1-G7, from engines that are up."""

import json
import statistics

import children
import report

DENMARK = 1_000_000  # Europe is compared with it
LISTS = ("strict", "near-miss", "broad")


def check(bench, engine, what, right):
    """Every order's answer must be the oracle's, under the engine's own rule for ties."""
    ours = engine.name == "engine"
    given = engine.answers(what)
    for number, expected in right.items():
        if isinstance(expected, tuple):
            expected = expected[1] if ours else expected[2]
        elif ours:
            expected = sorted(expected)
        got = sorted(given[number]) if ours and what == "reverse" else given[number]
        if got != expected:
            raise children.WrongAnswer(f"{engine.name}, {what} {number}: got {got}, expected {expected}")
    if given.keys() != right.keys():
        raise children.WrongAnswer(f"{engine.name}, {what}: {len(given)} answers of {len(right)}")


class Times:
    """class: engine: one list of times per order for each round."""

    def __init__(self):
        self.rounds = {}

    def add(self, bench, what, engines, say):
        options = bench.options
        taken = report.interleave(options.rounds, {
            engine.name: (lambda engine=engine: engine.times(what, options.milliseconds)) for engine in engines})
        self.rounds[what] = taken
        for name, rounds in taken.items():
            orders = [statistics.median(times) for times in zip(*rounds)]
            figure = report.figure(name, what, "ms", orders)
            bench.report["figures"].append(figure)
            say(f"{what} {name}: p50 {figure['p50']:.4g} p95 {figure['p95']:.4g} p99 {figure['p99']:.4g} "
                f"mean {figure['mean']:.4g} ms")

    def of(self, what, name, statistic):
        return [statistic(times) for times in self.rounds.get(what, {}).get(name, [])]


def p50(times):
    return report.percentile(times, 0.5)


def p99(times):
    return report.percentile(times, 0.99)


def against(times, what, peer, limit, statistic, name, label):
    found = report.ratios(times.of(what, peer, statistic), times.of(what, "engine", statistic))
    return report.bar(name, f"{label}, times faster than {peer}", ">=", limit, found,
                      None if found else "the peer or the class was not run")


def bars_of_lists(bench, times):
    mean = statistics.fmean
    bars = bench.report["bars"]
    for peer, limit in (("lucene", 50), ("postgres", 150), ("numpy", 25)):
        bars.append(against(times, "strict", peer, limit, mean, "G1", "strict, mean"))
    bars.append(memory_limit(bench, times))
    for peer, limit in (("lucene", 25), ("postgres", 600)):
        bars.append(against(times, "broad", peer, limit, p50, "G3", "broad, p50"))
    tail = report.ratios(times.of("strict", "engine", p99), times.of("strict", "engine", p50))
    bars.append(report.bar("G4", "strict, p99 ÷ p50", "<=", 20, tail))
    near = report.ratios(times.of("near-miss", "engine", p50), times.of("strict", "engine", p50))
    bars.append(report.bar("G4", "p50, near-miss ÷ strict", "<=", 6, near))


def beside_the_bars(bench, times):
    """Every ratio to every peer, those that no bar names too."""
    for what in LISTS:
        for peer in times.rounds.get(what, {}):
            if peer == "engine" or "engine" not in bench.engines:
                continue
            for name, statistic in (("mean", statistics.fmean), ("p50", p50)):
                found = report.ratios(times.of(what, peer, statistic), times.of(what, "engine", statistic))
                bench.report["ratios"].append({"class": what, "statistic": name, "peer": peer,
                                               "value": statistics.median(found), "rounds": found})


def memory_limit(bench, times):
    """G2: what the queries read, at the speed at which this machine reads at that moment."""
    what = "strict, mean ÷ the memory limit"
    if "engine" not in bench.engines or "strict" not in times.rounds:
        return report.bar("G2", what, "<=", 3, [], "not run")
    engine = bench.engines["engine"]
    touched = json.loads(engine.ask("counters strict")[0])
    bench.report["calibration"]["strict_touched"] = {"value": touched["queries"], **touched}

    def limit():
        """Milliseconds per query."""
        machine = bench.calibrate()
        seconds = (touched["bytes_streamed"] / (machine["read_bandwidth_gb_s"] * 1e9)
                   + touched["random_lines"] * machine["random_line_ns"] * 1e-9)
        return seconds * 1e3 / touched["queries"]

    taken = report.interleave(bench.options.rounds, {
        "engine": lambda: statistics.fmean(engine.times("strict", bench.options.milliseconds)), "limit": limit})
    bench.report["calibration"]["strict_memory_limit_ms"] = {"value": statistics.median(taken["limit"])}
    return report.bar("G2", what, "<=", 3, report.ratios(taken["engine"], taken["limit"]))


def measure_reverse(bench, times, say):
    right = bench.oracle(["reverse"])["reverse"]
    engines = [bench.engines[name] for name in ("engine", "postgres") if name in bench.engines]
    for engine in engines:
        check(bench, engine, "reverse", right)
    times.add(bench, "reverse", engines, say)
    found = report.ratios(times.of("reverse", "postgres", statistics.fmean), times.of("reverse", "engine", statistics.fmean))
    label = f"reverse, {bench.options.open} open orders, mean, times faster than postgres"
    bench.report["bars"].append(report.bar("G6", label, ">=", 100, found, None if found else "not run"))
    if "engine" in bench.engines:
        # A pair that is missed, or too many, has ended the run above.
        bench.report["bars"].append(report.bar("G6", "reverse, pairs missed", "<=", 0, [0]))


def measure_changes(bench, times, say):
    """G7: one candidate at a time; then the pool with a twentieth of it changed since it was indexed."""
    count = bench.options.changes
    engines = [bench.engines[name] for name in ("engine", "postgres") if name in bench.engines]
    taken = report.interleave(bench.options.rounds, {
        engine.name: (lambda engine=engine: [float(part) / 1e6 for part in engine.ask(f"change {count}")[0].split()])
        for engine in engines})
    for name, rounds in taken.items():
        for what, values in (("change", [now for now, _ in rounds]), ("change-aside", [aside for _, aside in rounds])):
            bench.report["figures"].append(report.figure(name, what, "ms", values))
            say(f"{what} {name}: {statistics.median(values):.4g} ms")
    ours, theirs = taken.get("engine", []), taken.get("postgres", [])
    found = report.ratios([now for now, _ in theirs], [now for now, _ in ours])
    bench.report["bars"].append(report.bar("G7", f"one candidate changed, mean of {count}, times faster than postgres",
                                           ">=", 500, found, None if found else "not run"))
    whole = report.ratios([sum(round) for round in theirs], [sum(round) for round in ours])
    if whole:
        say(f"change, and what it leaves to be done: {statistics.median(whole):.4g} times faster than postgres")
    if "engine" in bench.engines:
        measure_delta(bench, times, say)


def measure_delta(bench, times, say):
    engine = bench.engines["engine"]
    engine.ask(f"delta {bench.options.delta}")
    check(bench, engine, "delta", bench.oracle(["strict"], changed=bench.options.delta)["strict"])
    options = bench.options
    taken = report.interleave(options.rounds, {
        what: (lambda what=what: engine.times(what, options.milliseconds)) for what in ("strict", "delta")})
    times.rounds["delta"] = {"engine": taken["delta"]}
    bench.report["figures"].append(report.figure("engine", "delta", "ms", [statistics.median(t) for t in zip(*taken["delta"])]))
    found = report.ratios([statistics.fmean(t) for t in taken["delta"]], [statistics.fmean(t) for t in taken["strict"]])
    bench.report["bars"].append(report.bar("G7", "strict, mean, 5 % of the pool in the delta ÷ clean", "<=", 1.2, found))


def measure_europe(bench, say):
    """G5: thirteen times as many candidates, in a place as much larger, beside Denmark's million."""
    europe, denmark = bench.engines["engine"], bench.engines["denmark"]
    check(bench, europe, "strict", bench.oracle(["strict"])["strict"])
    check(bench, denmark, "strict", bench.oracle(["strict"], size=DENMARK)["strict"])
    say("strict: both pools give the right answers")
    options = bench.options
    taken = report.interleave(options.rounds, {
        "strict-europe": lambda: europe.times("strict", options.milliseconds),
        "strict-denmark": lambda: denmark.times("strict", options.milliseconds)})
    for what, rounds in taken.items():
        bench.report["figures"].append(report.figure("engine", what, "ms", [statistics.median(t) for t in zip(*rounds)]))
    found = report.ratios([statistics.fmean(t) for t in taken["strict-europe"]],
                          [statistics.fmean(t) for t in taken["strict-denmark"]])
    bench.report["bars"] += [
        report.bar("G5", f"strict, mean, {bench.options.size:,} (Europe) ÷ {DENMARK:,} (Denmark)", "<=", 1.5, found),
        report.bar("G5", f"bytes per candidate, {bench.options.size:,}", "<=", 260, [europe.about["bytes"] / bench.options.size])]


def measure(bench, say):
    times = Times()
    wanted = [what for what in LISTS if what in bench.options.classes]
    right = bench.oracle(wanted) if wanted else {}
    for what in wanted:
        listed = [answer[0] for answer in right[what].values()]
        bench.report["workload"][f"{what}_nobody"] = sum(count == 0 for count in listed)
        bench.report["workload"][f"{what}_twenty"] = sum(count >= 20 for count in listed)
        for engine in bench.engines.values():
            check(bench, engine, what, right[what])
        say(f"{what}: {len(bench.engines)} engines give the {len(right[what])} right answers")
        times.add(bench, what, list(bench.engines.values()), say)
    if "strict" in wanted and "engine" in bench.engines:
        times.add(bench, "explained", [bench.engines["engine"]], say)
    bars_of_lists(bench, times)
    beside_the_bars(bench, times)
    if "engine" in bench.engines:
        bench.report["bars"].append(report.bar("G5", "bytes per candidate", "<=", 260,
                                               [bench.engines["engine"].about["bytes"] / bench.options.size]))
    if "reverse" in bench.options.classes:
        measure_reverse(bench, times, say)
    if "change" in bench.options.classes:
        measure_changes(bench, times, say)
