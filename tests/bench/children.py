"""The engines of the benchmark as child processes: which are installed, how they are started, how they are asked."""

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))


class WrongAnswer(Exception):
    pass


class Child:
    """One engine that holds its index in memory and speaks the protocol of README.md."""

    def __init__(self, name, command, log):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self._line()
        if not line.startswith("ready "):
            raise RuntimeError(f"{name} said: {line}")
        self.about = json.loads(line[len("ready "):])

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}; see its log")
        return line.rstrip("\n")

    def ask(self, line):
        """The lines of the answer."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        lines = []
        while (answer := self._line()) != "done":
            lines.append(answer)
        return lines

    def answers(self, what):
        """number: ["id:score:lacking", ...]"""
        found = {}
        for line in self.ask(f"answers {what}"):
            words = line.split()
            found[int(words[0])] = words[2:]
            if len(words) - 2 != int(words[1]):
                raise WrongAnswer(f"{self.name} {what}: {line}")
        return found

    def times(self, what, milliseconds):
        """Per order, in milliseconds."""
        return [float(word) / 1e6 for word in self.ask(f"time {what} {milliseconds}")[0].split()]

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# ---- what is installed ----

def system_python():
    """A Python that has NumPy: this one, or Debian's."""
    if importlib.util.find_spec("numpy"):
        return sys.executable
    debian = "/usr/bin/python3"
    has = os.path.exists(debian) and subprocess.run([debian, "-c", "import numpy"], capture_output=True, check=False)
    return debian if has and has.returncode == 0 else None


def built(build, name):
    path = os.path.join(build, "tests/bench", name)
    return path if os.access(path, os.X_OK) else None


def duckdb_folder(build):
    return os.path.join(build, "tests/bench/duckdb")


def install_duckdb(build):
    """Into the build folder, once; where there is no npm, or it cannot, the peer is skipped later."""
    folder = duckdb_folder(build)
    if shutil.which("npm") is None or os.path.isdir(os.path.join(folder, "node_modules")):
        return
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, "peers/duckdb/package.json"), folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, stdout=sys.stderr, check=False)


def lucene_jar():
    path = "/usr/share/java/lucene-core.jar"
    if os.path.exists(path):
        return path
    folder = "/usr/share/java"
    names = sorted(name for name in os.listdir(folder) if name.startswith("lucene-core-")) if os.path.isdir(folder) else []
    return os.path.join(folder, names[-1]) if names else None


LUCENE_LOCK = threading.Lock()  # two peers, one compilation


def lucene(build):
    with LUCENE_LOCK:
        return compiled_lucene(build)


@functools.lru_cache
def compiled_lucene(build):
    """Compiled once in a run: (command, None) or (None, why not)."""
    jar = lucene_jar()
    if jar is None or shutil.which("javac") is None:
        return None, "no lucene-core.jar or no javac; install liblucene8-java and default-jdk-headless"
    classes = os.path.join(build, "tests/bench/lucene")
    source = os.path.join(HERE, "peers/lucene")
    files = [os.path.join(source, name) for name in sorted(os.listdir(source)) if name.endswith(".java")]
    os.makedirs(classes, exist_ok=True)
    done = subprocess.run(["javac", "-nowarn", "-cp", jar, "-d", classes, *files], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, f"javac: {done.stderr.strip()[:200]}"
    return ("java", "-Xms1g", "-Xmx4g", "-XX:+UseSerialGC", "-cp", f"{jar}:{classes}", "Peer"), None


# A custom query through its searcher; or a loop of our own over its postings, with documents in the order of place.
LUCENE = {"lucene": "query", "lucene-loop": "loop"}


def command(name, build, data, conninfo, warm_up):
    """(command, None), or (None, why it is skipped)."""
    if name == "postgres":
        program = built(build, "bench_postgres")
        if conninfo is None or program is None:
            return None, "no PostgreSQL server found; install the package postgresql"
        return [program, "--data", data, "--conninfo", conninfo], None
    if name == "numpy":
        python = system_python()
        if python is None:
            return None, "no NumPy; install the package python3-numpy"
        return [python, os.path.join(HERE, "peers/numpy/peer.py"), "--data", data], None
    if name in LUCENE:
        start, why = lucene(build)
        return ([*start, "--data", data, "--warm-up", str(warm_up), LUCENE[name]], None) if start else (None, why)
    if name == "duckdb":
        modules = duckdb_folder(build)
        if shutil.which("node") is None or not os.path.isdir(os.path.join(modules, "node_modules")):
            return None, "no node, or npm has not installed it; tests/bench/run without --no-build does"
        return ["node", "--max-old-space-size=8192", os.path.join(HERE, "peers/duckdb/peer.mjs"), modules, "--data", data], None
    if name in ("xapian", "sqlite"):
        program = built(build, f"bench_{name}")
        package = {"xapian": "libxapian-dev", "sqlite": "libsqlite3-dev"}[name]
        return ([program, "--data", data], None) if program else (None, f"built without it; install {package} and build again")
    return None, "unknown"


NAMES = ("postgres", "numpy", "lucene", "lucene-loop", "xapian", "sqlite", "duckdb")
