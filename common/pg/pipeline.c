#include "common/pg/pipeline.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Of what is left when the batch is sent, in percent: the server normally gives up before we do,
 * and then we know that nothing happened. */
#define STATEMENT_SHARE 90

enum item_kind { ITEM_PREPARE, ITEM_FRAME, ITEM_STEP, ITEM_COMMIT, ITEM_TENANT, ITEM_SYNC };

struct pg_item {
    enum item_kind kind;
    size_t index; /* of the prepared statement, or of the step */
};

enum preparation { UNPREPARED, SENT, PREPARED };

struct pg_prepared {
    char *name;
    enum preparation state;
};

static const struct sql_statement begin = {"pg_begin", "BEGIN"};
static const struct sql_statement commit = {"pg_commit", "COMMIT"};
static const struct sql_statement rollback = {"pg_rollback", "ROLLBACK"};
static const struct sql_statement set_context = {
    "pg_context", "SELECT set_config('app.tenant', $1, true), set_config('app.actor', $2, true),"
                  " set_config('app.request', $3, true), set_config('app.purpose', $4, true),"
                  " set_config('statement_timeout', $5, true)"};
#ifndef NDEBUG
static const struct sql_statement read_tenant = {"pg_tenant",
                                                 "SELECT current_setting('app.tenant', true)"};
#endif

void pg_pipeline_init(struct pg_pipeline *pipeline, PGconn *handle)
{
    *pipeline = (struct pg_pipeline){.handle = handle};
}

void pg_pipeline_deinit(struct pg_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->prepared_count; i++) {
        mem_free(pipeline->prepared[i].name);
    }
    mem_free(pipeline->prepared);
    mem_free(pipeline->items);
    *pipeline = (struct pg_pipeline){0};
}

static void start(struct pg_pipeline *pipeline)
{
    pipeline->item_count = 0;
    pipeline->cursor = 0;
    pipeline->answered = false;
}

/* --- sending ------------------------------------------------------------------------------- */

static void expect(struct pg_pipeline *pipeline, enum item_kind kind, size_t index)
{
    if (pipeline->item_count == pipeline->item_space) {
        pipeline->item_space = pipeline->item_space == 0 ? 16 : pipeline->item_space * 2;
        pipeline->items =
            mem_resize(pipeline->items, pipeline->item_space, sizeof *pipeline->items);
    }
    pipeline->items[pipeline->item_count++] = (struct pg_item){kind, index};
}

static size_t find_prepared(struct pg_pipeline *pipeline, const char *name)
{
    size_t count = pipeline->prepared_count;

    for (size_t i = 0; i < count; i++) {
        if (str_equal(pipeline->prepared[i].name, name)) {
            return i;
        }
    }
    pipeline->prepared = mem_resize(pipeline->prepared, count + 1, sizeof *pipeline->prepared);
    pipeline->prepared[count] = (struct pg_prepared){mem_strdup(name), UNPREPARED};
    pipeline->prepared_count++;
    return count;
}

static bool send_prepare(struct pg_pipeline *pipeline, const struct sql_statement *statement)
{
    size_t index = find_prepared(pipeline, statement->name);

    if (pipeline->prepared[index].state != UNPREPARED) {
        return true;
    }
    if (!PQsendPrepare(pipeline->handle, statement->name, statement->text, 0, NULL)) {
        return false;
    }
    pipeline->prepared[index].state = SENT;
    expect(pipeline, ITEM_PREPARE, index);
    return true;
}

static bool send_step(struct pg_pipeline *pipeline, enum item_kind kind, size_t index,
                      const struct pg_step *step)
{
    if (!send_prepare(pipeline, step->statement)) {
        return false;
    }
    const char **values = mem_array(step->count + 1, sizeof *values);
    int *lengths = mem_array(step->count + 1, sizeof *lengths);
    int *formats = mem_array(step->count + 1, sizeof *formats);
    for (size_t i = 0; i < step->count; i++) {
        values[i] = step->parameters[i].value;
        lengths[i] = step->parameters[i].length;
        formats[i] = step->parameters[i].binary ? 1 : 0;
    }
    bool sent = PQsendQueryPrepared(pipeline->handle, step->statement->name, (int)step->count,
                                    values, lengths, formats, 0) == 1;
    mem_free(values);
    mem_free(lengths);
    mem_free(formats);
    if (sent) {
        expect(pipeline, kind, index);
    }
    return sent;
}

static bool send_bare(struct pg_pipeline *pipeline, enum item_kind kind,
                      const struct sql_statement *statement)
{
    return send_step(pipeline, kind, 0, &(struct pg_step){.statement = statement});
}

static bool send_sync(struct pg_pipeline *pipeline)
{
    if (!PQpipelineSync(pipeline->handle)) {
        return false;
    }
    expect(pipeline, ITEM_SYNC, 0);
    return true;
}

static bool send_context(struct pg_pipeline *pipeline, const struct pg_batch *batch)
{
    char timeout[24];
    int64_t left = batch->deadline - clock_monotonic();
    int64_t milliseconds = left * STATEMENT_SHARE / 100 / CLOCK_MILLISECOND;

    snprintf(timeout, sizeof timeout, "%" PRId64, milliseconds > 0 ? milliseconds : 1);
    const struct pg_parameter parameters[] = {
        PG_TEXT(batch->context[0]), PG_TEXT(batch->context[1]), PG_TEXT(batch->context[2]),
        PG_TEXT(batch->context[3]), PG_TEXT(timeout),
    };
    const struct pg_step step = {&set_context, parameters,
                                 sizeof parameters / sizeof parameters[0]};
    return send_step(pipeline, ITEM_FRAME, 0, &step);
}

bool pg_pipeline_send_batch(struct pg_pipeline *pipeline, struct pg_batch *batch)
{
    start(pipeline);
    if (!send_bare(pipeline, ITEM_FRAME, &begin) || !send_context(pipeline, batch)) {
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (!send_step(pipeline, ITEM_STEP, i, &batch->steps[i])) {
            return false;
        }
    }
    /* libpq may write at any time from here on. */
    batch->commit_sent = true;
    return send_bare(pipeline, ITEM_COMMIT, &commit) && send_sync(pipeline);
}

bool pg_pipeline_send_cleaning(struct pg_pipeline *pipeline, bool *nothing)
{
    start(pipeline);
    *nothing = false;
    if (PQtransactionStatus(pipeline->handle) != PQTRANS_IDLE &&
        !send_bare(pipeline, ITEM_FRAME, &rollback)) {
        return false;
    }
#ifndef NDEBUG
    if (!send_bare(pipeline, ITEM_TENANT, &read_tenant)) {
        return false;
    }
#endif
    if (pipeline->item_count == 0) {
        *nothing = true;
        return true;
    }
    return send_sync(pipeline);
}

/* --- receiving ----------------------------------------------------------------------------- */

static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity != NULL && !str_equal(severity, "ERROR");
}

/* After these the connection, or what we believe of it, cannot be trusted. */
static bool leaves_doubt(const PGresult *result)
{
    static const char *const doubts[] = {"25006", "26000", "0A000", "42P05", "08", "57P", "XX"};
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (sqlstate == NULL || is_fatal(result)) {
        return true;
    }
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++) {
        if (str_starts(sqlstate, doubts[i])) {
            return true;
        }
    }
    return false;
}

static const char *item_name(const struct pg_pipeline *pipeline, const struct pg_batch *batch,
                             const struct pg_item *item)
{
    switch (item->kind) {
    case ITEM_STEP:
        return batch->steps[item->index].statement->name;
    case ITEM_PREPARE:
        return pipeline->prepared[item->index].name;
    default:
        return "";
    }
}

static void log_internal(const struct pg_batch *batch, const char *name)
{
    /* The server's message may quote data, so it is not logged. */
    const char *constraint = PQresultErrorField(batch->failure, PG_DIAG_CONSTRAINT_NAME);

    log_event(LOG_ERROR, "pg.statement_failed", LOG_TEXT("statement", name),
              LOG_TEXT("sqlstate", batch->sqlstate),
              LOG_TEXT("constraint", constraint != NULL ? constraint : ""));
}

static void take_error(struct pg_pipeline *pipeline, struct pg_batch *batch,
                       const struct pg_item *item, PGresult *result)
{
    pipeline->doubtful = pipeline->doubtful || leaves_doubt(result);
    if (batch == NULL || batch->error != 0) {
        pipeline->doubtful = pipeline->doubtful || batch == NULL; /* cleaning itself failed */
        PQclear(result);
        return;
    }
    if (item->kind == ITEM_COMMIT && is_fatal(result)) {
        pg_batch_fail(batch, ERROR_UNCERTAIN);
    }
    pg_batch_fail_with(batch, result);
    if (batch->error == ERROR_INTERNAL) {
        log_internal(batch, item_name(pipeline, batch, item));
    }
}

#ifndef NDEBUG
/* Whoever sets a tenant outside the transaction would show one municipality's people to another. */
static void check_tenant(const PGresult *result)
{
    if (PQgetvalue(result, 0, 0)[0] != '\0') {
        log_event(LOG_ERROR, "pg.tenant_left_set");
        abort();
    }
}
#endif

static void take_success(struct pg_pipeline *pipeline, struct pg_batch *batch,
                         const struct pg_item *item, PGresult *result)
{
    switch (item->kind) {
    case ITEM_PREPARE:
        pipeline->prepared[item->index].state = PREPARED;
        break;
    case ITEM_STEP:
        PQclear(batch->results[item->index].handle);
        batch->results[item->index].handle = result;
        return;
    case ITEM_COMMIT:
        batch->committed = str_equal(PQcmdStatus(result), "COMMIT");
        break;
    case ITEM_TENANT:
#ifndef NDEBUG
        check_tenant(result);
#endif
        break;
    case ITEM_FRAME:
    case ITEM_SYNC:
        break;
    }
    PQclear(result);
}

static void take_result(struct pg_pipeline *pipeline, struct pg_batch *batch,
                        const struct pg_item *item, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        take_success(pipeline, batch, item, result);
        return;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
        take_error(pipeline, batch, item, result);
        break;
    case PGRES_PIPELINE_ABORTED: /* a consequence of the first error */
        PQclear(result);
        break;
    default: /* COPY, which a batch has no place for */
        pipeline->doubtful = true;
        PQclear(result);
        break;
    }
    if (item->kind == ITEM_PREPARE) {
        pipeline->prepared[item->index].state = UNPREPARED;
    }
}

enum pg_reading pg_pipeline_read(struct pg_pipeline *pipeline, struct pg_batch *batch)
{
    PGconn *handle = pipeline->handle;

    while (pipeline->cursor < pipeline->item_count) {
        /* On a broken socket PQgetResult does not wait, and what arrived before still counts. */
        if (PQisBusy(handle) && PQsocket(handle) >= 0) {
            return PG_READING_MORE;
        }
        const struct pg_item *item = &pipeline->items[pipeline->cursor];
        PGresult *result = PQgetResult(handle);
        if (result == NULL) {
            if (!pipeline->answered) {
                return PG_READING_BROKEN;
            }
            pipeline->answered = false;
            pipeline->cursor++;
        } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            if (item->kind != ITEM_SYNC) {
                return PG_READING_BROKEN;
            }
            pipeline->cursor++;
        } else {
            pipeline->answered = true;
            take_result(pipeline, batch, item, result);
            if (PQstatus(handle) == CONNECTION_BAD && pipeline->doubtful) {
                return PG_READING_BROKEN;
            }
        }
    }
    return PG_READING_COMPLETE;
}
