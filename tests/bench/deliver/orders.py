"""G10: durable orders a second over our HTTP API with 64 clients, beside a libpq pipeline with 64 orders in each transaction that asks
the same function of PostgreSQL, and beside one that inserts a row of JSON into a bare table. What ranks the orders is put off while they
come in: it takes half of two cores over HTTP, and stands still behind a pipeline that is always in a transaction."""

import datetime
import json
import statistics
import subprocess

import report
from limits import add_ratio
from world import WrongAnswer, program, wait_for

BAR = 0.9
CLIENTS = BATCH = 64


def body():
    start = datetime.date.today() + datetime.timedelta(days=40)
    return json.dumps({
        "title": "Struktører til etape 4 (fiktiv)", "posts": 4,
        "employer": {"cvr": "99426012", "name": "Østjysk Letbanebyg A/S (fiktiv)"}, "occupations": ["9312.1"], "postcode": "8000",
        "radius_km": 60, "start_date": start.isoformat(), "kinds": ["permanent"],
        "requirements": [{"kind": "certificate", "code": "epoxy-isocyanate", "necessity": "must", "weight": 5},
                         {"kind": "competence", "code": "formwork", "necessity": "nice", "weight": 4, "minimum_level": 3}],
    }, ensure_ascii=False)


class Orders:
    def __init__(self, world, options):
        self.world, self.options = world, options
        self.body = world.folder / "order.json"
        self.body.write_text(body(), encoding="utf-8")
        self.tenant, self.actor = world.sql(
            "SELECT o.id, k.id FROM emnebank.organisation o JOIN emnebank.api_key k ON k.organisation_id = o.id "
            "WHERE o.kind = 'team' LIMIT 1").split("|")
        world.sql("""SET search_path = emnebank;
            CREATE TABLE public.bench_put_off (one boolean PRIMARY KEY);
            GRANT USAGE ON SCHEMA public TO PUBLIC;
            GRANT SELECT ON public.bench_put_off TO PUBLIC;
            CREATE FUNCTION public.bench_put_off() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.run_at := CASE WHEN EXISTS (SELECT FROM public.bench_put_off p WHERE p.one) THEN 'infinity' ELSE NEW.run_at END; RETURN NEW; END $$;
            CREATE TRIGGER bench_put_off BEFORE INSERT ON job FOR EACH ROW WHEN (NEW.kind = 'rank')
                EXECUTE FUNCTION public.bench_put_off()""")
        world.sql("CREATE TABLE IF NOT EXISTS public.bench_order (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb NOT NULL);"
                  "GRANT USAGE ON SCHEMA public TO emnebank_front; GRANT INSERT ON public.bench_order TO emnebank_front")

    def run(self, *words):
        done = subprocess.run([program(self.options.build, "bench_deliver_orders"), *words, "--body", str(self.body), "--milliseconds",
                               str(max(1000, self.options.milliseconds))], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WrongAnswer(f"orders: {done.stderr.strip()[:500]}")
        self.quiet()
        return [float(word) for word in done.stdout.split()]

    def quiet(self):
        """Until the daemon has ranked what came in, so that the next is not measured beside it; the statistics and plans follow."""
        wait_for("the rankings", lambda: self.world.sql(
            "SELECT count(*) FROM emnebank.job WHERE state IN ('waiting', 'leased') AND run_at < now() + interval '1 minute'") == "0", 600)

    def alone(self, measured):
        """What is measured while nothing is ranked."""
        self.world.sql("INSERT INTO public.bench_put_off VALUES (true)")
        try:
            return measured()
        finally:
            self.world.sql("DELETE FROM public.bench_put_off; DELETE FROM emnebank.job WHERE kind = 'rank' AND run_at = 'infinity'")

    def http(self):
        port = self.world.address.rsplit(":", 1)[1]
        before = self.count()
        orders, seconds, p50, p99, total = self.run("http", "--port", port, "--key", self.world.key("team"), "--clients", str(CLIENTS))
        stored = self.count() - before
        if stored != total:
            raise WrongAnswer(f"{total:.0f} orders were accepted and {stored} are there")
        return orders / seconds, p50, p99

    def pipeline(self, *more):
        conninfo = f"host={self.world.sockets} user=emnebank_front dbname=emnebank options='-c search_path=emnebank,public'"
        orders, seconds = self.run("pipeline", "--conninfo", conninfo, "--tenant", self.tenant, "--actor", self.actor, "--batch",
                                   str(BATCH), *more)
        return orders / seconds

    def count(self):
        return int(self.world.sql("SELECT count(*) FROM emnebank.job_order"))


def measure(world, options, made, say):
    orders = Orders(world, options)
    orders.http()  # connections and plans
    taken = report.interleave(options.rounds, {
        "http": lambda: orders.alone(orders.http), "pipeline": lambda: orders.alone(orders.pipeline),
        "bare": lambda: orders.alone(lambda: orders.pipeline("--bare")), "ranked": orders.http})
    http, ranked = ([rate for rate, _, _ in taken[name]] for name in ("http", "ranked"))
    for name, rounds in ((f"emnebankd, HTTP, {CLIENTS} clients", http), (f"emnebankd, HTTP, {CLIENTS} clients, ranked meanwhile", ranked),
                         (f"libpq pipeline, order_create, {BATCH} a transaction",
                         taken["pipeline"]), (f"libpq pipeline, a bare row, {BATCH} a transaction", taken["bare"])):
        made["figures"].append(report.figure(name, "durable orders", "orders/s", rounds))
        say(f"{name}: {statistics.median(rounds):,.0f}/s")
    made["calibration"]["orders_http_p50_ms"] = {"value": statistics.median(p50 for _, p50, _ in taken["http"])}
    made["calibration"]["orders_http_p99_ms"] = {"value": statistics.median(p99 for _, _, p99 in taken["http"])}
    made["bars"].append(report.bar("G10", f"durable orders/s over HTTP, {CLIENTS} clients ÷ libpq pipeline with {BATCH} orders a transaction",
                                   ">=", BAR, report.ratios(http, taken["pipeline"])))
    add_ratio(made, "durable orders/s over HTTP, ranked meanwhile", "libpq pipeline, nothing ranked",
              report.ratios(ranked, taken["pipeline"]))
    add_ratio(made, "durable orders/s over HTTP", "libpq pipeline, a bare row", report.ratios(http, taken["bare"]))
