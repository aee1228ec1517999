#!/usr/bin/env python3
"""The example receivers of services/deliver/receivers against `emnebank endpoint verify`, and the other way round: receivers
that are wrong in one way each, and what `endpoint verify` finds. What it sends fits the events' schemas."""

import argparse
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "services/deliver/receivers"
LINES = 40
DONE, REFUSED, USAGE, AWAY = range(4)
# How each is started; PHP's own server is told its port on the command line.
LANGUAGES = {"receiver.mjs": ["node", "{file}"], "receiver.py": [sys.executable, "{file}"],
             "receiver.php": ["php", "-S", "127.0.0.1:{port}", "{file}"]}
REFUSALS = {"tampered-body", "other-id", "other-time", "wrong-secret", "too-old", "too-new", "no-id", "no-timestamp",
            "no-signature", "forged-challenge"}
UNKNOWN = {"unknown-kind", "unknown-member"}
OPTIONS = None

# What is wrong in receiver.py, how it comes to be, and which checks say so.
MISTAKES = [
    ("no signature is looked at", "return fits and", "return",
     {"tampered-body", "other-id", "other-time", "wrong-secret", "no-signature", "forged-challenge"}),
    ("the time is not looked at", "return fits and abs(time.time() - int(stamp)) <= 300", "return fits", {"too-old", "too-new"}),
    ("clocks may only be behind", "abs(time.time() - int(stamp))", "time.time() - int(stamp)", {"too-new"}),
    ("the id is not signed", 'content = f"{ident}.{stamp}."', 'content = f"{stamp}."', None),
    ("JSON is written anew before it is verified", ".encode() + body", ".encode() + json.dumps(json.loads(body)).encode()", None),
    ("one signature alone is looked at", 'signatures.split(" ")', 'signatures.split(" ")[:1]', {"rotation-last"}),
    ("the header is one signature", 'signatures.split(" ")', "[signatures]", {"rotation-first", "rotation-last"}),
    ("what came twice is a fault", "if not (SEEN / ident).exists(): handle(event)",
     "if (SEEN / ident).exists(): return self.send_error(409)\n            handle(event)", {"again"}),
    ("unknown kinds are faults", "with LOCK:",
     "if event['type'] == 'noget.nyt': return self.send_error(400)\n        with LOCK:", {"unknown-kind"}),
    ("unknown members are faults", "with LOCK:",
     "if 'kommer_senere' in event['data']: return self.send_error(422)\n        with LOCK:", {"unknown-member"}),
    ("bodies are small", "262144", "16384", {"large"}),
    ("no challenge is answered", '== "endpoint.verify"', '== "endpoint.nothing"', {"challenge"}),
    ("the challenge is another", 'event["data"]["challenge"]', 'event["data"]["endpoint_id"]', {"challenge"}),
    ("the challenge is answered before it is verified", "if not genuine(",
     "if b'endpoint.verify' not in body and not genuine(", {"forged-challenge"}),
    ("what is not ours ends the endpoint", "send_error(401)", "send_error(410)", REFUSALS),
    ("what is not ours breaks the code", "send_error(401)", "send_error(500)", REFUSALS),
    ("what is not ours is sent elsewhere", "send_error(401)", "send_error(302)", REFUSALS),
    ("what is not ours gets no answer", "return self.send_error(401)", "raise ValueError", REFUSALS),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def emnebank(*arguments, code=DONE):
    done = subprocess.run([OPTIONS.emnebank, *arguments], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == code, f"exit {done.returncode}, not {code}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@contextlib.contextmanager
def running(file, secret, folder):
    """A receiver that listens; its address."""
    port = free_port()
    command = [part.format(file=file, port=port) for part in LANGUAGES[f"receiver{file.suffix}"]]
    environment = {**os.environ, "EMNEBANK_SECRET": secret, "PORT": str(port), "FOLDER": str(folder)}
    with open(folder / "log", "w", encoding="utf-8") as log, \
            subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            while True:
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                    break
                os.sched_yield()
            yield f"http://127.0.0.1:{port}/krog"
        finally:
            process.terminate()


class Examples(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.secret = emnebank("endpoint", "secret").strip()

    def verify(self, file, code):
        """What `endpoint verify` says of a receiver: the report, and the names of the checks that failed."""
        with running(file, self.secret, self.folder) as url:
            report = json.loads(emnebank("--json", "endpoint", "verify", url, "--secret", self.secret, code=code))
        return report, {check["check"] for check in report["checks"] if not check["right"]}

    def an_example(self, name):
        interpreter = LANGUAGES[name][0]
        if shutil.which(interpreter) is None:
            self.skipTest(f"{interpreter} is not installed, so {name} was not tried (deploy/packages test installs it)")
        self.assertLessEqual(len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()), LINES)
        report, wrong = self.verify(EXAMPLES / name, DONE)
        self.assertEqual((wrong, report["wrong"], report["right"]), (set(), 0, len(report["checks"])))
        stored = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (self.folder / "cv").glob("*.json")}
        kept, recalled = stored.pop(report["kept"]["release_id"]), stored.pop(report["recalled"]["release_id"])
        self.assertEqual(stored, {})
        self.assertEqual((kept["type"], kept["version"]), ("cv.released", report["kept"]["version"]))
        self.assertEqual(recalled["type"], "cv.recalled")

    def test_node(self):
        self.an_example("receiver.mjs")

    def test_python(self):
        self.an_example("receiver.py")

    def test_php(self):
        self.an_example("receiver.php")

    def test_each_mistake_is_found(self):
        text = (EXAMPLES / "receiver.py").read_text(encoding="utf-8")
        for mistake, old, new, expected in MISTAKES:
            with self.subTest(mistake):
                self.assertEqual(text.count(old), 1, old)
                file = self.folder / "receiver.py"
                file.write_text(text.replace(old, new), encoding="utf-8")
                _, wrong = self.verify(file, REFUSED)
                if expected is None:
                    self.assertIn("good", wrong)
                else:
                    self.assertEqual(wrong, expected)

    @unittest.skipUnless(shutil.which("node"), "node is not installed, so v1a was not tried")
    def test_a_receiver_with_a_public_key(self):
        pair = json.loads(emnebank("--json", "endpoint", "secret", "--scheme", "v1a"))
        text = (EXAMPLES / "receiver.mjs").read_text(encoding="utf-8")
        start, end = text.index("  const wanted"), text.index("  return signatures")
        text = text[:start] + """
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from('%s'.replace('whpk_', ''), 'base64')]);
  const same = each => each.startsWith('v1a,') && verify(null, Buffer.concat([Buffer.from(`${id}.${stamp}.`), body]),
    { key: spki, format: 'der', type: 'spki' }, Buffer.from(each.slice(4), 'base64'));
""" % pair["public_key"] + text[end:]
        file = self.folder / "receiver.mjs"
        file.write_text(text.replace("timingSafeEqual }", "verify }"), encoding="utf-8")
        with running(file, self.secret, self.folder) as url:
            self.assertIn("22 af 22 er rigtige", emnebank("endpoint", "verify", url, "--secret", pair["secret"]))
            emnebank("endpoint", "verify", url, "--secret", self.secret, code=REFUSED)


class Everything(http.server.BaseHTTPRequestHandler):
    """Takes whatever comes, and remembers it."""
    protocol_version = "HTTP/1.1"
    got = []

    def do_POST(self):
        self.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Tool(unittest.TestCase):
    def test_what_is_sent_fits_the_schemas(self):
        secret = emnebank("endpoint", "secret").strip()
        Everything.got.clear()
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Everything) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            said = emnebank("endpoint", "verify", f"http://127.0.0.1:{server.server_port}/", "--secret", secret, code=REFUSED)
            server.shutdown()
        self.assertIn("FORKERT  Ændret indhold", said)
        self.assertIn("204, men det skulle afvises", said)
        self.assertIn("afvis med 401, når den ikke passer", said)
        self.assertIn("FORKERT  Ejerskabsprøven ", said)
        self.assertGreater(max(map(len, Everything.got)), 20480)
        known = [body for body in Everything.got if not any(mark in body for mark in (b"noget.nyt", b"kommer_senere"))]
        self.assertEqual(len(Everything.got) - len(known), len(UNKNOWN))
        if shutil.which("npm") is None:
            self.skipTest("npm is not installed, so what is sent was not validated")
        with tempfile.NamedTemporaryFile("wb", suffix=".ndjson") as file:
            file.write(b"\n".join(known) + b"\n")
            file.flush()
            done = subprocess.run([sys.executable, ROOT / "tests/contract/events.py", "--binaries", OPTIONS.binaries, file.name],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for kind in ("cv.released", "cv.recalled", "order.changed", "shortlist.proposed", "endpoint.verify"):
            self.assertIn(f"{kind} ", done.stdout)

    def test_nobody_there(self):
        secret = emnebank("endpoint", "secret").strip()
        url = f"http://127.0.0.1:{free_port()}/"
        said = emnebank("endpoint", "verify", url, "--secret", secret, code=AWAY)
        self.assertIn("lytter modtageren på den port?", said)
        self.assertIn("kunne ikke nås", said)
        self.assertEqual(len(json.loads(emnebank("--json", "endpoint", "verify", url, "--secret", secret, code=AWAY))["checks"]), 1)

    def test_wrong_usage(self):
        secret = emnebank("endpoint", "secret").strip()
        for url in ("http://10.0.0.1/", "http://example.dk/", "krog"):
            emnebank("endpoint", "verify", url, "--secret", secret, code=USAGE)
        self.assertIn("whsec_", emnebank("endpoint", "verify", "http://127.0.0.1:1/", "--secret", "hemmelig", code=USAGE))
        emnebank("endpoint", "verify", "http://127.0.0.1:1/", code=USAGE)
        self.assertIn("v1 eller v1a", emnebank("endpoint", "secret", "--scheme", "v2", code=USAGE))
        self.assertTrue(secret.startswith("whsec_"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emnebank", required=True)
    parser.add_argument("--binaries", required=True, help="the CMake build folder")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
