"""What can be sent at all, by one thread, from the same bytes to the same receivers: sockets and epoll alone, libcurl multi alone,
and our way from a claimed row to the judged answer; without TLS (G9) and with it."""

import os
import statistics
import subprocess

import report
from world import Sink, WrongAnswer, program

BAR = 0.45
PORTS = 10
CONNECTIONS = 64


def cores():
    """One for the sender and one for the sink, where there are two."""
    there = sorted(os.sched_getaffinity(0))
    return (there[0], there[1]) if len(there) > 1 else (None, None)


def rate(build, mode, ports, milliseconds, *more):
    """Answered a second."""
    core = cores()[0]
    place = None if core is None else lambda: os.sched_setaffinity(0, {core})
    done = subprocess.run([program(build, "bench_deliver_send"), mode, "--ports", ",".join(ports), "--connections", str(CONNECTIONS),
                           "--milliseconds", str(milliseconds), *more], capture_output=True, text=True, check=False, preexec_fn=place)
    if done.returncode != 0:
        raise WrongAnswer(f"{mode} {more}: {done.stderr.strip()[:300]}")
    answered, seconds = done.stdout.split()
    if int(answered) == 0:
        raise WrongAnswer(f"{mode}: nothing was answered")
    return int(answered) / float(seconds)


# name: (mode, over TLS, more arguments)
SENDERS = {
    "raw epoll": ("raw", False, []), "libcurl multi": ("curl", False, []), "ours, v1": ("ours", False, []),
    "ours, v1 and v1a": ("ours", False, ["--both"]),
    "raw epoll, TLS": ("raw", True, []), "libcurl multi, TLS": ("curl", True, []), "ours, v1, TLS": ("ours", True, []),
    "ours, v1 and v1a, TLS": ("ours", True, ["--both"]),
}


def measure(world, options, made, say):
    sinks = {False: Sink(options.build, PORTS, core=cores()[1]), True: Sink(options.build, PORTS, world.tls, cores()[1])}

    def one(mode, tls, more):
        ca = ["--ca", world.tls[0]] if tls else []
        sinks[tls].tell("reset")
        return rate(options.build, mode, sinks[tls].ports, options.milliseconds, *ca, *more)

    try:
        taken = report.interleave(options.rounds, {name: (lambda sender=sender: one(*sender)) for name, sender in SENDERS.items()})
    finally:
        for sink in sinks.values():
            sink.stop()
    for name, rounds in taken.items():
        made["figures"].append(report.figure(name, "sender without a database", "webhooks/s", rounds))
        say(f"{name}: {statistics.median(rounds):,.0f}/s")
    made["calibration"]["sink_tls_per_s"] = {"value": statistics.median(taken["raw epoll, TLS"])}
    world.raw_tls = statistics.median(taken["raw epoll, TLS"])
    found = report.ratios(taken["ours, v1"], taken["raw epoll"])
    made["bars"].append(report.bar("G9", "webhooks/s signed (v1), rendered, judged ÷ raw epoll, no TLS, no database", ">=", BAR, found))
    for name, (_, tls, _) in SENDERS.items():
        peer = "raw epoll, TLS" if tls else "raw epoll"
        if name != peer:
            add_ratio(made, f"{name}: webhooks/s", peer, report.ratios(taken[name], taken[peer]))


def add_ratio(made, what, peer, rounds):
    if rounds:
        made["ratios"].append({"class": what, "statistic": "median", "peer": peer, "value": statistics.median(rounds),
                               "rounds": rounds})
