#include "tests/life/people.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 400 /* answers in one call: the API allows 500 */

const char *const deed_names[DEEDS] = {
    [DEED_ANSWERS] = "answers of homes",
    [DEED_LATE] = "refused (409)",
    [DEED_LEAVINGS] = "candidates who left",
    [DEED_ADDITIONS] = "additions",
    [DEED_APPROVALS] = "approvals",
    [DEED_RELEASES] = "releases",
    [DEED_OUTCOMES] = "outcomes",
    [DEED_CVS_SENT] = "CVs sent",
    [DEED_RECALLS_SENT] = "recalls sent",
    [DEED_ORDERS_CHANGED] = "orders changed",
    [DEED_ORDERS_MOVED] = "orders moved by hand",
};

static const char *const decline_reasons[] = {"employed",
                                              "in_education",
                                              "in_other_activity",
                                              "other_order",
                                              "not_available",
                                              "moved",
                                              "no_transport",
                                              "terms",
                                              "competence_outdated",
                                              "certificate_missing",
                                              "not_reachable",
                                              "employer_relation"};
static const char *const not_relevant_reasons[] = {"competence", "experience", "language",
                                                   "no_show", "terms"};

#define PICK(dice, list) ((list)[dice_below(dice, sizeof(list) / sizeof *(list))])

/* Runs a statement that others may have made impossible in the meantime. */
static bool attempt(struct people *people, enum deed deed, const char *statement)
{
    const char *refused = town_try(people->town->front, statement);

    if (refused && !str_equal(refused, "EB409"))
        town_fail("%s: %s", refused, statement);
    people->done[refused ? DEED_LATE : deed]++;
    return !refused;
}

/* ---- homes ---- */

/* What a home that answers says of one of its own; NULL: nothing yet. */
static const char *answer_of(struct people *people, const char *state)
{
    const uint64_t roll = dice_below(&people->dice, 100);

    if (str_equal(state, "proposed"))
        return roll < 45 ? "confirm" : roll < 53 ? "decline" : roll < 57 ? "replace" : NULL;
    if (str_equal(state, "no_answer"))
        return roll < 4 ? "confirm" : NULL;
    if (str_equal(state, "confirmed"))
        return roll < 30 ? "yes" : roll < 45 ? "asked" : roll < 50 ? "no" : NULL;
    if (str_equal(state, "asked"))
        return roll < 35 ? "yes" : roll < 45 ? "no" : NULL;
    return roll < 1 ? "withdraw" : NULL; /* yes, approved, released */
}

static void put_answer(struct people *people, struct buffer *items, const char *entry,
                       const char *said)
{
    buffer_printf(items, "%s{\"id\": \"%s\", \"version\": 0, \"body\": {\"answer\": \"%s\"",
                  items->length > 1 ? "," : "", entry, said);
    if (str_equal(said, "decline") || str_equal(said, "replace"))
        buffer_printf(items, ", \"reason\": \"%s\"", PICK(&people->dice, decline_reasons));
    else if (str_equal(said, "yes"))
        buffer_printf(items, ", \"given_at\": \"2026-03-26T06:00:00Z\", \"how\": \"telephone\", "
                             "\"text_version\": \"2026-1\"");
    buffer_printf(items, "}}");
}

/* One call for all, each with its own result. */
static void send_answers(struct people *people, const struct buffer *items)
{
    const struct pg_parameter parameters[] = {PG_TEXT(items->data)};
    struct session *front = people->town->front;
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;
    char text[512];

    snprintf(
        text, sizeof text,
        "SELECT coalesce(sum((r ->> 'status' = '200')::int), 0), coalesce(sum((r ->> 'status' = "
        "'409')::int), 0), count(*),"
        " coalesce(min(r #>> '{problem}') FILTER (WHERE r ->> 'status' NOT IN ('200', '409')), '')"
        " FROM entry_answers('POST', '/v1/shortlist-entries/answers', 'uge-%d', 'f', $1::jsonb) a,"
        " jsonb_array_elements(a.body::jsonb -> 'results') r",
        people->keys++);
    if (session_query(front, text, parameters, 1, &rows, &detail) != 0)
        town_fail("%s\n%s", items->data, detail.private_text);
    if (pg_int64(rows, 0, 0) + pg_int64(rows, 0, 1) != pg_int64(rows, 0, 2))
        town_fail("an answer failed: %s", pg_text(rows, 0, 3));
    people->done[DEED_ANSWERS] += pg_int64(rows, 0, 0);
    people->done[DEED_LATE] += pg_int64(rows, 0, 1);
}

static void answer_mail(struct people *people, const struct town_home *home)
{
    struct buffer items;
    const struct pg_result *mine = town_ask(
        people->town->front,
        "SELECT e.id, e.state FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id"
        " WHERE e.organisation_id = app_tenant() AND NOT order_over(o.state) AND e.state IN"
        " ('proposed', 'no_answer', 'confirmed', 'asked', 'yes', 'approved', 'released') ORDER BY "
        "e.id");

    buffer_init(&items, (size_t)1 << 20);
    buffer_printf(&items, "[");
    for (size_t i = 0, said = 0; i < pg_rows(mine) && said < AT_ONCE; i++) {
        const char *state = pg_text(mine, i, 1);
        const char *answer = home->manner == ANSWERS        ? answer_of(people, state)
                             : str_equal(state, "proposed") ? "decline"
                                                            : NULL;
        if (answer) {
            put_answer(people, &items, pg_text(mine, i, 0), answer);
            said++;
        }
    }
    if (items.length > 1) {
        buffer_printf(&items, "]");
        send_answers(people, &items);
    }
    buffer_deinit(&items);
}

/* The reference of one of the acting home's own people, by a number. */
#define SOMEBODY                                                                                   \
    "(SELECT k.external_ref FROM (SELECT c.external_ref, count(*) OVER () AS people,"              \
    " row_number() OVER (ORDER BY c.id) AS place FROM candidate c"                                 \
    " WHERE c.organisation_id = app_tenant() AND c.withdrawn_at IS NULL) AS k"                     \
    " WHERE k.place = 1 + %d %% k.people)"

/* Somebody found work on their own, or moved away. */
static void lose_somebody(struct people *people)
{
    char text[1024];

    snprintf(text, sizeof text, "SELECT status FROM candidate_withdraw(" SOMEBODY ", 0, '%s')",
             (int)dice_below(&people->dice, 1000),
             dice_percent(&people->dice, 70) ? "employed" : "moved");
    attempt(people, DEED_LEAVINGS, text);
}

/* A candidate of one's own, beside the ranking. */
static void add_somebody(struct people *people)
{
    char text[1024];

    if (town_number(people->town->root, "SELECT count(*) FROM emnebank.shortlist s JOIN "
                                        "emnebank.job_order o ON o.id = s.order_id"
                                        " WHERE o.state = 'open'") == 0)
        return;
    snprintf(
        text, sizeof text,
        "SELECT status FROM entry_add('POST', '/v1/job-orders/additions', 'uge-%d', 'f',"
        " (SELECT o.id FROM job_order o WHERE o.state = 'open' AND EXISTS"
        " (SELECT FROM shortlist s WHERE s.order_id = o.id) ORDER BY o.due_at DESC, o.id LIMIT 1),"
        " jsonb_build_object('reason', 'worked_there', 'candidate', " SOMEBODY "))",
        people->keys++, (int)dice_below(&people->dice, 1000));
    attempt(people, DEED_ADDITIONS, text);
}

void people_home_sits(struct people *people, const struct town_home *home)
{
    char id[TOWN_ID_SIZE];

    if (home->manner == SILENT)
        return;
    town_home_id(home->code, id);
    town_act(people->town->front, id, true);
    answer_mail(people, home);
    if (dice_percent(&people->dice, 5))
        lose_somebody(people);
    if (home->manner == ANSWERS && dice_percent(&people->dice, 8))
        add_somebody(people);
}

/* ---- the team ---- */

#define MOST 1000

struct ids {
    size_t count;
    char id[MOST][TOWN_ID_SIZE];
};

/* The entries in a state whose orders are not over. */
static void entries_in(struct people *people, const char *state, struct ids *found)
{
    const struct pg_result *rows = town_ask(
        people->town->root,
        "SELECT e.id FROM emnebank.shortlist_entry e JOIN emnebank.job_order o ON o.id = e.order_id"
        " WHERE e.state = '%s' AND NOT emnebank.order_over(o.state) ORDER BY e.id LIMIT %d",
        state, MOST);

    found->count = pg_rows(rows);
    for (size_t i = 0; i < found->count; i++)
        snprintf(found->id[i], TOWN_ID_SIZE, "%s", pg_text(rows, i, 0));
}

void people_team_sits(struct people *people)
{
    static struct ids found;
    char text[512];

    town_act(people->town->front, TOWN_TEAM, true);
    entries_in(people, "yes", &found);
    for (size_t i = 0; i < found.count; i++) {
        snprintf(text, sizeof text, "SELECT status FROM entry_approve('%s', 0)", found.id[i]);
        attempt(people, DEED_APPROVALS, text);
    }
    entries_in(people, "approved", &found);
    for (size_t i = 0; i < found.count; i++) {
        snprintf(text, sizeof text,
                 "SELECT status FROM entry_release('POST', '/v1/shortlist-entries/%s/release', "
                 "'uge-%d', 'f', '%s', '%s')",
                 found.id[i], people->keys++, found.id[i],
                 dice_percent(&people->dice, 80) ? "public_task" : "consent");
        attempt(people, DEED_RELEASES, text);
    }
}

/* ---- employers ---- */

static const char *outcome_of(struct people *people, const char *state)
{
    const uint64_t roll = dice_below(&people->dice, 100);

    if (str_equal(state, "released"))
        return roll < 25 ? "interview" : roll < 31 ? "hired" : roll < 40 ? "not_relevant" : NULL;
    return roll < 22 ? "hired" : roll < 38 ? "not_relevant" : NULL;
}

void people_employers_answer(struct people *people)
{
    static struct {
        char entry[TOWN_ID_SIZE], employer[TOWN_ID_SIZE];
        const char *said;
    } given[2000];
    size_t count = 0;
    const struct pg_result *rows =
        town_ask(people->town->root,
                 "SELECT e.id, e.state, o.employer_id FROM emnebank.shortlist_entry e"
                 " JOIN emnebank.job_order o ON o.id = e.order_id"
                 " WHERE e.state = 'interview' OR e.state = 'released' AND EXISTS"
                 " (SELECT FROM emnebank.release r"
                 " JOIN emnebank.outbox b ON b.release_id = r.id AND b.kind = 'cv.released'"
                 " JOIN emnebank.delivery d ON d.outbox_id = b.id"
                 " WHERE r.entry_id = e.id AND d.state = 'delivered') ORDER BY e.id");

    for (size_t i = 0; i < pg_rows(rows) && count < 2000; i++) {
        const char *said = outcome_of(people, pg_text(rows, i, 1));
        if (!said)
            continue;
        snprintf(given[count].entry, TOWN_ID_SIZE, "%s", pg_text(rows, i, 0));
        snprintf(given[count].employer, TOWN_ID_SIZE, "%s", pg_text(rows, i, 2));
        given[count++].said = said;
    }
    for (size_t i = 0; i < count; i++) {
        char text[512];
        bool not_relevant = str_equal(given[i].said, "not_relevant");
        snprintf(text, sizeof text,
                 "SELECT status FROM entry_outcome('%.36s', 0, '{\"outcome\": \"%s\"%s%s%s}')",
                 given[i].entry, given[i].said, not_relevant ? ", \"reason\": \"" : "",
                 not_relevant ? PICK(&people->dice, not_relevant_reasons) : "",
                 not_relevant ? "\"" : "");
        town_act(people->town->front, given[i].employer, false);
        attempt(people, DEED_OUTCOMES, text);
    }
}

/* ---- the sender ---- */

void people_mail_leaves(struct people *people)
{
    static struct {
        char id[TOWN_ID_SIZE], token[TOWN_ID_SIZE];
        bool recall;
    } claimed[200];
    size_t count;

    do {
        const struct pg_result *rows =
            town_ask(people->town->deliver, "SELECT delivery_id, token, kind, verdict FROM "
                                            "delivery_claim(200, 100, 10, '1 minute')");
        count = 0;
        for (size_t i = 0; i < pg_rows(rows); i++) {
            if (!str_equal(pg_text(rows, i, 3), "send"))
                continue;
            snprintf(claimed[count].id, TOWN_ID_SIZE, "%s", pg_text(rows, i, 0));
            snprintf(claimed[count].token, TOWN_ID_SIZE, "%s", pg_text(rows, i, 1));
            claimed[count++].recall = str_equal(pg_text(rows, i, 2), "cv.recalled");
        }
        for (size_t i = 0; i < count; i++) {
            town_ask(people->town->root,
                     "INSERT INTO life.sent (at, delivery_id) VALUES (emnebank.app_now(), '%s')",
                     claimed[i].id);
            town_ask(people->town->deliver,
                     "SELECT delivery_finish('%s', '%s', 'delivered', NULL, 0, 0, 'ok', 200, 2, "
                     "'', repeat('0', 64))",
                     claimed[i].id, claimed[i].token);
            people->done[claimed[i].recall ? DEED_RECALLS_SENT : DEED_CVS_SENT]++;
        }
    } while (count > 0);
}

/* ---- orders ---- */

static void move_order(struct people *people, const char *order, const char *state)
{
    static const struct {
        const char *from;
        int until;
        const char *to, *reason;
    } moves[] = {
        {"open", 40, "in_treatment", NULL},
        {"open", 55, "paused", "enough_referrals"},
        {"open", 60, "closed", "employer_found_others"},
        {"open", 62, "cancelled", "duplicate"},
        {"in_treatment", 15, "paused", "employer_waits"},
        {"in_treatment", 25, "closed", "employer_withdrew"},
        {"paused", 70, "open", "more_wanted"},
        {"paused", 80, "filled", "filled"},
    };
    const int roll = (int)dice_below(&people->dice, 100);
    char text[512];

    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (!str_equal(state, moves[i].from) || roll >= moves[i].until)
            continue;
        snprintf(
            text, sizeof text,
            "SELECT status FROM order_set_state('%s', 0, '%s', nullif('%s', ''), NULL, NULL, NULL)",
            order, moves[i].to, moves[i].reason ? moves[i].reason : "");
        attempt(people, DEED_ORDERS_MOVED, text);
        return;
    }
    if (str_equal(state, "paused"))
        return;
    snprintf(text, sizeof text,
             "SELECT status FROM order_change('%s', 0, '{\"posts\": %d, \"radius_km\": %d}', NULL, "
             "NULL)",
             order, 1 + (int)dice_below(&people->dice, 3), 40 + (int)dice_below(&people->dice, 80));
    attempt(people, DEED_ORDERS_CHANGED, text);
}

void people_order_affairs(struct people *people)
{
    char order[TOWN_ID_SIZE], receiver[TOWN_ID_SIZE], state[32];
    const int64_t live =
        town_number(people->town->root, "SELECT count(*) FROM emnebank.job_order o"
                                        " WHERE o.posts < 40 AND NOT emnebank.order_over(o.state)");
    if (live == 0)
        return;
    const struct pg_result *rows =
        town_ask(people->town->root,
                 "SELECT o.id, o.organisation_id, o.state FROM emnebank.job_order o"
                 " WHERE o.posts < 40 AND NOT emnebank.order_over(o.state) ORDER BY o.due_at DESC, "
                 "o.id OFFSET %d LIMIT 1",
                 (int)dice_below(&people->dice, (uint64_t)(live > 60 ? 60 : live)));
    snprintf(order, sizeof order, "%s", pg_text(rows, 0, 0));
    snprintf(receiver, sizeof receiver, "%s", pg_text(rows, 0, 1));
    snprintf(state, sizeof state, "%s", pg_text(rows, 0, 2));
    town_act(people->town->front, receiver, true);
    move_order(people, order, state);
}

/* ---- switches ---- */

void people_push_stop(struct people *people, bool stop)
{
    town_act(people->town->front, TOWN_TEAM, true);
    town_ask(people->town->front, "SELECT status FROM push_stop_set(0, %s, 'Fejl i CV-skabelonen')",
             stop ? "true" : "false");
    town_ask(people->town->root,
             stop ? "INSERT INTO life.stop (since) VALUES (emnebank.app_now())"
                  : "UPDATE life.stop SET until = emnebank.app_now() WHERE until IS NULL");
}

void people_auto_release(struct people *people, const char *code, int days)
{
    char id[TOWN_ID_SIZE];

    town_home_id(code, id);
    town_act(people->town->front, id, true);
    town_ask(people->town->front,
             "SELECT status FROM policy_set(0, NULL, NULL, NULL, app_now() + interval '%d days')",
             days);
}
