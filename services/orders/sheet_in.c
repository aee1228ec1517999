#include "services/orders/sheet_in.h"

#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/json/writer.h"
#include "services/orders/room.h"
#include "services/orders/sheet_rows.h"
#include "services/orders/words_in.h"
#include "sql/orders_sql.h"

#include <string.h>

#define ANSWER_CAP ((size_t)64 << 20) /* more than SHEET_TEXT_CAP can become as JSON */

/* A file on its way: asked for words on the loop, read by a worker, written and answered on the
 * loop. */
struct import {
    struct rest_call *call;
    struct sheet_reader *reader;
    enum sheet_reader_form form;
    bool dry;
    struct arena *arena;
    struct text_words *words;
    struct sheet_tools tools;
    struct sheet_rows rows;
    struct json_check check;
    int error;
    struct error_detail detail;
};

static void import_destroy(struct import *import)
{
    sheet_reader_destroy(&import->reader);
    text_words_destroy(&import->words);
    arena_destroy(&import->arena);
    mem_free(import);
}

static ssize_t read_body(void *argument, void *bytes, size_t size)
{
    return http_request_read(rest_http(argument), bytes, size);
}

/* --- the answer
 * -------------------------------------------------------------------------------------------------
 */

static const char *const outcomes[] = {"created", "unchanged", "differs", "rejected", NULL};

enum { OUTCOME_REJECTED = 3, OUTCOMES };

static void write_json(struct writer *json, const char *name, const char *value)
{
    writer_key(json, name);
    writer_raw(json, value, strlen(value));
}

/* One row's result; which of `outcomes` it is. `said` is the database's word of it, NULL: none. */
static int write_row(struct writer *json, struct arena *arena, const struct sheet_row *row,
                     const json_t *said)
{
    int outcome = kind_index(outcomes, json_string_value(json_object_get(said, "outcome")));
    const json_t *errors = json_object_get(said, "errors");

    if (outcome < 0)
        outcome = OUTCOME_REJECTED;
    writer_object(json);
    writer_member_unsigned(json, "line", row->line);
    writer_member_text(json, "outcome", outcomes[outcome]);
    writer_member_text(json, "order_id", json_string_value(json_object_get(said, "order_id")));
    write_json(json, "errors", errors != NULL ? json_text(arena, errors) : row->errors);
    write_json(json, "not_understood", row->unknown);
    write_json(json, "remarks", row->remarks);
    writer_object_end(json);
    return outcome;
}

/* `answers`: of the rows that were sent, in their order. */
static void write_answer(const struct import *import, const json_t *answers, struct buffer *text)
{
    int64_t counts[OUTCOMES] = {0};
    struct writer json;
    size_t next = 0;

    writer_init(&json, text);
    writer_object(&json);
    writer_member_bool(&json, "dry_run", import->dry);
    writer_member_unsigned(&json, "rows", import->rows.count);
    writer_member_array(&json, "results");
    for (size_t i = 0; i < import->rows.count; i++) {
        const struct sheet_row *row = &import->rows.rows[i];
        const json_t *said = row->sent ? json_array_get(answers, next++) : NULL;
        counts[write_row(&json, import->arena, row, said)]++;
    }
    writer_array_end(&json);
    for (int i = 0; i < OUTCOMES; i++)
        writer_member_integer(&json, outcomes[i], counts[i]);
    writer_object_end(&json);
    writer_finish(&json);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);
    const char *said = outcome->error == 0 ? pg_text(pg_outcome_result(outcome, 0), 0, 0) : NULL;
    json_t *answers = NULL;
    struct json_fault fault;
    struct buffer text;

    if (said == NULL || json_read_own(said, strlen(said), &answers, &fault) != 0) {
        import_destroy(import);
        rest_failed(call, outcome);
        return;
    }
    buffer_init(&text, ANSWER_CAP);
    write_answer(import, answers, &text);
    rest_reply_buffer(call, 200, "application/json", &text);
    buffer_deinit(&text);
    json_decref(answers);
    import_destroy(import);
}

/* --- on its way
 * -------------------------------------------------------------------------------------------------
 */

/* What keeps a file from being read at all. */
static void answer_broken(struct import *import)
{
    struct rest_call *call = import->call;
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    if (import->error == ERROR_UNAVAILABLE) {
        rest_problem(call, "temporarily-unavailable", import->detail.public_text);
    } else if (import->error == ERROR_INVALID || import->error == ERROR_LIMIT) {
        json_check_fail(&check, "", import->error == ERROR_LIMIT ? "LIMIT" : "FORMAT", "%s",
                        import->detail.public_text);
        rest_problem_check(call, &check);
    } else if (import->error != 0) {
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
    } else {
        rest_problem_check(call, &import->check);
    }
    import_destroy(import);
}

static void read_rows(void *argument)
{
    struct import *import = argument;

    import->error = sheet_rows_read(import->reader, &import->tools, &import->rows, &import->check,
                                    &import->detail);
}

static void have_rows(void *argument)
{
    struct import *import = argument;
    struct rest_call *call = import->call;

    if (import->error != 0 || !json_check_ok(&import->check)) {
        answer_broken(import);
        return;
    }
    struct pg_parameter parameters[] = {PG_TEXT(import->rows.items), PG_NULL, PG_NULL,
                                        PG_TEXT(import->dry ? "true" : "false")};
    orders_set_clock(call, &parameters[1], &parameters[2]);
    const struct pg_step step = {&orders_sql_rows, parameters, 4};
    rest_batch_raw(call, &step, 1, written);
}

static void have_words(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0) {
        import_destroy(import);
        rest_failed(call, outcome);
        return;
    }
    import->words = words_in_read(outcome);
    import->tools = (struct sheet_tools){
        .words = import->words, .linter = orders_linter(call), .today = words_in_today()};
    import->tools.trades = words_in_trades(import->arena, outcome, &import->tools.trade_count);
    if (worker_submit(orders_readers(call, import->form), rest_loop(call), read_rows, have_rows,
                      import) == 0)
        return;
    import_destroy(import);
    rest_problem(call, "temporarily-unavailable", "Mange filer læses ind lige nu; prøv igen.");
}

void order_import(struct rest_call *call)
{
    static const char *const queries[] = {"dry_run", NULL};
    struct sheet_reader_options options = {0};

    if (!rest_query_only(call, queries))
        return;
    const char *dry = rest_query(call, "dry_run");
    if (dry != NULL && !str_equal(dry, "true") && !str_equal(dry, "false")) {
        rest_problem(call, "query-invalid", "dry_run er true eller false.");
        return;
    }
    /* The database says so, too; but nobody's workbook is read for a 403. */
    if (str_equal(rest_principal(call)->organisation_kind, "employer")) {
        rest_problem(call, "forbidden", "Kun myndigheder og det fælles team opretter jobordrer.");
        return;
    }
    const char *type = http_request_header(rest_http(call), "Content-Type");
    if (type == NULL || !sheet_reader_media_type(type, &options)) {
        rest_problem(call, "media-type-unsupported",
                     "Filen skal være text/csv (UTF-8, eller charset=windows-1252) eller et "
                     "XLSX-regneark.");
        return;
    }
    struct import *import = mem_zalloc(sizeof *import);
    import->call = call;
    import->form = options.form;
    import->dry = str_equal(dry, "true");
    import->reader = sheet_reader_create(&options, read_body, call);
    import->arena = arena_create(0);
    json_check_init(&import->check, import->arena);
    rest_set_state(call, import);
    rest_batch_raw(call, words_in_steps, WORDS_STEPS, have_words);
}
