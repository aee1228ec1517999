/*
 * The state machine of an entry: every step from every state to every state, and every answer in
 * every state.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define STATES 8 /* that the answers of this test lead to */
#define ALL_STATES 16

static const char *const states[ALL_STATES] = {
    "proposed",  "confirmed", "declined",     "yes",     "no",       "approved",
    "released",  "withdrawn", "reserve",      "asked",   "replaced", "no_answer",
    "interview", "hired",     "not_relevant", "obsolete"};

/* Row: from, column: to, in the order above. */
static const char *const legal[ALL_STATES] = {
    ".xx....x..xx...x", /* proposed */
    "..xxx..x.xxx...x", /* confirmed */
    "................", /* declined */
    ".....x.x.......x", /* yes */
    "................", /* no */
    "......xx.......x", /* approved */
    ".......x....xxxx", /* released */
    "................", /* withdrawn */
    "x......x.......x", /* reserve */
    "..xxx..x..xx...x", /* asked */
    "................", /* replaced */
    ".xxxx..x..x....x", /* no_answer */
    ".......x.....xxx", /* interview */
    "................", /* hired */
    "................", /* not_relevant */
    "................", /* obsolete */
};

/* An entry in any state: as far as the evidence goes by its own way, then by the superuser's hand.
 */
static const char *entry_in(struct scene *scene, size_t state)
{
    if (state < STATES)
        return scene_entry_in(scene, 1, states[state]);
    const char *entry = scene_entry_in(scene, 1, "released");
    scene_root(scene, "ALTER TABLE shortlist_entry DISABLE TRIGGER entry_step");
    scene_root(scene, "UPDATE shortlist_entry SET state = '%s' WHERE id = '%s'", states[state],
               entry);
    scene_root(scene, "ALTER TABLE shortlist_entry ENABLE TRIGGER entry_step");
    return entry;
}

static void every_step_is_legal_or_refused(void **state)
{
    struct scene *scene = *state;

    for (size_t from = 0; from < ALL_STATES; from++) {
        const char *entry = entry_in(scene, from);
        for (size_t to = 0; to < ALL_STATES; to++) {
            struct error_detail detail = {{0}, {0}};
            if (from == to)
                continue;
            assert_int_equal(session_exec(scene->root, "BEGIN", NULL), 0);
            int error = session_exec(
                scene->root,
                arena_printf(scene->arena,
                             "UPDATE shortlist_entry SET state = '%s', decline_reason = 'moved'"
                             " WHERE id = '%s'",
                             states[to], entry),
                &detail);
            assert_int_equal(session_exec(scene->root, "ROLLBACK", NULL), 0);
            bool refused = error != 0 && str_starts(detail.public_text, "answer-not-possible");
            if (refused == (legal[from][to] == 'x'))
                fail_msg("%s to %s: %s", states[from], states[to], detail.public_text);
        }
    }
}

static const struct {
    const char *name;
    enum actor actor;
    const char *call;            /* %s: the entry */
    const char *becomes[STATES]; /* by the state before; NULL: refused */
} acts[] = {
    {"confirm", AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", {"confirmed"}},
    {"decline",
     AARHUS,
     "SELECT entry_answer('%s', 0, '{\"answer\": \"decline\", \"reason\": \"moved\"}')",
     {"declined", "declined"}},
    {"yes",
     AARHUS,
     "SELECT entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\","
     " \"how\": \"meeting\", \"text_version\": \"2026-1\"}')",
     {NULL, "yes"}},
    {"no", AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"no\"}')", {NULL, "no"}},
    {"withdraw",
     AARHUS,
     "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')",
     {[3] = "withdrawn", [5] = "withdrawn", [6] = "withdrawn"}},
    {"approve", TEAM, "SELECT entry_approve('%s', 0)", {[3] = "approved"}},
    {"release",
     TEAM,
     "SELECT entry_release('POST', '/act', gen_random_uuid()::text, 'f', '%s', 'public_task')",
     {[5] = "released"}},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *call_text(struct scene *scene, size_t act, const char *entry)
{
    return arena_printf(scene->arena, acts[act].call, entry);
}
#pragma GCC diagnostic pop

static void every_answer_in_every_state(void **state)
{
    struct scene *scene = *state;

    for (size_t act = 0; act < sizeof acts / sizeof acts[0]; act++) {
        for (size_t from = 0; from < STATES; from++) {
            const char *entry = scene_entry_in(scene, 2, states[from]);
            const char *before = scene_root(
                scene, "SELECT state || version FROM shortlist_entry WHERE id = '%s'", entry);
            const char *becomes = acts[act].becomes[from];
            if (becomes) {
                scene_get(scene, acts[act].actor, "%s", call_text(scene, act, entry));
                const char *after =
                    scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
                assert_string_equal(after, becomes);
                continue;
            }
            scene_refused(scene, acts[act].actor, "answer-not-possible", "%s",
                          call_text(scene, act, entry));
            const char *after = scene_root(
                scene, "SELECT state || version FROM shortlist_entry WHERE id = '%s'", entry);
            assert_string_equal(after, before);
        }
    }
}

static void only_the_home_answers(void **state)
{
    struct scene *scene = *state;
    static const char *const bodies[] = {"{\"answer\": \"confirm\"}", "{\"answer\": \"no\"}",
                                         "{\"answer\": \"withdraw\"}",
                                         "{\"answer\": \"decline\", \"reason\": \"moved\"}"};
    const char *entry = scene_entry_in(scene, 3, "proposed");

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        scene_refused(scene, HORSENS, "not-found", "SELECT entry_answer('%s', 0, '%s')", entry,
                      bodies[i]);
        scene_refused(scene, TEAM, "not-found", "SELECT entry_answer('%s', 0, '%s')", entry,
                      bodies[i]);
        scene_refused(scene, EMPLOYER, "not-found", "SELECT entry_answer('%s', 0, '%s')", entry,
                      bodies[i]);
    }
    scene_refused(scene, EMPLOYER, "not-found", "SELECT entry_read('%s')", entry);
    scene_refused(scene, AARHUS, "not-found", "SELECT entry_read(gen_random_uuid())");
}

static void a_stale_reader_is_told(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 4, "confirmed");

    scene_refused(scene, AARHUS, "version-stale",
                  "SELECT entry_answer('%s', 1, '{\"answer\": \"no\"}')", entry);
    scene_refused(scene, AARHUS, "version-stale",
                  "SELECT entry_answer('%s', -1, '{\"answer\": \"no\"}')", entry);
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 2, '{\"answer\": \"no\"}')", entry);
}

static void an_order_that_is_over_takes_no_answers(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 5, "approved");
    const char *order =
        scene_root(scene, "SELECT order_id FROM shortlist_entry WHERE id = '%s'", entry);

    scene_get(scene, TEAM, "SELECT order_close('%s', 0, 'filled')", order);
    scene_refused(scene, TEAM, "state-conflict",
                  "SELECT entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')", entry);
    /* It was ended with the order, and nothing rests on the yes any more. */
    scene_refused(scene, AARHUS, "answer-not-possible",
                  "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
}

static const char *events(struct scene *scene, const char *entry, const char *receiver)
{
    return scene_root(scene,
                      "SELECT string_agg(kind || ' ' || (payload ->> 'state'), ', ' ORDER BY c.id)"
                      " FROM (SELECT x.kind, x.payload, c.id FROM outbox x"
                      " JOIN change c ON c.outbox_id = x.id"
                      " WHERE x.entry_id = '%s' AND x.organisation_id = '%s'"
                      " AND x.kind = 'entry.changed') AS c",
                      entry, receiver);
}

static void the_others_are_told_of_each_move(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 6, "released");

    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    assert_string_equal(events(scene, entry, TEAM_ID),
                        "entry.changed confirmed, entry.changed yes, entry.changed withdrawn");
    assert_string_equal(events(scene, entry, AARHUS_ID),
                        "entry.changed approved, entry.changed released");
    assert_string_equal(events(scene, entry, HORSENS_ID), "");
}

static void each_move_is_audited_in_both_chains(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 7, "released");
    static const char audit[] =
        "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit"
        " WHERE organisation_id = '%s' AND subject_id = '%s' AND candidates = ARRAY['%s'::uuid]";

    assert_string_equal(scene_root(scene, audit, AARHUS_ID, entry, scene_candidate(scene, 7)),
                        "entry.confirmed entry.yes entry.approved entry.released");
    assert_string_equal(scene_root(scene, audit, TEAM_ID, entry, scene_candidate(scene, 7)),
                        "entry.approved entry.released");
    /* The team's person stands in the team's row. */
    assert_string_equal(scene_root(scene,
                                   "SELECT person FROM audit WHERE organisation_id = '" TEAM_ID
                                   "' AND subject_id = '%s' AND action = 'entry.approved'",
                                   entry),
                        "Tea Teamsen (fiktiv)");
}

static void a_release_is_idempotent(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 8, "approved");
    static const char call[] = "SELECT (r).body::jsonb ->> 'id' FROM (SELECT"
                               " entry_release('POST', '/r', 'one', 'f', '%s', 'public_task') AS r)"
                               " AS t";

    const char *first = scene_get(scene, TEAM, call, entry);
    assert_int_equal(strlen(first), 36);
    assert_string_equal(scene_get(scene, TEAM, call, entry), first);
    scene_refused(scene, TEAM, "idempotency-key-reused",
                  "SELECT entry_release('POST', '/r', 'one', 'g', '%s', 'consent')", entry);
    assert_string_equal(
        scene_root(scene, "SELECT count(*) FROM outbox WHERE release_id = '%s'", first), "1");
}

static int setup(void **state)
{
    *state = scene_open("states");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_legal_or_refused),
        cmocka_unit_test(every_answer_in_every_state),
        cmocka_unit_test(only_the_home_answers),
        cmocka_unit_test(a_stale_reader_is_told),
        cmocka_unit_test(an_order_that_is_over_takes_no_answers),
        cmocka_unit_test(the_others_are_told_of_each_move),
        cmocka_unit_test(each_move_is_audited_in_both_chains),
        cmocka_unit_test(a_release_is_idempotent),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
