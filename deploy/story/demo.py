#!/usr/bin/env python3
"""The demo: starts everything in one folder, fills the pool, plays the day and says how to go on by hand."""

import argparse
import datetime
import json
import sys
import time

import fiction
from api import Api, Problem, wait_for
from day import Day
from stack import MUNICIPALITIES, Stack, read

CANDIDATES = 5000
SEED = 2026
HOME_KINDS = ["shortlist.proposed", "entry.changed"]
EMPLOYER_KINDS = ["cv.released", "cv.recalled"]
EMPLOYER_CVR = "99426012"


def reference(stack):
    def rows(query):
        return json.loads(stack.sql(f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) AS t"))

    codes = ",".join(f"'{code}'" for code in MUNICIPALITIES)
    return {"competences": rows("SELECT key, field FROM emnebank.competence ORDER BY key"),
            "postcodes": rows("SELECT code, municipality_code AS municipality FROM emnebank.postcode "
                              f"WHERE municipality_code IN ({codes}) ORDER BY code")}


def import_pool(stack, address):
    """Each municipality imports its own candidates with its own key. A repeat changes nothing."""
    fiction.write_pool(reference(stack), CANDIDATES, SEED, stack.folder / "pool", datetime.date.today())
    started, counts = time.monotonic(), {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0}
    for code in MUNICIPALITIES:
        result = json.loads(stack.emnebank("--json", "--api", f"http://{address}", "--key-file", stack.keys / code,
                                           "import", "candidates", stack.folder / "pool" / f"{code}.ndjson"))
        for name in counts:
            counts[name] += result[name]
    return counts, time.monotonic() - started


def approve_endpoint(owner, team, endpoint, cvr):
    """Once its receiver has answered the challenge, a person of the team says whose the endpoint is."""
    path = f"/v1/endpoints/{endpoint}"

    def proven():
        answer = owner.get(path)
        return answer if answer.body["state"] == "proven" else None

    try:
        team.post(path + "/approval", {"cvr": cvr}, etag=wait_for("the answer to the challenge", proven).etag)
    except Problem:  # the answer to an approval that was asked for twice
        if owner.get(path).body["state"] != "active":
            raise


def register_endpoints(stack, address, receivers):
    """An endpoint for each home municipality at the jobcentre's receiver, and the employer's at its own."""
    cvrs = dict(line.split("|") for line in stack.sql("SELECT code, cvr FROM emnebank.municipality").splitlines())
    made = []
    wanted = [(code, "jobcenter", HOME_KINDS) for code in MUNICIPALITIES] + [("arbejdsgiver", "arbejdsgiver", EMPLOYER_KINDS)]
    for name, receiver, kinds in wanted:
        if (stack.secrets / name).exists():
            continue
        api = Api(address, stack.key(name))
        url = f"http://127.0.0.1:{receivers[receiver]}/{name}"
        endpoint = api.post("/v1/endpoints", {"url": url, "kinds": kinds}, idempotent=True).body
        path = stack.secrets / name
        path.touch(mode=0o600)
        path.write_text(endpoint["secret"] + "\n", encoding="ascii")
        made.append((api, endpoint["id"], cvrs.get(name, EMPLOYER_CVR)))
    for api, endpoint, cvr in made:
        approve_endpoint(api, Api(address, stack.key("team")), endpoint, cvr)


def employer_key(stack, cvr, name):
    stack.make_key("arbejdsgiver", "Arbejdsgiverens system", "employer",
                   ["--kind", "employer", "--cvr", cvr, "--name", name], organisation_key=cvr)


def start(stack):
    stack.make_folders()
    known = (stack.folder / "postgres").exists()
    print("Starter systemet igen, med de data, det havde." if known else "Starter en PostgreSQL for sig selv, med en tom database.")
    stack.start_postgres()
    stack.migrate()
    stack.make_keyring()
    stack.make_organisations()
    employer_key(stack, EMPLOYER_CVR, "Østjysk Letbanebyg A/S (fiktiv)")
    address = stack.start_daemon()
    receivers = {name: stack.start_receiver(name) for name in ("jobcenter", "arbejdsgiver")}
    register_endpoints(stack, address, receivers)
    return address


def say_how_to_go_on(stack, address, result):
    admin = read(stack.folder / "admin_address")
    print(f"""
Systemet kører videre.

  API       http://{address}        nøgler: team, 0751 (Aarhus) og arbejdsgiver i {stack.keys}
  drift     http://{admin}/metrics   (også /healthz og /readyz)
  database  psql "{stack.conninfo}"
  log       {stack.folder / 'emnebankd.log'}

Nøgler til denne demo:
  team          {stack.key('team')}
  Aarhus        {stack.key('0751')}
  arbejdsgiver  {stack.key('arbejdsgiver')}

Prøv selv:
  curl -sH "Authorization: Bearer $(cat {stack.keys / 'team'})" http://{address}/v1/job-orders/{result['order']}
  curl -sH "Authorization: Bearer $(cat {stack.keys / '0751'})" http://{address}/v1/job-orders/{result['order']}/shortlist
  curl -sH "Authorization: Bearer $(cat {stack.keys / 'arbejdsgiver'})" "http://{address}/v1/changes?limit=5"

Stop med deploy/demo --stop; fjern data med deploy/demo --clean.""")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--clean", action="store_true")
    options = parser.parse_args()
    stack = Stack(options.folder, options.binaries)
    if options.clean:
        stack.clean()
        return print("Stoppet, og alle data er fjernet.")
    if options.stop:
        stack.stop_all()
        return print("Stoppet.")

    sys.stdout.reconfigure(line_buffering=True)
    address = start(stack)
    counts, seconds = import_pool(stack, address)
    print(f"Emnebanken har {CANDIDATES} fiktive kandidater: {counts['created']} oprettet, {counts['unchanged']} uændret, "
          f"{counts['rejected']} afvist, på {seconds:.1f} s.\n\nEn dag med en jobordre:\n")
    result = Day(stack, address).play()
    times = result["times"]
    print(f"\nFra jobordre til læsbar kandidatliste {times['posted_to_shortlist'] * 1000:.0f} ms, til hjemkommunernes "
          f"webhooks {times['posted_to_jobcentres'] * 1000:.0f} ms, fra frigivelse til arbejdsgiverens webhook "
          f"{times['released_to_employer'] * 1000:.0f} ms.")
    say_how_to_go_on(stack, address, result)


if __name__ == "__main__":
    main()
