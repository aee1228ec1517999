#!/usr/bin/env python3
"""The JSON Schemas of events, proto/events/*.json, beside proto/openapi.yaml, from which they are bundled.

    events.py --binaries FOLDER --write      writes them anew, after a change of openapi.yaml
    events.py --binaries FOLDER [PATH...]    they are as openapi.yaml has them, and every payload in the files (one JSON
                                             text per line), or in a folder's *.ndjson, fits the schema of its kind; no
                                             payload at all is a fault too. Exit 0, or 1 with a line per fault
"""

import argparse
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

from run import ROOT, install  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("paths", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    scripts = pathlib.Path(options.binaries).resolve() / "tests/contract"
    install(scripts)
    files = [str(file) for path in options.paths for file in (sorted(path.glob("*.ndjson")) if path.is_dir() else [path])]
    if options.paths and not any(pathlib.Path(file).stat().st_size for file in files):
        sys.exit("events.py: no payloads")
    rest = ["--write"] if options.write else files
    return subprocess.run(["node", str(scripts / "events.mjs"), str(ROOT), *rest], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
