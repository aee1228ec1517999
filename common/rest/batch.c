/* SQL as the caller: one batch is one transaction with the tenant set inside it. */
#include "common/rest/internal.h"

static void done(const struct pg_outcome *outcome, void *argument)
{
    struct rest_call *call = argument;
    if (outcome->error != 0 && !call->raw)
        rest_failed(call, outcome);
    else
        call->rows(call, outcome);
}

static void run(struct rest_call *call, const struct pg_step *steps, size_t count, rest_rows *rows,
                bool raw)
{
    struct pg_context context = {.request = call->id, .purpose = call->purpose};
    if (call->known) {
        context.tenant = call->principal.organisation;
        context.actor = call->principal.key;
    }
    call->rows = rows;
    call->raw = raw;
    pg_run(call->router->options.pg, &context, steps, count, done, call);
}

void rest_batch(struct rest_call *call, const struct pg_step *steps, size_t count, rest_rows *rows)
{
    run(call, steps, count, rows, false);
}

void rest_batch_raw(struct rest_call *call, const struct pg_step *steps, size_t count,
                    rest_rows *rows)
{
    run(call, steps, count, rows, true);
}

static void reply_row(struct rest_call *call, const struct pg_outcome *outcome)
{
    rest_reply_row(call, outcome, 0);
}

void rest_run(struct rest_call *call, const struct sql_statement *statement,
              const struct pg_parameter *parameters, size_t count)
{
    const struct pg_step step = {statement, parameters, count};

    rest_batch(call, &step, 1, reply_row);
}

static void reply_faults(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct json_check *check = rest_state(call);

    json_check_merge(check, pg_text(pg_outcome_result(outcome, 0), 0, 0));
    rest_problem_check(call, check);
}

void rest_problem_faults(struct rest_call *call, struct json_check *check,
                         const struct sql_statement *statement,
                         const struct pg_parameter *parameters, size_t count)
{
    const struct pg_step step = {statement, parameters, count};

    rest_set_state(call, check);
    rest_batch(call, &step, 1, reply_faults);
}
