/* What an import answers: counts, and what became of its rows. */
#include "common/base/str.h"
#include "common/json/writer.h"
#include "services/pool/import.h"

#include <string.h>

#define NAMED_CAP 10000 /* faults, and pieces of resumes that were not understood */
#define REJECTIONS_CAP ((size_t)16 << 20)
#define RESULTS_CAP ((size_t)16 << 20)
#define GAPS_CAP ((size_t)8 << 20)
#define ANSWER_CAP ((size_t)64 << 20)
#define ITEM_ROOM ((size_t)16 << 10) /* more than one item takes */

void import_answer_init(struct import *import)
{
    buffer_init(&import->rejections, REJECTIONS_CAP);
    buffer_init(&import->results, RESULTS_CAP);
    buffer_init(&import->gaps, GAPS_CAP);
}

/* Room for one more item of a list; false, and counted as one of `more`, when there is none. */
static bool begin_item(struct buffer *list, size_t cap, size_t *named, size_t most, int64_t *more)
{
    if (*named == most || list->length > cap - ITEM_ROOM) {
        (*more)++;
        return false;
    }
    buffer_text(list, *named > 0 ? "," : "");
    (*named)++;
    return true;
}

static void reject(struct import *import, const struct pending *row, const struct fault *fault)
{
    struct writer json;

    if (!begin_item(&import->rejections, REJECTIONS_CAP, &import->named, NAMED_CAP, &import->more))
        return;
    writer_init(&json, &import->rejections);
    writer_object(&json);
    writer_member_unsigned(&json, "line", row->line);
    writer_member_text(&json, "column", fault->column);
    if (fault->pointer != NULL)
        writer_member_text(&json, "pointer", fault->pointer);
    writer_member_text(&json, "code", fault->code);
    writer_member_text(&json, "detail", fault->detail);
    writer_object_end(&json);
}

static void tell_result(struct import *import, const struct pending *row, const char *outcome)
{
    struct writer json;

    if (!import->all_results || !begin_item(&import->results, RESULTS_CAP, &import->results_named,
                                            SEEN_CAP, &import->results_more))
        return;
    writer_init(&json, &import->results);
    writer_object(&json);
    writer_member_unsigned(&json, "line", row->line);
    if (row->reference != NULL)
        writer_member_text(&json, "external_ref", row->reference);
    writer_member_text(&json, "outcome", outcome);
    writer_object_end(&json);
}

static void tell_gaps(struct import *import, const struct pending *row)
{
    for (size_t i = 0; i < json_array_size(row->not_understood); i++) {
        const json_t *gap = json_array_get(row->not_understood, i);
        struct writer json;
        if (!begin_item(&import->gaps, GAPS_CAP, &import->gaps_named, NAMED_CAP,
                        &import->gaps_more))
            continue;
        writer_init(&json, &import->gaps);
        writer_object(&json);
        writer_member_unsigned(&json, "line", row->line);
        writer_member_text(&json, "pointer", json_string_value(json_object_get(gap, "pointer")));
        writer_member_text(&json, "text", json_string_value(json_object_get(gap, "text")));
        writer_member_text(&json, "reason", json_string_value(json_object_get(gap, "reason")));
        writer_object_end(&json);
    }
}

/* What the database found wrong with a row. */
static void add_faults(struct import *import, struct pending *row, const char *found)
{
    struct json_check check;

    json_check_init(&check, import->arena);
    json_check_merge(&check, found);
    import_row_faults(import, row, &check);
}

void import_settle(struct import *import, const struct pg_result *results)
{
    size_t next = 0;

    for (size_t i = 0; i < import->count; i++) {
        struct pending *row = &import->pending[i];
        const char *outcome = "rejected";
        if (row->sent) {
            add_faults(import, row, pg_text(results, next, 2));
            outcome = pg_text(results, next++, 1);
        }
        import->created += str_equal(outcome, "created");
        import->updated += str_equal(outcome, "updated");
        import->unchanged += str_equal(outcome, "unchanged");
        import->rejected += str_equal(outcome, "rejected");
        for (size_t j = 0; j < row->fault_count; j++)
            reject(import, row, &row->faults[j]);
        tell_result(import, row, outcome);
        tell_gaps(import, row);
        json_decref(row->not_understood);
        json_decref(row->body);
    }
    import->total += (int64_t)import->count;
    import->count = 0;
}

static void write_counts(const struct import *import, struct writer *json)
{
    writer_member_integer(json, "rows", import->total);
    writer_member_integer(json, "created", import->created);
    writer_member_integer(json, "updated", import->updated);
    writer_member_integer(json, "unchanged", import->unchanged);
    writer_member_integer(json, "rejected", import->rejected);
}

const char *import_counts(const struct import *import)
{
    struct buffer text;
    struct writer json;

    buffer_init(&text, 1024);
    writer_init(&json, &text);
    writer_object(&json);
    write_counts(import, &json);
    writer_object_end(&json);
    writer_finish(&json);
    const char *counts = arena_strndup(import->arena, text.data, text.length);
    buffer_deinit(&text);
    return counts;
}

static void write_list(struct writer *json, const char *name, const struct buffer *list)
{
    writer_member_array(json, name);
    if (list->length > 0)
        writer_raw_members(json, list->data, list->length);
    writer_array_end(json);
}

void import_write(const struct import *import, const char *missing, struct buffer *text)
{
    struct writer json;

    buffer_init(text, ANSWER_CAP);
    writer_init(&json, text);
    writer_object(&json);
    write_counts(import, &json);
    writer_raw_members(&json, missing + 1, strlen(missing) - 2);
    writer_member_integer(&json, "more", import->more);
    write_list(&json, "rejections", &import->rejections);
    if (import->all_results) {
        writer_member_integer(&json, "rows_more", import->results_more);
        write_list(&json, "rows_results", &import->results);
    }
    if (import->form == ROWS_RESUME) {
        writer_member_integer(&json, "not_understood_more", import->gaps_more);
        write_list(&json, "not_understood", &import->gaps);
    }
    writer_object_end(&json);
    writer_finish(&json);
}
