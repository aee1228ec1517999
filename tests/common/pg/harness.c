#include "tests/common/pg/harness.h"

#include "common/base/clock.h"
#include "tests/support/pg_cluster.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE (120 * CLOCK_SECOND)

void harness_start(struct harness *harness, const char *test_name, struct pg_options options)
{
    *harness = (struct harness){0};
    harness->conninfo = pg_cluster_database(test_name);
    if (options.conninfo == NULL) {
        options.conninfo = harness->conninfo;
    }
    if (options.deadline == 0) {
        options.deadline = PATIENCE;
    }
    harness->loop = loop_create();
    harness->pool = pg_pool_create(harness->loop, &options);
    assert_int_equal(session_open(harness->conninfo, NULL, &harness->session, NULL), 0);
}

void harness_stop(struct harness *harness)
{
    pg_pool_destroy(&harness->pool);
    session_close(&harness->session);
    loop_destroy(&harness->loop);
}

static void copy(char *to, const char *from)
{
    snprintf(to, ANSWER_SIZE, "%s", from != NULL ? from : "");
}

static void take_answer(const struct pg_outcome *outcome, void *argument)
{
    struct answer *answer = argument;

    assert_false(answer->told);
    answer->told = true;
    answer->error = outcome->error;
    answer->count = outcome->count;
    memcpy(answer->sqlstate, outcome->sqlstate, sizeof answer->sqlstate);
    copy(answer->message, outcome->message);
    copy(answer->detail, outcome->detail);
    if (outcome->count > 0) {
        const struct pg_result *last = pg_outcome_result(outcome, outcome->count - 1);
        copy(answer->first, pg_rows(last) > 0 ? pg_text(last, 0, 0) : "");
    }
    answer->harness->awaited--;
}

void harness_begin(struct harness *harness, const struct pg_context *context,
                   const struct pg_step *steps, size_t count, struct answer *answer)
{
    *answer = (struct answer){.harness = harness};
    harness->awaited++;
    pg_run(harness->pool, context, steps, count, take_answer, answer);
    assert_false(answer->told); /* never from within the call */
}

void harness_until(struct harness *harness, bool (*condition)(void *), void *argument)
{
    int64_t end = clock_monotonic() + PATIENCE;

    while (!condition(argument)) {
        if (clock_monotonic() > end) {
            fail_msg("gave up waiting");
        }
        /* A timer bounds the wait for events, so that the end is seen even if nothing happens. */
        struct timeval bound = {.tv_sec = 1};
        event_base_loopexit(loop_base(harness->loop), &bound);
        event_base_loop(loop_base(harness->loop), EVLOOP_ONCE);
    }
}

static bool nothing_awaited(void *argument)
{
    const struct harness *harness = argument;
    return harness->awaited == 0;
}

void harness_await(struct harness *harness)
{
    harness_until(harness, nothing_awaited, harness);
}

struct answer harness_run(struct harness *harness, const struct sql_statement *statement)
{
    const struct pg_step step = {.statement = statement};
    struct answer answer;

    harness_begin(harness, NULL, &step, 1, &answer);
    harness_await(harness);
    return answer;
}

int64_t harness_look(struct harness *harness, const char *query)
{
    const struct pg_result *result = NULL;

    assert_int_equal(session_query(harness->session, query, NULL, 0, &result, NULL), 0);
    assert_true(pg_rows(result) > 0);
    return pg_int64(result, 0, 0);
}

void harness_do(struct harness *harness, const char *script)
{
    struct error_detail detail = {{0}, {0}};

    if (session_exec(harness->session, script, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
}
