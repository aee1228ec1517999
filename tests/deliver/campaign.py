#!/usr/bin/env python3
"""Deliveries under load while the sender is killed (SIGKILL) and PostgreSQL is restarted, and while people take their yes back. What
must hold afterwards: nothing that was committed is lost, no event has a second webhook-id, no CV is claimed after the commit of its
withdrawal, and what the wire carried of it after that moment had been claimed before, was cut short in time, and was recalled.

The front is a daemon of its own and lives on; the sender is another. The wire is read by a packet capture of the receivers' ports,
which takes root; without, that part says that it was left out."""

import argparse
import collections
import datetime
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "story"), str(HERE.parents[1] / "deploy" / "story")]

import demo  # noqa: E402
import run as story  # noqa: E402
from api import Api, Problem, wait_for  # noqa: E402
from day import Day, TEXT_VERSION  # noqa: E402
from stack import MUNICIPALITIES, Stack, alive, read  # noqa: E402
from wire import Capture  # noqa: E402

DEADLINE_SECONDS, LEASE_SECONDS = 2, 12
POSTS = 20
PAUSE_BEFORE_KILL = (0.05, 0.9)
PAUSE_BEFORE_WITHDRAWAL = (0.0, 0.12)
SETTLE_SECONDS = 120
# What had begun when the yes was taken back may end; nothing begins later than this.
LATEST_SECONDS = 1.0


class World(Stack):
    """Two daemons on one database: the front with all but the sender, and the sender."""

    supervisor = None

    def configure(self, listen="127.0.0.1:0"):
        super().configure(listen)
        path = self.folder / "emnebank.conf"
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace("front deliver ingest", "front ingest"), encoding="utf-8")
        sender = whole.replace("front deliver ingest", "deliver").replace(f"snapshot_file = {self.folder}/pool.snapshot", "")
        sender = sender.replace(f"listen = {listen}", "listen = 127.0.0.1:0", 1)
        sender = sender.replace("allow_loopback = true", "allow_loopback = true\nper_endpoint = 8\n"
                                f"deadline = {DEADLINE_SECONDS}s\nlease = {LEASE_SECONDS}s\npoll = 1s")
        (self.folder / "sender.conf").write_text(sender, encoding="utf-8")

    def start_sender(self):
        self.spawn("sender", [str(self.binaries / "services/daemon/emnebankd"), "--config", str(self.folder / "sender.conf")])

    def kill_sender(self):
        """Its supervisor alone starts and forgets senders, so that there is never a second one."""
        pid = wait_for("the sender", lambda: self.pid("sender"))
        os.kill(pid, signal.SIGKILL)
        wait_for("the end of the sender", lambda: not alive(pid))

    def restart_postgres(self, immediate):
        self.stop("postgres", signal.SIGQUIT if immediate else signal.SIGINT)
        self.start_postgres()

    def clean(self):
        if self.supervisor:
            self.supervisor.finish()
        self.stop("sender")
        super().clean()


# ---- what happens meanwhile ----

class Busy(threading.Thread):
    """Does something again and again until it is told to end; its first fault ends the campaign."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended, self.fault = threading.Event(), None

    def run(self):
        try:
            while not self.ended.is_set() and self.act():
                pass
        except Exception as fault:  # told by finish(), in the thread that waits
            self.fault = fault

    def finish(self):
        self.ended.set()
        self.join()
        if self.fault:
            raise self.fault


class Supervisor(Busy):
    """Starts the sender again when it has ended, as systemd does: it was killed, or found no database when it began."""

    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def act(self):
        if not self.stack.pid("sender"):
            self.stack.start_sender()
        return not self.ended.wait(0.1)


class Load(Busy):
    """Numbered events for all ten homes, a transaction at a time. `certain` holds the numbers whose commit was heard of."""

    def __init__(self, stack):
        super().__init__()
        self.stack, self.number, self.certain = stack, itertools.count(1), []

    def act(self):
        numbers = [next(self.number) for _ in range(3)]
        done = subprocess.run(
            [self.stack.postgres_binary("psql"), "-h", self.stack.sockets, "-U", "postgres", "-d", "emnebank", "-XAtq", "-c",
             "SELECT count(emnebank.outbox_put('entry.changed', o.id, event_payload => jsonb_build_object('n', n))) "
             f"FROM unnest(ARRAY{numbers}) AS n, emnebank.organisation o WHERE o.kind = 'municipality'"],
            capture_output=True, text=True, check=False)
        if done.returncode == 0:
            self.certain += numbers
        return not self.ended.wait(0.05)


class People(Busy):
    """Releases approved CVs, one after another; most are withdrawn a moment later."""

    def __init__(self, day, entries, rng, span):
        super().__init__()
        self.day, self.entries, self.rng = day, list(entries), rng
        self.pause = span / max(1, len(entries))
        self.released, self.withdrawn = [], []

    def act(self):
        if not self.entries:
            return False
        entry = self.entries.pop()
        self.day.release(entry)
        self.released.append(entry["id"])
        if self.rng.random() < 0.7:
            self.ended.wait(self.rng.uniform(*PAUSE_BEFORE_WITHDRAWAL))
            self.day.answer(self.day.municipality[entry["municipality"]], entry, {"answer": "withdraw"}, "withdrawn")
            self.withdrawn.append(entry["id"])
        return not self.ended.wait(self.rng.uniform(0, 2 * self.pause))


def approved_entries(stack, address, wanted):
    """Orders of the employer until so many of their candidates have said yes and are approved."""
    day, entries, number = Day(stack, address, say=lambda text: None), [], 0
    start = datetime.date.today() + datetime.timedelta(days=21)
    while len(entries) < wanted:
        number += 1
        order = day.team.post("/v1/job-orders", {
            "employer": {"cvr": demo.EMPLOYER_CVR, "name": "Østjysk Letbanebyg A/S (fiktiv)"},
            "title": f"{POSTS} til sjak {number} (fiktiv)", "posts": POSTS, "occupations": day.trades("jord", "Struktør", "Murer"),
            "postcode": "8000", "radius_km": 200, "start_date": start.isoformat(), "kinds": ["permanent"],
            "requirements": [{"kind": "licence", "code": "B", "necessity": "nice", "weight": 1}]}, idempotent=True).body
        shortlist = wait_for("the shortlist", lambda order=order: list_of(day, order))
        forward = [entry for entry in shortlist["entries"] if entry["state"] == "proposed"]
        if not forward:
            raise RuntimeError("nobody is left to put forward")
        for entry in forward[:wanted - len(entries)]:
            home = day.municipality[entry["municipality"]]
            given = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            day.answer(home, entry, {"answer": "confirm"}, "confirmed")
            day.answer(home, entry, {"answer": "yes", "given_at": given, "how": "telephone", "text_version": TEXT_VERSION}, "yes")
            day.answer(day.team, entry, {}, "approved", action="approval")
            entries.append(entry)
    return day, entries


def list_of(day, order):
    try:
        return day.team.get(f"/v1/job-orders/{order['id']}/shortlist").body
    except Problem as problem:
        if problem.status != 404:
            raise
        return None


# ---- what must hold ----

def received(stack):
    """Verified events of both receivers."""
    lines = []
    for name in ("jobcenter", "arbejdsgiver"):
        text = (stack.folder / f"{name}.events").read_text(encoding="utf-8")
        lines += [json.loads(line) for line in text.splitlines()]
    return lines


def check_nothing_lost(stack, lines, certain):
    faults = []
    got = collections.defaultdict(set)
    for line in lines:
        if line["verified"] and "n" in line["event"]["data"]:
            got[line["event"]["data"]["n"]].add(line["receiver"])
    faults += [f"event {number} came to {len(got[number])} of ten" for number in certain if len(got[number]) != len(MUNICIPALITIES)]
    open_rows = stack.sql("SELECT d.kind || ' ' || d.state || coalesce(' ' || d.reason, '') || ' ' || count(*) FROM emnebank.delivery d "
                          "WHERE d.state NOT IN ('delivered', 'cancelled') GROUP BY d.kind, d.state, d.reason")
    faults += open_rows.splitlines()
    arrived = {line["webhook_id"] for line in lines if line["verified"]}
    said = set(stack.sql("SELECT 'msg_' || id FROM emnebank.delivery WHERE state = 'delivered'").splitlines())
    faults += [f"{name} is written down as delivered and never came" for name in sorted(said - arrived)]
    return story.check(f"nothing is lost ({len(certain)} events for ten homes, {len(said)} deliveries)", faults)


def check_one_identity(lines):
    identities, unverified = collections.defaultdict(set), sum(not line["verified"] for line in lines)
    for line in lines:
        if line["verified"]:
            data = line["event"]["data"]
            key = data.get("n") or data.get("release_id") or line["webhook_id"]
            identities[line["receiver"], line["type"], key].add(line["webhook_id"])
    faults = [f"{key} under {len(names)} ids" for key, names in identities.items() if len(names) > 1]
    faults += [f"{unverified} signatures did not fit"] if unverified else []
    again = sum(line["verified"] for line in lines) - len({line["webhook_id"] for line in lines if line["verified"]})
    return story.check(f"no event has a second webhook-id ({len(identities)} events, {again} came more than once)", faults)


def withdrawals(stack):
    """release: (the commit of its withdrawal, its claims)"""
    rows = stack.sql("""
        SET search_path = emnebank;
        SELECT r.id, extract(epoch FROM w.at), coalesce(string_agg(extract(epoch FROM t.started_at)::text, ','), '')
        FROM release r
        JOIN LATERAL (SELECT max(pg_xact_commit_timestamp(a.xmin)) AS at FROM audit a
                      WHERE a.action = 'entry.withdrawn' AND a.subject_id = r.entry_id::text) w ON w.at IS NOT NULL
        LEFT JOIN outbox x ON x.release_id = r.id AND x.kind = 'cv.released'
        LEFT JOIN delivery d ON d.outbox_id = x.id LEFT JOIN delivery_attempt t ON t.delivery_id = d.id
        WHERE r.revoked_at IS NOT NULL GROUP BY r.id, w.at""")
    found = {}
    for row in rows.splitlines():
        release, moment, claims = row.split("|")
        found[release] = (float(moment), [float(claim) for claim in claims.split(",") if claim])
    return found


def check_withdrawn(stack, lines, capture):
    gone, faults, late = withdrawals(stack), [], []
    recalled = {line["event"]["data"]["release_id"] for line in lines if line["verified"] and line["type"] == "cv.recalled"}
    came = {line["event"]["data"]["release_id"] for line in lines if line["verified"] and line["type"] == "cv.released"}
    for release, (moment, claims) in gone.items():
        faults += [f"{release} was claimed {1000 * (claim - moment):.1f} ms after the withdrawal" for claim in claims if claim > moment]
        if release in came and release not in recalled:
            faults.append(f"{release} came and was not recalled")
        after = [left - moment for left in (capture.moments.get(release, []) if capture else []) if left > moment]
        late += [max(after)] if after else []
        faults += [f"{release} left {1000 * max(after):.0f} ms after the withdrawal"] if after and max(after) > LATEST_SECONDS else []
    never = len(gone) - len(came & gone.keys())
    wire = (f"{capture.packets} packets read; {len(late)} CVs that were claimed before their withdrawal's commit were on the wire after "
            f"it, the last {1000 * max(late, default=0):.1f} ms after") if capture else "the wire was not read: that takes root"
    return story.check(f"no CV is claimed after its withdrawal's commit ({len(gone)} withdrawn, {never} of them never sent; {wire})", faults)


def start(stack):
    """Registering an endpoint takes a sender, too."""
    stack.make_folders()
    stack.configure()
    stack.supervisor = Supervisor(stack)
    stack.supervisor.start()
    return demo.start(stack)


def campaign(stack, options, rng):
    address = start(stack)
    stack.sql("ALTER SYSTEM SET track_commit_timestamp = on", database="postgres")
    stack.restart_postgres(immediate=False)
    demo.import_pool(stack, address)
    day, entries = approved_entries(stack, address, options.cvs)
    print(f"  {len(entries)} CVs wait to be released")
    capture = Capture(int(read(stack.folder / "arbejdsgiver.port"))) if os.geteuid() == 0 else None
    busy = [Load(stack), People(day, entries, rng, options.kills * sum(PAUSE_BEFORE_KILL) / 2)]
    for thread in [capture] * bool(capture) + busy:
        thread.start()
    try:
        for kill in range(1, options.kills + 1):
            time.sleep(rng.uniform(*PAUSE_BEFORE_KILL))
            stack.kill_sender()
            if kill * options.restarts // options.kills > (kill - 1) * options.restarts // options.kills:
                stack.restart_postgres(immediate=rng.random() < 0.5)
    finally:
        for thread in busy:
            thread.finish()
    try:
        wait_for("everything to be delivered", lambda: stack.sql(
            "SELECT count(*) FROM emnebank.delivery WHERE state IN ('waiting', 'leased')") == "0", SETTLE_SECONDS)
    except TimeoutError:
        pass  # the checks name what is open
    dropped = capture.stop() if capture else 0
    print(f"  {options.kills} kills of the sender, {options.restarts} restarts of PostgreSQL, {len(busy[1].released)} CVs released, "
          f"{len(busy[1].withdrawn)} withdrawn")
    lines = received(stack)
    return all([check_nothing_lost(stack, lines, busy[0].certain), check_one_identity(lines), check_withdrawn(stack, lines, capture),
                story.check("the capture saw every packet", [f"{dropped} were dropped"] if dropped else []),
                story.check_consent(stack), story.check_audit(stack)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--cvs", type=int, default=30, help="how many are released meanwhile")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="emnebank-deliver-", ignore_cleanup_errors=True) as folder:
        stack = World(folder, options.binaries)
        fine = False
        try:
            fine = campaign(stack, options, random.Random(options.seed))
        finally:
            log = pathlib.Path(folder) / "sender.log"
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:] if log.exists() and not fine else []
            stack.clean()
    if not fine:
        print("\n".join(tail))
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
