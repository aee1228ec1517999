/*
 * Everything that touches the inbox of leads, at once, as the daemon's role: notices, files of
 * exports and their end, merges, moves, contacts, what is decided of leads that are alike, and
 * orders that are made of leads.
 *
 * After each round, when nobody acts, all must be true that stress_leads.sql says; the first round
 * that leaves something false is the last. A deadlock is asked again as the daemon's pool does
 * (common/pg), and counted; any other error but the API's own refusals is a fault.
 */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/life/town.h"
#include "tests/support/crowd.h"

#include <stdio.h>

#define SEED 20261123
#define ACTS 1400
#define AGAIN 3 /* as the pool */
#define SOURCES 2
#define FILE_ROWS 24
#define FILE_PARTS 2

struct stress {
    struct town town;
    struct crowd crowd;
    int round;
};

static int round_of(const struct actor *actor)
{
    const struct stress *stress = actor->crowd->world;
    return stress->round;
}

static long long throw_of(struct actor *actor)
{
    return (long long)dice_below(&actor->dice, 1 << 20);
}

static void note(struct actor *actor, const char *what, int64_t times)
{
    if (times > 0)
        town_ask(actor->notes, "SELECT life.note('%s', %lld)", what, (long long)times);
}

/* What a picker of stress_leads.sql chose; false: there is none. */
static bool picked(const struct pg_result *result, char id[TOWN_ID_SIZE])
{
    if (pg_is_null(result, 0, 0))
        return false;
    snprintf(id, TOWN_ID_SIZE, "%s", pg_text(result, 0, 0));
    return true;
}

/* One in five is a lead that is merged by now, as somebody's page still shows it. */
static bool some_lead(struct actor *actor, char id[TOWN_ID_SIZE])
{
    const bool gone = dice_percent(&actor->dice, 20);
    return picked(town_ask(actor->notes, "SELECT life.some_lead(%lld, %s)", throw_of(actor),
                           gone ? "true" : "false"),
                  id);
}

static void as_somebody(struct actor *actor)
{
    char home[TOWN_ID_SIZE];

    town_home_id(town_homes[dice_below(&actor->dice, TOWN_HOMES)].code, home);
    town_act(actor->session, dice_percent(&actor->dice, 60) ? TOWN_TEAM : home, true);
}

static void told_of_merge(struct actor *actor)
{
    if (str_equal(session_sqlstate(actor->session), "EB409"))
        note(actor, "a merged lead was refused", 1);
}

/* ---- what comes in ---- */

static void import_notices(struct actor *actor)
{
    as_somebody(actor);
    const struct pg_result *made =
        crowd_ask(actor, NULL,
                  "SELECT sum((a ->> 'created')::int) FROM"
                  " jsonb_array_elements(lead_import_releases(life.notices(%lld, %d))) AS a",
                  throw_of(actor), round_of(actor));
    if (made)
        note(actor, "leads", pg_int64(made, 0, 0));
}

static bool take_rows(struct actor *actor, const char *source, int64_t run, long long first)
{
    const struct pg_result *made =
        crowd_ask(actor, NULL,
                  "SELECT count(*) FROM jsonb_array_elements(lead_source_take('%s', %lld,"
                  " life.rows(%lld, %d, %d), false)) AS r WHERE r ->> 'outcome' = 'created'",
                  source, (long long)run, first, round_of(actor), FILE_ROWS);
    if (made)
        note(actor, "leads", pg_int64(made, 0, 0));
    return made != NULL;
}

static void unlist_missing(struct actor *actor, const char *source, int64_t run)
{
    for (int64_t after = 0;;) {
        const struct pg_result *last =
            crowd_ask(actor, NULL, "SELECT lead_source_unlist('%s', %lld, %lld)", source,
                      (long long)run, (long long)after);
        if (!last || pg_is_null(last, 0, 0))
            return;
        after = pg_int64(last, 0, 0);
        note(actor, "rows unlisted", 1);
    }
}

/* A file of the source, read as the daemon reads it: each statement is a transaction. */
static void read_file(struct actor *actor, int number, bool broken_off)
{
    char source[TOWN_ID_SIZE];
    const long long first = throw_of(actor);

    if (!picked(town_ask(actor->notes, "SELECT id FROM life.source WHERE n = %d", number), source))
        return;
    const struct pg_result *begun =
        crowd_ask(actor, NULL, "SELECT run FROM lead_source_begin('%s', false)", source);
    if (!begun)
        return;
    const int64_t run = pg_int64(begun, 0, 0);
    for (int part = 0; part < FILE_PARTS; part++) {
        if (!take_rows(actor, source, run, first + part * FILE_ROWS / 2))
            return;
    }
    if (broken_off)
        return;
    crowd_ask(actor, NULL, "SELECT lead_source_missing('%s', %lld, NULL, true)", source,
              (long long)run);
    unlist_missing(actor, source, run);
    if (crowd_ask(actor, NULL, "SELECT lead_source_finish('%s', %lld, '{}')", source,
                  (long long)run))
        note(actor, "files", 1);
}

static void export(struct actor *actor)
{
    as_somebody(actor);
    read_file(actor, (int)dice_below(&actor->dice, SOURCES), dice_percent(&actor->dice, 20));
}

/* ---- what people do with leads ---- */

static void merge(struct actor *actor)
{
    char gone[TOWN_ID_SIZE], kept[TOWN_ID_SIZE];

    as_somebody(actor);
    if (!some_lead(actor, gone) ||
        !picked(town_ask(actor->notes, "SELECT life.some_twin('%s', %lld)", gone, throw_of(actor)),
                kept))
        return;
    if (crowd_ask(actor, NULL, "SELECT status FROM lead_merge_into('%s', 0, '{\"into\": \"%s\"}')",
                  gone, kept))
        note(actor, "merges", 1);
    else
        told_of_merge(actor);
}

static void decide(struct actor *actor)
{
    char likeness[TOWN_ID_SIZE];
    const bool same = dice_percent(&actor->dice, 60);

    as_somebody(actor);
    if (!picked(town_ask(actor->notes, "SELECT life.some_likeness(%lld)", throw_of(actor)),
                likeness))
        return;
    if (!crowd_ask(actor, NULL,
                   "SELECT status FROM lead_likeness_decide('%s', '{\"state\": \"%s\"}')", likeness,
                   same ? "same" : "different"))
        return;
    note(actor, same ? "merges" : "kept apart", 1);
    if (!same)
        town_ask(actor->notes,
                 "INSERT INTO life.apart SELECT s.lead_id, s.other_id FROM emnebank.lead_likeness s"
                 " WHERE s.id = '%s'",
                 likeness);
}

static void move(struct actor *actor)
{
    static const char *const moves[] = {"{\"assign\": \"0751\"}", "{\"assign\": \"me\"}",
                                        "{\"state\": \"dismissed\", \"reason\": \"no_need\"}",
                                        "{\"state\": \"contacted\"}", "{\"state\": \"new\"}"};
    char lead[TOWN_ID_SIZE];

    as_somebody(actor);
    if (!some_lead(actor, lead))
        return;
    if (crowd_ask(actor, NULL, "SELECT status FROM lead_move('%s', 0, '%s')", lead,
                  moves[dice_below(&actor->dice, sizeof moves / sizeof *moves)]))
        note(actor, "moves", 1);
}

/* One in four is asked twice by the same key, as whoever did not hear the answer. */
static void contact(struct actor *actor)
{
    char lead[TOWN_ID_SIZE];
    const long long key = throw_of(actor);

    as_somebody(actor);
    if (!some_lead(actor, lead))
        return;
    for (int asks = dice_percent(&actor->dice, 25) ? 2 : 1; asks > 0; asks--) {
        const struct pg_result *made = crowd_ask(
            actor, NULL,
            "SELECT replayed::int FROM lead_contact_add('POST', '/%s', 'k%d-%d-%lld', 'f', '%s',"
            " '{\"channel\": \"phone\", \"role\": \"foreman\", \"guide_version\": 1, \"outcome\":"
            " \"reached\", \"answers\": {\"needs\": [{\"trade\": \"7114.8\", \"people\":"
            " {\"0\": 2, \"3\": 5}}]}}')",
            lead, round_of(actor), actor->number, key, lead);
        if (made)
            note(actor, pg_int64(made, 0, 0) == 0 ? "contacts" : "contacts again", 1);
        else
            told_of_merge(actor);
    }
}

/* An order that names a lead, or a draft that the lead itself becomes. */
static void order(struct actor *actor)
{
    char lead[TOWN_ID_SIZE];
    const long long key = throw_of(actor);
    const bool draft = dice_percent(&actor->dice, 25);

    as_somebody(actor);
    if (!some_lead(actor, lead))
        return;
    const struct pg_result *made = crowd_ask(
        actor, NULL,
        draft ? "SELECT body::jsonb ->> 'id' FROM lead_job_order('POST', '/%s', 'k%d-%d-%lld', 'f',"
                " '%s', life.a_draft())"
              : "SELECT body::jsonb ->> 'id' FROM order_create('POST', '/%s', 'k%d-%d-%lld', 'f',"
                " life.an_order('%s'), now(), now() + interval '7 days')",
        lead, round_of(actor), actor->number, key, lead);
    if (!made)
        return;
    note(actor, "orders", 1);
    if (draft)
        town_ask(actor->notes, "INSERT INTO life.drafted VALUES ('%s')", pg_text(made, 0, 0));
}

static const struct part parts[] = {
    {"notices", "emnebank_front", 2, 2, import_notices},
    {"export", "emnebank_front", 3, 1, export},
    {"merge", "emnebank_front", 2, 5, merge},
    {"decide", "emnebank_front", 1, 4, decide},
    {"move", "emnebank_front", 1, 6, move},
    {"contact", "emnebank_front", 2, 5, contact},
    {"order", "emnebank_front", 2, 8, order},
};
#define PARTS (sizeof parts / sizeof *parts)

/* ---- rounds ---- */

static int acts_in_round(void)
{
    int acts = 0;

    for (size_t p = 0; p < PARTS; p++)
        acts += parts[p].actors * parts[p].acts;
    return acts;
}

/* At last a file of each source while nobody else acts: what is listed is what the file has. */
static int64_t last_files(struct stress *stress)
{
    struct actor reader = {.crowd = &stress->crowd,
                           .part = &parts[1],
                           .session = stress->town.front,
                           .notes = stress->town.root};
    int64_t broken = 0;

    town_act(stress->town.front, TOWN_TEAM, true);
    for (int source = 0; source < SOURCES; source++) {
        read_file(&reader, source, false);
        const int64_t listed = town_number(
            stress->town.root,
            "SELECT count(*) FROM emnebank.lead_origin o JOIN life.source s ON s.id = o.source"
            " WHERE s.n = %d AND o.listed",
            source);
        if (listed != FILE_ROWS + FILE_ROWS / 2) {
            printf("FALSE the source lists what its last file has: %lld rows\n", (long long)listed);
            broken++;
        }
    }
    return broken + crowd_broken(stress->town.root, "SELECT * FROM life.lead_faults()");
}

static int run(int acts, uint64_t seed)
{
    struct stress stress = {.crowd = {.again = AGAIN}};
    const int rounds = (acts + acts_in_round() - 1) / acts_in_round();
    int64_t broken = 0;

    stress.crowd.world = &stress;
    town_open(&stress.town, "leads_stress", seed, 1);
    town_script(&stress.town, "../services/leads/stress_leads.sql");
    crowd_open(&stress.crowd, stress.town.conninfo, parts, PARTS, seed);
    const int64_t began = clock_monotonic();
    for (; stress.round < rounds && broken == 0 && stress.crowd.faults == 0; stress.round++) {
        crowd_round(&stress.crowd);
        broken = crowd_broken(stress.town.root, "SELECT * FROM life.lead_faults()");
    }
    const double seconds = (double)(clock_monotonic() - began) / 1e6;
    crowd_close(&stress.crowd);
    if (broken == 0 && stress.crowd.faults == 0)
        broken = last_files(&stress) +
                 crowd_broken(stress.town.root, "SELECT * FROM life.never_happened()");
    crowd_report(&stress.crowd, stress.round, seconds, seed, stress.town.root,
                 "SELECT what, times FROM life.happened ORDER BY 1");
    broken += stress.crowd.faults;
    town_close(&stress.town);
    return broken == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct crowd_options options = {.program = "leads_stress",
                                    .unit = "acts",
                                    .what = "Acts N times, in rounds",
                                    .much = ACTS,
                                    .seed = SEED};
    int status;

    return crowd_options(&options, argc, argv, &status) ? run(options.much, options.seed) : status;
}
