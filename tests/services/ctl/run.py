#!/usr/bin/env python3
"""What `emnebank` says and how it ends: wrong usage, a server that is away, a refusal, a part that was done. The API
that answers here knows a few paths; what the daemon's own says is the contract test's matter."""

import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

import cli
from cli import DONE, REFUSED, USAGE, AWAY, PARTLY

ORDER = {
    "id": "6f21b1e9-9e91-418f-a249-e7b9a15c761b", "state": "open", "title": "4 struktører", "posts": 4, "minimum": 8,
    "employer": {"name": "Østjysk Letbanebyg A/S (fiktiv)", "cvr": "99426012"}, "due_at": "2026-11-23T11:00:00.000Z",
    "postcode": "8000", "start_date": "2027-03-01", "kinds": ["permanent", "seasonal"], "requirements": [
        {"kind": "certificate", "code": "epoxy-isocyanate", "necessity": "must", "weight": 5, "minimum_level": None},
        {"kind": "competence", "code": "formwork", "necessity": "nice", "weight": 4, "minimum_level": 3}]}
SHORTLIST = {
    "id": "14f089d6-b71f-4ea1-86ed-9dfa869e0b15", "ruleset": 1, "pool_version": 17, "considered": 5002, "requirements": [
        {"part": 0, "kind": "occupation", "label": "Struktør", "of": 357}, {"part": 1, "kind": "competence", "label": "Forskalling", "of": 286}],
    "entries": [
        {"rank": 1, "score": 857, "municipality": "0751", "state": "proposed", "candidate": {"id": "80a5531f-0000"}, "parts": [
            {"part": 0, "points": 357, "status": "matched"}, {"part": 1, "points": 143, "status": "partial"}]}]}
WHY_NOT = {
    "order_id": "6f21b1e9-9e91-418f-a249-e7b9a15c761b", "candidate": {"id": "80a5531f-0000"}, "ruleset": 1, "pool_version": 17,
    "as_of": "2026-11-22", "listed": False, "rank": 21, "score": 667, "points_short": 167, "excluded_by": [],
    "smallest_change": [{"part": 2, "kind": "competence", "code": "formwork", "label": "Forskalling"}],
    "explanation_da": "Plads 21 med 667 point.\nDer mangler 167 point til de 20 første."}
WHAT_IF = {"as_of": "2026-11-22", "ruleset": 3, "pool_version": 17, "explanation_da": "Kandidater: mindst 10.\nHeraf i Aarhus mindst 5."}
NEAR_MISSES = {"items": [{"candidate": {"id": "80a5531f-0000"}, "municipality": "0751", "score": 667, "lacks": {"label": "Epoxy"}}]}
PROPOSALS = {"items": [{"id": "9", "candidate": {"id": "80a5531f-0000"}, "municipality": "0751",
                        "explanation_da": "Der er en bedre kandidat: 1000 point. Den sidste på kandidatlisten har 833."}]}
WORD = {"kind": "competence", "code": "formwork", "label": "Forskalling", "version": 7, "field": "Beton", "esco_uri": None, "retired": False,
        "synonyms": ["forskaller", "form"], "relations": [
            {"code": "carpentry", "relation": "occupation"}, {"code": "formwork-large", "relation": "narrower"}]}
CHANGES = {"version": 8, "next": None, "items": [{"version": 8, "at": "2026-11-22T09:00:00.000Z", "person": "Mona Kvist (fiktiv)",
                                                  "action": "changed", "kind": "competence", "code": "formwork"}]}
PLACE = {"kind": "municipality", "code": "0751", "name": "Aarhus"}
TIME = {"orders": 1, "clock_hours": {"median": 29.0, "p90": 44.2}, "working_hours": {"median": 1.5, "p90": 1.9}}
NO_TIME = {"orders": 0, "clock_hours": None, "working_hours": None}
COUNTED = {"orders": 3, "posts": 6, "share_put_forward": 0.6667, "share_released": None, "share_posts_filled": 1.0,
           "time_to": {"put_forward": TIME, "confirmed": TIME, "released": TIME, "hired": NO_TIME}}
FIGURES = {
    "months": [{"month": "2026-10", "place": PLACE, **COUNTED},
               {"month": "2026-10", "place": {"kind": "municipality", "code": "0727", "name": "Odder"}, **COUNTED, "orders": 0}],
    "period": [{"place": {"kind": "all", "code": None, "name": "Alle"}, **COUNTED}],
    "hires": {"occupations": [{"place": PLACE, "code": "7114.8", "title": "Anlægsstruktør", "hires": 5, "exact": False}],
              "kinds": [{"place": PLACE, "code": "flex", "title": "fleksjob", "hires": 2, "exact": True}]},
    "balance": {"places": [{"place": PLACE, "given": 2, "received": 8, "own": 1, "balance": -6}], "pairs": []}}
FORECAST = {"from": "2027-01", "to": "2027-01", "trade": None, "municipality": None,
            "rules": {"version": 1, "draft": True, "found_percent": 20},
            "rows": [{"month": "2027-01", "trade": {"code": "7112.1", "title_da": "Murer"}, "place": place, "needed": 3.3, "by_rule": 1.6,
                      "by_contact": 1.7, "by_panel": 0.0, "supply": supply, "exact": False, "short": short}
                     for place, supply, short in (({"kind": "several", "code": None, "name": "Flere kommuner"}, None, None),
                                                  ({"kind": "all", "code": None, "name": "Alle"}, 0, 3.3))],
            "unknown": [{"reason": "NO_VALUE", "text": "Emnet har ingen værdi", "leads": 2, "newest": [], "people": None}]}
NEEDS = {"rules": FORECAST["rules"], "unknown": ["NO_VALUE"], "months": [
    {"month": "2027-01", "trade": "7112.1", "title_da": "Murer", "working": 8.1375, "people": 1.6275}], "said": [
    {"month": "2027-02", "trade": None, "title_da": None, "people": 4, "municipality": "0751"}]}
SHEET = "\ufeffMåned;Kommune\r\n2026-10;Aarhus\r\n".encode()
BATCH = {"id": "8d1f7c1e-5a0b-4a55-8a54-0d6a2c1f9e01", "tag": "lukning-fabrik", "name": "Lukning (fiktiv)", "kind": "layoff",
         "on": "2026-11-20", "note": None, "municipality": "0751", "created_at": "2026-11-23T08:15:00.000Z", "candidates": 173,
         "trades": [{"code": "8160.1", "title": "Procesoperatør", "candidates": 95}]}
IMPORT = {"rows": 3, "created": 1, "updated": 0, "unchanged": 1, "rejected": 1, "more": 2, "rejections": [
    {"line": 2, "column": "navn", "detail": "Skal udfyldes."}, {"line": 3, "column": "", "detail": "Ikke UTF-8."}]}
TASKS = {"next": "abc", "items": [
    {"due_on": "2026-11-20", "expired": True, "fact": {"kind": "certificate", "code": "epoxy-isocyanate"}, "candidate": {"external_ref": "SAG-1"}},
    {"due_on": "2026-11-30", "expired": False, "fact": None, "candidate": {"external_ref": "SAG-2"}}]}
CONFIRMED = {"changed": 1, "pool_version": 7, "results": [
    {"external_ref": "SAG-1", "status": 200, "changed": True, "version": 2}, {"external_ref": "SAG-2", "status": 200, "changed": False, "version": 1},
    {"external_ref": "SAG-3", "status": 404, "problem": {"type": "/problems/not-found", "detail": "Kandidaten findes ikke."}}]}
LEAD = {"id": "5", "state": "contacted", "stage": "tender", "merged_into": None, "title": "Letbanen etape 2 (fiktiv)", "value": {"raw": "12,5 mio"},
        "winner": {"name": "Aarsø Beton A/S (fiktiv)", "cvr": "20000007"}, "project": {"developer": "Letbaneselskabet (fiktiv)"},
        "municipalities": ["0727", "0751"], "start_date": "2027-03-01", "end_date": "2028-03-01", "assigned_to": {"name": "Aarhus"}, "dismissed": None,
        "order_ids": [], "origins": [{"notice": None, "source": "77", "row": "BF-1", "stage": "tender", "listed": False}]}
CONTACT = {"held_on": "2026-11-20", "channel": "phone", "role": "foreman", "outcome": "reached", "again_on": "2026-12-01", "by": {"name": "Team"},
           "answers": {"agreement": "ja"}, "lead_state": "contacted"}
ALIKE = {"items": [{"id": "8", "leads": [{"id": "5", "stage": "tender", "company": "Aarsø Beton A/S (fiktiv)", "title": "Letbanen"},
                                         {"id": "6", "stage": "unknown", "company": "Aarsø Beton", "title": "Letbanen 2"}]}]}
GUIDE = {"version": 3, "questions": [{"key": "needs", "kind": "needs", "text": "Hvor mange mangler I?"}]}
NOTICE = {"leads": [{"winner": {"name": "Midtjysk Beton (fiktiv)", "cvr": None}}], "lines": [{"text": "Ingen vinder"}]}
RELEASES = {"refused": 0, "lines": [{"line": 1, "code": "JSON", "text": "Linjen er ikke JSON"}],
            "notices": [{**NOTICE, "created": 1, "outcome": "created"}, {"leads": [{}, {}], "updated": 2, "lines": [], "outcome": "updated"}]}
PROBLEM = {"title": "Indholdet overholder ikke reglerne", "errors": [{"pointer": "", "detail": "Filen er tom."},
                                                                      {"pointer": "/posts", "detail": "Skal være fra 1."}]}
STOPPED = {"stopped": True, "reason": "Fejl i CV'er", "since": "2026-11-22T13:05:00.000Z", "person": "Mette Prøve (fiktiv)", "version": 2}
PLACE = {"id": "9", "organisation": {"name": "Letbanebyg A/S (fiktiv)"}, "url": "https://firma.dk/krog", "version": 2, "made_by": None}
ENDPOINT = {"id": "9", "url": "https://firma.dk/krog", "state": "disabled", "disabled_reason": "failing", "kinds": ["cv.released", "cv.recalled"],
            "breaker": {"state": "open", "until": "2026-11-22T13:05:00.000Z", "trips": 3}, "failing_since": "2026-11-17T13:05:00.000Z",
            "failing_how": "http_503", "held_until": None, "lines_blocked": 2}
DELIVERY = {"id": "77", "endpoint_id": "9", "kind": "cv.released", "state": "dead", "reason": "exhausted", "attempts": 10, "next_at": None,
            "created_at": "2026-11-22T13:05:00.000Z", "finished_at": "2026-11-25T17:05:00.000Z", "blocked_by": None}
ATTEMPT = {"number": 10, "started_at": "2026-11-25T17:04:58.000Z", "class": "answered", "status": 503, "duration_us": 1500000, "excerpt": None}
REPLAYED = {"again": 3, "made": 2, "more": True, "last_at": "2026-11-25T17:06:00.000Z"}
EMPLOYERS = {"items": [{"cvr": "20000007", "name": "Aarsø Jord A/S (fiktiv)", "contact": "Inger Prøve (fiktiv)", "orders": 3, "orders_open": 1, "hires": 2,
                        "agreement": {"state": "active", "in_force": False}, "municipalities": [], "units": 0}], "total": 300}
EMPLOYER = {"cvr": "20000007", "name": "Aarsø Jord A/S (fiktiv)", "version": 4, "contact": {"person": "Inger Prøve (fiktiv)", "active": False},
            "units": [{"p_number": "1000000001", "name": "Grusgraven (fiktiv)", "postcode": "8400", "city": "Ebeltoft"}],
            "agreement": {"number": 2, "state": "active", "in_force": True, "starts_on": "2026-11-01", "ends_on": None,
                          "points": [{"kind": "trainee_posts", "posts": 3, "text": None}, {"kind": "courses", "posts": None, "text": "Epoxy"}]},
            "counts": {"leads": 2, "orders": 3, "orders_open": 1, "posts": 9, "hires": 2}}
EMPLOYER_HISTORY = {"items": [{"at": "2026-11-22T13:05:00.000Z", "kind": "hire", "title": "3 struktører", "state": "in_treatment"},
                              {"at": "2026-11-01T13:05:00.000Z", "kind": "agreement", "title": None, "state": "active"}], "next": "abc"}
DRAFT = {"draft": {"posts": 3, "draft": True}, "missing": ["/employer/cvr"], "remarks": [], "sources": [], "findings": [],
         "spans": [{"source": "", "start": 11, "end": 12, "text": "3", "field": "/posts", "value": 3, "confidence": 1000, "note": None},
                   {"source": "", "start": 29, "end": 34, "text": "epoxy", "field": "/requirements/0", "confidence": 700, "note": "To betydninger.",
                    "value": {"kind": "certificate", "code": "epoxy-isocyanate", "necessity": "must", "weight": 5}},
                   {"source": "", "start": 40, "end": 56, "text": "2 års erfaring", "field": None, "value": "experience-years 2", "confidence": 900, "note": None}],
         "not_understood": [{"source": "", "start": 60, "end": 69, "text": "blå øjne"}]}
ORDER_ROWS = {"dry_run": False, "rows": 2, "created": 1, "unchanged": 0, "differs": 0, "rejected": 1, "results": [
    {"line": 2, "outcome": "created", "order_id": "6f21b1e9", "errors": [], "not_understood": [{"text": "tuba"}], "remarks": []},
    {"line": 3, "outcome": "rejected", "order_id": None, "errors": [{"pointer": "/posts", "code": "RANGE", "detail": "Skal være fra 1."}],
     "not_understood": [], "remarks": []}]}
NEVER_STOPPED = {"stopped": False, "reason": None, "since": None, "person": None, "version": 1}


class Api(http.server.BaseHTTPRequestHandler):
    answers = {
        ("POST", "/v1/job-orders"): (201, ORDER), ("GET", "/v1/job-orders/1"): (200, ORDER),
        ("GET", "/v1/job-orders/2"): (422, PROBLEM), ("GET", "/v1/job-orders/3"): (503, {"title": "Prøv igen"}),
        ("GET", "/v1/job-orders/1/shortlist"): (200, SHORTLIST), ("GET", "/v1/job-orders/1/why-not/2"): (200, WHY_NOT),
        ("GET", "/v1/job-orders/9/shortlist"): (200, SHEET),
        ("GET", "/v1/job-orders/7/shortlist"): (404, PROBLEM),
        ("POST", "/v1/job-orders/from-text"): (200, DRAFT), ("POST", "/v1/job-orders/from-posting"): (200, DRAFT),
        ("POST", "/v1/job-orders/import"): (200, ORDER_ROWS), ("POST", "/v1/job-orders/import?dry_run=true"): (200, {**ORDER_ROWS, "dry_run": True, "rejected": 0}),
        ("POST", "/v1/job-orders/what-if"): (200, WHAT_IF), ("GET", f"/v1/job-orders/{ORDER['id']}/what-if"): (200, WHAT_IF),
        ("GET", "/v1/job-orders/1/gap"): (200, WHAT_IF), ("GET", "/v1/job-orders/1/near-misses"): (200, NEAR_MISSES),
        ("GET", "/v1/job-orders/1/proposals"): (200, PROPOSALS), ("POST", "/v1/job-orders/1/rerank"): (200, {**ORDER, "version": 2}),
        ("PATCH", "/v1/proposals/9"): (200, {}),
        ("PUT", "/v1/push-stop"): (200, STOPPED), ("GET", "/v1/push-stop"): (200, NEVER_STOPPED),
        ("GET", "/v1/endpoints/approvals?limit=200&state=proven"): (200, {"items": [PLACE], "next": None}),
        ("POST", "/v1/endpoints/9/approval"): (200, PLACE), ("DELETE", "/v1/endpoints/9/approval"): (204, None),
        ("POST", "/v1/endpoints/9/challenge"): (202, {"delivery_id": "77"}),
        ("GET", "/v1/endpoints"): (200, {"items": [ENDPOINT]}), ("GET", "/v1/endpoints/9"): (200, ENDPOINT),
        ("GET", "/v1/deliveries?limit=100&state=dead&since=2026%2D11%2D20T08%3A00%3A00Z"): (200, {"items": [DELIVERY], "next": "abc"}),
        ("GET", "/v1/deliveries/77"): (200, {**DELIVERY, "attempt_log": [ATTEMPT]}),
        ("POST", "/v1/deliveries/77/replay"): (202, {**DELIVERY, "state": "waiting", "reason": "replayed"}),
        ("POST", "/v1/endpoints/9/replay"): (202, REPLAYED),
        ("GET", "/v1/vocabulary/competences/formwork"): (200, WORD), ("PUT", "/v1/vocabulary/competences/formwork"): (200, WORD),
        ("DELETE", "/v1/vocabulary/competences/formwork"): (204, None), ("POST", "/v1/vocabulary/competences"): (201, WORD),
        ("GET", "/v1/vocabulary/changes?limit=200&since=7"): (200, CHANGES),
        ("GET", "/v1/figures?from=2026%2D10&to=2026%2D11"): (200, FIGURES), ("GET", "/v1/figures?table=balance"): (200, SHEET),
        ("GET", "/v1/figures?municipality=0%261"): (422, PROBLEM),
        ("GET", "/v1/forecast?from=2027%2D01&to=2027%2D01"): (200, FORECAST), ("GET", "/v1/forecast?table=unknown"): (200, SHEET),
        ("GET", "/v1/forecast?municipality=0751"): (200, {**FORECAST, "municipality": "0751"}), ("GET", "/v1/leads/1/needs"): (200, NEEDS),
        ("GET", "/v1/employers?limit=250&q=%C3%85rs%C3%B8&mine=true&agreement=other"): (200, EMPLOYERS),
        ("GET", "/v1/employers/20000007"): (200, EMPLOYER), ("GET", "/v1/employers/20000007/history?limit=20"): (200, EMPLOYER_HISTORY),
        ("POST", "/v1/candidates/import"): (200, IMPORT),
        ("POST", "/v1/candidates/import?source=fagsystem&batch=lukning%2Dfabrik&complete=true&results=all"): (200, {
            **IMPORT, "missing": 1, "missing_rows": [{"external_ref": "SAG-9", "missing_since": "2026-11-23T08:15:00.000Z"}],
            "missing_unknown": None, "rows_more": 0, "rows_results": [{"line": 2, "external_ref": "SAG-1", "outcome": "created"}]}),
        ("POST", "/v1/batches"): (201, BATCH),
        ("GET", "/v1/batches?limit=1&tag=lukning%2Dfabrik"): (200, {"items": [BATCH], "next": None}),
        ("GET", "/v1/batches?limit=200"): (200, {"items": [{**BATCH, "candidates": None}], "next": None}),
        ("GET", f"/v1/batches/{BATCH['id']}"): (200, {
            **BATCH, "members": [{"external_ref": "SAG-1", "state": "ready", "joined_at": "2026-11-23T08:15:00.000Z"}], "more": 0}),
        ("GET", "/v1/candidate-tasks?limit=200&due_before=2026%2D12%2D01"): (200, TASKS), ("POST", "/v1/candidates/confirmations"): (200, CONFIRMED),
        ("GET", "/v1/leads?limit=50&mine=true&state=new&q=%C3%85rs%C3%B8"): (200, {"items": [LEAD], "next": "abc"}),
        ("GET", "/v1/leads/5"): (200, LEAD), ("PATCH", "/v1/leads/5"): (200, LEAD), ("POST", "/v1/leads/6/merge"): (200, LEAD),
        ("GET", "/v1/leads/5/contacts"): (200, {"items": [CONTACT]}), ("POST", "/v1/leads/5/contacts"): (201, CONTACT),
        ("GET", "/v1/lead-likenesses"): (200, ALIKE), ("PATCH", "/v1/lead-likenesses/8"): (200, {"state": "same"}),
        ("GET", "/v1/question-guide"): (200, GUIDE),
        ("POST", "/v1/leads/notices"): (200, NOTICE), ("POST", "/v1/leads/releases"): (200, RELEASES)}
    seen = []

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers), body))
        status, document = self.answers[self.command, self.path]
        if body in (b"refuse", b"<refuse/>"):
            status, document = 422, PROBLEM
        raw = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


class Ctl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.folder = tempfile.TemporaryDirectory()
        cls.file("key", "emb_test_key\n")

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.folder.cleanup()

    @classmethod
    def file(cls, name, text):
        path = pathlib.Path(cls.folder.name) / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run_it(self, *arguments, code=DONE, api=None, shell=False):
        """Both outputs together, after the exit code was looked at."""
        environment = {"EMNEBANK_API": api or f"http://127.0.0.1:{self.server.server_port}",
                       "EMNEBANK_KEY_FILE": str(pathlib.Path(self.folder.name) / "key")}
        command = arguments[0] if shell else [cli.PROGRAM, *arguments]
        result = subprocess.run(command, shell=shell, capture_output=True, text=True, env=environment, check=False, timeout=300)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def test_help_is_everywhere(self):
        commands = [line.split("  ")[1].strip() for line in self.run_it("--help").splitlines() if line.startswith("  ")
                    and not line.startswith("  --")]
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertTrue(self.run_it(*command.split(), "--help").startswith(f"emnebank {command}"))

    def test_wrong_usage_is_named(self):
        for arguments, said in [((), "Kommandoer"), (("nope",), "ukendt kommando: nope"), (("order",), "emnebank order post FIL"),
                                (("order", "show"), "skal have ID"), (("order", "show", "1", "2"), "skal have ID"),
                                (("status", "--bogus", "1"), "--bogus: ukendt valg"), (("status", "--database"), "mangler sin værdi"),
                                (("status",), "--database CONNINFO"), (("key", "revoke", "x"), "nøglens id"),
                                (("key", "create"), "--organisation"), (("import", "candidates", "--format", "xml", "x"), "--format"),
                                (("--database", "nonsense", "status"), "adresse kan ikke læses"),
                                (("vocabulary", "show", "word", "x"), "SLAGS er competence"),
                                (("vocabulary", "edit", "competence", "formwork", "--retired", "maybe"), "ja eller nej"),
                                (("vocabulary", "edit", "competence", "formwork", "--months", "0"), "et antal fra 1"),
                                (("vocabulary", "changes", "--since", "x"), "et helt tal"),
                                (("vocabulary", "import", __file__), "--database CONNINFO"),
                                (("replay",), "eller --all"), (("replay", "x"), "eller --all"),
                                (("replay", "--all", ORDER["id"]), "eller --all"), (("replay", "--all"), "--database CONNINFO"),
                                (("organisation", "create", "--kind", "employer", "--name", "X", "--cvr", "12345678"), "CVR-nummer")]:
            self.assertIn(said, self.run_it(*arguments, code=USAGE))

    def test_who_is_away_is_named(self):
        self.assertIn("forbindelse til serveren", self.run_it("order", "show", "1", code=AWAY, api="http://127.0.0.1:1"))
        self.assertIn("databasen svarer ikke", self.run_it("--database", "host=/nowhere", "status", code=AWAY))
        self.assertIn("503 Prøv igen", self.run_it("order", "show", "3", code=AWAY))

    def test_what_cannot_be_written_is_not_done(self):
        environment = {"EMNEBANK_API": f"http://127.0.0.1:{self.server.server_port}", "EMNEBANK_KEY_FILE": self.file("key", "emb_test_key\n")}
        for arguments in (("--help",), ("order", "show", "--help"), ("order", "show", "1"), ("--json", "order", "show", "1"),
                          ("shortlist", "show", "1"), ("vocabulary", "show", "competence", "formwork")):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([cli.PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment,
                                      check=False, timeout=300)
            self.assertEqual((done.returncode, done.stderr), (AWAY, "emnebank: svaret kan ikke skrives\n"), arguments)

    def test_a_refusal_names_every_fault(self):
        said = self.run_it("order", "show", "2", code=REFUSED)
        self.assertIn("422 Indholdet", said)
        self.assertIn("\n  Filen er tom.\n  /posts: Skal være fra 1.\n", said)

    def test_a_file_that_cannot_be_read_is_named(self):
        self.assertIn("filen findes ikke", self.run_it("order", "post", "/nowhere", code=REFUSED))
        self.assertIn("er en mappe", self.run_it("order", "post", self.folder.name, code=REFUSED))

    def test_an_order_is_shown_in_danish_and_local_time(self):
        said = self.run_it("order", "show", "1")
        for line in ("(åben)", "Frist         23.11.2026 kl. 12.00\n", "Arbejdsform   fast, sæson\n",
                     "krav   bevis epoxy-isocyanate, vægt 5\n", "ønske  kompetence formwork, mindst niveau 3, vægt 4\n"):
            self.assertIn(line, said)
        self.assertEqual(json.loads(self.run_it("--json", "order", "show", "1")), ORDER)

    def test_leads_are_looked_at_and_moved(self):
        said = self.run_it("lead", "list", "--mine", "--state", "new", "--q", "Årsø")
        self.assertIn("kontaktet", said)
        self.assertIn("0727 0751", said)
        self.assertIn("--after abc", said)
        said = self.run_it("lead", "show", "5")
        for line in ("Emne          5 (kontaktet)\n", "Aarsø Beton A/S (fiktiv), 20000007\n", "Letbanen etape 2 (fiktiv), i udbud\n", "Varetages af  Aarhus\n",
                     "Ophav         udtræk 77, række BF-1, i udbud, er der ikke længere\n"):
            self.assertIn(line, said)
        Api.seen.clear()
        self.run_it("lead", "move", "5", "--state", "dismissed", "--reason", "no_need", "--assign", "0751")
        self.assertEqual((Api.seen[0][1]["If-Match"], json.loads(Api.seen[0][2])),
                         ("*", {"state": "dismissed", "reason": "no_need", "assign": "0751"}))

    def test_contacts_are_written_down_once(self):
        self.assertEqual(self.run_it("lead", "contact", "5"),
                         "2026-11-20  telefon, formand, talt med, igen 2026-12-01 (Team)\n  agreement: \"ja\"\n")
        path = self.file("contact.json", "{}")
        Api.seen.clear()
        for _ in range(2):
            self.run_it("lead", "contact", "5", path)
        self.assertEqual(len({headers["Idempotency-Key"] for _, headers, _ in Api.seen}), 1)
        self.assertIn("1. Hvor mange mangler I? (needs: needs)\n", self.run_it("lead", "guide"))

    def test_leads_that_are_one_are_merged(self):
        lines = self.run_it("lead", "alike").splitlines()
        self.assertTrue(lines[1].startswith("8 ") and "ukendt stade" in lines[2], lines)
        Api.seen.clear()
        self.assertEqual(self.run_it("lead", "decide", "8", "same"), "Emnerne er lagt sammen.\n")
        self.run_it("lead", "merge", "6", "--into", "5")
        self.assertEqual([json.loads(body) for _, _, body in Api.seen], [{"state": "same"}, {"into": "5"}])

    def test_the_same_order_is_posted_under_the_same_key(self):
        path = self.file("order.json", "{}")
        Api.seen.clear()
        for _ in range(2):
            self.run_it("order", "post", path)
        keys = {headers["Idempotency-Key"] for _, headers, _ in Api.seen}
        self.assertEqual((len(Api.seen), len(keys)), (2, 1))

    def test_a_text_becomes_a_draft(self):
        path = self.file("mail.txt", "Vi mangler 3 struktører med \"epoxy\"")
        Api.seen.clear()
        said = self.run_it("order", "draft", "--text", path)
        for line in ("/requirements/0", "krav: certificate epoxy-isocyanate", "(ingen plads)", "To betydninger.", "Ikke forstået:\n  blå øjne\n",
                     "Mangler:\n  /employer/cvr\n"):
            self.assertIn(line, said)
        self.assertEqual(json.loads(Api.seen[-1][2]), {"text": "Vi mangler 3 struktører med \"epoxy\""})
        self.assertEqual(json.loads(self.run_it("--json", "order", "draft", "--posting", self.file("ad.json", "{}"))), DRAFT)
        self.assertIn("enten --text eller --posting", self.run_it("order", "draft", code=USAGE))

    def test_a_sheet_becomes_drafts(self):
        path = self.file("orders.csv", "titel\n")
        said = self.run_it("order", "import", path, code=PARTLY)
        for line in ("linje 2: kladde oprettet 6f21b1e9", "  ikke forstået: tuba\n", "  /posts: Skal være fra 1.\n", "1 oprettet, 0 uændret, 0 anderledes, 1 afvist"):
            self.assertIn(line, said)
        self.assertIn("intet er gemt", self.run_it("order", "import", path, "--dry-run"))

    def test_a_text_is_read_for_what_an_ad_may_not_say(self):
        bad = self.file("bad.txt", "Struktører søges.\nEn ung murersvend, gerne 10 mand.\n")
        said = self.run_it("order", "lint", bad, code=REFUSED)
        self.assertIn("2:4: afvises: »ung murersvend« handler om alder (age)\n    forskelsbehandlingsloven § 5, stk. 1\n", said)
        self.assertIn("advarsel: »gerne 10 mand«", said)
        found = json.loads(self.run_it("--json", "order", "lint", bad, code=REFUSED))
        self.assertEqual([(item["rule"], item["severity"], item["line"]) for item in found], [("age", "refuse", 2), ("sex", "warn", 2)])
        good = self.file("good.txt", "Mandskabsvogn og ung beton\n")
        self.assertEqual(self.run_it("order", "lint", good), "Ingen fund.\n")

    def test_a_shortlist_is_saved_as_a_file_of_its_readers_own(self):
        with tempfile.TemporaryDirectory() as folder:
            for option, kind in (("--csv", "text/csv"), ("--pdf", "application/pdf")):
                path = pathlib.Path(folder, f"liste{option}")
                self.assertEqual(self.run_it("shortlist", "show", "9", option, str(path)), "")
                self.assertEqual(path.read_bytes(), SHEET)
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)
                self.assertEqual(Api.seen[-1][1]["Accept"], kind)
            self.assertEqual(self.run_it("shortlist", "show", "9", "--csv", "-"), SHEET.decode().replace("\r\n", "\n"))
            self.assertFalse(pathlib.Path("-").exists())
            self.run_it("shortlist", "show", "9", "--csv", "a", "--pdf", "b", code=USAGE)
            self.run_it("shortlist", "show", "9", "--csv", f"{folder}/findes/ikke", code=AWAY)
            full = f"ulimit -f 0; trap '' XFSZ; exec {cli.PROGRAM} shortlist show 9 --csv {folder}/for-stor"
            self.assertIn("for-stor kan ikke skrives", self.run_it(full, shell=True, code=AWAY))
            self.assertEqual(sorted(file.name for file in pathlib.Path(folder).iterdir()), ["liste--csv", "liste--pdf"])
            self.run_it("shortlist", "show", "7", "--csv", f"{folder}/ingen", code=REFUSED)
            self.assertFalse(pathlib.Path(folder, "ingen").exists())

    def test_a_file_that_is_there_is_replaced_and_not_written_into(self):
        with tempfile.TemporaryDirectory() as folder:
            path, reader, link = (pathlib.Path(folder, name) for name in ("liste.csv", "andens.csv", "genvej.csv"))
            path.write_bytes(b"gammel")
            path.chmod(0o644)
            reader.hardlink_to(path)
            link.symlink_to(reader)
            self.run_it("shortlist", "show", "9", "--csv", str(path))
            self.assertEqual((path.read_bytes(), path.stat().st_mode & 0o777), (SHEET, 0o600))
            self.assertEqual(reader.read_bytes(), b"gammel")
            os.mkfifo(pathlib.Path(folder, "kø"))
            for other in (link, pathlib.Path(folder), pathlib.Path(folder, "kø")):
                self.assertIn("kan ikke skrives", self.run_it("shortlist", "show", "9", "--csv", str(other), code=AWAY))
            self.run_it("shortlist", "show", "7", "--csv", str(path), code=REFUSED)
            self.assertEqual(sorted(file.name for file in pathlib.Path(folder).iterdir()), ["andens.csv", "genvej.csv", "kø", "liste.csv"])
            self.assertEqual((path.read_bytes(), reader.read_bytes()), (SHEET, b"gammel"))

    def test_a_shortlist_is_a_table_with_reasons(self):
        line = self.run_it("shortlist", "show", "1").splitlines()[-1]
        self.assertTrue(line.endswith("foreslået  Fag 357/357 · Forskalling 143/286 delvist"), line)

    def test_why_not_is_said_in_danish(self):
        said = self.run_it("order", "why-not", "1", "2")
        for line in ("Kandidat          80a5531f-0000\n", "På kandidatlisten nej\n",
                     "Beregnet          2026-11-22, regelsæt 1, emnebankens version 17\n", "\nDer mangler 167 point"):
            self.assertIn(line, said)
        self.assertEqual(json.loads(self.run_it("--json", "order", "why-not", "1", "2")), WHY_NOT)

    def test_what_if_is_asked_of_a_file_or_an_order(self):
        for what in (self.file("order.json", "{}"), ORDER["id"]):
            self.assertEqual(self.run_it("order", "what-if", what),
                             "Kandidater: mindst 10.\nHeraf i Aarhus mindst 5.\nBeregnet 2026-11-22, regelsæt 3, emnebankens version 17\n")
        self.assertIn("mindst 10", self.run_it("order", "gap", "1"))

    def test_who_nearly_fits_and_who_is_better(self):
        self.assertTrue(self.run_it("order", "near-misses", "1").splitlines()[-1].endswith("80a5531f-0000  Epoxy"))
        self.assertIn("Der er en bedre kandidat", self.run_it("order", "proposals", "1"))
        self.assertEqual(self.run_it("order", "rerank", "1"), "Jobordren rangeres igen, version 2.\n")
        Api.seen.clear()
        self.assertEqual(self.run_it("proposal", "dismiss", "9"), "Forslaget er afvist.\n")
        self.assertEqual((Api.seen[0][1]["If-Match"], json.loads(Api.seen[0][2])), ("*", {"state": "dismissed"}))

    def test_pushes_are_stopped_with_a_reason(self):
        Api.seen.clear()
        self.assertEqual(self.run_it("push", "stop", "--reason", "Fejl i CV'er"),
                         "Alle forsendelser er stoppet; kun tilbagekaldelser går ud.\n"
                         "Siden 22.11.2026 kl. 14.05, Mette Prøve (fiktiv): Fejl i CV'er\n")
        self.run_it("push", "resume", "--reason", "Rettet")
        self.assertEqual([(seen[1]["If-Match"], json.loads(seen[2])) for seen in Api.seen],
                         [("*", {"stopped": True, "reason": "Fejl i CV'er"}), ("*", {"stopped": False, "reason": "Rettet"})])
        self.assertEqual(self.run_it("push", "status"), "Forsendelserne går ud.\n")
        self.assertIn("--reason", self.run_it("push", "stop", code=USAGE))

    def test_endpoints_and_deliveries_are_shown(self):
        self.assertEqual(self.run_it("endpoint", "list").splitlines()[-1].split(None, 1),
                         ["9", "slået fra  svarer ikke  https://firma.dk/krog  cv.released, cv.recalled"])
        shown = self.run_it("endpoint", "show", "9")
        for text in ("alt er fejlet i fem dage", "17.11.2026 kl. 14.05", "http_503", "2, hvis første hændelse"):
            self.assertIn(text, shown)
        listed = self.run_it("delivery", "list", "--state", "dead", "--since", "2026-11-20T08:00:00Z").splitlines()
        self.assertEqual(listed[1].split(), ["77", "2026-11-22T13:05:00", "cv.released", "opgivet", "10", "alle", "forsøg", "er", "brugt"])
        self.assertEqual(listed[2], "Der er flere; --after abc viser de næste.")
        shown = self.run_it("delivery", "show", "77")
        self.assertIn("alle forsøg er brugt", shown)
        self.assertEqual(shown.splitlines()[-1].split(), ["10", "2026-11-25T17:04:58", "besvaret", "503", "1500"])

    def test_deliveries_are_sent_again(self):
        Api.seen.clear()
        self.assertIn("bedt om igen", self.run_it("delivery", "replay", "77"))
        self.assertEqual(Api.seen[0][2], b"")
        text = self.run_it("delivery", "replay", "--endpoint", "9", "--since", "2026-11-20T08:00:00Z", "--kinds", "cv.released,cv.recalled",
                           "--states", "missed")
        self.assertEqual(json.loads(Api.seen[1][2]), {"since": "2026-11-20T08:00:00Z", "kinds": ["cv.released", "cv.recalled"],
                                                      "states": ["missed"]})
        self.assertIn("3 sendes igen, 2 sendes for første gang.", text)
        self.assertIn("Der kan være flere", text)
        for wrong in ([], ["77", "--endpoint", "9"], ["--endpoint", "9"], ["77", "--since", "2026-11-20T08:00:00Z"]):
            self.assertIn("--since", self.run_it("delivery", "replay", *wrong, code=USAGE))

    def test_endpoints_are_approved_in_the_version_that_was_seen(self):
        Api.seen.clear()
        self.assertIn("9   2        Letbanebyg A/S (fiktiv)               https://firma.dk/krog", self.run_it("endpoint", "approvals"))
        self.assertEqual(self.run_it("endpoint", "approve", "9", "--version", "2", "--cvr", "10000009"),
                         "https://firma.dk/krog er godkendt for Letbanebyg A/S (fiktiv) og får hændelser fra nu af.\n")
        self.run_it("endpoint", "approve", "9", "--version", "2")
        self.assertEqual([(seen[1]["If-Match"], json.loads(seen[2])) for seen in Api.seen[1:]],
                         [('"v2"', {"cvr": "10000009"}), ('"v2"', {})])
        self.assertEqual(self.run_it("endpoint", "disapprove", "9", "--version", "2"), "")
        self.assertIn("leveringen 77", self.run_it("endpoint", "challenge", "9"))
        self.assertIn("--version", self.run_it("endpoint", "approve", "9", code=USAGE))

    def test_figures_are_tables_or_a_sheet(self):
        said = self.run_it("figures", "--from", "2026-10", "--to", "2026-11")
        cells = [line.split() for line in said.splitlines()]
        self.assertIn(["2026-10", "Aarhus", "3", "6", "66,7", "%", "-", "100,0", "%", "1,5", "1,5", "-"], cells)
        self.assertIn(["i", "alt", "Alle", "3", "6", "66,7", "%", "-", "100,0", "%", "1,5", "1,5", "-"], cells)
        self.assertNotIn("Odder", said)
        self.assertIn(["Aarhus", "Anlægsstruktør", "mindst", "5"], cells)
        self.assertIn(["Aarhus", "fleksjob", "2"], cells)
        self.assertIn(["Aarhus", "2", "8", "1", "-6"], cells)
        Api.seen.clear()
        arguments = [cli.PROGRAM, "--api", f"http://127.0.0.1:{self.server.server_port}", "--key-file",
                     str(pathlib.Path(self.folder.name) / "key"), "figures", "--csv", "--table", "balance"]
        self.assertEqual(subprocess.run(arguments, capture_output=True, check=True, timeout=300).stdout, SHEET)
        self.assertEqual(Api.seen[0][1]["Accept"], "text/csv")
        self.assertIn("Filen er tom.", self.run_it("figures", "--municipality", "0&1", code=REFUSED))

    def test_employers_are_found_and_shown(self):
        said = self.run_it("employer", "list", "Årsø", "--mine", "--agreement", "other")
        self.assertIn("20000007  3", said)
        self.assertIn("indgået, gælder ikke i dag  Inger Prøve (fiktiv)  Aarsø Jord A/S (fiktiv)", said)
        self.assertIn("Viser 1 af 300", said)
        self.assertEqual(self.run_it("employer", "show", "20000007"), """Aarsø Jord A/S (fiktiv) (CVR-nummer 20000007), version 4
Kontaktperson: Inger Prøve (fiktiv) (ikke længere hos teamet)
  P-nummer 1000000001  Grusgraven (fiktiv), 8400 Ebeltoft
Partnerskabsaftale 2: indgået, fra 2026-11-01
  åbne praktikpladser, 3
  kurser: Epoxy
Jobordrer: 3, heraf åbne 1; stillinger: 9; ansatte: 2
Historik, det nyeste først:
  22.11.2026 kl. 14.05  ansættelse (under behandling): 3 struktører
  01.11.2026 kl. 14.05  partnerskabsaftale (indgået)
  …
""")

    def test_the_forecast_is_a_table_or_a_sheet(self):
        said = self.run_it("forecast", "--from", "2027-01", "--to", "2027-01")
        cells = [line.split() for line in said.splitlines()]
        self.assertIn(["2027-01", "Murer", "Alle", "3,3", "1,6", "1,7", "0,0", "mindst", "0", "3,3"], cells)
        self.assertNotIn("Flere kommuner", said)
        self.assertIn(["Emnet", "har", "ingen", "værdi", "2", "-"], cells)
        self.assertIn("version 1, et udkast: 20 %", said)
        own = [line.split() for line in self.run_it("forecast", "--municipality", "0751").splitlines()]
        self.assertIn(["2027-01", "Murer", "Flere", "kommuner", "3,3", "1,6", "1,7", "0,0", "-", "-"], own)
        Api.seen.clear()
        arguments = [cli.PROGRAM, "--api", f"http://127.0.0.1:{self.server.server_port}", "--key-file",
                     str(pathlib.Path(self.folder.name) / "key"), "forecast", "--csv", "--table", "unknown"]
        self.assertEqual(subprocess.run(arguments, capture_output=True, check=True, timeout=300).stdout, SHEET)
        self.assertEqual(Api.seen[0][1]["Accept"], "text/csv")

    def test_a_lead_s_needs_are_told_month_by_month(self):
        said = self.run_it("lead", "needs", "1")
        cells = [line.split() for line in said.splitlines()]
        self.assertIn("Ikke kendt: ingen værdi.", said)
        self.assertIn(["2027-01", "Murer", "8,1", "1,6"], cells)
        self.assertIn(["2027-02", "fag", "ikke", "nævnt", "0751", "4,0"], cells)

    def put(self, *arguments):
        """What one edit sends: If-Match and the body of its PUT."""
        Api.seen.clear()
        self.run_it("vocabulary", *arguments)
        _, headers, body = Api.seen[-1]
        return headers["If-Match"], json.loads(body)

    def test_an_edit_puts_back_the_word_that_it_read(self):
        whole = {name: WORD[name] for name in ("label", "field", "esco_uri", "retired", "synonyms", "relations")}
        word = ("competence", "formwork")
        self.assertEqual(self.put("edit", *word, "--label", "Form", "--retired", "ja"),
                         ('"v7"', {**whole, "label": "Form", "retired": True}))
        self.assertEqual(self.put("synonym", *word, "form", "formsætning")[1]["synonyms"], ["forskaller", "form", "formsætning"])
        self.assertEqual(self.put("synonym", *word, "form", "--remove")[1]["synonyms"], ["forskaller"])
        self.assertEqual(self.put("relate", *word, "carpentry", "none")[1]["relations"], WORD["relations"][1:])
        self.assertEqual(self.put("relate", *word, "stairs", "close")[1]["relations"],
                         [*WORD["relations"], {"code": "stairs", "relation": "close"}])
        Api.seen.clear()
        self.assertEqual(self.run_it("vocabulary", "remove", "formwork"), "")
        self.assertEqual(Api.seen[-1][1]["If-Match"], "*")

    def test_a_word_and_its_history_are_shown_in_danish(self):
        said = self.run_it("vocabulary", "show", "competence", "formwork")
        for line in ("kompetence formwork: Forskalling (version 7)\n", "  kaldes      forskaller\n", "  samme fag   carpentry\n",
                     "  snævrere    formwork-large\n"):
            self.assertIn(line, said)
        said = self.run_it("vocabulary", "changes", "--since", "7")
        self.assertIn("2026-11-22  ændret", said)
        self.assertIn("kompetence formwork  Mona Kvist (fiktiv)\n", said)

    def test_an_import_names_rows_and_ends_in_part(self):
        Api.seen.clear()
        said = self.run_it("import", "candidates", self.file("A.CSV", "x"), code=PARTLY)
        self.assertIn("linje 2, navn: Skal udfyldes.\nlinje 3: Ikke UTF-8.\n… og 2 fejl mere\n3 rækker: 1 oprettet", said)
        self.run_it("import", "candidates", self.file("a.ndjson", "x"), code=PARTLY)
        self.assertEqual([headers["Content-Type"] for _, headers, _ in Api.seen], ["text/csv", "application/x-ndjson"])

    def test_a_file_of_a_batch_and_of_a_series_says_so(self):
        Api.seen.clear()
        said = self.run_it("candidate", "import", self.file("hold.xlsx", "x"), "--batch", "lukning-fabrik", "--source", "fagsystem",
                           "--complete", "--results", code=PARTLY)
        self.assertIn("linje 2, SAG-1: oprettet\n", said)
        self.assertIn("ikke i filen: SAG-9\n1 af kildens kandidater er ikke i filen; de er stadig i emnebanken.\n", said)
        self.assertIn("Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                      f"Content-Type: {Api.seen[-1][1]['Content-Type']}")
        self.run_it("candidate", "import", self.file("a.csv", "x"), self.file("b.csv", "x"), "--complete", code=USAGE)
        Api.seen.clear()
        self.run_it("candidate", "import", self.file("a.json", "x"), self.file("b.csv", "x"), code=PARTLY)
        self.assertEqual([headers["Content-Type"] for _, headers, _ in Api.seen], ["application/vnd.jsonresume+json", "text/csv"])

    def test_awards_are_sent_as_what_they_are_and_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("a.xml", "<ContractAwardNotice/>"), ("b.xml", "\ufeff <TED_EXPORT/>"), ("c.json", "[{}]"), ("d.jsonl", "{}\n" * 201),
                               ("e.txt", "hej"), (".f.xml", "<a/>")):
                pathlib.Path(folder, name).write_text(text, encoding="utf-8")
            Api.seen.clear()
            said = self.run_it("lead", "import", folder, "--lines")
            self.assertEqual([(path, headers["Content-Type"], body.count(b"\n")) for path, headers, body in Api.seen], [
                ("/v1/leads/notices", "application/xml", 0), ("/v1/leads/notices", "application/xml", 0),
                ("/v1/leads/releases", "application/json", 0),
                ("/v1/leads/releases", "application/x-ndjson", 200), ("/v1/leads/releases", "application/x-ndjson", 1)])
            table = [line.split() for line in said.splitlines() if line.startswith((folder, "I ALT")) and ": " not in line]
            self.assertEqual([row[-9:] for row in table if "jsonl" in row[0]], [["OCDS-linjer", "-", "6", "2", "4", "0", "0", "4", "indlæst"]])
            self.assertEqual(table[-1], ["I", "ALT", "11", "3", "6", "0", "0", "8"])
            for line in ("d.jsonl: linje 1: Linjen er ikke JSON (JSON)\n", "d.jsonl: linje 201: Linjen er ikke JSON (JSON)\n",
                         "a.xml: Ingen vinder ()\n"):
                self.assertIn(line, said)

    def test_awards_that_are_not_taken_end_in_part_or_refused(self):
        good, text = self.file("good.xml", "<ContractAwardNotice/>"), self.file("e.txt", "hej")
        bad = self.file("bad.xml", "<refuse/>")
        said = self.run_it("lead", "import", good, bad, code=PARTLY)
        self.assertIn("bad.xml blev ikke indlæst\n", said)
        self.assertIn("afvist: Filen er tom.", said)
        self.assertIn("hverken XML eller JSON", self.run_it("lead", "import", text, code=REFUSED))
        self.run_it("lead", "import", good, text, code=PARTLY)
        self.run_it("lead", "import", bad, code=REFUSED)
        self.assertIn("kan ikke åbnes", self.run_it("lead", "import", f"{text}/findes/ikke", code=REFUSED))
        self.assertIn("serveren svarer ikke", self.run_it("lead", "import", good, bad, code=AWAY, api="http://127.0.0.1:1"))

    def test_a_batch_is_made_and_shown(self):
        said = self.run_it("batch", "create", "lukning-fabrik", "Lukning (fiktiv)", "--on", "2026-11-20")
        self.assertIn("Lukning (fiktiv) (lukning-fabrik), afskedigelse den 2026-11-20, kommune 0751: 173 kandidater\n", said)
        self.assertEqual(json.loads(Api.seen[-1][2]), {"tag": "lukning-fabrik", "name": "Lukning (fiktiv)", "kind": "layoff", "on": "2026-11-20"})
        said = self.run_it("batch", "show", "lukning-fabrik")
        self.assertIn("SAG-1: klar\n", said)
        self.assertIn("under 5", self.run_it("batch", "list"))

    def test_what_has_to_be_confirmed_is_a_table(self):
        said = self.run_it("candidate", "tasks", "--before", "2026-12-01")
        cells = [line.split() for line in said.splitlines()]
        self.assertEqual(cells[1:], [["2026-11-20", "udløbet", "SAG-1", "bevis", "epoxy-isocyanate"], ["2026-11-30", "SAG-2", "screening"],
                                     "Der er flere; --after abc viser de næste.".split()])

    def test_a_file_of_confirmations_names_those_refused(self):
        Api.seen.clear()
        lines = [json.dumps({"external_ref": f"SAG-{number}", "facts": []}) for number in (1, 2, 3)]
        said = self.run_it("candidate", "confirm", self.file("c.ndjson", "\n".join([lines[0], "{", "", *lines[1:]]) + "\n"), code=PARTLY)
        self.assertIn("linje 5, SAG-3: Kandidaten findes ikke.\n1 bekræftet, 1 uændret, 2 afvist\n", said)
        self.assertIn("linje 2: ikke et JSON-objekt\n", said)
        self.assertEqual([json.loads(body) for _, _, body in Api.seen], [{"items": [json.loads(line) for line in lines]}])

    def test_many_confirmations_are_several_calls(self):
        Api.seen.clear()
        self.run_it("candidate", "confirm", self.file("m.ndjson", (json.dumps({"external_ref": "SAG-1"}) + "\n") * 2500), code=PARTLY)
        self.assertEqual([len(json.loads(body)["items"]) for _, _, body in Api.seen], [1000, 1000, 500])

    def test_notices_that_are_refused_hold_no_other_up(self):
        good, bad = self.file("good.xml", "fine"), self.file("bad.xml", "refuse")
        said = self.run_it("import", "notices", bad, good, code=PARTLY)
        self.assertIn(f"{good}: emne til opsøgning: Midtjysk Beton (fiktiv) (uden CVR-nummer)\n{good}: Ingen vinder\n", said)
        self.run_it("import", "notices", bad, code=REFUSED)


if __name__ == "__main__":
    cli.main(__doc__)
