/*
 * Replay on a real PostgreSQL: lists that the daemon's own job stored under each ruleset, with
 * edits of the vocabulary, changes of candidates and erasures between them; lists from before their
 * input was kept; and lists that somebody has touched.
 */
#include "services/match/replay.h"

#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/pg/internal.h"
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ORDER "0192a000-0000-7000-8000-00000000000%d"
#define BEFORE_INPUT_WAS_KEPT 11 /* the last migration then */
#define BEFORE_REQUIREMENTS 16
#define SEEN_CAP 16

/* ---- what a run says ---- */

struct seen {
    enum replay_outcome outcome;
    int ruleset;
    char reason[32];
    size_t erased, erased_listed, difference_count, entries;
    char erased_id[ENGINE_ID_TEXT_SIZE]; /* the first */
    struct replay_difference first;
    char field[32];
};

struct run {
    struct replay_counts counts;
    struct seen lists[SEEN_CAP];
    size_t count;
    struct running *disturb; /* erases somebody after the first list; NULL: nobody */
};

static void see(const struct replay_result *result, void *argument)
{
    struct run *run = argument;
    assert_true(run->count < SEEN_CAP);
    struct seen *seen = &run->lists[run->count++];
    *seen = (struct seen){
        .outcome = result->outcome,
        .ruleset = result->ruleset,
        .erased = result->erased,
        .erased_listed = result->erased_listed,
        .difference_count = result->difference_count,
        .entries = result->entries,
    };
    if (result->reason != NULL) {
        snprintf(seen->reason, sizeof seen->reason, "%s", result->reason);
    }
    if (result->erased_id_count > 0) {
        snprintf(seen->erased_id, sizeof seen->erased_id, "%s", result->erased_ids[0]);
    }
    if (result->difference_count > 0) {
        seen->first = result->differences[0];
        snprintf(seen->field, sizeof seen->field, "%s", seen->first.field);
    }
    if (run->disturb != NULL) {
        owner_ask(run->disturb->owner, "SELECT fictional_erase(2)");
        run->disturb = NULL;
    }
}

static struct run replay(const char *conninfo, const char *shortlist, struct running *disturb)
{
    struct run run = {.disturb = disturb};
    struct session *session = NULL;
    struct error_detail detail = {0};
    assert_int_equal(session_open(conninfo, NULL, &session, &detail), 0);
    if (replay_run(session, shortlist, see, &run, &run.counts, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    session_close(&session);
    return run;
}

static struct run replay_all(const struct running *scene)
{
    return replay(scene->conninfo, NULL, NULL);
}

/* ---- making lists ---- */

static void store(struct running *scene, int order, int ruleset)
{
    if (scene->options.ruleset != ruleset) {
        scene->options.ruleset = ruleset;
        running_restart(scene);
    }
    owner_ask(scene->owner, "SELECT fictional_wide_order('" ORDER "')", order);
    running_jobs(scene);
}

/* Twelve: with all; with a greater licence; with related competences; alike. */
static void populate(struct session *owner)
{
    owner_ask(owner, "SELECT fictional(n, 1 + n %% 3) FROM generate_series(1, 12) n");
    owner_ask(owner, "SELECT fictional_fact(n, 'licence', CASE WHEN n %% 2 = 0 THEN 'CE' "
                     "ELSE 'C' END, NULL) FROM generate_series(1, 6) n");
    owner_ask(owner, "SELECT fictional_fact(n, 'competence', 'reinforcement-mesh', 4) "
                     "FROM generate_series(3, 9) n");
}

static int64_t number(struct running *scene, const char *text)
{
    return pg_int64(owner_ask(scene->owner, "%s", text), 0, 0);
}

static int set_up(void **state)
{
    *state = running_open("replay");
    return 0;
}

static int tear_down(void **state)
{
    struct running *scene = *state;
    running_close(&scene);
    return 0;
}

/* ---- every ruleset, on one database ---- */

static void lists_of_every_ruleset_are_found_again(void **state)
{
    struct running *scene = *state;
    populate(scene->owner);
    store(scene, 1, 1);
    store(scene, 2, 2);
    store(scene, 3, 3);
    owner_ask(scene->owner, "SELECT fictional_vocabulary('Forskalling, ny', 'steel-erection')");
    owner_ask(scene->owner, "SELECT fictional_fact(10, 'competence', 'steel-erection', 5)");
    store(scene, 4, 3);
    owner_ask(scene->owner, "SELECT fictional_change(1, 5)");
    owner_ask(scene->owner, "SELECT fictional_change(5, NULL)");
    store(scene, 5, 1);
    owner_ask(scene->owner, "SELECT fictional_vocabulary('Forskalling, nyest', 'glazing')");
    owner_ask(scene->owner, "SELECT fictional(20, 4)");
    store(scene, 6, 2);
    store(scene, 7, 3);

    /* The rulesets do give different lists here, and the words did change. */
    static const char sum[] = "SELECT sum(score) FROM shortlist_entry WHERE order_id = "
                              "'0192a000-0000-7000-8000-00000000000%d'";
    int64_t sums[8];
    for (int order = 1; order <= 7; order++) {
        sums[order] = pg_int64(owner_ask(scene->owner, sum, order), 0, 0);
    }
    assert_true(sums[1] < sums[2] && sums[2] < sums[3]);
    assert_int_equal(number(scene, "SELECT count(DISTINCT vocabulary_version) FROM shortlist"), 3);
    assert_true(number(scene, "SELECT count(*) FROM shortlist_entry "
                              "WHERE explanation_da LIKE '%%halve point%%'") > 0);
    assert_string_equal(
        pg_text(owner_ask(scene->owner,
                          "SELECT string_agg(DISTINCT concat(s.ruleset, p ->> 'relation'), ' ') "
                          "FROM shortlist_entry e JOIN shortlist s ON s.id = e.shortlist_id, "
                          "json_array_elements(e.parts::json) p WHERE p ->> 'relation' <> 'exact'"),
                0, 0),
        "2implied 3group 3implied 3narrower");

    const struct run run = replay_all(scene);
    assert_int_equal(run.counts.lists, 7);
    assert_int_equal(run.counts.of[REPLAY_IDENTICAL], 7);
    size_t of[ENGINE_RULESET + 1] = {0};
    for (size_t i = 0; i < run.count; i++) {
        of[run.lists[i].ruleset]++;
        assert_true(run.lists[i].entries > 0);
    }
    assert_true(of[1] == 2 && of[2] == 2 && of[3] == 3);
}

static void one_list_is_replayed_alone_and_the_run_is_in_the_audit(void **state)
{
    struct running *scene = *state;
    char id[ENGINE_ID_TEXT_SIZE];
    struct session *session = NULL;
    struct error_detail detail = {0};
    struct run run = {.count = 0};
    populate(scene->owner);
    store(scene, 1, 3);
    store(scene, 2, 3);
    snprintf(id, sizeof id, "%s",
             pg_text(owner_ask(scene->owner, "SELECT id FROM shortlist LIMIT 1"), 0, 0));
    run = replay(scene->conninfo, id, NULL);
    assert_int_equal(run.counts.lists, 1);
    assert_int_equal(run.counts.of[REPLAY_IDENTICAL], 1);
    const struct pg_result *audit = owner_ask(
        scene->owner, "SELECT subject_id, detail::text, o.kind FROM audit a JOIN organisation o ON "
                      "o.id = a.organisation_id WHERE action = 'shortlist.replayed'");
    assert_int_equal(pg_rows(audit), 1);
    assert_string_equal(pg_text(audit, 0, 0), id);
    assert_string_equal(pg_text(audit, 0, 1),
                        "{\"lists\": 1, \"cannot\": 0, \"erased\": 0, \"differs\": 0, "
                        "\"complete\": true, \"identical\": 1}");
    assert_string_equal(pg_text(audit, 0, 2), "team");

    assert_int_equal(session_open(scene->conninfo, NULL, &session, &detail), 0);
    assert_int_equal(replay_run(session, "0192a000-0000-7000-8000-00000000dead", see, &run,
                                &run.counts, &detail),
                     ERROR_NOT_FOUND);
    session_close(&session);
}

/* ---- the erased ---- */

#define CANDIDATE_AT(rank_)                                                                        \
    "(SELECT ('x' || right(candidate_id::text, 12))::bit(48)::bigint::int FROM shortlist_entry "   \
    "WHERE rank = " #rank_ ")"

static void erase_at(struct running *scene, const char *candidate_at)
{
    owner_ask(scene->owner, "SELECT fictional_erase(%s)", candidate_at);
}

static void who_was_erased_is_named_and_the_rest_compared(void **state)
{
    struct running *scene = *state;
    /* 25 alike, of whom 20 are listed; one who lacks the must. */
    owner_ask(scene->owner, "SELECT fictional(n, 3) FROM generate_series(1, 26) n");
    owner_ask(scene->owner, "SELECT fictional_certificate(26, 'epoxy-isocyanate', false)");
    store(scene, 1, 3);
    assert_int_equal(number(scene, "SELECT count(*) FROM shortlist_entry"), 20);
    erase_at(scene, CANDIDATE_AT(3));
    erase_at(scene, CANDIDATE_AT(20));
    owner_ask(scene->owner, "SELECT fictional_erase(26)"); /* was not listed */
    owner_ask(scene->owner, "SELECT fictional(27, 5)");    /* came later, and goes too */
    owner_ask(scene->owner, "SELECT fictional_erase(27)");
    struct run run = replay_all(scene);
    assert_int_equal(run.counts.of[REPLAY_ERASED], 1);
    assert_int_equal(run.lists[0].erased, 3);
    assert_int_equal(run.lists[0].erased_listed, 2);
    assert_int_equal(run.lists[0].entries, 18);
    assert_true(run.lists[0].erased_id[0] != '\0');

    /* Erasures excuse nothing but themselves. */
    static const char *const touched[] = {
        "UPDATE shortlist_entry SET score = score - 1 WHERE rank = 7",
        "UPDATE shortlist_entry SET rank = 3 WHERE rank = 4",
        "DELETE FROM shortlist_entry WHERE rank = 19",
        "DELETE FROM shortlist_entry WHERE rank = 1",
        "UPDATE shortlist SET considered = considered + 2",
        "UPDATE shortlist SET considered = considered - 2",
        "UPDATE shortlist SET excluded = '{\"must_missing\": 3}'",
        "UPDATE shortlist_entry SET explanation_da = replace(explanation_da, 'Flere', 'Mange') "
        "WHERE rank = 9",
        "UPDATE shortlist_entry SET parts = replace(parts::text, ',\"status\"', ', "
        "\"status\"')::json "
        "WHERE rank = 9",
    };
    for (size_t i = 0; i < sizeof touched / sizeof touched[0]; i++) {
        owner_ask(scene->owner, "CREATE TABLE kept_list AS SELECT * FROM shortlist");
        owner_ask(scene->owner, "CREATE TABLE kept_entry AS SELECT * FROM shortlist_entry");
        owner_ask(scene->owner, "%s", touched[i]);
        run = replay_all(scene);
        if (run.counts.of[REPLAY_DIFFERS] != 1) {
            fail_msg("not found: %s", touched[i]);
        }
        owner_ask(scene->owner, "UPDATE outbox SET entry_id = NULL");
        owner_ask(scene->owner, "DELETE FROM shortlist_entry");
        owner_ask(scene->owner, "UPDATE shortlist s SET considered = k.considered, excluded = "
                                "k.excluded FROM kept_list k WHERE k.id = s.id");
        owner_ask(scene->owner, "INSERT INTO shortlist_entry SELECT * FROM kept_entry");
        owner_ask(scene->owner, "DROP TABLE kept_list, kept_entry");
    }
    assert_int_equal(replay_all(scene).counts.of[REPLAY_ERASED], 1);
}

/* The other one's text goes on saying that somebody had as many points. */
static void the_one_left_of_two_alike_is_identical(void **state)
{
    struct running *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(n, 3) FROM generate_series(1, 2) n");
    owner_ask(scene->owner, "SELECT fictional(3, 1)");
    store(scene, 1, 3);
    assert_int_equal(number(scene, "SELECT count(*) FROM shortlist_entry WHERE explanation_da LIKE "
                                   "'%%Flere kandidater%%'"),
                     2);
    owner_ask(scene->owner, "SELECT fictional_erase(1)");
    const struct run run = replay_all(scene);
    assert_int_equal(run.counts.of[REPLAY_ERASED], 1);
    assert_int_equal(run.lists[0].erased, 1);
    assert_string_equal(run.lists[0].erased_id, "5f8d0000-0000-4000-8000-000000000001");
}

static void who_is_erased_during_a_run_is_gone_from_the_next_version(void **state)
{
    struct running *scene = *state;
    populate(scene->owner);
    store(scene, 1, 3);
    owner_ask(scene->owner, "SELECT fictional(13, 2)");
    store(scene, 2, 3);
    const struct run run = replay(scene->conninfo, NULL, scene);
    assert_int_equal(run.counts.lists, 2);
    assert_int_equal(run.lists[0].outcome, REPLAY_IDENTICAL);
    assert_int_equal(run.lists[1].outcome, REPLAY_ERASED);
    assert_int_equal(run.lists[1].erased, 1);
}

/* ---- touched ---- */

static void one_byte_is_found_wherever_it_stands(void **state)
{
    struct running *scene = *state;
    static const struct {
        const char *change, *field;
        uint32_t rank;
    } changes[] = {
        {"UPDATE shortlist_entry SET parts = jsonb_set(parts::jsonb, '{1,points}', '1') WHERE rank "
         "= 2",
         "parts", 2},
        {"UPDATE shortlist_entry SET score = score + 1 WHERE rank = 3", "score", 3},
        {"UPDATE shortlist_entry SET explanation_da = explanation_da || ' ' WHERE rank = 4",
         "explanation_da", 4},
        {"UPDATE shortlist_entry SET facts = jsonb_set(facts::jsonb, '{0,level}', '5') WHERE rank "
         "= 1",
         "facts", 1},
        {"UPDATE shortlist_entry SET rank = 99 WHERE rank = 12", "rank", 99},
        {"UPDATE shortlist SET considered = considered + 1", "considered", 0},
        {"UPDATE shortlist SET excluded = '{\"too_far_order\": 1}'", "excluded", 0},
        {"UPDATE shortlist SET requirements = replace(requirements::text, '\"weight\":3', "
         "'\"weight\":4')::json",
         "requirements", 0},
        {"UPDATE shortlist SET requirements = '[]'", "requirements", 0},
        {"UPDATE shortlist SET asked = jsonb_set(asked, '{as_of}', '\"2026-01-01\"')", "asked", 0},
        {"UPDATE shortlist SET asked = asked - 'parts'", "asked", 0},
        {"UPDATE shortlist SET digest = sha256('x')", "digest", 0},
        {"DELETE FROM shortlist_entry WHERE rank = 12", "entry", 0},
        /* Somebody else in the place of the last. */
        {"UPDATE shortlist_entry SET (candidate_id, organisation_id) = (SELECT id, organisation_id "
         "FROM candidate WHERE id = fictional_id(13)) WHERE rank = 12",
         "entry", 12},
        {"UPDATE candidate_fact SET level = 5 WHERE code = 'formwork' AND candidate_id = "
         "fictional_id(1)",
         NULL, 0},
    };
    populate(scene->owner);
    store(scene, 1, 3);
    owner_ask(scene->owner, "SELECT fictional(13, 1)");
    owner_ask(scene->owner, "UPDATE outbox SET entry_id = NULL");
    assert_int_equal(replay_all(scene).counts.of[REPLAY_IDENTICAL], 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        owner_ask(scene->owner, "CREATE TABLE kept_list AS SELECT * FROM shortlist");
        owner_ask(scene->owner, "CREATE TABLE kept_entry AS SELECT * FROM shortlist_entry");
        owner_ask(scene->owner, "%s", changes[i].change);
        const struct run run = replay_all(scene);
        bool found = run.counts.of[REPLAY_DIFFERS] == 1;
        if (found && changes[i].field != NULL) {
            /* The digest names every change of a stored entry first. */
            found = str_equal(run.lists[0].field, changes[i].field) ||
                    (changes[i].rank > 0 && str_equal(run.lists[0].field, "digest"));
            found = found && run.lists[0].difference_count >= (changes[i].rank > 0 ? 2U : 1U);
        }
        if (!found) {
            fail_msg("%s: outcome %d, %zu differences, first in %s", changes[i].change,
                     (int)run.lists[0].outcome, run.lists[0].difference_count, run.lists[0].field);
        }
        owner_ask(scene->owner, "DELETE FROM shortlist_entry");
        owner_ask(scene->owner, "UPDATE shortlist s SET considered = k.considered, excluded = "
                                "k.excluded, asked = k.asked, digest = k.digest, "
                                "requirements = k.requirements "
                                "FROM kept_list k WHERE k.id = s.id");
        owner_ask(scene->owner, "INSERT INTO shortlist_entry SELECT * FROM kept_entry");
        owner_ask(scene->owner, "DROP TABLE kept_list, kept_entry");
    }
}

static void what_cannot_be_replayed_is_said_plainly(void **state)
{
    struct running *scene = *state;
    populate(scene->owner);
    store(scene, 1, 3);
    store(scene, 2, 3);
    store(scene, 3, 3);
    owner_ask(scene->owner, "UPDATE shortlist SET ruleset = 4 WHERE order_id = '" ORDER "'", 1);
    owner_ask(scene->owner, "UPDATE shortlist SET pool_version = 900 WHERE order_id = '" ORDER "'",
              2);
    owner_ask(scene->owner,
              "UPDATE shortlist SET vocabulary_version = 900 WHERE order_id = '" ORDER "'", 3);
    const struct run run = replay_all(scene);
    assert_int_equal(run.counts.of[REPLAY_CANNOT], 3);
    bool pool = false, ruleset = false, vocabulary = false;
    for (size_t i = 0; i < run.count; i++) {
        pool = pool || str_equal(run.lists[i].reason, "pool_newer");
        ruleset = ruleset || str_equal(run.lists[i].reason, "ruleset_unknown");
        vocabulary = vocabulary || str_equal(run.lists[i].reason, "vocabulary_newer");
    }
    assert_true(pool && ruleset && vocabulary);
}

/* ---- from before ---- */

/* Until requirements were said once per list, every part of every entry said them again; `related`
 * for all rulesets, `relation` for ruleset 3 alone. */
static const char former_parts[] =
    "CREATE FUNCTION former_parts(requirements json, parts json, ruleset int) RETURNS text "
    "LANGUAGE sql AS $$ SELECT concat('[', string_agg(concat(rtrim(replace(r::text, ',\"of\":' || "
    "(r ->> 'of'), ''), '}'), ',\"status\":', p -> 'status', ',\"points\":', p -> 'points', "
    "',\"of\":', r -> 'of', ',\"related\":', coalesce(p ->> 'relation' NOT IN ('exact', "
    "'implied'), false)::text, CASE WHEN ruleset = 3 THEN ',\"relation\":' || coalesce((p -> "
    "'relation')::text, 'null') END, ',\"fact\":', CASE WHEN p -> 'fact' IS NULL THEN 'null' ELSE "
    "format('{\"code\":%s,\"level\":%s,\"years\":%s,\"valid_until\":%s,\"last_used\":%s,"
    "\"stated_on\":%s}', p #> '{fact,code}', coalesce(p #> '{fact,level}', 'null'), coalesce(p #> "
    "'{fact,years}', 'null'), coalesce(p #> '{fact,valid_until}', 'null'), coalesce(p #> "
    "'{fact,last_used}', 'null'), p #> '{fact,stated_on}') END, '}'), ',' ORDER BY n), ']') FROM "
    "ROWS FROM (json_array_elements(requirements), json_array_elements(parts)) WITH ORDINALITY AS "
    "e (r, p, n) $$";

/* What the first list of `scene` holds, to be stored by an older schema. */
static char *entries_of(struct running *scene, struct arena *arena)
{
    owner_ask(scene->owner, "%s", former_parts);
    return arena_strdup(
        arena,
        pg_text(owner_ask(
                    scene->owner,
                    "SELECT jsonb_agg(jsonb_build_object('candidate_id', "
                    "candidate_id, 'rank', rank, 'score', score, 'parts', "
                    "former_parts(requirements, parts::json, ruleset)::json, 'facts', facts::json, "
                    "'explanation_da', explanation_da)) FROM shortlist_entry e JOIN "
                    "shortlist s ON s.id = e.shortlist_id"),
                0, 0));
}

static struct session *older_database(int migration, const char **conninfo)
{
    struct session *owner = NULL;
    struct error_detail detail = {0};
    size_t applied;
    *conninfo = pg_cluster_empty_database("replay_before");
    assert_int_equal(session_open(*conninfo, NULL, &owner, &detail), 0);
    if (migrate_apply(owner, migrations, (size_t)migration, &applied, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    session_close(&owner);
    assert_int_equal(session_open(*conninfo, NULL, &owner, &detail), 0);
    owner_run_script(owner, SCENE_SQL);
    return owner;
}

static void bring_up_to_date(struct session *owner)
{
    struct error_detail detail = {0};
    size_t applied;
    if (migrate_run(owner, &applied, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    assert_int_equal(
        session_exec(owner, "RESET ROLE; SET search_path TO emnebank, public", &detail), 0);
}

static void lists_from_before_are_ranked_from_their_order(void **state)
{
    struct running *scene = *state;
    struct error_detail detail = {0};
    struct arena *arena = arena_create(0);
    const char *conninfo;
    const struct pg_result *result = NULL;
    /* What ruleset 1 gives; the same pool and orders then stand in the older schema. */
    populate(scene->owner);
    store(scene, 1, 1);
    char *entries = entries_of(scene, arena);
    struct session *owner = older_database(BEFORE_INPUT_WAS_KEPT, &conninfo);
    populate(owner);
    for (int order = 1; order <= 2; order++) {
        owner_ask(owner, "SELECT fictional_wide_order('" ORDER "')", order);
        const char *text =
            arena_printf(arena,
                         "SELECT shortlist_store('" ORDER "', 1, 1, pool_current(), "
                         "(now() AT TIME ZONE 'Europe/Copenhagen')::date, 12, '{}', $1)",
                         order);
        const struct pg_parameter parameter = PG_TEXT(entries);
        if (session_query(owner, text, &parameter, 1, &result, &detail) != 0) {
            fail_msg("%s", detail.private_text);
        }
    }
    bring_up_to_date(owner);
    /* The second order has changed since, so that its list is that of an order that is gone. */
    owner_ask(owner,
              "UPDATE job_order SET version = 2, ranking_version = 2, radius_km = 10 WHERE id = "
              "'" ORDER "'",
              2);
    struct run run = replay(conninfo, NULL, NULL);
    assert_int_equal(run.counts.lists, 2);
    assert_int_equal(run.counts.of[REPLAY_IDENTICAL], 1);
    assert_int_equal(run.counts.of[REPLAY_CANNOT], 1);
    for (size_t i = 0; i < 2; i++) {
        if (run.lists[i].outcome == REPLAY_CANNOT) {
            assert_string_equal(run.lists[i].reason, "order_changed");
        }
    }
    /* A touched one is found there too. */
    owner_ask(owner, "UPDATE shortlist_entry SET explanation_da = 'andet' WHERE rank = 1");
    run = replay(conninfo, NULL, NULL);
    assert_int_equal(run.counts.of[REPLAY_DIFFERS], 1);
    session_close(&owner);
    arena_destroy(&arena);
}

/* ---- from when every part said what was asked ---- */

/* The list of `order` of the scene, as the former schema was given it. */
static void store_as_before(struct running *scene, struct session *older, int order)
{
    static const char stored[] =
        "SELECT s.ruleset, s.pool_version, s.as_of, s.considered, s.excluded, s.asked, "
        "s.vocabulary_version, coalesce(array_agg(e.candidate_id ORDER BY rank) FILTER (WHERE e.id "
        "IS NOT NULL), '{}'), coalesce(array_agg(score ORDER BY rank) FILTER (WHERE e.id IS NOT "
        "NULL), '{}'), coalesce(string_agg(former_parts(requirements, parts::json, ruleset), "
        "E'\\n' "
        "ORDER BY rank), ''), coalesce(string_agg(facts::text, E'\\n' ORDER BY rank), ''), "
        "coalesce(string_agg(to_json(explanation_da)::text, E'\\n' ORDER BY rank), '') FROM "
        "shortlist s LEFT JOIN shortlist_entry e ON e.shortlist_id = s.id WHERE s.order_id = "
        "'" ORDER "' GROUP BY s.id";
    struct pg_parameter parameters[12];
    struct error_detail detail = {0};
    const struct pg_result *result = NULL;
    char text[512];
    const struct pg_result *row = owner_ask(scene->owner, stored, order);
    assert_int_equal(pg_rows(row), 1);
    for (size_t i = 0; i < 12; i++) {
        parameters[i] = PG_TEXT(pg_text(row, 0, i));
    }
    owner_ask(older, "SELECT fictional_wide_order('" ORDER "')", order);
    snprintf(text, sizeof text,
             "SELECT shortlist_store('" ORDER "', 1, $1::int, $2::bigint, $3::date, $4::int, "
             "$5::jsonb, $8::uuid[], $9::int[], $10, $11, $12, $6::jsonb, $7::bigint)",
             order);
    if (session_query(older, text, parameters, 12, &result, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
}

static void lists_of_the_former_form_are_found_again(void **state)
{
    struct running *scene = *state;
    const char *conninfo;
    owner_ask(scene->owner, "%s", former_parts);
    store(scene, 4, 3); /* nobody is there yet */
    populate(scene->owner);
    store(scene, 1, 1);
    store(scene, 2, 2);
    store(scene, 3, 3);
    store(scene, 5, 3);
    struct session *older = older_database(BEFORE_REQUIREMENTS, &conninfo);
    store_as_before(scene, older, 4);
    populate(older);
    for (int order = 1; order <= 5; order++) {
        if (order != 4) {
            store_as_before(scene, older, order);
        }
    }
    /* One was touched before, where only the digest can tell: its text is put back after. */
    owner_ask(older, "UPDATE shortlist SET digest = sha256('x') WHERE order_id = '" ORDER "'", 5);
    assert_int_equal(
        pg_int64(owner_ask(older, "SELECT count(*) FROM shortlist_entry WHERE parts::jsonb -> 0 ? "
                                  "'label'"),
                 0, 0),
        48);
    bring_up_to_date(older);
    const struct run run = replay(conninfo, NULL, NULL);
    assert_int_equal(run.counts.lists, 5);
    assert_int_equal(run.counts.of[REPLAY_IDENTICAL], 4);
    for (size_t i = 0; i < run.count; i++) {
        if (run.lists[i].outcome == REPLAY_DIFFERS) {
            assert_int_equal(run.lists[i].difference_count, 1);
            assert_string_equal(run.lists[i].field, "digest");
        }
    }
    /* What is shown is what would be stored now. */
    for (int order = 1; order <= 5; order++) {
        static const char shown[] =
            "SELECT md5(concat(s.requirements, string_agg(e.parts::text, '' ORDER BY rank))) FROM "
            "shortlist s LEFT JOIN shortlist_entry e ON e.shortlist_id = s.id WHERE s.order_id = "
            "'" ORDER "' GROUP BY s.id";
        char now[33];
        snprintf(now, sizeof now, "%s", pg_text(owner_ask(scene->owner, shown, order), 0, 0));
        assert_string_equal(pg_text(owner_ask(older, shown, order), 0, 0), now);
    }
    session_close(&older);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(lists_of_every_ruleset_are_found_again),
        SCENE_TEST(one_list_is_replayed_alone_and_the_run_is_in_the_audit),
        SCENE_TEST(who_was_erased_is_named_and_the_rest_compared),
        SCENE_TEST(the_one_left_of_two_alike_is_identical),
        SCENE_TEST(who_is_erased_during_a_run_is_gone_from_the_next_version),
        SCENE_TEST(one_byte_is_found_wherever_it_stands),
        SCENE_TEST(what_cannot_be_replayed_is_said_plainly),
        SCENE_TEST(lists_from_before_are_ranked_from_their_order),
        SCENE_TEST(lists_of_the_former_form_are_found_again),
    };
    return crypto_init() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
