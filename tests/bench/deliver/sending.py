"""What a receiver notices: how long after its commit an event is there, alone, with neighbours that hang, with a snapshot that is
held, with many that wait for others; and how many there can be."""

import contextlib
import math
import statistics
import subprocess

import report
from limits import add_ratio
from world import EACH, MANY, ONE, TEN, WAITING, WrongAnswer

RATE = 100
HEALTHY = range(8)
HOLE, DRIP = 8, 9
BATCH = TEN  # events in a transaction where there are many: as when a list is told to ten homes
FILL = 100  # and where they only have to be there
KEEPS_UP_SECONDS = 1
STEPS = (0.9, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def milliseconds(sent):
    return [1000 * (item.answered - item.committed) for item in sent]


def p99(sent):
    return report.percentile(milliseconds(sent), 0.99)


def steady(world, seconds, ports=None, rate=RATE):
    """One event a transaction, each for one of the ten in turn. What became of those to the ports; and the claims' p99."""
    world.sink.tell("reset")
    count, mark = max(20, round(rate * seconds)), world.log_end()
    commits = world.commits(ONE, rate, count)
    commits.wait()
    sent = commits.arrived(ports)
    return sent, world.claims(mark, count)


# ---- how fast, how many ----

def drain(world, count):
    """Deliveries a second, of so many that wait when the sender may begin."""
    world.hold("'infinity'")
    commits = world.commits(MANY, 10000, math.ceil(count / (BATCH * EACH)), BATCH)
    commits.wait()
    world.sink.tell("reset")
    world.hold("NULL")
    moments = sorted(item.answered for item in commits.arrived())
    world.settle()
    return (len(moments) - 1) / (moments[-1] - moments[0])


def at(world, rate, seconds):
    """What became of so many deliveries a second, and how many seconds after the last commit the last one was answered."""
    transactions = max(5, round(rate * seconds / (BATCH * EACH)))
    world.sink.tell("reset")
    commits = world.commits(MANY, rate / (BATCH * EACH), transactions, BATCH)
    commits.wait()
    sent = commits.arrived()
    world.settle()
    return sent, max(item.answered for item in sent) - max(commits.moments.values())


def most(world, top, seconds, say):
    """The highest rate that the sender keeps up with: when the last commit is made, all but a second's work is done."""
    for step in STEPS:
        sent, late = at(world, step * top, seconds)
        say(f"at {step * top:.0f}/s: p50 {report.percentile(milliseconds(sent), 0.5):.1f} ms, p99 {p99(sent):.1f} ms, "
            f"the last {late:.2f} s after the last commit")
        if late <= KEEPS_UP_SECONDS and p99(sent) <= 1000 * KEEPS_UP_SECONDS:
            break
    return step * top, sent


def rates(world, options, made, say):
    steady(world, min(2, options.seconds))  # connections and plans
    taken = report.interleave(options.rounds, {"steady": lambda: steady(world, options.seconds)[0],
                                               "drain": lambda: drain(world, options.flood)})
    sent = [item for round_ in taken["steady"] for item in round_]
    made["figures"].append(report.figure("emnebankd", f"commit to 200, {RATE}/s, TLS", "ms", milliseconds(sent)))
    made["figures"].append(report.figure("emnebankd", "deliveries drained, TLS", "webhooks/s", taken["drain"]))
    say(f"at {RATE}/s: p50 {report.percentile(milliseconds(sent), 0.5):.1f} ms, p99 {p99(sent):.1f} ms; "
        f"drained {statistics.median(taken['drain']):.0f}/s")
    held, sent = most(world, statistics.median(taken["drain"]), min(10, options.seconds), say)
    made["calibration"]["most_held_per_s"] = {"value": held}
    made["figures"].append(report.figure("emnebankd", "commit to 200, at the most it holds, TLS", "ms", milliseconds(sent)))
    for peer in ("raw epoll, TLS", "libcurl multi, TLS"):
        limit = next((item["p50"] for item in made["figures"] if item["engine"] == peer), None)
        if limit:
            add_ratio(made, "emnebankd with its database, drained: webhooks/s", peer, [rate / limit for rate in taken["drain"]])


# ---- neighbours that hang ----

def clear(world, ports):
    """Between rounds: what still waits for them is over, and nothing is held against them."""
    names = ",".join(f"'{world.endpoints[port]}'" for port in ports)
    world.sql(f"""SET search_path = emnebank;
        UPDATE delivery SET state = 'cancelled', reason = 'bench', fresh = false, lease_until = NULL, lease_token = NULL,
            finished_at = now()
        WHERE id IN (SELECT id FROM delivery WHERE endpoint_id IN ({names}) AND state IN ('waiting', 'leased') ORDER BY id FOR UPDATE)""")
    world.sql(f"""UPDATE emnebank.endpoint SET state = 'active', held_until = NULL, breaker = 'closed', breaker_until = NULL,
            breaker_failures = 0, breaker_trips = 0, failing_since = NULL, failed_at = NULL, disabled_reason = NULL
        WHERE id IN ({names})""")


def with_neighbours(world, seconds, roles):
    for port, role in roles.items():
        world.sink.tell(f"role {port} {role}")
    try:
        return steady(world, seconds, HEALTHY)[0]
    finally:
        for port in roles:
            world.sink.tell(f"role {port} good")
        clear(world, roles)
        world.settle()


def isolation(world, options, made, say):
    taken = report.interleave(options.rounds, {
        "all well": lambda: with_neighbours(world, options.seconds, {HOLE: "good", DRIP: "good"}),
        "two hang": lambda: with_neighbours(world, options.seconds, {HOLE: "hole", DRIP: "drip"})})
    for name, rounds in taken.items():
        sent = [item for round_ in rounds for item in round_]
        made["figures"].append(report.figure("emnebankd", f"commit to 200, eight of ten, {name}", "ms", milliseconds(sent)))
        say(f"{name}: p99 {p99(sent):.1f} ms")
    found = report.ratios([p99(sent) for sent in taken["two hang"]], [p99(sent) for sent in taken["all well"]])
    made["bars"].append(report.bar("B7", "p99 of eight receivers, one black hole and one slow drip beside them ÷ without", "<=", 1.1,
                                   found))


# ---- a snapshot that is held ----

@contextlib.contextmanager
def snapshot(world):
    """A REPEATABLE READ reader that does nothing: while it is there, no dead row can be cleared away."""
    reader = subprocess.Popen([world.postgres_binary("psql"), "-X", "-q", "-A", "-t", "-h", str(world.sockets), "-U", "postgres", "-d",
                               "emnebank"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    reader.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM emnebank.delivery;\n")
    reader.stdin.flush()
    reader.stdout.readline()
    try:
        yield
        if reader.poll() is not None:
            raise WrongAnswer("the reader did not hold its snapshot")
    finally:
        reader.stdin.close()
        reader.wait()


def held(world, options, made, say):
    before, free = steady(world, min(options.held_seconds, 60))
    with snapshot(world):
        sent, claims = steady(world, options.held_seconds)
        # The last tenth alone, where most dead rows lie about.
        last, claims_last = steady(world, max(1, options.held_seconds / 10))
    say(f"claim p99 {free:.1f} ms without, {claims:.1f} ms with, {claims_last:.1f} ms at the end; to the 200 p99 {p99(before):.1f}, "
        f"{p99(sent):.1f}, {p99(last):.1f} ms")
    seconds = round(options.held_seconds)
    made["bars"].append(report.bar("C6", f"claim p99 in ms at {RATE}/s, a snapshot held for {seconds} s, its end", "<=", 50,
                                   [max(claims, claims_last)], f"without: {free:.1f} ms"))
    for what, samples in (("no snapshot", before), (f"a snapshot held for {seconds} s", sent), ("its end", last)):
        made["figures"].append(report.figure("emnebankd", f"commit to 200, {RATE}/s, {what}", "ms", milliseconds(samples)))


# ---- many that wait for others ----

def fill(world, count):
    """So many deliveries wait for three of the homes' other endpoints: one disabled, one paused, one that does not answer."""
    places = [TEN, TEN + 1, TEN + 2]
    names = [f"'{world.endpoints[port]}'" for port in places]
    homes = [world.homes[port % TEN] for port in places]
    # Alone of their homes' endpoints these take the kind.
    world.sql(f"""SET search_path = emnebank;
        UPDATE endpoint SET kinds = '{{{WAITING}}}' WHERE id IN ({','.join(names)})""")
    world.sink.tell(f"role {TEN + 2} hole")
    world.hold("'infinity'")
    world.commits(WAITING, 10000, math.ceil(count / FILL), FILL, homes).wait()
    world.hold("NULL")
    world.sql(f"""SET search_path = emnebank;
        UPDATE endpoint SET state = 'disabled', disabled_reason = 'bench' WHERE id = {names[0]};
        UPDATE endpoint SET held_until = 'infinity' WHERE id = {names[1]}""")
    return places


def empty(world, places):
    world.sink.tell(f"role {places[2]} good")
    clear(world, places)
    world.sql(f"UPDATE emnebank.endpoint SET kinds = '{{{MANY}}}' WHERE kinds = '{{{WAITING}}}'")
    world.settle()


def with_waiting(world, options):
    places = fill(world, options.waiting)
    try:
        return steady(world, options.seconds, range(TEN))
    finally:
        empty(world, places)


def backlog(world, options, made, say):
    taken = report.interleave(options.rounds, {"none": lambda: steady(world, options.seconds, range(TEN)),
                                               "many": lambda: with_waiting(world, options)})
    what = f"{options.waiting:,} waiting for a disabled, a paused and a dead endpoint"
    for name, rounds in (("nothing else waiting", taken["none"]), (what, taken["many"])):
        sent = [item for round_, _ in rounds for item in round_]
        made["figures"].append(report.figure("emnebankd", f"commit to 200, {RATE}/s, {name}", "ms", milliseconds(sent)))
        say(f"{name}: p99 {p99(sent):.1f} ms, claims {statistics.median(claims for _, claims in rounds):.1f} ms")
    add = made["bars"].append
    add(report.bar("P8", f"p99 of the others, {what} ÷ none", "<=", 1.1,
                   report.ratios([p99(sent) for sent, _ in taken["many"]], [p99(sent) for sent, _ in taken["none"]])))
    add(report.bar("P8", f"claim p99, {what} ÷ none", "<=", 1.1,
                   report.ratios([claims for _, claims in taken["many"]], [claims for _, claims in taken["none"]])))
