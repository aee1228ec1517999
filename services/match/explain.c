#include "services/match/explain.h"

#define COLUMN_CAP ((size_t)64 << 20)

/* ---- an entry ---- */

void explain_head_members(struct explain_heads *heads, const struct engine_entry *entry,
                          struct writer *json)
{
    writer_name(json, "parts");
    writer_begin_value(json);
    explain_head_parts(heads, entry, json->buffer);
    writer_name(json, "explanation_da");
    writer_begin_value(json);
    explain_head_text(heads, entry, json->buffer);
}

static void write_entry(struct explain_heads *heads, const struct engine_entry *entry,
                        struct writer *json)
{
    char id[ENGINE_ID_TEXT_SIZE];
    engine_id_write(entry->id, id);
    writer_object(json);
    writer_member_plain(json, "candidate_id", id);
    writer_member_unsigned(json, "rank", entry->rank);
    writer_member_unsigned(json, "score", entry->score);
    explain_head_members(heads, entry, json);
    writer_name(json, "facts");
    writer_begin_value(json);
    explain_head_facts(heads, entry, json->buffer);
    writer_object_end(json);
}

void explain_entries(const struct explain *explain, struct buffer *json)
{
    struct explain_heads *heads = explain_heads_create(EXPLAIN_JSON);
    struct writer writer;
    explain_heads_write(heads, explain);
    writer_init(&writer, json);
    writer_array(&writer);
    for (size_t i = 0; i < explain->ranking->count; i++) {
        write_entry(heads, &explain->ranking->entries[i], &writer);
    }
    writer_array_end(&writer);
    writer_finish(&writer);
    json->full = json->full || explain_heads_full(heads);
    explain_heads_destroy(&heads);
}

/* ---- columns ---- */

void explain_columns_init(struct explain_columns *columns)
{
    buffer_init(&columns->candidates, COLUMN_CAP);
    buffer_init(&columns->scores, COLUMN_CAP);
    buffer_init(&columns->parts, COLUMN_CAP);
    buffer_init(&columns->facts, COLUMN_CAP);
    buffer_init(&columns->explanations, COLUMN_CAP);
}

void explain_columns_deinit(struct explain_columns *columns)
{
    buffer_deinit(&columns->candidates);
    buffer_deinit(&columns->scores);
    buffer_deinit(&columns->parts);
    buffer_deinit(&columns->facts);
    buffer_deinit(&columns->explanations);
}

bool explain_columns_full(const struct explain_columns *columns)
{
    return buffer_full(&columns->candidates) || buffer_full(&columns->scores) ||
           buffer_full(&columns->parts) || buffer_full(&columns->facts) ||
           buffer_full(&columns->explanations);
}

static void write_row(struct explain_heads *heads, const struct engine_entry *entry,
                      struct explain_columns *columns)
{
    char id[ENGINE_ID_TEXT_SIZE];
    engine_id_write(entry->id, id);
    buffer_text(&columns->candidates, id);
    buffer_unsigned(&columns->scores, entry->score);
    explain_head_parts(heads, entry, &columns->parts);
    explain_head_facts(heads, entry, &columns->facts);
    explain_head_text(heads, entry, &columns->explanations);
}

static void next_row(struct explain_columns *columns)
{
    buffer_char(&columns->candidates, ',');
    buffer_char(&columns->scores, ',');
    buffer_char(&columns->parts, '\n');
    buffer_char(&columns->facts, '\n');
    buffer_char(&columns->explanations, '\n');
}

void explain_columns(const struct explain *explain, struct explain_columns *columns)
{
    struct explain_heads *heads = explain_heads_create(EXPLAIN_JSON);
    explain_heads_write(heads, explain);
    buffer_char(&columns->candidates, '{');
    buffer_char(&columns->scores, '{');
    for (size_t i = 0; i < explain->ranking->count; i++) {
        if (i > 0) {
            next_row(columns);
        }
        write_row(heads, &explain->ranking->entries[i], columns);
    }
    buffer_char(&columns->candidates, '}');
    buffer_char(&columns->scores, '}');
    columns->parts.full = columns->parts.full || explain_heads_full(heads);
    explain_heads_destroy(&heads);
}

/* ---- one entry alone ---- */

void explain_entry_parts(const struct explain *explain, const struct engine_entry *entry,
                         struct buffer *json)
{
    struct explain_heads *heads = explain_heads_create(EXPLAIN_JSON);
    explain_heads_write(heads, explain);
    explain_head_parts(heads, entry, json);
    json->full = json->full || explain_heads_full(heads);
    explain_heads_destroy(&heads);
}

void explain_text(const struct explain *explain, const struct engine_entry *entry,
                  struct buffer *text)
{
    struct explain_heads *heads = explain_heads_create(EXPLAIN_PLAIN);
    explain_heads_write(heads, explain);
    explain_head_text(heads, entry, text);
    text->full = text->full || explain_heads_full(heads);
    explain_heads_destroy(&heads);
}

void explain_excluded(const struct engine_ranking *ranking, struct buffer *json)
{
    struct writer writer;
    writer_init(&writer, json);
    writer_object(&writer);
    for (unsigned reason = ENGINE_PROTECTED; reason < ENGINE_REASON_COUNT; reason++) {
        size_t count = ranking->excluded[reason];
        if (reason == ENGINE_PROTECTED) {
            continue; /* counted with the withdrawn, whose code it shares */
        }
        if (reason == ENGINE_WITHDRAWN) {
            count += ranking->excluded[ENGINE_PROTECTED];
        }
        if (count > 0) {
            writer_member_unsigned(&writer, engine_reason_code((enum engine_reason)reason), count);
        }
    }
    writer_object_end(&writer);
    writer_finish(&writer);
}
