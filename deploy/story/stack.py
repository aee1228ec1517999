"""All that runs, in one folder: a private PostgreSQL cluster, the keyring, the daemon and the receivers. Started by
the demo and by the tests; everything it starts has a pid file, and only those pids are ever stopped."""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from api import wait_for

STORY = pathlib.Path(__file__).resolve().parent
ROOT = STORY.parent.parent

MUNICIPALITIES = {
    "0730": "Randers", "0710": "Favrskov", "0740": "Silkeborg", "0746": "Skanderborg", "0727": "Odder",
    "0615": "Horsens", "0766": "Hedensted", "0706": "Syddjurs", "0707": "Norddjurs", "0751": "Aarhus",
}

CONFIGURATION = """\
# Made by the demo. `emnebankd --sample-config` prints every key with its explanation.
[daemon]
environment = demo
roles = front deliver ingest
keys = {folder}/keyring

[http]
listen = {listen}
admin_listen = 127.0.0.1:0
threads = 2
connections_per_address = 0
spool = {folder}

[database]
conninfo = {conninfo}

[match]
snapshot_file = {folder}/pool.snapshot

[deliver]
allow_loopback = true

[citizen]
public_url = http://{listen}
"""


PORT_TRIES, PORT_PAUSE_SECONDS = 10, 0.5


def alive(pid):
    """Whether the process still runs; one that has ended but was not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def read(path):
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


class Stack:
    def __init__(self, folder, binaries):
        self.folder = pathlib.Path(folder).resolve()
        self.binaries = pathlib.Path(binaries).resolve()
        self.keys = self.folder / "keys"
        self.secrets = self.folder / "secrets"
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        # A unix socket's path has room for 107 bytes, which a deep folder would pass.
        self.sockets = pathlib.Path(f"/tmp/emnebank-{os.getuid()}-{digest}")
        self.conninfo = f"host={self.sockets} user=postgres dbname=emnebank"

    def make_folders(self):
        for folder in (self.folder, self.keys, self.secrets):
            folder.mkdir(parents=True, exist_ok=True)
        self.keys.chmod(0o700)
        self.secrets.chmod(0o700)

    # --- processes -------------------------------------------------------------------------------------------------

    def pid(self, name):
        pid = read(self.folder / f"{name}.pid")
        return int(pid) if pid.isdigit() and alive(int(pid)) else None

    def spawn(self, name, command):
        """Starts a process that outlives this one, its output in NAME.log."""
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        (self.folder / f"{name}.pid").write_text(str(process.pid), encoding="ascii")
        return process

    def stop(self, name, sign=signal.SIGTERM):
        pid = self.pid(name)
        if pid:
            os.kill(pid, sign)
            wait_for(f"{name} to end", lambda: self.reap(pid) or not alive(pid), 40)
        (self.folder / f"{name}.pid").unlink(missing_ok=True)

    @staticmethod
    def reap(pid):
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return False

    def run(self, *command, **options):
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
        if result.returncode != 0:
            sys.exit(f"{' '.join(str(word) for word in command)}\n{result.stdout}{result.stderr}")
        return result.stdout

    # --- PostgreSQL ------------------------------------------------------------------------------------------------

    def postgres_binary(self, name):
        installed = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
        return str(installed[-1]) if installed else shutil.which(name) or sys.exit(f"{name} findes ikke")

    def as_database_user(self, *command):
        """PostgreSQL refuses to run as root: then as `postgres`, which may have to pass folders that are root's."""
        if os.getuid() != 0:
            return list(command)
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        reachable = subprocess.run([*drop, "test", "-x", str(self.folder)], check=False).returncode == 0
        passing = [] if reachable else ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [*drop, *passing, *command]

    def start_postgres(self):
        data = self.folder / "postgres"
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        data.mkdir(mode=0o700, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            shutil.chown(self.sockets, "postgres", "postgres")
        if not (data / "PG_VERSION").exists():
            self.run(*self.as_database_user(self.postgres_binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust",
                                            "--no-instructions", "--locale=C.UTF-8", "-E", "UTF8"), cwd="/")
        if not self.pid("postgres"):
            (data / "postmaster.pid").unlink(missing_ok=True)
            self.spawn("postgres", self.as_database_user(
                self.postgres_binary("postgres"), "-D", str(data), "-k", str(self.sockets), "-c", "listen_addresses=",
                "-c", "max_connections=200"))
        wait_for("PostgreSQL", lambda: subprocess.run(
            [self.postgres_binary("pg_isready"), "-q", "-h", str(self.sockets)], check=False).returncode == 0)
        if self.sql("SELECT 1 FROM pg_database WHERE datname = 'emnebank'", database="postgres") != "1":
            self.sql("CREATE DATABASE emnebank", database="postgres")

    def sql(self, text, database="emnebank", user="postgres"):
        return self.run(self.postgres_binary("psql"), "-h", self.sockets, "-U", user, "-d", database, "-X", "-A", "-t",
                        "-q", "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    # --- emnebank --------------------------------------------------------------------------------------------------

    def emnebank(self, *arguments, **options):
        return self.run(self.binaries / "services/ctl/emnebank", "--database", self.conninfo, *arguments, **options)

    def migrate(self):
        return self.emnebank("migrate")

    def make_keyring(self):
        if not (self.folder / "keyring").exists():
            self.emnebank("keys", "generate", self.folder / "keyring")

    def make_organisations(self):
        """The ten municipalities and the team, each with its key in keys/NAME."""
        for code, name in MUNICIPALITIES.items():
            self.make_key(code, "Fagsystem", "jobcentre", ["--kind", "municipality", "--municipality", code,
                                                           "--name", f"{name} Kommune"])
        self.make_key("team", "Team Bygge & Anlæg", "team", ["--kind", "team", "--name", "Team Bygge & Anlæg"],
                      person="Mette Kjærsgaard (fiktiv)")

    def make_key(self, name, label, scopes, organisation, person=None, organisation_key=None):
        path = self.keys / name
        if path.exists():
            return
        self.emnebank("organisation", "create", *organisation)
        holder = ["--person", person] if person else []
        key = self.emnebank("key", "create", "--organisation", organisation_key or name, "--label", label, "--scopes", scopes,
                            "--environment", "demo", *holder).strip()
        path.touch(mode=0o600)
        path.write_text(key + "\n", encoding="ascii")

    def key(self, name):
        return read(self.keys / name)

    def start_receiver(self, name):
        if self.pid(name):
            return read(self.folder / f"{name}.port")
        port = read(self.folder / f"{name}.port") or "0"
        (self.folder / f"{name}.port").unlink(missing_ok=True)
        self.spawn(name, [sys.executable, str(STORY / "receiver.py"), "--name", name, "--secrets", str(self.secrets),
                          "--events", str(self.folder / f"{name}.events"), "--port-file", str(self.folder / f"{name}.port"),
                          "--port", port])
        return wait_for(name, lambda: read(self.folder / f"{name}.port"))

    def configure(self, listen="127.0.0.1:0"):
        text = CONFIGURATION.format(folder=self.folder, listen=listen, conninfo=self.conninfo)
        (self.folder / "emnebank.conf").write_text(text, encoding="utf-8")

    def try_daemon(self):
        """Starts the daemon. The lines of its address file, or nothing when it has ended."""
        addresses = self.folder / "address.new"
        addresses.unlink(missing_ok=True)
        self.spawn("emnebankd", [str(self.binaries / "services/daemon/emnebankd"), "--config",
                                 str(self.folder / "emnebank.conf"), "--address-file", str(addresses)])
        wait_for("emnebankd", lambda: read(addresses) or not self.pid("emnebankd"))
        return read(addresses).split() if self.pid("emnebankd") else []

    def start_daemon(self):
        """The daemon, on the address that it had before when there was one. Returns host:port of the API."""
        if self.pid("emnebankd"):
            return read(self.folder / "address")
        known = read(self.folder / "address")
        self.configure(known or "127.0.0.1:0")
        lines = self.try_daemon()
        # While it was away a connection of anybody's may have got its port, for a moment.
        tries = PORT_TRIES if known else 0
        while not lines and tries > 0:
            time.sleep(PORT_PAUSE_SECONDS)
            lines = self.try_daemon()
            tries -= 1
        if not lines:
            sys.exit("emnebankd er ikke startet:\n" + read(self.folder / "emnebankd.log")[-2000:])
        (self.folder / "address").write_text(lines[0], encoding="ascii")
        (self.folder / "admin_address").write_text(lines[1], encoding="ascii")
        return lines[0]

    def stop_all(self):
        for name in ("emnebankd", "jobcenter", "arbejdsgiver"):
            self.stop(name)
        self.stop("postgres", signal.SIGINT)

    def clean(self):
        self.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
