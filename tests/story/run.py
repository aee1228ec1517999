#!/usr/bin/env python3
"""Plays days of a job order on a system of its own and proves what must hold afterwards, whatever happened meanwhile:
every released CV arrived with a good signature, under one webhook-id alone; no CV without a yes, an approval and a
legal basis; every event fits the schema of its kind; every shortlist is found again byte for byte; the audit chains are
whole.

With --kills N the daemon is killed (SIGKILL) at N random moments and started again each time; days follow each other
until all the kills have happened."""

import argparse
import collections
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy" / "story"))

import demo  # noqa: E402
from api import Api  # noqa: E402
from day import Day, events  # noqa: E402
from stack import Stack, read  # noqa: E402

EVENTS = pathlib.Path(__file__).resolve().parents[1] / "contract/events.py"
LONGEST_PAUSE_SECONDS = 0.6
METRIC = re.compile(r"emnebank_[a-z0-9_]+")
# What a day cannot but move, in the daemon that ends it.
MOVED = ("emnebank_match_pool_version", "emnebank_match_pool_candidates")


class Killer(threading.Thread):
    """Ends the daemon without warning, again and again, and starts it anew."""

    def __init__(self, stack, kills, seed):
        super().__init__(daemon=True)
        self.stack, self.left, self.rng = stack, kills, random.Random(seed)
        self.stopped = threading.Event()

    def run(self):
        while self.left > 0 and not self.stopped.wait(self.rng.uniform(0, LONGEST_PAUSE_SECONDS)):
            self.stack.stop("emnebankd", signal.SIGKILL)
            self.stack.start_daemon()
            self.left -= 1


def check(name, problems):
    print(f"  {'ok ' if not problems else 'NOT'} {name}{': ' + '; '.join(problems[:5]) if problems else ''}")
    return not problems


def check_deliveries(stack, released):
    """Each released CV was received, verified, and never under two webhook-ids."""
    identities, faults = collections.defaultdict(set), []
    for event in events(stack, "arbejdsgiver", "cv.released"):
        identities[event["event"]["data"]["release_id"]].add(event["webhook_id"])
    if len(identities) != released:
        faults.append(f"{len(identities)} CVs received, {released} released")
    faults += [f"{release} under {len(ids)} ids" for release, ids in identities.items() if len(ids) != 1]
    return check("every CV arrived once in effect, signature verified", faults)


def check_schemas(stack):
    """What every receiver got, by proto/events alone."""
    payloads = stack.folder / "payloads.ndjson"
    with open(payloads, "w", encoding="utf-8") as file:
        for received in sorted(stack.folder.glob("*.events")):
            lines = [json.loads(line) for line in received.read_text(encoding="utf-8").splitlines()]
            file.writelines(json.dumps(line["event"]) + "\n" for line in lines if line["verified"])
    done = subprocess.run([sys.executable, EVENTS, "--binaries", stack.binaries, payloads], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return check("every event fits the schema of its kind", done.stdout.splitlines() if done.returncode != 0 else [])


def check_consent(stack):
    """In the database's own words: what was handed over had a yes, an approval and a legal basis."""
    wrong = stack.sql("""
        SELECT o.id FROM emnebank.outbox o
        LEFT JOIN emnebank.release r ON r.id = o.release_id
        LEFT JOIN emnebank.consent c ON c.id = r.consent_id AND c.entry_id = r.entry_id
        LEFT JOIN emnebank.approval a ON a.id = r.approval_id AND a.entry_id = r.entry_id
        WHERE o.kind = 'cv.released' AND (c.id IS NULL OR a.person IS NULL OR r.legal_basis IS NULL)""")
    return check("no CV without a yes, an approval by a named person and a legal basis", wrong.split())


def check_audit(stack):
    wrong = stack.sql("""
        SELECT a.organisation_id || '/' || a.seq FROM (
            SELECT t.*, lag(hash, 1, '\\x'::bytea) OVER w AS before, row_number() OVER w AS place
            FROM emnebank.audit t WINDOW w AS (PARTITION BY organisation_id ORDER BY seq)) a
        JOIN emnebank.audit entry USING (organisation_id, seq)
        WHERE a.previous <> a.before OR a.place <> a.seq OR a.hash <> emnebank.audit_hash(entry)""")
    return check("every audit chain is whole", wrong.split())


def check_admin(stack):
    """Alive, ready, and metrics that Prometheus can read: a HELP, a TYPE and a number for each."""
    admin, faults = Api(read(stack.folder / "admin_address"), "none"), []
    if admin.get("/healthz").status != 200 or admin.get("/readyz").body["status"] != "ready":
        faults.append("not alive or not ready")
    lines = admin.get("/metrics").body.decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    described = {line.split()[2] for line in lines if line.startswith(("# HELP", "# TYPE"))}
    faults += [name for name in values if name not in described or not METRIC.fullmatch(name)]
    faults += [name for name in MOVED if float(values.get(name, 0)) <= 0]
    return check("the admin address says alive, ready, and counts", faults)


def check_replay(stack, days):
    """Every shortlist that was made, whatever was killed meanwhile, is found again byte for byte."""
    lines = [json.loads(line) for line in stack.emnebank("--json", "replay", "--all").splitlines()]
    lists, counts = lines[:-1], lines[-1]
    faults = [f"{found['shortlist_id']}: {found['outcome']} {found['differences']}" for found in lists
              if found["outcome"] != "identical" or found["entries"] == 0]
    if counts["lists"] != len(lists) or len(lists) < days:
        faults.append(f"{counts['lists']} lists of {days} days")
    return check("every shortlist is found again from what was stored", faults)


def check_log(stack):
    """What the sanitizers of an instrumented build have to say, leaks at the end included."""
    stack.stop("emnebankd")
    text = (stack.folder / "emnebankd.log").read_text(encoding="utf-8", errors="replace")
    marks = ("Sanitizer", "runtime error:", "Assertion")
    return check("no sanitizer and no assertion spoke up",
                 [line for line in text.splitlines() if any(mark in line for mark in marks)])


def play(stack, kills, seed):
    address = demo.start(stack)
    counts, _ = demo.import_pool(stack, address)
    print(f"  {counts}")
    killer, released, days = Killer(stack, kills, seed), 0, 0
    killer.start()
    try:
        while days == 0 or killer.left > 0:
            result = Day(stack, address).play()
            released += len(result["released"])
            days += 1
    finally:
        killer.stopped.set()
        killer.join()
    print(f"  {days} days, {kills - killer.left} kills, {released} CVs released")
    return all([check_deliveries(stack, released), check_schemas(stack), check_consent(stack), check_replay(stack, days), check_audit(stack),
                check_admin(stack), check_log(stack)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="emnebank-story-", ignore_cleanup_errors=True) as folder:
        stack = Stack(folder, options.binaries)
        try:
            fine = play(stack, options.kills, options.seed)
        finally:
            log = pathlib.Path(folder) / "emnebankd.log"
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:] if log.exists() else []
            stack.clean()
    if not fine:
        print("\n".join(tail))
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
