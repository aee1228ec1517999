"""What a large import must hold, whatever it brings in: rows a second, the daemon's memory, the same file again, and on a second system
the daemon killed at a random row, started, and the file sent again: what there is must be the same as in one go.

    campaign.run(binaries, campaign.Import(...), rows, seed)

The caller says how its file is sent and what is counted; systems are those of deploy/story/stack.py.
"""

import dataclasses
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import typing
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/story"))

from stack import Stack, read  # noqa: E402

KILLED = (0.1, 0.9)  # of the rows
LOOK_SECONDS = 0.05
LOOKS_PER_ASKING = 20  # the daemon is asked for its own figures more seldom than it is looked at


@dataclasses.dataclass
class Import:
    prepare: typing.Callable  # (stack, api): before the first file
    command: typing.Callable  # (stack, api): the words of `emnebank` that send the file
    counted: str              # SQL: how many rows of the file are in
    digest: str               # SQL: one text of all there is, without ids and moments: they are of the run
    key: str = "team"         # whose; a file of stack.keys
    good: tuple = (0,)        # exit codes of the client; 4 where rows of the file are meant to be rejected


def client(stack, api, key, *words):
    """What `emnebank` says over HTTP."""
    command = [str(stack.binaries / "services/ctl/emnebank"), "--api", f"http://{api}", "--key-file", str(stack.keys / key), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def begin(folder, binaries, what):
    stack = Stack(folder, binaries)
    stack.make_folders()
    stack.start_postgres()
    stack.migrate()
    stack.make_keyring()
    stack.make_organisations()
    api = stack.start_daemon()
    what.prepare(stack, api)
    return stack, api


def memory(pid, name="VmRSS"):
    """KiB; 0 when there is no such process."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def pool(stack):
    """KiB of the pool that the daemon keeps in memory to rank from: it grows with who is in it, however they came."""
    try:
        with urllib.request.urlopen(f"http://{read(stack.folder / 'admin_address')}/metrics", timeout=5) as answer:
            for line in answer.read().decode("utf-8").splitlines():
                if line.startswith("emnebank_match_pool_bytes "):
                    return int(float(line.split()[1])) // 1024
    except OSError:
        pass
    return 0


class Watch(threading.Thread):
    """Looks at the daemon while the file is read: its memory, and whether it is to die."""

    def __init__(self, stack, what, kill_at=None):
        super().__init__(daemon=True)
        self.stack, self.what, self.kill_at = stack, what, kill_at
        self.pid = stack.pid("emnebankd")
        self.done = threading.Event()
        self.samples, self.pools = [], []
        self.killed = None
        self.start()

    def run(self):
        while not self.done.wait(LOOK_SECONDS):
            if len(self.samples) % LOOKS_PER_ASKING == 0:
                self.pools.append(pool(self.stack))
            self.samples.append(memory(self.pid))
            if self.kill_at is not None and int(self.stack.sql(self.what.counted)) >= self.kill_at:
                os.kill(self.pid, signal.SIGKILL)
                self.killed = int(self.stack.sql(self.what.counted))
                return

    def end(self):
        self.done.set()
        self.join()

    def says(self):
        """Flat: what it has in the last tenth of the time beside the first."""
        tenth = max(len(self.samples) // 10, 1)
        if not self.samples:
            return "no memory seen"
        first, last = max(self.samples[:tenth]), max(self.samples[-tenth:])
        return (f"daemon {first / 1024:.1f} MiB in the first tenth, {last / 1024:.1f} in the last, {max(self.samples) / 1024:.1f} at most; "
                f"of that the pool that is ranked {self.pools[0] / 1024:.1f} MiB at first, {self.pools[-1] / 1024:.1f} at last")


def send(stack, api, what):
    """Seconds, exit code, and the last line that was said."""
    started = time.monotonic()
    done = client(stack, api, what.key, *what.command(stack, api))
    lines = (done.stdout + done.stderr).strip().splitlines() or [""]
    return time.monotonic() - started, done.returncode, lines[-1] if done.returncode in what.good else " / ".join(lines[-3:])


def in_one_go(stack, api, what, rows):
    """False when the client says that it went wrong."""
    good = True
    for turn in ("first", "again"):
        watch = Watch(stack, what)
        took, code, line = send(stack, api, what)
        watch.end()
        good = good and code in what.good
        print(f"{turn}: {rows / took:.0f} rows/s ({took:.1f} s), {watch.says()}, exit {code}: {line}", flush=True)
    return good


def killed(stack, api, what, rows, seed):
    """False when the daemon was not killed while it read, or the second time went wrong."""
    watch = Watch(stack, what, kill_at=max(int(rows * random.Random(seed).uniform(*KILLED)), 1))
    took, code, _ = send(stack, api, what)
    watch.end()
    if watch.killed is None:
        print("the file was read before the daemon could be killed")
        return False
    stack.stop("emnebankd", signal.SIGKILL)
    print(f"killed after {took:.1f} s with {watch.killed} rows in (the client's exit {code})", flush=True)
    took, code, line = send(stack, stack.start_daemon(), what)
    print(f"then: {took:.1f} s, exit {code}: {line}", flush=True)
    return code in what.good


def run(binaries, what, rows, seed=1):
    """True when all of it held."""
    good, digests = [], []
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        for name in ("whole", "killed"):
            stack, api = begin(pathlib.Path(folder) / name, binaries, what)
            try:
                good.append(in_one_go(stack, api, what, rows) if name == "whole" else killed(stack, api, what, rows, seed))
                digests.append(stack.sql(what.digest))
            finally:
                stack.clean()
    print("\n".join(digests))
    print("the same rows" if digests[0] == digests[1] else "NOT the same rows")
    return all(good) and digests[0] == digests[1]
