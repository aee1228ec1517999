"""One day of a job order, told while it happens: an award becomes a lead, the lead a job order, the order a ranked
shortlist that is pushed to the home municipalities, confirmed, said yes to, approved by a named consultant and
released; the employer receives the CVs. All people and companies are fictional."""

import datetime
import json
import pathlib
import time
import uuid
import zoneinfo

from api import Api, Problem, wait_for
from stack import MUNICIPALITIES

STORY = pathlib.Path(__file__).resolve().parent
NOTICE = STORY / "notices" / "letbane.xml"
EPOXY = "epoxy-isocyanate"
TEXT_VERSION = "samtykke-2026-1"
WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")

# Why somebody is not on the list, as a consultant says it; the codes are those of services/match/RANKING.md.
EXCLUDED = {
    "not_available": "kan ikke indgå i listen", "screening_missing": "ikke screenet",
    "screening_expired": "screeningen gælder ikke længere", "not_available_by_start": "ikke ledig ved jobstart",
    "kinds_not_accepted": "ønsker ikke ansættelsesformen", "place_unknown": "bopælens placering er ukendt",
    "too_far_order": "bor for langt væk", "too_far_candidate": "arbejdsstedet er for langt væk",
    "must_missing": "opfylder ikke et ufravigeligt krav", "must_level": "for lavt niveau i et ufravigeligt krav",
    "must_unknown": "et ufravigeligt krav er ikke oplyst", "certificate_expired": "et krævet bevis udløber for tidligt",
}


def events(stack, name, kind):
    """Verified events of one kind that a receiver has got, oldest first."""
    file = stack.folder / f"{name}.events"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = text[:text.rfind("\n") + 1].splitlines()  # the last one may be half written
    received = (json.loads(line) for line in lines)
    return [line for line in received if line["verified"] and line["type"] == kind]


def danish_time(text):
    """An API time as people in Denmark read it: "mandag den 23.11.2026 kl. 12.00"."""
    local = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo("Europe/Copenhagen"))
    return f"{WEEKDAYS[local.weekday()]} den {local:%d.%m.%Y kl. %H.%M}"


class Day:
    def __init__(self, stack, address, say=print):
        self.stack, self.say = stack, say
        self.team = Api(address, stack.key("team"))
        self.municipality = {code: Api(address, stack.key(code)) for code in MUNICIPALITIES}
        self.started = time.monotonic()
        self.times = {}

    def tell(self, text):
        self.say(f"  {time.monotonic() - self.started:7.3f} s  {text}")

    def mark(self, name, since):
        self.times[name] = time.monotonic() - since
        return f"{self.times[name] * 1000:.0f} ms"

    def play(self):
        lead = self.import_notice()
        order = self.make_order(lead)
        shortlist = self.read_shortlist(order)
        entries = self.municipalities_answer(shortlist)
        released = self.approve_and_release(entries)
        self.employer_receives(order, released)
        return {"order": order["id"], "released": released, "times": self.times}

    # --- the parts of the day --------------------------------------------------------------------------------------

    def import_notice(self):
        self.tell("Team Bygge & Anlæg indlæser dagens bekendtgørelser om indgåede kontrakter.")
        notice = self.team.post("/v1/leads/notices", NOTICE.read_bytes(), **{"Content-Type": "application/xml"}).body
        lead = self.team.get(f"/v1/leads/{notice['leads'][0]['id']}").body
        self.tell(f"Et emne til opsøgning: {lead['winner']['name']}, CVR {lead['winner']['cvr']}: {lead['title']}.")
        return lead

    def make_order(self, lead):
        draft = self.team.post(f"/v1/leads/{lead['id']}/job-order", {}, idempotent=True).body
        self.tell(f"Emnet er nu et udkast til jobordre; CPV-koden foreslår {len(draft['occupations'])} fag.")
        start = datetime.date.today() + datetime.timedelta(days=21)
        changes = {
            "title": "12 struktører og jord- og betonarbejdere til letbanestrækning",
            "posts": 12, "minimum": 24, "occupations": self.trades("Struktør", "jord og beton"),
            "postcode": "8000", "radius_km": 60, "start_date": start.isoformat(),
            "end_date": (start + datetime.timedelta(days=240)).isoformat(), "kinds": ["permanent", "temporary"],
            "requirements": [
                {"kind": "certificate", "code": EPOXY, "necessity": "must", "weight": 5},
                {"kind": "competence", "code": "formwork", "necessity": "nice", "weight": 5, "minimum_level": 3},
                {"kind": "competence", "code": "concrete-pouring", "necessity": "nice", "weight": 4, "minimum_level": 3},
                {"kind": "competence", "code": "drawing-reading", "necessity": "nice", "weight": 2, "minimum_level": 2},
                {"kind": "licence", "code": "B", "necessity": "nice", "weight": 1},
            ],
        }
        path = f"/v1/job-orders/{draft['id']}"
        etag = self.team.get(path).etag
        self.order_open_at = time.monotonic()
        order = self.conditional(self.team, "PATCH", path, {**changes, "state": "open"}, etag,
                                 lambda body: body["state"] == "open")
        self.tell(f"Jobordren er åben: {order['posts']} stillinger, absolut krav om epoxy-bevis gyldigt den {start:%d.%m.%Y}. "
                  f"Frist: {danish_time(order['due_at'])}.")
        return order

    def trades(self, *words):
        trades = self.team.get("/v1/trades").body["items"]
        return [trade["code"] for trade in trades if any(word.lower() in trade["title"].lower() for word in words)][:6]

    def read_shortlist(self, order):
        path = f"/v1/job-orders/{order['id']}/shortlist"

        def ready():
            try:
                return self.team.get(path).body
            except Problem as problem:
                if problem.status != 404:
                    raise
                return None

        shortlist = wait_for("the shortlist", ready)
        took = self.mark("posted_to_shortlist", self.order_open_at)
        homes = {entry["municipality"] for entry in shortlist["entries"] if entry["state"] != "reserve"}
        self.tell(f"Kandidatlisten er klar efter {took}: {len(shortlist['entries'])} kandidater fra {len(homes)} kommuner, "
                  f"rangeret ud af {shortlist['considered']}.")
        for entry in shortlist["entries"][:3]:
            self.tell(f"    nr. {entry['rank']}: {entry['score']} point, {MUNICIPALITIES[entry['municipality']]}")
        for line in shortlist["entries"][0]["explanation_da"].splitlines():
            self.tell(f"        {line}")
        excluded = sorted(shortlist["excluded"].items(), key=lambda item: -item[1])[:3]
        reasons = ", ".join(f"{EXCLUDED[reason]} ({count})" for reason, count in excluded)
        self.tell(f"    De hyppigste grunde til ikke at være med: {reasons}.")

        def pushed():
            got = {event["receiver"] for event in events(self.stack, "jobcenter", "shortlist.proposed")
                   if event["event"]["data"]["order"]["id"] == order["id"]}
            return got >= homes

        wait_for("the pushes to the home municipalities", pushed)
        took = self.mark("posted_to_jobcentres", self.order_open_at)
        self.tell(f"Alle {len(homes)} hjemkommuner har fået deres del ved signeret webhook, {took} efter jobordren.")
        return shortlist

    def municipalities_answer(self, shortlist):
        """Caseworkers telephone: most are confirmed and say yes, some do not. Which ones follows from the rank."""
        declined, no, yes = 0, 0, []
        for entry in shortlist["entries"]:
            if entry["state"] == "reserve":
                continue
            home = self.municipality[entry["municipality"]]
            if entry["rank"] % 9 == 4:
                self.answer(home, entry, {"answer": "decline", "reason": "in_education"}, "declined")
                declined += 1
                continue
            self.answer(home, entry, {"answer": "confirm"}, "confirmed", "yes", "no", "approved", "released")
            if entry["rank"] % 9 == 7:
                self.answer(home, entry, {"answer": "no"}, "no")
                no += 1
                continue
            given = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.answer(home, entry, {"answer": "yes", "given_at": given, "how": "telephone", "text_version": TEXT_VERSION},
                        "yes", "approved", "released")
            yes.append(entry)
        self.tell(f"Kommunerne har svaret: {len(yes)} siger ja, {no} siger nej, {declined} er ikke til rådighed.")
        return yes

    def approve_and_release(self, entries):
        for entry in entries:
            self.answer(self.team, entry, {}, "approved", "released", action="approval")
        self.tell(f"Mette Kjærsgaard (fiktiv) fra teamet har godkendt {len(entries)} kandidater.")
        self.release_at = time.monotonic()
        for entry in entries:
            self.release(entry)
        self.tell(f"{len(entries)} CV'er er frigivet til arbejdsgiveren; retsgrundlag: offentlig myndighedsudøvelse.")
        return [entry["id"] for entry in entries]

    def employer_receives(self, order, released):
        def received():
            got = [event for event in events(self.stack, "arbejdsgiver", "cv.released")
                   if event["event"]["data"]["order_id"] == order["id"]]
            return got if len({event["event"]["data"]["release_id"] for event in got}) >= len(released) else None

        got = wait_for("the CVs", received)
        took = self.mark("released_to_employer", self.release_at)
        self.times["posted_to_employer"] = time.monotonic() - self.order_open_at
        self.tell(f"Arbejdsgiveren har fået {len(released)} CV'er, alle signaturer er kontrolleret, {took} efter frigivelsen.")
        for event in got[:2]:
            cv = event["event"]["data"]["cv"]
            place = cv["basics"]["location"]
            self.tell(f"    {cv['basics']['name']}, {place['postalCode']} {place['city']}: "
                      f"{', '.join(item['name'] for item in cv['certificates'])}")

    # --- conditional writes that outlive a killed daemon --------------------------------------------------------------

    @staticmethod
    def conditional(api, method, path, document, etag, done):
        """A write under If-Match. When its answer was lost the version has moved: then the effect is looked at."""
        try:
            return api.call(method, path, document, etag=etag).body
        except Problem as problem:
            body = api.get(path).body if problem.status == 412 else {}
            if not body or not done(body):
                raise
            return body

    def answer(self, api, entry, document, *states, action="answer"):
        path = f"/v1/shortlist-entries/{entry['id']}"
        for _ in range(5):
            current = api.get(path)
            if current.body["state"] in states:
                return
            try:
                api.call("POST", f"{path}/{action}", document, etag=current.etag)
                return
            except Problem as problem:
                if problem.status not in (409, 412):
                    raise
        raise RuntimeError(f"{path}: {action} does not settle")

    def release(self, entry):
        path = f"/v1/shortlist-entries/{entry['id']}"
        try:
            self.team.call("POST", f"{path}/release", {"legal_basis": "public_task"}, **{
                "Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, path))})
        except Problem:
            if self.team.get(path).body["state"] != "released":
                raise
