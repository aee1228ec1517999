#include "tests/bench/http/answer.h"

#define TEXT_CAP ((size_t)1 << 20)

void answer_writer_init(struct answer_writer *writer)
{
    writer->heads = explain_heads_create(EXPLAIN_JSON);
    writer->plain = explain_heads_create(EXPLAIN_PLAIN);
    buffer_init(&writer->text, TEXT_CAP);
}

void answer_writer_deinit(struct answer_writer *writer)
{
    buffer_deinit(&writer->text);
    explain_heads_destroy(&writer->plain);
    explain_heads_destroy(&writer->heads);
}

static void write_entry(struct answer_writer *writer, const struct engine_entry *entry,
                        struct writer *json)
{
    char id[ENGINE_ID_TEXT_SIZE];
    engine_id_write(entry->id, id);
    writer_object(json);
    writer_member_plain(json, "candidate_id", id);
    writer_member_unsigned(json, "rank", entry->rank);
    writer_member_unsigned(json, "score", entry->score);
    explain_head_members(writer->heads, entry, json);
    writer_object_end(json);
}

void answer_write(struct answer_writer *writer, struct shop *shop, const struct shop_ranked *ranked,
                  struct buffer *json)
{
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    struct writer answer;
    explain_heads_write(writer->heads, &ranked->explain);
    writer_init(&answer, json);
    writer_object(&answer);
    writer_member_text(&answer, "order_id", ranked->asked.order);
    writer_member_integer(&answer, "pool_version", ranked->answer->version);
    writer_member_unsigned(&answer, "found", ranked->answer->found);
    writer_name(&answer, "requirements");
    writer_begin_value(&answer);
    explain_head_requirements(writer->heads, json);
    writer_member_array(&answer, "entries");
    for (size_t i = 0; i < ranked->answer->count; i++) {
        shop_entry(shop, ranked, i, &entry, parts);
        write_entry(writer, &entry, &answer);
    }
    writer_array_end(&answer);
    writer_object_end(&answer);
    writer_finish(&answer);
}
