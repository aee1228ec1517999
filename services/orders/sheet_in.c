#include "services/orders/sheet_in.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "services/orders/room.h"
#include "services/orders/sheet_rows.h"
#include "services/orders/words_in.h"
#include "sql/orders_sql.h"

#include <string.h>

/* A file on its way: asked for words on the loop, read by a worker, written and answered on the
 * loop. */
struct import {
    struct rest_call *call;
    struct sheet_reader *reader;
    enum sheet_reader_form form;
    bool dry;
    struct arena *arena; /* of what outlives a row */
    struct text_words *words;
    struct sheet_tools tools;
    struct sheet_rows rows;
    const char *items; /* for the database, as text */
    struct json_check check;
    int error;
    struct error_detail detail;
};

static void import_destroy(struct import *import)
{
    sheet_reader_destroy(&import->reader);
    sheet_rows_deinit(&import->rows);
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

static json_t *row_answer(const struct sheet_row *row, const json_t *written)
{
    const char *outcome = json_string_value(json_object_get(written, "outcome"));
    json_t *order = json_object_get(written, "order_id");
    json_t *errors = written != NULL ? json_object_get(written, "errors") : row->errors;

    return json_pack("{s:I, s:s, s:O, s:O, s:O, s:O}", "line", (json_int_t)row->line, "outcome",
                     outcome != NULL ? outcome : "rejected", "order_id",
                     order != NULL ? order : json_null(), "errors", errors, "not_understood",
                     row->unknown, "remarks", row->remarks);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    static const char *const names[] = {"created", "unchanged", "differs", "rejected", NULL};
    struct import *import = rest_state(call);
    const char *text = outcome->error == 0 ? pg_text(pg_outcome_result(outcome, 0), 0, 0) : NULL;
    json_t *answers = NULL, *items = json_array();
    struct json_fault fault;
    int64_t counts[4] = {0};
    size_t next = 0;

    if (text == NULL || json_read_own(text, strlen(text), &answers, &fault) != 0) {
        import_destroy(import);
        json_decref(items);
        rest_failed(call, outcome);
        return;
    }
    for (size_t i = 0; i < import->rows.count; i++) {
        const struct sheet_row *row = &import->rows.rows[i];
        json_t *item = row_answer(row, row->sent ? json_array_get(answers, next++) : NULL);
        const int outcome_index =
            kind_index(names, json_string_value(json_object_get(item, "outcome")));
        if (outcome_index >= 0)
            counts[outcome_index]++;
        json_array_append_new(items, item);
    }
    json_t *answer =
        json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o}", "dry_run", import->dry, "rows",
                  (json_int_t)import->rows.count, names[0], (json_int_t)counts[0], names[1],
                  (json_int_t)counts[1], names[2], (json_int_t)counts[2], names[3],
                  (json_int_t)counts[3], "results", items);
    rest_reply(call, 200, answer);
    json_decref(answer);
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
    if (import->error == 0)
        import->items = json_text(import->arena, import->rows.items);
}

static void have_rows(void *argument)
{
    struct import *import = argument;
    struct rest_call *call = import->call;

    if (import->error != 0 || !json_check_ok(&import->check)) {
        answer_broken(import);
        return;
    }
    struct pg_parameter parameters[] = {PG_TEXT(import->items), PG_NULL, PG_NULL,
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
    sheet_rows_init(&import->rows);
    rest_set_state(call, import);
    rest_batch_raw(call, words_in_steps, WORDS_STEPS, have_words);
}
