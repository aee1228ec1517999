#!/usr/bin/env python3
"""Doors open downwards only: reads every #include under common/ and services/, and every LINKS in
their CMakeLists.txt, and names each one that goes through a door that is shut.

A room is a folder below common/ or services/ (and services/match/engine, a room in a room). It may
use rooms of a lower level and itself. Rooms of services/ never use each other, except those that
compose. Each library has one room that includes it.

    check.py [--root FOLDER]     exit 0: all shut doors are shut; 1: a line for each that is not
"""

import argparse
import pathlib
import re
import sys

COMMON_LEVELS = {
    "base": 0,
    "obs": 1, "conf": 1, "json": 1, "crypto": 1, "html": 1, "pdf": 1, "sheet": 1,
    "ev": 2, "domain": 2,
    "http": 3, "fetch": 3, "pg": 3,
    "rest": 4, "queue": 4,
}
SERVICES_LEVEL = 5
COMPOSING = {"services/daemon", "services/ctl"}
# Rooms that stand in another room: who may use them besides those that compose, and what they may.
INNER = {"services/match/engine": {"used by": {"services/match"}, "may use": {"common/base"}},
         "services/orders/linter": {"used by": {"services/orders"}, "may use": {"common/base"}},
         "services/orders/text": {"used by": {"services/orders"}, "may use": {"common/base", "common/domain"}},
         "services/vocabulary/suggest": {"used by": {"services/vocabulary"}, "may use": {"common/base"}}}

# Library: (headers, pkg-config target, rooms that may include it)
LIBRARIES = {
    "jansson": (r"jansson(_config)?\.h", "JANSSON", {"common/json"}),
    "libsodium": (r"sodium(\.h|/.*)", "LIBSODIUM", {"common/crypto"}),
    # Reads the certificates that libcurl, built on it, presents; everything else is libsodium's.
    "libcrypto": (r"openssl/.*", "LIBCRYPTO", {"common/crypto"}),
    "libevent": (r"(event2/.*|event\.h|evhttp\.h|evdns\.h|evutil\.h|evrpc\.h)", "LIBEVENT",
                 {"common/ev", "common/http"}),
    "libpq": (r"(libpq.*|postgres_ext\.h|pg_config.*|pgtypes.*)", "LIBPQ", {"common/pg"}),
    "libcurl": (r"curl/.*", "LIBCURL", {"common/fetch"}),
    "libxml2": (r"libxml2?/.*", "LIBXML2", {"services/leads"}),
    "libcsv": (r"csv\.h", "CSV", {"common/sheet", "services/vocabulary"}),
    # XLSX, behind the one C++ file of the house.
    "liborcus": (r"orcus/.*", "ORCUS", {"common/sheet"}),
    # Shuts the program in that liborcus runs in.
    "libseccomp": (r"seccomp\.h", "SECCOMP", {"common/sheet"}),
    "zlib": (r"z(lib|conf)\.h", "ZLIB", {"common/sheet", "services/vocabulary"}),
    "pango": (r"(pango/.*|cairo.*\.h)", "PANGO", {"common/pdf"}),
    "inih": (r"(ini\.h|INIReader\.h)", "INIH", {"common/conf"}),
    "libsystemd": (r"systemd/.*", "LIBSYSTEMD", {"services/daemon"}),
    "cmocka": (r"cmocka.*", "CMOCKA", set()),
}
LIBC = re.compile(
    r"(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|"
    r"stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|"
    r"tgmath|threads|time|uchar|wchar|wctype|aio|cpio|dirent|dlfcn|endian|err|execinfo|fcntl|"
    r"fnmatch|ftw|getopt|glob|grp|iconv|ifaddrs|langinfo|libgen|malloc|netdb|poll|pthread|pwd|"
    r"regex|resolv|sched|search|semaphore|spawn|stdio_ext|sysexits|syslog|termios|ucontext|"
    r"unistd|utime|immintrin|x86intrin|arm_neon)\.h|(sys|net|netinet|arpa|linux|bits)/.*\.h|"
    r"algorithm|cerrno|cmath|cstddef|cstdint|cstdio|cstdlib|cstring|iterator|memory|new|stdexcept|string|string_view|unordered_map|vector")

INCLUDE = re.compile(r'^\s*(?:#|%:)\s*include\b\s*(?:<([^>]*)>|"([^"]*)")?')
LINKS = re.compile(r"\b(LINKS|target_link_libraries\s*\()([^)]*)\)", re.S)


def room_of(path):
    """The room that a path below the root stands in, or None."""
    for inner in INNER:
        if path.startswith(inner + "/"):
            return inner
    parts = path.split("/")
    if len(parts) > 2 and parts[0] in ("common", "services"):
        return "/".join(parts[:2])
    return None


def level_of(room):
    kind, name = room.split("/")[:2]
    return COMMON_LEVELS.get(name) if kind == "common" else SERVICES_LEVEL


def shut(user, used):
    """Why `user` may not use the room `used`, or None when it may."""
    if user == used:
        return None
    for room in (user, used):
        if level_of(room) is None:
            return f"{room} has no level; give it one in COMMON_LEVELS of tests/doors/check.py"
    if user in INNER:
        allowed = INNER[user]["may use"]
        return None if used in allowed else f"{user} may use only {', '.join(sorted(allowed))}"
    if user in COMPOSING:
        return None
    if used in INNER:
        allowed = INNER[used]["used by"]
        return None if user in allowed else f"{used} is open only to {', '.join(sorted(allowed))}"
    if level_of(used) < level_of(user):
        return None
    if level_of(user) == SERVICES_LEVEL:
        return "rooms of services/ never use each other; they meet in sql/, proto/ and common/domain"
    return f"{user} is on level {level_of(user)}, {used} on {level_of(used)}: doors open downwards"


def check_library(user, header):
    for library, (pattern, _, rooms) in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            if user in rooms:
                return None
            where = ", ".join(sorted(rooms)) or "tests"
            return f"<{header}> is {library}, which only {where} includes"
    if LIBC.fullmatch(header):
        return None
    return f"<{header}> is of no library known here; give it a room in tests/doors/check.py"


def check_own(root, user, header):
    sql = re.fullmatch(r"sql/(\w+)_sql\.h", header)
    if sql:
        if user.split("/")[-1] != sql.group(1):
            return f'"{header}" holds the SQL of another room; use a function or view of sql/'
        return shut(user, "common/pg")
    if header.split("/")[0] not in ("common", "services"):
        return f'"{header}": include by the full path from the root, below common/ or services/'
    if ".." in header.split("/") or not (root / header).is_file():
        return f'"{header}" does not exist; include by the full path from the root'
    used = room_of(header)
    if used is None:
        return f'"{header}" stands in no room'
    return shut(user, used)


def check_source(root, path, user, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        if match.group(1) is not None:
            fault = check_library(user, match.group(1))
        elif match.group(2) is not None:
            fault = check_own(root, user, match.group(2))
        else:
            fault = "an include must name its file"
        if fault:
            yield f"{path}:{number}: {fault}"


def check_target(user, target, rooms):
    if target.startswith("PkgConfig::"):
        for library, (_, package, allowed) in LIBRARIES.items():
            if target == f"PkgConfig::{package}" and user not in allowed:
                where = ", ".join(sorted(allowed)) or "tests"
                return f"links {library}, which only {where} does"
        return None
    if target == "sql_migrations":
        known = user == "common/pg" or user in COMPOSING
        return None if known else "links sql_migrations, which only common/pg and those that compose do"
    if target.startswith("sql_"):
        own = user.split("/")[-1] == target[len("sql_"):]
        return None if own or user in COMPOSING else f"links {target}, the SQL of another room"
    used = rooms.get(target)
    return shut(user, used) if used else None


def check_links(path, user, text, rooms):
    text = re.sub(r"#.*", "", text)
    for match in LINKS.finditer(text):
        for target in re.finditer(r"[\w:]+", match.group(2)):
            fault = check_target(user, target.group(), rooms)
            if fault:
                number = text.count("\n", 0, match.start(2) + target.start()) + 1
                yield f"{path}:{number}: {fault}"


def check(root):
    """Every fault below `root`, as `path:line: what is wrong`, and how many files were read."""
    files = sorted(file for kind in ("common", "services") for file in (root / kind).rglob("*")
                   if file.is_file() and (file.suffix in (".c", ".cpp", ".h", ".hpp", ".inc", ".def")
                                          or file.name == "CMakeLists.txt"))
    rooms = {}
    for file in files:
        room = room_of(file.relative_to(root).as_posix())
        if room:
            rooms[room.replace("/", "_")] = room
    faults = []
    for file in files:
        path = file.relative_to(root).as_posix()
        user = room_of(path)
        text = file.read_text(encoding="utf-8", errors="replace")
        if user and file.name == "CMakeLists.txt":
            faults += check_links(path, user, text, rooms)
        elif user:
            faults += check_source(root, path, user, text)
        elif file.name != "CMakeLists.txt":
            faults.append(f"{path}:1: stands in no room; move it into one")
    return faults, len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2])
    faults, count = check(parser.parse_args().root.resolve())
    for fault in faults:
        print(fault)
    print(f"doors: {count} files read, {len(faults)} open that should be shut")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
