#!/usr/bin/env python3
"""Shows that check.py finds each kind of open door, in a tree of its own, and lets the rest be."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"

HOUSE = {
    "common/base/arena.h": "#include <stddef.h>\n",
    "common/base/arena.c": '#include "common/base/arena.h"\n\n#include <sys/types.h>\n',
    "common/json/json.h": '#include "common/base/arena.h"\n#include <jansson.h>\n',
    "common/obs/log.h": '#include "common/base/arena.h"\n',
    "common/ev/loop.h": "#include <event2/event.h>\n",
    "common/domain/cvr.h": '#include "common/base/arena.h"\n',
    "common/http/http.h": '#include "common/ev/loop.h"\n#include <event2/http.h>\n',
    "common/pg/pg.h": '#include "common/ev/loop.h"\n#include <libpq-fe.h>\n',
    "common/rest/rest.h": '#include "common/http/http.h"\n#include "common/pg/pg.h"\n',
    "common/queue/job.h": '#include "common/pg/pg.h"\n',
    "services/pool/pool.h": '#include "common/rest/rest.h"\n#include "sql/pool_sql.h"\n',
    "services/leads/leads.c": "#include <libxml/xmlreader.h>\n",
    "services/match/match.c": '#include "services/match/engine/engine.h"\n',
    "services/match/engine/engine.h": '#include "common/base/arena.h"\n',
    "services/daemon/main.c": '#include "services/pool/pool.h"\n#include <systemd/sd-daemon.h>\n'
                              '#include "services/match/engine/engine.h"\n',
    "services/ctl/main.c": '#include "services/pool/pool.h"\n',
    "services/pool/CMakeLists.txt": "emnebank_room(services_pool SOURCES pool.c\n"
                                    "    LINKS common_rest sql_pool)\n",
    "services/daemon/CMakeLists.txt": "emnebank_room(x LINKS services_pool PkgConfig::LIBSYSTEMD)\n",
}

# (file, its text, a part of the fault that must be named); the place is always the last line
OPEN = [
    ("common/base/x.c", '#include "common/json/json.h"\n', "doors open downwards"),
    ("common/obs/x.c", '#include "common/json/json.h"\n', "doors open downwards"),
    ("common/ev/x.c", '#include "common/domain/cvr.h"\n', "doors open downwards"),
    ("common/http/x.c", '#include "common/pg/pg.h"\n', "doors open downwards"),
    ("common/pg/x.h", '#include "common/rest/rest.h"\n', "doors open downwards"),
    ("common/queue/x.c", '#include "common/rest/rest.h"\n', "doors open downwards"),
    ("common/rest/x.c", '\n  #  include "services/pool/pool.h"\n', "doors open downwards"),
    ("services/leads/x.c", '#include "services/pool/pool.h"\n', "never use each other"),
    ("services/pool/x.c", '#include "services/daemon/main.c"\n', "never use each other"),
    ("services/pool/x.c", '#include "services/match/engine/engine.h"\n', "open only to"),
    ("services/match/engine/x.c", '#include "common/json/json.h"\n', "only common/base"),
    ("services/match/engine/x.c", '#include "services/match/match.c"\n', "only common/base"),
    ("services/match/engine/x.c", "#include <jansson.h>\n", "jansson, which only common/json"),
    ("services/pool/x.c", "#include <jansson.h>\n", "jansson, which only common/json"),
    ("services/ctl/x.c", "#include <libpq-fe.h>\n", "libpq, which only common/pg"),
    ("common/fetch/x.c", "#include <event2/event.h>\n", "libevent, which only common/ev, common/http"),
    ("common/http/x.c", "#include <curl/curl.h>\n", "libcurl, which only common/fetch"),
    ("common/base/x.c", "#include <sodium.h>\n", "libsodium, which only common/crypto"),
    ("services/orders/x.c", "#include <libxml/tree.h>\n", "libxml2, which only services/leads"),
    ("services/daemon/x.c", "#include <ini.h>\n", "inih, which only common/conf"),
    ("common/obs/x.c", "#include <systemd/sd-journal.h>\n", "libsystemd, which only services/daemon"),
    ("common/base/x.c", "#include <cmocka.h>\n", "cmocka, which only tests"),
    ("common/base/x.c", "#include <mbedtls/ssl.h>\n", "of no library known here"),
    ("common/base/x.c", '#include "arena.h"\n', "full path from the root"),
    ("common/base/x.c", '#include "common/base/none.h"\n', "does not exist"),
    ("common/base/x.c", '#include "common/obs/../base/arena.h"\n', "full path from the root"),
    ("common/base/x.c", "#include HEADER\n", "must name its file"),
    ("common/attic/x.c", '#include "common/base/arena.h"\n', "has no level"),
    ("common/loose.h", "int x;\n", "stands in no room"),
    ("services/orders/x.c", '#include "sql/pool_sql.h"\n', "SQL of another room"),
    ("services/daemon/x.c", '#include "sql/pool_sql.h"\n', "SQL of another room"),
    ("services/match/engine/x.c", '#include "sql/engine_sql.h"\n', "only common/base"),
    ("common/json/CMakeLists.txt", "emnebank_room(common_json\n  LINKS common_base\n  common_pg)\n",
     "doors open downwards"),
    ("services/leads/CMakeLists.txt", "emnebank_room(services_leads LINKS services_pool)\n",
     "never use each other"),
    ("services/pool/CMakeLists.txt", "target_link_libraries(services_pool PUBLIC PkgConfig::LIBPQ)\n",
     "links libpq"),
    ("services/orders/CMakeLists.txt", "emnebank_room(services_orders LINKS sql_pool)\n",
     "SQL of another room"),
]


def write(root, files):
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), files)
        return subprocess.run([sys.executable, str(CHECK), "--root", folder],
                              capture_output=True, text=True, check=False)


class Doors(unittest.TestCase):
    def test_a_house_in_order_passes(self):
        done = run(HOUSE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_an_empty_house_fails(self):
        self.assertEqual(run({}).returncode, 1)

    def test_each_open_door_is_named(self):
        for path, text, fault in OPEN:
            with self.subTest(path=path, text=text):
                done = run({**HOUSE, path: text})
                self.assertEqual(done.returncode, 1, done.stdout)
                number = 1 if fault == "stands in no room" else len(text.splitlines())
                if "LINKS" in text:
                    number = next(i for i, line in enumerate(text.splitlines(), 1)
                                  if line.endswith(")"))
                self.assertIn(f"{path}:{number}: ", done.stdout)
                self.assertIn(fault, done.stdout)
                self.assertIn(" 1 open that should be shut", done.stdout)


if __name__ == "__main__":
    unittest.main()
