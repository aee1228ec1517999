#!/usr/bin/env python3
"""Runs the contract test: a private system in a temporary folder (deploy/story/stack.py), the npm packages in the
build folder, then contract.mjs against it. Everything that was started is stopped, by its pid."""

import argparse
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "deploy/story"))

from stack import Stack, read  # noqa: E402

EMPLOYER = "10000009"
STRANGER = "10000017"
# Every scope that a route names, for an organisation to which nothing belongs.
ALL_SCOPES = ("reference:read organisations:read candidates:read candidates:write orders:read orders:write shortlists:read "
              "shortlists:answer shortlists:approve shortlists:outcome leads:read leads:write changes:read events:read endpoints:read endpoints:write endpoints:approve "
              "vocabulary:write")


def install(folder):
    """The packages of package-lock.json and a copy of the scripts: node looks for packages beside the script. One at a
    time, since more than one test wants them."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "installing", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_locked(folder)


def install_locked(folder):
    for file in [*HERE.glob("*.mjs"), HERE / "package.json", HERE / "package-lock.json", HERE / ".npmrc"]:
        shutil.copyfile(file, folder / file.name)
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "installed"
    if read(stamp) == wanted:
        return
    stamp.unlink(missing_ok=True)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"npm ci:\n{done.stdout}")
    stamp.write_text(wanted, encoding="ascii")


def make_keys(stack):
    """Who calls: see `keys` in contract.mjs."""
    stack.make_organisations()
    stack.make_key("arbejdsgiver", "Arbejdsgiverens system", "employer",
                   ["--kind", "employer", "--cvr", EMPLOYER, "--name", "Østjysk Letbanebyg A/S (fiktiv)"],
                   organisation_key=EMPLOYER)
    stack.make_key("stranger", "En anden virksomhed", ALL_SCOPES,
                   ["--kind", "employer", "--cvr", STRANGER, "--name", "Fremmed Entreprise ApS (fiktiv)"],
                   organisation_key=STRANGER)
    team = ["--kind", "team", "--name", "Team Bygge & Anlæg"]
    home = ["--kind", "municipality", "--municipality", "0751", "--name", "Aarhus Kommune"]
    stack.make_key("team-machine", "Teamets system", "team", team, organisation_key="team")
    stack.make_key("team-colleague", "Kollega", "team", team, person="Ole Godkender (fiktiv)", organisation_key="team")
    stack.make_key("bare", "Uden rettigheder", "audit:read", team, organisation_key="team")
    stack.make_key("0751-person", "Sagsbehandler", "jobcentre", home, person="Bo Sagsbehandler (fiktiv)", organisation_key="0751")
    stack.make_key("0751-approver", "For mange rettigheder", ALL_SCOPES, home, person="Bo Sagsbehandler (fiktiv)",
                   organisation_key="0751")


def start(stack):
    stack.make_folders()
    stack.start_postgres()
    stack.migrate()
    stack.make_keyring()
    make_keys(stack)
    return stack.start_daemon()


def settings(stack, api):
    return {"api": api, "admin": read(stack.folder / "admin_address"), "root": str(ROOT),
            "keys": {path.name: read(path) for path in stack.keys.iterdir()},
            "psql": [stack.postgres_binary("psql"), "-h", str(stack.sockets), "-U", "postgres", "-d", "emnebank"],
            "postgres": stack.pid("postgres"), "employer": EMPLOYER}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    options = parser.parse_args()
    build = pathlib.Path(options.binaries).resolve()
    scripts = build / "tests/contract"
    install(scripts)
    stack = Stack(tempfile.mkdtemp(prefix="contract-", dir=scripts), build)
    code = 1
    try:
        api = start(stack)
        file = stack.folder / "settings.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings(stack, api)), encoding="utf-8")
        code = subprocess.run(["node", str(scripts / "contract.mjs"), str(file)], check=False).returncode
        if code != 0:
            print("\nThe end of the daemon's log:\n" + read(stack.folder / "emnebankd.log")[-3000:])
    finally:
        stack.stop_all()
        if code == 0 or not os.environ.get("KEEP"):
            stack.clean()
    return code


if __name__ == "__main__":
    sys.exit(main())
