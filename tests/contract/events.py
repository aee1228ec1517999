#!/usr/bin/env python3
"""The JSON Schemas of events, proto/events/*.json, beside proto/openapi.yaml, from which they are bundled.

    events.py --binaries FOLDER --write      writes them anew, after a change of openapi.yaml
    events.py --binaries FOLDER [FILE...]    they are as openapi.yaml has them, and every payload in the files (one JSON
                                             text per line) fits the schema of its kind; exit 0, or 1 with a line per fault
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
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    scripts = pathlib.Path(options.binaries).resolve() / "tests/contract"
    install(scripts)
    rest = ["--write"] if options.write else options.files
    return subprocess.run(["node", str(scripts / "events.mjs"), str(ROOT), *rest], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
