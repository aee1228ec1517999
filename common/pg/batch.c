#include "common/pg/batch.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* Copies into one block that was measured before; every piece keeps the alignment of a pointer. */
struct block {
    char *at;
    size_t used;
};

static size_t aligned(size_t size)
{
    return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

static void *take(struct block *block, size_t size)
{
    void *memory = block->at + block->used;
    block->used += aligned(size);
    return memory;
}

static const char *put(struct block *block, const char *bytes, size_t length)
{
    char *copy = take(block, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static size_t value_length(const struct pg_parameter *parameter)
{
    return parameter->binary ? (size_t)parameter->length : strlen(parameter->value);
}

static size_t step_size(const struct pg_step *step)
{
    size_t size = aligned(step->count * sizeof(struct pg_parameter));

    for (size_t i = 0; i < step->count; i++) {
        if (step->parameters[i].value != NULL) {
            size += aligned(value_length(&step->parameters[i]) + 1);
        }
    }
    return size;
}

static void copy_step(struct block *block, const struct pg_step *from, struct pg_step *to)
{
    struct pg_parameter *parameters = take(block, from->count * sizeof *parameters);

    for (size_t i = 0; i < from->count; i++) {
        parameters[i] = from->parameters[i];
        if (parameters[i].value != NULL) {
            parameters[i].value = put(block, parameters[i].value, value_length(&parameters[i]));
        }
    }
    *to = (struct pg_step){from->statement, parameters, from->count};
}

struct pg_batch *pg_batch_create(const struct pg_context *context, const struct pg_step *steps,
                                 size_t count, pg_done *done, void *argument)
{
    const struct pg_context nobody = {0};
    const struct pg_context *who = context != NULL ? context : &nobody;
    const char *texts[PG_CONTEXT_COUNT] = {who->tenant, who->actor, who->request, who->purpose};
    size_t size = aligned(sizeof(struct pg_batch)) + aligned(count * sizeof(struct pg_step)) +
                  aligned(count * sizeof(struct pg_result));

    for (size_t i = 0; i < PG_CONTEXT_COUNT; i++) {
        texts[i] = texts[i] != NULL ? texts[i] : "";
        size += aligned(strlen(texts[i]) + 1);
    }
    for (size_t i = 0; i < count; i++) {
        size += step_size(&steps[i]);
    }

    struct block block = {mem_zalloc(size), 0};
    struct pg_batch *batch = take(&block, sizeof *batch);
    batch->done = done;
    batch->argument = argument;
    batch->count = count;
    batch->steps = take(&block, count * sizeof *batch->steps);
    batch->results = take(&block, count * sizeof *batch->results);
    for (size_t i = 0; i < PG_CONTEXT_COUNT; i++) {
        batch->context[i] = put(&block, texts[i], strlen(texts[i]));
    }
    for (size_t i = 0; i < count; i++) {
        copy_step(&block, &steps[i], &batch->steps[i]);
    }
    return batch;
}

void pg_batch_reset(struct pg_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        PQclear(batch->results[i].handle);
        batch->results[i].handle = NULL;
    }
    PQclear(batch->failure);
    batch->failure = NULL;
    batch->error = 0;
    batch->sqlstate[0] = '\0';
    batch->commit_sent = false;
    batch->committed = false;
}

void pg_batch_fail(struct pg_batch *batch, int error)
{
    if (batch->error == 0) {
        batch->error = error;
    }
}

void pg_batch_fail_with(struct pg_batch *batch, PGresult *failure)
{
    const char *sqlstate = PQresultErrorField(failure, PG_DIAG_SQLSTATE);

    if (batch->error != 0 || sqlstate == NULL) {
        PQclear(failure);
        return;
    }
    memcpy(batch->sqlstate, sqlstate, sizeof batch->sqlstate);
    batch->error = pg_error_of_sqlstate(sqlstate);
    batch->failure = failure;
}

bool pg_batch_may_retry(const struct pg_batch *batch)
{
    static const char *const passing[] = {
        "40001",                   /* serialization failure */
        "40P01",                   /* deadlock */
        "57P01",                   /* this server is going away, before it came to COMMIT */
        "57P02", "57P03", "25006", /* this server is no longer the primary */
        "26000",                   /* a prepared statement that we believed in is gone */
        "0A000",                   /* its plan no longer fits the schema */
    };

    if (batch->error == ERROR_UNCERTAIN) {
        return false;
    }
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (str_equal(batch->sqlstate, passing[i])) {
            return true;
        }
    }
    return false;
}

void pg_batch_finish(struct pg_batch *batch)
{
    struct pg_outcome outcome = {.error = batch->error};

    memcpy(outcome.sqlstate, batch->sqlstate, sizeof outcome.sqlstate);
    if (batch->failure != NULL) {
        outcome.message = PQresultErrorField(batch->failure, PG_DIAG_MESSAGE_PRIMARY);
        outcome.detail = PQresultErrorField(batch->failure, PG_DIAG_MESSAGE_DETAIL);
    }
    if (outcome.message == NULL) {
        outcome.message = "";
    }
    if (batch->error == 0) {
        outcome.results = batch->results;
        outcome.count = batch->count;
    }
    batch->done(&outcome, batch->argument);
    pg_batch_reset(batch);
    loop_timer_destroy(&batch->pause);
    mem_free(batch);
}

/* ---- binary arrays ---- */

#define TEXT_OID 25 /* pg_type.h: it never changes */

static char *put_number(char *at, size_t number)
{
    const uint32_t bytes = htonl((uint32_t)number);
    memcpy(at, &bytes, sizeof bytes);
    return at + sizeof bytes;
}

/* array_recv of the server: dimensions, flags, type, then each dimension's length and first index,
 * then each element's length and bytes. */
struct pg_parameter pg_lines(struct arena *arena, const char *lines, size_t length, size_t count)
{
    enum { NUMBERS = 5 };
    char *const array = arena_alloc(arena, (NUMBERS + count) * sizeof(uint32_t) + length);
    const char *line = lines;
    char *at = put_number(array, count > 0 ? 1 : 0);
    at = put_number(put_number(at, 0), TEXT_OID);
    if (count > 0) {
        at = put_number(put_number(at, count), 1);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t left = (size_t)(lines + length - line);
        const char *end = memchr(line, '\n', left);
        const size_t bytes = end != NULL ? (size_t)(end - line) : left;
        assert((end == NULL) == (i + 1 == count));
        at = put_number(at, bytes);
        memcpy(at, line, bytes);
        at += bytes;
        line += bytes + 1;
    }
    return PG_BYTES(array, at - array);
}
