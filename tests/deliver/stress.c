/*
 * Everything that touches the outbox, at once: senders that claim and end, the sweep, days that are
 * made and dropped, events and CVs that are made, CVs that are taken back, endpoints that are
 * disabled, approved and asked again, replays, readers of the feed, and the stop of pushes.
 *
 * Round after round all begin at a barrier and act so many times; between rounds, when nobody acts,
 * what only time would do is done (stress.sql). Then all is let out, and the journals are asked
 * what must be true. A deadlock, or any error but the API's own refusals, is a fault.
 */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/life/town.h"
#include "tests/support/crowd.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20261122
#define ROUNDS 24
#define PEOPLE_PER_ROUND 2
#define DAYS 4
#define LEASE "'400 milliseconds'"
#define MOST_DRAINED 4000 /* claims; what is not over by then never will be */

struct stress {
    struct town town;
    struct crowd crowd; /* its lock: entries */
    int rounds, round;
    char (*entries)[TOWN_ID_SIZE];
    int people, released, withdrawn;
};

static struct stress *stress_of(const struct actor *actor)
{
    return actor->crowd->world;
}

static void note(struct actor *actor, const char *what)
{
    town_ask(actor->notes, "SELECT life.note('%s')", what);
}

/* From now on, after its commit; and until now, before the opening. */
static void shut(struct actor *actor, const char *what, const char *id)
{
    town_ask(actor->notes,
             "INSERT INTO life.shut VALUES ('%s', nullif('%s', '')::uuid, clock_timestamp())", what,
             id);
}

static void opening(struct actor *actor, const char *what, const char *id)
{
    town_ask(
        actor->notes,
        "UPDATE life.shut SET until = clock_timestamp() WHERE what = '%s' AND until IS NULL AND"
        " id IS NOT DISTINCT FROM nullif('%s', '')::uuid",
        what, id);
}

/* ---- the sender ---- */

static void claim(struct actor *actor)
{
    crowd_ask(actor, NULL, "SELECT life.claim(6, " LEASE ")");
}

static void finish(struct actor *actor)
{
    static const struct {
        unsigned percent;
        const char *outcome, *class;
        int status;
    } ends[] = {{55, "delivered", "ok", 200}, {20, "retry", "answered", 400},
                {8, "retry", "timeout", 0},   {9, "dead", "answered", 422},
                {7, "held", "ok", 0},         {1, "gone", "answered", 410}};
    char text[256];
    const bool stale = dice_percent(&actor->dice, 15);
    size_t end = 0;

    if (dice_percent(&actor->dice, 30)) {
        snprintf(text, sizeof text, "SELECT life.finish_together(8, %s, %d, %d)",
                 stale ? "true" : "false", actor->number, actor->part->actors);
    } else {
        for (uint64_t throw = dice_below(&actor->dice, 100); throw >= ends[end].percent; end++)
            throw -= ends[end].percent;
        snprintf(text, sizeof text, "SELECT life.finish('%s', '%s', %d, %s)", ends[end].outcome,
                 ends[end].class, ends[end].status, stale ? "true" : "false");
    }
    const struct pg_result *refused = crowd_ask(actor, NULL, "%s", text);
    if (refused && pg_int64(refused, 0, 0) > 0)
        note(actor, "refused by its token");
}

static void sweep(struct actor *actor)
{
    static const char *const statements[] = {"SELECT delivery_sweep()", "SELECT delivery_sweep()",
                                             "SELECT endpoint_upkeep()", "SELECT recalls_open()",
                                             "SELECT delivery_gauges()"};

    crowd_ask(actor, NULL, "%s",
              statements[dice_below(&actor->dice, sizeof statements / sizeof *statements)]);
}

/* Of the second day nobody makes partitions before it has begun: it lives in the default ones.
 * 55P03 is what outbox_days says when somebody was at the day that it would drop: it goes on the
 * next time. */
static void days(struct actor *actor)
{
    const struct stress *stress = stress_of(actor);
    const int day = stress->round * DAYS / stress->rounds; /* as run_rounds() counts them */
    char text[128];

    if (day == 1 && (stress->round - 2) * DAYS / stress->rounds == 0)
        return;
    snprintf(text, sizeof text, "SELECT made, dropped FROM outbox_days(life.today(), %d, 0, 13)",
             day == 0 ? 0 : 1);
    const struct pg_result *done = crowd_ask(actor, "55P03", "%s", text);
    if (!done)
        return;
    const int64_t made = pg_int64(done, 0, 0), dropped = pg_int64(done, 0, 1);
    if (made > 0)
        note(actor, "a day was opened");
    if (dropped > 0)
        note(actor, "a day left");
}

/* ---- those who make events ---- */

static void produce(struct actor *actor)
{
    char text[128];
    const bool slow = dice_percent(&actor->dice, 30);

    snprintf(text, sizeof text, "SELECT life.produce(%d)", (int)dice_below(&actor->dice, 1000));
    if (slow)
        crowd_ask(actor, NULL, "BEGIN");
    if (!crowd_ask(actor, NULL, "%s", text) || !slow) {
        if (slow)
            crowd_ask(actor, NULL, "ROLLBACK");
        return;
    }
    for (uint64_t looks = dice_below(&actor->dice, 12); looks > 0; looks--)
        crowd_ask(actor, NULL, "SELECT 1");
    crowd_ask(actor, NULL, "%s", dice_percent(&actor->dice, 10) ? "ROLLBACK" : "COMMIT");
}

/* The next of those whom nobody has released, or taken back; false: all have been. */
static bool next_entry(struct actor *actor, int *next, int below, char id[TOWN_ID_SIZE])
{
    pthread_mutex_lock(&actor->crowd->lock);
    const bool found = *next < below;
    if (found)
        snprintf(id, TOWN_ID_SIZE, "%s", stress_of(actor)->entries[(*next)++]);
    pthread_mutex_unlock(&actor->crowd->lock);
    return found;
}

static void release(struct actor *actor)
{
    char text[256], id[TOWN_ID_SIZE];
    const int due = PEOPLE_PER_ROUND * (stress_of(actor)->round + 1);

    town_act(actor->session, TOWN_TEAM, true);
    if (!next_entry(actor, &stress_of(actor)->released, due, id))
        return;
    snprintf(text, sizeof text,
             "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')", id,
             id);
    crowd_ask(actor, NULL, "%s", text);
}

/* Those of the round before, mostly: their CVs wait, or are under way. */
static void take_back(struct actor *actor)
{
    char text[256], id[TOWN_ID_SIZE];
    const int due = PEOPLE_PER_ROUND * stress_of(actor)->round + 1;

    if (!next_entry(actor, &stress_of(actor)->withdrawn, due, id) || dice_percent(&actor->dice, 20))
        return;
    const struct pg_result *home = town_ask(
        actor->notes, "SELECT organisation_id FROM emnebank.shortlist_entry WHERE id = '%s'", id);
    char tenant[TOWN_ID_SIZE];
    snprintf(tenant, sizeof tenant, "%s", pg_text(home, 0, 0));
    town_act(actor->session, tenant, true);
    snprintf(text, sizeof text,
             "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", id);
    if (crowd_ask(actor, NULL, "%s", text)) {
        shut(actor, "entry", id);
        note(actor, "taken back");
    }
}

/* ---- those who have endpoints ---- */

struct place {
    char endpoint[TOWN_ID_SIZE], organisation[TOWN_ID_SIZE], cvr[16];
};

static void some_endpoint(struct actor *actor, const char *kinds, struct place *place)
{
    const struct pg_result *row =
        town_ask(actor->notes, "SELECT * FROM life.some_endpoint('%s')", kinds);

    snprintf(place->endpoint, TOWN_ID_SIZE, "%s", pg_text(row, 0, 0));
    snprintf(place->organisation, TOWN_ID_SIZE, "%s", pg_text(row, 0, 1));
    snprintf(place->cvr, sizeof place->cvr, "%s", pg_is_null(row, 0, 2) ? "" : pg_text(row, 0, 2));
}

static void replay(struct actor *actor)
{
    static const char *const states[] = {"{dead,cancelled}", "{dead}", "{missed}",
                                         "{dead,cancelled,missed}"};
    char text[512];
    struct place place;

    some_endpoint(actor, "{employer,municipality,team}", &place);
    town_act(actor->session, place.organisation, false);
    if (dice_percent(&actor->dice, 20)) {
        snprintf(text, sizeof text, "SELECT status FROM endpoint_test('%s')", place.endpoint);
        crowd_ask(actor, NULL, "%s", text);
        return;
    }
    if (dice_percent(&actor->dice, 50)) {
        const struct pg_result *row =
            town_ask(actor->notes, "SELECT life.some_given_up('%s')", place.endpoint);
        if (pg_is_null(row, 0, 0))
            return;
        snprintf(text, sizeof text, "SELECT status FROM delivery_replay('%s')", pg_text(row, 0, 0));
    } else {
        snprintf(text, sizeof text,
                 "SELECT status FROM endpoint_replay('%s', now() - interval '%d days', %s, '%s')",
                 place.endpoint, (int)dice_below(&actor->dice, 6),
                 dice_percent(&actor->dice, 50) ? "NULL" : "'{order.changed,cv.released}'",
                 states[dice_below(&actor->dice, 4)]);
    }
    if (crowd_ask(actor, NULL, "%s", text))
        note(actor, "sent again");
}

/* Disabled for a moment, and enabled; some lose their approval, and have to be proven and approved.
 */
static void manage(struct actor *actor)
{
    char text[512];
    struct place place;
    const bool whole = dice_percent(&actor->dice, 30);

    some_endpoint(actor, "{employer,municipality,team}", &place);
    town_act(actor->session, whole ? TOWN_TEAM : place.organisation, true);
    snprintf(text, sizeof text,
             whole ? "SELECT status FROM endpoint_disapprove('%s', 0)"
                   : "SELECT status FROM endpoint_change('%s', 0, NULL, NULL, 'disabled', '{}')",
             place.endpoint);
    if (crowd_ask(actor, NULL, "%s", text)) {
        shut(actor, "endpoint", place.endpoint);
        note(actor, "endpoint disabled");
    }
    for (uint64_t looks = dice_below(&actor->dice, 20); looks > 0; looks--)
        crowd_ask(actor, NULL, "SELECT 1");
    town_act(actor->session, place.organisation, true);
    opening(actor, "endpoint", place.endpoint);
    snprintf(text, sizeof text,
             "SELECT status FROM endpoint_change('%s', 0, NULL, NULL, 'active', '{}')",
             place.endpoint);
    crowd_ask(actor, NULL, "%s", text);
    /* Whoever has answered by now. */
    town_act(actor->session, TOWN_TEAM, true);
    some_endpoint(actor, "{employer,municipality}", &place);
    snprintf(text, sizeof text, "SELECT status FROM endpoint_approve('%s', 0, nullif('%s', ''))",
             place.endpoint, place.cvr);
    crowd_ask(actor, NULL, "%s", text);
}

/* Readers have organisations of their own. */
static void pull(struct actor *actor)
{
    char text[512], tenant[TOWN_ID_SIZE];
    const struct pg_result *row =
        town_ask(actor->notes,
                 "SELECT r.organisation_id FROM (SELECT *, row_number() OVER (ORDER BY "
                 "organisation_id) AS n FROM life.reader) r"
                 " WHERE n %% %d = %d ORDER BY random() LIMIT 1",
                 actor->part->actors, actor->number);

    snprintf(tenant, sizeof tenant, "%s", pg_text(row, 0, 0));
    town_act(actor->session, tenant, false);
    row = crowd_ask(
        actor, NULL,
        "SELECT c, array_fill(repeat('0', 64), ARRAY[cardinality(c)]) FROM life.pull() AS c");
    if (!row) {
        if (str_equal(session_sqlstate(actor->session), "EB410"))
            town_ask(actor->notes, "SELECT life.pull_anew('%s')", tenant);
        return;
    }
    if (str_equal(pg_text(row, 0, 0), "{}"))
        return;
    snprintf(text, sizeof text,
             "SELECT events_pulled('%.200s'::uuid[], array_fill(repeat('0', 64), "
             "ARRAY[cardinality('%.200s'::uuid[])]))",
             pg_text(row, 0, 0), pg_text(row, 0, 0));
    if (strlen(pg_text(row, 0, 0)) < 200)
        crowd_ask(actor, NULL, "%s", text);
}

static void stop(struct actor *actor)
{
    town_act(actor->session, TOWN_TEAM, true);
    if (crowd_ask(actor, NULL, "SELECT status FROM push_stop_set(0, true, 'prøve')")) {
        shut(actor, "push", "");
        note(actor, "pushes stopped");
    }
    for (uint64_t looks = dice_below(&actor->dice, 60); looks > 0; looks--)
        crowd_ask(actor, NULL, "SELECT 1");
    opening(actor, "push", "");
    crowd_ask(actor, NULL, "SELECT status FROM push_stop_set(0, false, 'prøve')");
}

static const struct part parts[] = {
    {"claim", "emnebank_deliver", 2, 12, claim},
    {"finish", "emnebank_deliver", 3, 16, finish},
    {"sweep", "emnebank_deliver", 1, 10, sweep},
    {"days", "emnebank_deliver", 2, 3, days},
    {"produce", NULL, 2, 5, produce},
    {"release", "emnebank_front", 1, 3, release},
    {"take back", "emnebank_front", 1, 3, take_back},
    {"replay", "emnebank_front", 2, 2, replay},
    {"manage", "emnebank_front", 1, 2, manage},
    {"pull", "emnebank_front", 2, 6, pull},
    {"stop", "emnebank_front", 1, 1, stop},
};

/* ---- rounds ---- */

/* All who are to be released, as far as the approval; several with each employer. */
static void bring_people(struct stress *stress)
{
    stress->people = PEOPLE_PER_ROUND * stress->rounds;
    stress->entries = calloc((size_t)stress->people, sizeof *stress->entries);
    for (int n = 0; n < stress->people; n++)
        snprintf(stress->entries[n], TOWN_ID_SIZE, "%s",
                 pg_text(town_ask(stress->town.root, "SELECT life.bring(%d, %d, 'approved')", n + 1,
                                  1 + n % 6),
                         0, 0));
}

static void run_rounds(struct stress *stress)
{
    for (stress->round = 0; stress->round < stress->rounds; stress->round++) {
        town_ask(stress->town.root, "UPDATE life.calendar SET back = %d",
                 DAYS - 1 - stress->round * DAYS / stress->rounds);
        crowd_round(&stress->crowd);
        town_ask(stress->town.root, "SELECT life.hurry()");
        if (town_number(stress->town.root, "SELECT count(*) FROM emnebank.outbox_default") > 0)
            town_ask(stress->town.root, "SELECT life.note('a day that nobody had made')");
    }
}

/* Nobody makes anything any more: what waits is sent, what has been made is read, days leave. */
static void let_out(struct stress *stress)
{
    struct actor sender = {.crowd = &stress->crowd,
                           .part = &parts[0],
                           .session = stress->town.deliver,
                           .notes = stress->town.root};
    struct actor reader = {.crowd = &stress->crowd,
                           .part = &parts[9],
                           .session = stress->town.front,
                           .notes = stress->town.root};
    int rest = MOST_DRAINED;

    town_ask(stress->town.root, "SELECT life.open_everything()");
    for (; rest > 0 && town_number(stress->town.root, "SELECT life.open_deliveries()") > 0;
         rest--) {
        town_ask(stress->town.root, "SELECT life.hurry()");
        crowd_ask(&sender, NULL, "SELECT delivery_sweep()");
        crowd_ask(&sender, NULL, "SELECT life.claim(50, " LEASE ")");
        crowd_ask(&sender, NULL, "SELECT life.finish_together(50, false, NULL, NULL)");
        for (int i = 0; i < 3; i++)
            crowd_ask(&sender, NULL, "SELECT life.finish('delivered', 'ok', 200, false)");
    }
    town_ask(stress->town.root, "SELECT life.hurry()");
    crowd_ask(&sender, NULL, "SELECT delivery_sweep()");
    for (int reads = 0; reads < 150 * stress->rounds; reads++) {
        reader.number = reads % reader.part->actors;
        pull(&reader);
    }
    town_ask(stress->town.root, "SELECT life.hurry()");
    if (town_number(stress->town.root, "SELECT life.leave_days()") > 0)
        note(&sender, "a day left");
}

static int run(int rounds, uint64_t seed)
{
    struct stress stress = {.rounds = rounds};

    stress.crowd.world = &stress;
    town_open(&stress.town, "deliver_stress", seed, PEOPLE_PER_ROUND * rounds);
    town_script(&stress.town, "races.sql");
    bring_people(&stress);
    town_script(&stress.town, "../deliver/stress.sql");
    crowd_open(&stress.crowd, stress.town.conninfo, parts, sizeof parts / sizeof *parts, seed);
    const int64_t began = clock_monotonic();
    run_rounds(&stress);
    const double seconds = (double)(clock_monotonic() - began) / 1e6;
    crowd_close(&stress.crowd);
    let_out(&stress);
    town_ask(stress.town.root, "SELECT life.look_back()");
    crowd_report(&stress.crowd, rounds, seconds, seed, stress.town.root,
                 "SELECT what, times FROM life.happened UNION ALL SELECT 'deliveries', count(*)"
                 " FROM life.made UNION ALL SELECT 'claims', count(*) FROM life.claimed UNION ALL"
                 " SELECT 'read', count(*) FROM life.pulled ORDER BY 1");
    const int64_t broken =
        crowd_broken(stress.town.root, "SELECT * FROM life.stress_faults(" LEASE ")") +
        stress.crowd.faults;
    town_close(&stress.town);
    free(stress.entries);
    return broken == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct crowd_options options = {.program = "deliver_stress",
                                    .unit = "rounds",
                                    .what = "Runs N rounds",
                                    .much = ROUNDS,
                                    .seed = SEED};
    int status;

    return crowd_options(&options, argc, argv, &status) ? run(options.much, options.seed) : status;
}
