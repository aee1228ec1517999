#!/usr/bin/env python3
"""The house rules that no compiler knows. Reads NUL-separated paths from standard input, relative to
the folder that it runs in, and prints each fault as `path:line: what is wrong; what would be right`."""

import json
import pathlib
import re
import subprocess
import sys

FILE_LINES = 900
HEADER_LINES = 250
FUNCTION_LINES = 80
README_LINES = 80

BANNED = {
    "strcpy": "copy with a length (memcpy, arena_strdup, snprintf)",
    "strncpy": "it may leave the NUL out; use snprintf or memcpy",
    "strcat": "use struct buffer",
    "strncat": "use struct buffer",
    "sprintf": "use snprintf or struct buffer",
    "vsprintf": "use vsnprintf",
    "gets": "use getline or a capped read",
    "strtok": "use strtok_r or strcspn",
    "atoi": "use str_int64, which knows a wrong number",
    "atol": "use str_int64, which knows a wrong number",
    "atoll": "use str_int64, which knows a wrong number",
    "atof": "use integers",
    "rand": "use random_below",
    "random": "use random_below",
    "srand": "use random_fake in tests",
    "srandom": "use random_fake in tests",
    "localtime": "use the calendar of common/domain, or localtime_r",
    "gmtime": "use clock_text or gmtime_r",
    "ctime": "use clock_text",
    "asctime": "use clock_text",
    "system": "run no shell",
    "popen": "run no shell",
    "alloca": "use an arena",
    "setenv": "it races with getenv in threads; pass the value",
    "putenv": "it races with getenv in threads; pass the value",
    "tmpnam": "use mkstemp",
    "mktemp": "use mkstemp",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))

SOURCE = {".c", ".h", ".py", ".js", ".mjs", ".ts", ".sh", ".sql", ".cmake", ".css", ".html"}
PROSE = {".md", ".txt", ".yaml", ".yml", ".json", ".service", ".conf"}
# Material of tests, kept as it came: broken on purpose, or somebody else's bytes.
MATERIAL = re.compile(r"^tests/.*/(corpus|data|fixtures|notices|vectors)/")
BINARY_FINE = {".png", ".ico", ".woff", ".woff2", ".gz", ".xlsx"}
GENERATED = re.compile(r"(^|/)(build|node_modules|__pycache__|\.cache)/|\.(o|a|so|d|pyc|orig|rej|swp|gcda|gcno)$|~$|"
                       r"(^|/)(CMakeCache\.txt|compile_commands\.json|core)$|_sql\.[ch]$")
# These two files name what they forbid.
NAMES_IT = {"tests/lint/source.py", "tests/lint/selftest.py"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
REGISTRY = re.compile(r"https?://[^/\s\"']*(registry|npmjs|yarnpkg|pypi\.org|pythonhosted|crates\.io|"
                      r"proxy\.golang|artifactory|nexus|verdaccio)[^/\s\"']*", re.I)

# A comment, a string or a character: what is no code.
NO_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def code_only(text):
    """The C text with comments and strings blanked, its lines where they were."""
    return NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check_c(path, text):
    code = code_only(text)
    if path.startswith(("common/", "services/")):
        for match in BANNED_CALL.finditer(code):
            name = match.group(1)
            yield f"{path}:{line_of(code, match.start())}: calls {name}; {BANNED[name]}"
    for match in re.finditer(r"\btypedef\s+(struct|union)\s+\w*\s*\{", code):
        yield f"{path}:{line_of(code, match.start())}: a typedef'd {match.group(1)}; name it struct"


def check_text(path, text, suffix, is_script):
    lines = text.count("\n")
    if (suffix in SOURCE or is_script) and lines > FILE_LINES:
        yield f"{path}:{FILE_LINES + 1}: {lines} lines; a file has at most {FILE_LINES}, split it"
    if path.endswith("README.md") and "/" in path and lines > README_LINES:
        yield f"{path}:{README_LINES + 1}: {lines} lines; a room's README is one page, {README_LINES} at most"
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line and (suffix in SOURCE or suffix in PROSE or is_script):
            yield f"{path}:{number}: a tab; use spaces"
        if path in NAMES_IT:
            continue
        unfinished = UNFINISHED.search(line)
        if unfinished:
            yield f"{path}:{number}: {unfinished.group(1)}; finish it or open an issue"
        if REGISTRY.search(line):
            yield f"{path}:{number}: address of a package registry; the client's own setting names it"


def check_file(path):
    if GENERATED.search(path):
        yield f"{path}:1: generated; git rm --cached it and name it in .gitignore"
        return
    file = pathlib.Path(path)
    if file.is_symlink() or not file.is_file():
        return
    data = file.read_bytes()
    suffix = file.suffix
    if MATERIAL.match(path) or suffix in BINARY_FINE:
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{path}:{data.count(b'%c' % 10, 0, error.start) + 1}: not UTF-8; write it as UTF-8"
        return
    if "\0" in text:
        yield f"{path}:1: binary; keep it out of git, or under a folder of test material"
        return
    yield from check_text(path, text, suffix, text.startswith("#!"))
    if suffix in (".c", ".h"):
        yield from check_c(path, text)


def check_functions(paths):
    if not paths:
        return
    done = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f", "--languages=C",
                           "--langmap=C:.c.h", "-L", "-", "-f", "-"],
                          input="\n".join(paths), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"tests/lint/source.py:1: ctags failed; install universal-ctags ({done.stderr.strip()[:80]})"
        return
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > FUNCTION_LINES:
            yield (f"{tag['path']}:{tag['line']}: {tag['name']} has {length} lines; "
                   f"a function has at most {FUNCTION_LINES}, split it")


def check_readmes(paths):
    rooms = {}
    for path in paths:
        match = re.match(r"((?:common|services)/[^/]+|services/match/engine)/[^/]+\.c$", path)
        if match:
            rooms[match.group(1)] = rooms.get(match.group(1), 0) + 1
    for room, sources in sorted(rooms.items()):
        needed = room.startswith("services/") or sources > 2
        if needed and f"{room}/README.md" not in paths:
            yield (f"{room}/README.md:1: missing; at most a page: what the room is for, its tables, "
                   "its state machine, what it must never do")


def warn_headers(paths):
    for path in paths:
        lines = pathlib.Path(path).read_bytes().count(b"\n") if path.endswith(".h") else 0
        if lines > HEADER_LINES:
            print(f"{path}:{HEADER_LINES + 1}: warning: {lines} lines; a header is best below {HEADER_LINES}")


def main():
    paths = [path for path in sys.stdin.read().split("\0") if path]
    paths = [path for path in paths if pathlib.Path(path).exists()]
    sources = [path for path in paths if path.endswith((".c", ".h")) and not MATERIAL.match(path)]
    warn_headers(sources)
    faults = [fault for path in paths for fault in check_file(path)]
    faults += check_functions(sources)
    faults += check_readmes(set(paths))
    for fault in faults:
        print(fault)
    print(f"source: {len(paths)} files read, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
