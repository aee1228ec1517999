"""A PostgreSQL of the benchmark's own, in a folder of its own, set up to be as fast as it can be on one core."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile


def binaries():
    """The folder of initdb of the newest PostgreSQL here, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


# One backend does all. Nothing has to survive a crash, so nothing waits for the disk.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
work_mem = 256MB
maintenance_work_mem = 1GB
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
jit = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8GB
autovacuum = off
random_page_cost = 1.0
max_connections = 10
"""


class Cluster:
    def __init__(self, buffers_mb):
        self.bin = binaries()
        self.folder = tempfile.mkdtemp(prefix="emnebank-bench-pg.")
        self.account = None
        if os.geteuid() == 0:
            try:
                self.account = pwd.getpwnam("postgres")
            except KeyError:
                self.account = pwd.getpwnam("nobody")
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        try:
            self._run("initdb", "-D", self.data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
                file.write(SETTINGS.format(folder=self.folder, buffers=buffers_mb, cache=2 * buffers_mb))
            self._run("pg_ctl", "-D", self.data, "-l", os.path.join(self.folder, "log"), "-w", "-t", "60", "start")
        except Exception:
            self.stop()
            raise

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    @property
    def conninfo(self):
        return f"host={self.folder} user=bench dbname=postgres"

    def _run(self, program, *arguments):
        user = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        done = subprocess.run([os.path.join(self.bin, program), *arguments], cwd="/", check=False, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **user)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")

    def stop(self):
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
