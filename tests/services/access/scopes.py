#!/usr/bin/env python3
"""The scopes that people read (proto/scopes.md), those that keys get (services/access) and those that routes ask for are
the same."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
COLUMNS = {"municipality": 0, "team": 1, "employer": 2}


def documented():
    """Scope → which of the three presets hold it."""
    rows = re.findall(r"^\| `(\S+)` \|.*\|(.*)\|(.*)\|(.*)\|$", (ROOT / "proto/scopes.md").read_text(encoding="utf-8"), re.M)
    return {scope: [mark.strip() == "x" for mark in marks] for scope, *marks in rows}


def presets():
    source = (ROOT / "services/access/keys.c").read_text(encoding="utf-8")
    table = source.split("} presets[] = {")[1].split("};")[0]
    return {kind: set("".join(re.findall(r'"([^"]*)"', texts)).split()) for kind, texts in
            re.findall(r'\{"(\w+)",((?:\s*"[^"]*")+)\}', table)}


def asked_for():
    return {scope for path in (ROOT / "services").rglob("*.c") for scope in
            re.findall(r'\{HTTP_\w+,\s*"[^"]*",\s*"([a-z]+:[a-z]+)"', path.read_text(encoding="utf-8"))}


def main():
    table, given = documented(), presets()
    faults = [f"{scope}: a route asks for it, proto/scopes.md does not name it" for scope in asked_for() - table.keys()]
    faults += [f"{scope}: in the preset {kind}, not in proto/scopes.md" for kind in given for scope in given[kind] - table.keys()]
    for kind, column in COLUMNS.items():
        faults += [f"{scope}: proto/scopes.md and the preset {kind} differ" for scope, marks in table.items()
                   if marks[column] != (scope in given[kind])]
    if len(asked_for()) < 10 or len(table) < 10:
        faults.append("found too few scopes to judge: has the form of the tables changed?")
    print("\n".join(sorted(faults)) or f"{len(table)} scopes agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
