"""What the parts of tests/bench/deliver/run stand on: sinks, a certificate of our own, a system with PostgreSQL and the daemon,
and what became of each event between its commit and the receiver's 200."""

import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE.parent), str(ROOT / "deploy" / "story")]

import stack  # noqa: E402
from api import Api  # noqa: E402

TEN = len(stack.MUNICIPALITIES)
EACH = 6  # endpoints of a home for the kind MANY: 60 receivers
ONE, MANY, WAITING = "entry.changed", "order.changed", "order.short"
PATIENCE_SECONDS = 60
LOGGED_MS, SAMPLE = 5, 0.2  # PostgreSQL logs every statement of the sender that takes so long, and this part of the others
CLAIM = re.compile(rb"duration: ([0-9.]+) ms  execute deliver_claim:")


class WrongAnswer(Exception):
    pass


def program(build, name):
    return str(pathlib.Path(build) / "tests/bench/deliver" / name)


# ---- a certificate ----

def certificate(folder):
    """A CA, and a certificate of it for 127.0.0.1: (ca, certificate, key), files in the folder."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3", "-subj", "/CN=emnebank bench")
    openssl("req", *curve, "-keyout", "sink.key", "-out", "sink.csr", "-subj", "/CN=127.0.0.1")
    (folder / "sink.ext").write_text("subjectAltName=IP:127.0.0.1\n", encoding="ascii")
    openssl("x509", "-req", "-in", "sink.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "sink.ext", "-out", "sink.pem")
    return tuple(str(folder / name) for name in ("ca.pem", "sink.pem", "sink.key"))


# ---- receivers ----

class Sink:
    """bench_deliver_sink. With a core of its own where the sender has one, too."""

    def __init__(self, build, count, tls=None, core=None):
        words = ["--tls", *tls[1:]] if tls else []
        place = None if core is None else lambda: os.sched_setaffinity(0, {core})
        self.process = subprocess.Popen([program(build, "bench_deliver_sink"), *words, str(count)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=place)
        self.ports = self.process.stdout.readline().split()
        if len(self.ports) != count:
            raise RuntimeError("the sink has not started")

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


# ---- the system ----

class World(stack.Stack):
    """A private PostgreSQL that waits for its disk, as it comes; the daemon with all its roles and its own defaults; a sink with a
    port for each endpoint. Endpoint 0-9: of each home one, for the kind ONE; the others for MANY, EACH for each home."""

    def __init__(self, folder, build, plain=False):
        super().__init__(folder, build)
        self.build, self.sink, self.plain = build, None, plain

    def configure(self, listen="127.0.0.1:0"):
        super().configure(listen)
        path = self.folder / "emnebank.conf"
        text = path.read_text(encoding="utf-8")
        if not self.plain:
            text = text.replace("allow_loopback = true", f"allow_loopback = true\nca_file = {self.tls[0]}")
        path.write_text(text, encoding="utf-8")

    def start(self):
        self.make_folders()
        self.tls = certificate(self.folder)
        self.start_postgres()
        self.migrate()
        self.make_keyring()
        self.make_organisations()
        for setting in (f"log_min_duration_statement = '{LOGGED_MS}ms'", "log_min_duration_sample = 0",
                        f"log_statement_sample_rate = {SAMPLE}"):
            self.sql(f"ALTER ROLE emnebank_deliver SET {setting}")
        self.age()
        self.address = self.start_daemon()
        self.sink = Sink(self.build, TEN + TEN * EACH, None if self.plain else self.tls)
        self.make_endpoints()

    def age(self):
        """A system in its second month: its tables have a partition for each day that is kept."""
        self.sql("SELECT emnebank.outbox_days((now() AT TIME ZONE 'UTC')::date - 14, 14)")
        self.sql("SELECT emnebank.outbox_days((now() AT TIME ZONE 'UTC')::date)")

    def end(self):
        if self.sink:
            self.sink.stop()
        self.clean()

    def make_endpoints(self):
        self.endpoints, self.secrets = [], []
        scheme = "http" if self.plain else "https"
        for index, port in enumerate(self.sink.ports):
            code = list(stack.MUNICIPALITIES)[index % TEN]
            kind = ONE if index < TEN else MANY
            made = Api(self.address, self.key(code)).post(
                "/v1/endpoints", {"url": f"{scheme}://127.0.0.1:{port}/hooks", "kinds": [kind]}, idempotent=True).body
            self.endpoints.append(made["id"])
            self.secrets.append(made["secret"])
        self.settle()
        # The proof and the approval are not what is measured.
        self.sql("""SET search_path = emnebank;
            UPDATE endpoint SET state = 'active', proven_at = now(), approved_at = now(), breaker = 'closed', breaker_until = NULL,
                held_until = NULL""")
        self.sql("""UPDATE emnebank.delivery SET state = 'cancelled', reason = 'bench', fresh = false, lease_until = NULL, lease_token = NULL,
            finished_at = now() WHERE kind = 'endpoint.verify'""")
        self.homes = [self.sql(f"SELECT id FROM emnebank.organisation WHERE municipality_code = '{code}'")
                      for code in stack.MUNICIPALITIES]
        self.sql("VACUUM ANALYZE")

    def gauge(self, name):
        with urllib.request.urlopen(f"http://{stack.read(self.folder / 'admin_address')}/metrics", timeout=10) as answer:
            return float(re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)[1])

    def settle(self):
        """Until the ends of all attempts are written down."""
        wait_for("the ends of the attempts", lambda: self.gauge("emnebank_deliver_in_flight") == 0)

    def hold(self, until):
        """Nothing is claimed for anybody until that moment."""
        self.sql(f"UPDATE emnebank.endpoint SET held_until = {until}; NOTIFY emnebank_delivery")

    def commits(self, kind, rate, count, batch=1, homes=None):
        """Runs in the background: see commits.c."""
        path = self.folder / "commits.out"
        with open(path, "w", encoding="ascii") as out:
            process = subprocess.Popen([program(self.build, "bench_deliver_commits"), "--conninfo", self.conninfo, "--kind", kind,
                                        "--rate", str(rate), "--count", str(count), "--batch", str(batch),
                                        *(homes or self.homes)], stdout=out)
        return Commits(self, process, path)

    def claims(self, since, count):
        """The p99 of `count` claims that found something, in milliseconds, from byte `since` of PostgreSQL's log on: the duration that
        no more than a hundredth of `count` claims exceeded. Those that found nothing are in the log, too, and are quicker: they may
        only make this worse. Of quick ones the log holds a sample."""
        with open(self.folder / "postgres.log", "rb") as file:
            file.seek(since)
            found = sorted((float(duration) for duration in CLAIM.findall(file.read())), reverse=True)
        over = count / 100
        for duration in found:
            over -= 1 if duration >= LOGGED_MS else 1 / SAMPLE
            if over < 0:
                return duration
        return found[-1] if found else 0.0

    def log_end(self):
        return os.path.getsize(self.folder / "postgres.log")


def wait_for(what, question, seconds=PATIENCE_SECONDS):
    give_up = time.monotonic() + seconds
    while not question():
        if time.monotonic() > give_up:
            raise WrongAnswer(f"waited {seconds} s for {what}")
        time.sleep(0.02)


Sent = collections.namedtuple("Sent", "port committed answered")  # moments in seconds


class Commits:
    """Transactions that are being made, and what became of their deliveries."""

    def __init__(self, world, process, path):
        self.world, self.process, self.path = world, process, path

    def wait(self):
        if self.process.wait() != 0:
            raise WrongAnswer("the commits failed")
        rows = (line.split() for line in self.path.read_text(encoding="ascii").splitlines())
        self.moments = {int(xid): int(done) / 1e9 for xid, _, done in rows}

    def deliveries(self):
        """webhook-id: (port, transaction)"""
        first, last = min(self.moments), max(self.moments)
        rows = self.world.sql("SELECT id, endpoint_id, xid FROM emnebank.delivery "
                              f"WHERE xid BETWEEN '{first}' AND '{last}'").splitlines()
        found = {}
        ports = {endpoint: port for port, endpoint in enumerate(self.world.endpoints)}
        for row in rows:
            identity, endpoint, xid = row.split("|")
            if int(xid) in self.moments:
                found["msg_" + identity] = (ports[endpoint], int(xid))
        return found

    def arrived(self, ports=None, seconds=PATIENCE_SECONDS):
        """Sent for every delivery to one of the ports (None: all); an error when one has not come after so many seconds."""
        wanted = {name: of for name, of in self.deliveries().items() if ports is None or of[0] in ports}
        path, give_up = self.world.folder / "sink.out", time.monotonic() + seconds
        while True:
            self.world.sink.tell(f"dump {path}")
            found = {}
            for line in path.read_text(encoding="ascii").splitlines():
                port, name, at = line.split()
                if name in wanted and name not in found:
                    found[name] = Sent(int(port), self.moments[wanted[name][1]], int(at) / 1e9)
            if len(found) == len(wanted):
                return list(found.values())
            if time.monotonic() > give_up:
                raise WrongAnswer(f"{len(wanted) - len(found)} of {len(wanted)} webhooks have not come")
            time.sleep(0.1)


# ---- whether what came is right ----

def signed(secret, name, moment, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def check_kept(world):
    """Some whole requests: their signatures, and that they are JSON. How many."""
    path = world.folder / "kept.out"
    world.sink.tell(f"kept {path}")
    content, count = path.read_bytes(), 0
    while content:
        line, _, content = content.partition(b"\n")
        port, length = (int(word) for word in line.split())
        head, _, body = content[:length].partition(b"\r\n\r\n")
        headers = dict(row.split(": ", 1) for row in head.decode().split("\r\n")[1:])
        headers = {name.lower(): value for name, value in headers.items()}
        right = signed(world.secrets[port], headers["webhook-id"], headers["webhook-timestamp"], body)
        if right not in headers["webhook-signature"].split(" "):
            raise WrongAnswer(f"a signature to endpoint {port} is wrong")
        if json.loads(body)["type"] not in (ONE, MANY, WAITING, "endpoint.verify"):
            raise WrongAnswer("an event that nobody made")
        content, count = content[length:], count + 1
    return count


def check_times(world):
    """What the database says of what was sent: nothing is open but what was left so on purpose, and nothing was sent a second time but
    after a first attempt that had failed."""
    row = world.sql("SELECT count(*) FILTER (WHERE state IN ('waiting', 'leased')), "
                    "count(*) FILTER (WHERE state = 'delivered' AND attempts > 1 AND reason = 'lease_lost') FROM emnebank.delivery")
    opened, lost = (int(word) for word in row.split("|"))
    if opened or lost:
        raise WrongAnswer(f"{opened} deliveries are open, {lost} lost their lease")
