#include "services/match/explain.h"

#include "common/base/mem.h"
#include "common/domain/kinds.h"
#include "services/match/day.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_USUAL 128                /* more than nearly anybody has */
#define LABELS_CAP ((size_t)256 << 10) /* of all parts of one order */
#define HEADS_CAP ((size_t)512 << 10)
#define TEXT_CAP ((size_t)256 << 10)
#define COLUMN_CAP ((size_t)64 << 20)

/* ---- what a part asks for ---- */

static const struct asked_part *part_of(const struct explain *explain, size_t part)
{
    return &explain->asked->parts[part];
}

/* "Anlægsstruktør eller Bygningsstruktør", or the requirement's label. */
void explain_label(const struct explain *explain, size_t index, struct buffer *text)
{
    const struct asked_part *part = part_of(explain, index);
    for (size_t i = 0; i < part->code_count; i++) {
        buffer_text(text, i > 0 ? " eller " : "");
        buffer_text(text, part->codes[i].label);
    }
}

static const char *fact_code(const struct explain *explain, const struct engine_fact *fact)
{
    const char *code = engine_vocabulary_text(explain->vocabulary, fact->code);
    return code != NULL ? code : "";
}

static void member_number(struct writer *json, const char *name, unsigned number, unsigned unknown)
{
    if (number == unknown) {
        writer_member_null(json, name);
    } else {
        writer_member_unsigned(json, name, number);
    }
}

/*
 * What is the same in every entry of a ranking, written once: per part its label, and the members
 * of its JSON up to what the candidate has. Then an entry costs copying, not looking up.
 */
struct explain_heads {
    const struct explain *explain;
    struct buffer labels;
    struct buffer members;
    size_t label_ends[ENGINE_PARTS_CAP];
    size_t member_ends[ENGINE_PARTS_CAP];
};

static void write_asked(const struct explain *explain, size_t part, const char *label,
                        size_t label_length, struct writer *json)
{
    const struct asked_part *wanted = part_of(explain, part);
    writer_member_unsigned(json, "part", part);
    writer_member_plain(json, "kind", fact_kinds[wanted->kind]);
    writer_member_text(json, "code", part > 0 ? wanted->codes[0].code : NULL);
    writer_name(json, "label");
    writer_text_bytes(json, label, label_length);
}

static void write_wanted(const struct explain *explain, size_t part, struct writer *json)
{
    const struct asked_part *wanted = part_of(explain, part);
    writer_member_text(json, "necessity", wanted->must ? "must" : "nice");
    writer_member_unsigned(json, "weight", wanted->weight);
    member_number(json, "minimum_level", wanted->minimum_level, 0);
    writer_member_bool(json, "through_period", wanted->through_period);
}

void explain_heads_write(struct explain_heads *heads, const struct explain *explain)
{
    heads->explain = explain;
    buffer_clear(&heads->labels);
    buffer_clear(&heads->members);
    for (size_t i = 0; i < explain->ranking->part_count; i++) {
        struct writer json;
        const size_t label = heads->labels.length;
        explain_label(explain, i, &heads->labels);
        writer_init(&json, &heads->members);
        writer_object(&json);
        write_asked(explain, i, heads->labels.data + label, heads->labels.length - label, &json);
        write_wanted(explain, i, &json);
        heads->label_ends[i] = heads->labels.length;
        heads->member_ends[i] = heads->members.length;
    }
}

static void heads_init(struct explain_heads *heads, const struct explain *explain)
{
    buffer_init(&heads->labels, LABELS_CAP);
    buffer_init(&heads->members, HEADS_CAP);
    explain_heads_write(heads, explain);
}

/* Half a label or half a member is no answer. */
bool explain_heads_full(const struct explain_heads *heads)
{
    return buffer_full(&heads->labels) || buffer_full(&heads->members);
}

static void heads_deinit(struct explain_heads *heads)
{
    buffer_deinit(&heads->members);
    buffer_deinit(&heads->labels);
}

struct explain_heads *explain_heads_create(void)
{
    struct explain_heads *heads = mem_zalloc(sizeof *heads);
    buffer_init(&heads->labels, LABELS_CAP);
    buffer_init(&heads->members, HEADS_CAP);
    return heads;
}

void explain_heads_destroy(struct explain_heads **heads)
{
    if (*heads == NULL) {
        return;
    }
    heads_deinit(*heads);
    mem_free(*heads);
    *heads = NULL;
}

/* Between braces, which the writer of the whole sets itself: the first byte is the one that opened
 * them here. */
static void put_asked(const struct explain_heads *heads, size_t part, struct writer *json)
{
    const size_t from = (part > 0 ? heads->member_ends[part - 1] : 0) + 1;
    writer_raw_members(json, heads->members.data + from, heads->member_ends[part] - from);
}

static void put_label(const struct explain_heads *heads, size_t part, struct buffer *text)
{
    const size_t from = part > 0 ? heads->label_ends[part - 1] : 0;
    buffer_append(text, heads->labels.data + from, heads->label_ends[part] - from);
}

/* ---- JSON ---- */

void explain_requirements(const struct explain *explain, struct buffer *text)
{
    struct explain_heads heads;
    struct writer json;
    heads_init(&heads, explain);
    writer_init(&json, text);
    writer_array(&json);
    for (size_t i = 0; i < explain->ranking->part_count; i++) {
        writer_object(&json);
        put_asked(&heads, i, &json);
        writer_member_unsigned(&json, "of", explain->ranking->shares[i]);
        writer_object_end(&json);
    }
    writer_array_end(&json);
    writer_finish(&json);
    text->full = text->full || explain_heads_full(&heads);
    heads_deinit(&heads);
}

static void member_day(struct writer *json, const char *name, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == ENGINE_NO_DAY) {
        writer_member_null(json, name);
        return;
    }
    day_iso(day, text);
    writer_member_plain(json, name, text);
}

/* The members that every fact has, after its kind or code. */
static void fact_members(const struct engine_fact *fact, struct writer *json)
{
    member_number(json, "level", fact->level, ENGINE_LEVEL_UNKNOWN);
    member_number(json, "years", fact->years, ENGINE_YEARS_UNKNOWN);
    member_day(json, "valid_until", fact->valid_until);
    member_day(json, "last_used", fact->last_used);
    member_day(json, "stated_on", fact->stated_on);
}

/* The same, without those that are unknown. */
static void known_members(const struct engine_fact *fact, struct writer *json)
{
    if (fact->level != ENGINE_LEVEL_UNKNOWN) {
        writer_member_unsigned(json, "level", fact->level);
    }
    if (fact->years != ENGINE_YEARS_UNKNOWN) {
        writer_member_unsigned(json, "years", fact->years);
    }
    if (fact->valid_until != ENGINE_NO_DAY) {
        member_day(json, "valid_until", fact->valid_until);
    }
    if (fact->last_used != ENGINE_NO_DAY) {
        member_day(json, "last_used", fact->last_used);
    }
    if (fact->stated_on != ENGINE_NO_DAY) {
        member_day(json, "stated_on", fact->stated_on);
    }
}

static void write_part(const struct explain_heads *heads, const struct engine_part *part,
                       size_t index, struct writer *json)
{
    writer_object(json);
    writer_member_unsigned(json, "part", index);
    writer_member_plain(json, "status", engine_status_code(part->status));
    writer_member_unsigned(json, "points", part->points);
    if (part->has_fact) {
        writer_member_plain(json, "relation", engine_relation_code(part->relation));
        writer_member_object(json, "fact");
        writer_member_text(json, "code", fact_code(heads->explain, &part->fact));
        known_members(&part->fact, json);
        writer_object_end(json);
    }
    writer_object_end(json);
}

void explain_head_parts(const struct explain_heads *heads, const struct engine_entry *entry,
                        struct writer *json)
{
    writer_array(json);
    for (size_t i = 0; i < heads->explain->ranking->part_count; i++) {
        write_part(heads, &entry->parts[i], i, json);
    }
    writer_array_end(json);
}

struct named_fact {
    struct engine_fact fact;
    const char *code;
};

/* By kind and then the code's text: what number a code has is nobody's business. */
static int compare_named(const void *left, const void *right)
{
    const struct named_fact *l = left;
    const struct named_fact *r = right;
    if (l->fact.kind != r->fact.kind) {
        return l->fact.kind < r->fact.kind ? -1 : 1;
    }
    return strcmp(l->code, r->code);
}

static void write_named(const struct explain *explain, const struct named_fact *named,
                        struct writer *json)
{
    writer_object(json);
    writer_member_plain(json, "kind", fact_kinds[named->fact.kind]);
    writer_member_text(json, "code", named->code);
    writer_member_text(json, "label", words_label(explain->words, named->fact.kind, named->code));
    fact_members(&named->fact, json);
    writer_object_end(json);
}

/* All facts of the entry's candidate; the caller frees them. Finding them costs a search of the
 * whole block, so the usual number is asked for at once. */
static struct engine_fact *read_facts(const struct explain *explain,
                                      const struct engine_entry *entry, size_t *count)
{
    size_t room = FACTS_USUAL;
    struct engine_fact *facts = mem_array(room, sizeof *facts);
    int error = engine_snapshot_facts(explain->snapshot, entry->id, facts, room, count);
    if (error == 0 && *count > room) {
        room = *count;
        facts = mem_resize(facts, room, sizeof *facts);
        error = engine_snapshot_facts(explain->snapshot, entry->id, facts, room, count);
    }
    if (error != 0) {
        *count = 0;
    }
    return facts;
}

static void write_facts(const struct explain *explain, const struct engine_entry *entry,
                        struct writer *json)
{
    size_t count = 0;
    struct engine_fact *facts = read_facts(explain, entry, &count);
    struct named_fact *named = mem_array(count, sizeof *named);
    for (size_t i = 0; i < count; i++) {
        named[i] = (struct named_fact){.fact = facts[i], .code = fact_code(explain, &facts[i])};
    }
    if (count > 1) {
        qsort(named, count, sizeof *named, compare_named);
    }
    writer_array(json);
    for (size_t i = 0; i < count; i++) {
        write_named(explain, &named[i], json);
    }
    writer_array_end(json);
    mem_free(named);
    mem_free(facts);
}

/* ---- Danish ---- */

static void write_day(struct buffer *text, const char *before, int32_t day)
{
    char danish[DAY_TEXT_SIZE];
    day_danish(day, danish);
    buffer_text(text, before);
    buffer_text(text, danish);
}

static const char *level_text(enum engine_kind kind, unsigned level)
{
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "5", "6"};
    static const char *const cefr[] = {"", "A1", "A2", "B1", "B2", "C1", "C2"};
    const unsigned within = level <= 6 ? level : 6;
    return kind == ENGINE_LANGUAGE ? cefr[within] : numbers[within];
}

static const char *opening(const struct engine_part *part)
{
    switch (part->status) {
    case ENGINE_MATCHED:
        return "Opfylder";
    case ENGINE_PARTIAL:
        return "Opfylder delvist";
    case ENGINE_EXPIRED:
        return "Udløber for tidligt";
    case ENGINE_UNKNOWN:
        return "Ikke oplyst";
    default:
        return part->has_fact ? "For lavt niveau" : "Mangler";
    }
}

static void write_level(const struct engine_fact *fact, unsigned minimum, struct buffer *text)
{
    if (fact->level != ENGINE_LEVEL_UNKNOWN) {
        buffer_text(text, ", niveau ");
        buffer_text(text, level_text(fact->kind, fact->level));
        if (minimum > fact->level) {
            buffer_text(text, ", hvor mindst ");
            buffer_text(text, level_text(fact->kind, minimum));
            buffer_text(text, " ønskes");
        }
    } else if (minimum > 0) {
        buffer_text(text, ", niveauet er ikke oplyst, mindst ");
        buffer_text(text, level_text(fact->kind, minimum));
        buffer_text(text, " ønskes");
    }
}

static void write_validity(const struct explain *explain, const struct engine_part *part,
                           size_t index, struct buffer *text)
{
    const struct asked *asked = explain->asked;
    const struct asked_part *wanted = part_of(explain, index);
    if (part->fact.valid_until != ENGINE_NO_DAY) {
        write_day(text, ", gyldigt til ", part->fact.valid_until);
    } else if (part->status == ENGINE_UNKNOWN && wanted->expires) {
        buffer_text(text, ", udløbsdatoen er ikke oplyst");
    }
    if (part->status == ENGINE_EXPIRED) {
        const bool to_the_end = wanted->through_period && asked->end != ENGINE_NO_DAY;
        write_day(text, ", skal gælde den ", to_the_end ? asked->end : asked->start);
    }
}

/* When it was last used and when that was stated, and which of the two is long ago (R13). */
static void write_age(const struct engine_part *part, struct buffer *text)
{
    const char *ago = part->long_ago ? ", over fem år siden" : "";
    const struct engine_fact *fact = &part->fact;
    if (fact->last_used != ENGINE_NO_DAY) {
        write_day(text, ", senest brugt ", fact->last_used);
        buffer_text(text, ago);
        ago = "";
    }
    write_day(text, " (oplyst ", fact->stated_on);
    buffer_text(text, ago);
    buffer_char(text, ')');
}

/* ": 120 af 250 point." */
static void write_points(struct buffer *text, const char *before, unsigned points, unsigned of)
{
    buffer_text(text, before);
    buffer_unsigned(text, points);
    buffer_text(text, " af ");
    buffer_unsigned(text, of);
    buffer_text(text, " point.");
}

/* ", beslægtet kompetence: Systemforskalling, halve point" */
static void write_relation(const struct explain *explain, const struct engine_part *part,
                           struct buffer *text)
{
    static const char *const nouns[ENGINE_KIND_COUNT] = {
        [ENGINE_COMPETENCE] = "kompetence", [ENGINE_CERTIFICATE] = "bevis",
        [ENGINE_LICENCE] = "kørekort",      [ENGINE_LANGUAGE] = "sprog",
        [ENGINE_OCCUPATION] = "fag",
    };
    static const struct {
        const char *before, *after;
    } forms[ENGINE_RELATION_COUNT] = {
        [ENGINE_UNIT] = {", beslægtet ", ""},
        [ENGINE_CLOSE] = {", beslægtet ", ""},
        [ENGINE_BROADER] = {", bredere ", ""},
        [ENGINE_NARROWER] = {", snævrere ", ""},
        [ENGINE_GROUP] = {", ", " fra samme gruppe"},
        [ENGINE_SHARED_OCCUPATION] = {", ", " fra samme fag"},
    };
    const char *held =
        words_label(explain->words, part->fact.kind, fact_code(explain, &part->fact));
    if (part->relation == ENGINE_EXACT) {
        return;
    }
    if (part->relation == ENGINE_IMPLIED) {
        buffer_text(text, ", omfattet af ");
        buffer_text(text, held);
        return;
    }
    buffer_text(text, forms[part->relation].before);
    buffer_text(text, nouns[part->fact.kind]);
    buffer_text(text, forms[part->relation].after);
    buffer_text(text, ": ");
    buffer_text(text, held);
    buffer_text(text, engine_relation_halvings(part->relation) > 1 ? ", en fjerdedel af pointene"
                                                                   : ", halve point");
}

/* A trade in the candidate's own words, if it is one of those wanted or stands beside them. */
static void write_trade(const struct explain_heads *heads, const struct engine_part *part,
                        struct buffer *text)
{
    const struct explain *explain = heads->explain;
    if (part->relation != ENGINE_EXACT && part->relation != ENGINE_UNIT) {
        put_label(heads, 0, text);
        write_relation(explain, part, text);
        return;
    }
    buffer_text(text,
                words_label(explain->words, ENGINE_OCCUPATION, fact_code(explain, &part->fact)));
    if (part->relation == ENGINE_UNIT) {
        buffer_text(text, ", beslægtet med ");
        put_label(heads, 0, text);
    }
}

static void write_fact(const struct explain_heads *heads, const struct engine_part *part,
                       size_t index, struct buffer *text)
{
    const struct engine_fact *fact = &part->fact;
    if (index == 0) {
        write_trade(heads, part, text);
    } else {
        put_label(heads, index, text);
        write_relation(heads->explain, part, text);
    }
    write_level(fact, part_of(heads->explain, index)->minimum_level, text);
    if (fact->years == 0) {
        buffer_text(text, ", under 1 års erfaring");
    } else if (fact->years != ENGINE_YEARS_UNKNOWN) {
        buffer_text(text, ", ");
        buffer_unsigned(text, fact->years);
        buffer_text(text, " års erfaring");
    }
    write_validity(heads->explain, part, index, text);
    write_age(part, text);
}

static void write_line(const struct explain_heads *heads, const struct engine_part *part,
                       size_t index, struct buffer *text)
{
    buffer_char(text, '\n');
    buffer_text(text, opening(part));
    buffer_text(text, ": ");
    if (part->has_fact) {
        write_fact(heads, part, index, text);
    } else {
        put_label(heads, index, text);
    }
    write_points(text, ": ", part->points, part->of);
}

void explain_head_text(const struct explain_heads *heads, const struct engine_entry *entry,
                       struct buffer *text)
{
    buffer_text(text, "Plads ");
    buffer_unsigned(text, entry->rank);
    write_points(text, " med ", entry->score, ENGINE_POINTS);
    for (size_t i = 0; i < heads->explain->ranking->part_count; i++) {
        write_line(heads, &entry->parts[i], i, text);
    }
    if (entry->has_distance) {
        buffer_text(text, "\nAfstand til arbejdsstedet: ca. ");
        buffer_unsigned(text, entry->road_km);
        buffer_text(text, " km ad vej.");
    }
    if (entry->tied) {
        buffer_text(text, "\nFlere kandidater har ");
        buffer_unsigned(text, entry->score);
        buffer_text(text, " point. Rækkefølgen mellem dem er afgjort ved lodtrækning ud fra "
                          "jobordrens og kandidatens id.");
    }
}

/* ---- the whole ---- */

static void write_entry(const struct explain_heads *heads, const struct engine_entry *entry,
                        struct buffer *text, struct writer *json)
{
    char id[ENGINE_ID_TEXT_SIZE];
    engine_id_write(entry->id, id);
    buffer_clear(text);
    explain_head_text(heads, entry, text);
    writer_object(json);
    writer_member_plain(json, "candidate_id", id);
    writer_member_unsigned(json, "rank", entry->rank);
    writer_member_unsigned(json, "score", entry->score);
    writer_name(json, "parts");
    explain_head_parts(heads, entry, json);
    writer_name(json, "facts");
    write_facts(heads->explain, entry, json);
    writer_name(json, "explanation_da");
    writer_text_bytes(json, text->data, text->length);
    writer_object_end(json);
}

void explain_entries(const struct explain *explain, struct buffer *json)
{
    struct explain_heads heads;
    struct buffer text;
    struct writer writer;
    heads_init(&heads, explain);
    buffer_init(&text, TEXT_CAP);
    writer_init(&writer, json);
    json->full = json->full || explain_heads_full(&heads);
    writer_array(&writer);
    for (size_t i = 0; i < explain->ranking->count && !json->full; i++) {
        write_entry(&heads, &explain->ranking->entries[i], &text, &writer);
        json->full = json->full || buffer_full(&text);
    }
    writer_array_end(&writer);
    writer_finish(&writer);
    buffer_deinit(&text);
    heads_deinit(&heads);
}

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

static void write_row(const struct explain_heads *heads, const struct engine_entry *entry,
                      struct buffer *text, struct explain_columns *columns)
{
    char id[ENGINE_ID_TEXT_SIZE];
    struct writer json;
    engine_id_write(entry->id, id);
    buffer_text(&columns->candidates, id);
    buffer_unsigned(&columns->scores, entry->score);
    writer_init(&json, &columns->parts);
    explain_head_parts(heads, entry, &json);
    writer_init(&json, &columns->facts);
    write_facts(heads->explain, entry, &json);
    buffer_clear(text);
    explain_head_text(heads, entry, text);
    buffer_json_bytes(&columns->explanations, text->data, text->length);
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
    struct explain_heads heads;
    struct buffer text;
    heads_init(&heads, explain);
    buffer_init(&text, TEXT_CAP);
    columns->parts.full = columns->parts.full || explain_heads_full(&heads);
    buffer_char(&columns->candidates, '{');
    buffer_char(&columns->scores, '{');
    for (size_t i = 0; i < explain->ranking->count && !columns->parts.full; i++) {
        if (i > 0) {
            next_row(columns);
        }
        write_row(&heads, &explain->ranking->entries[i], &text, columns);
        columns->parts.full = columns->parts.full || buffer_full(&text);
    }
    buffer_char(&columns->candidates, '}');
    buffer_char(&columns->scores, '}');
    buffer_deinit(&text);
    heads_deinit(&heads);
}

void explain_entry_parts(const struct explain *explain, const struct engine_entry *entry,
                         struct buffer *json)
{
    struct explain_heads heads;
    struct writer writer;
    heads_init(&heads, explain);
    json->full = json->full || explain_heads_full(&heads);
    if (!json->full) {
        writer_init(&writer, json);
        explain_head_parts(&heads, entry, &writer);
        writer_finish(&writer);
    }
    heads_deinit(&heads);
}

void explain_text(const struct explain *explain, const struct engine_entry *entry,
                  struct buffer *text)
{
    struct explain_heads heads;
    heads_init(&heads, explain);
    text->full = text->full || explain_heads_full(&heads);
    if (!text->full) {
        explain_head_text(&heads, entry, text);
    }
    heads_deinit(&heads);
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

/* ---- why not ---- */

/* Protected or withdrawn (R1). */
static bool is_unavailable(const struct engine_why *why)
{
    return why->reason_count > 0 && why->reasons[0] <= ENGINE_WITHDRAWN;
}

static void write_reasons(const struct explain *explain, const struct engine_why *why,
                          struct buffer *text)
{
    buffer_text(text, "Ikke på listen");
    for (size_t i = 0; i < why->reason_count; i++) {
        buffer_printf(text, "%s %s", i > 0 ? ";" : ":", engine_reason_text(why->reasons[i]));
        if (why->reasons[i] >= ENGINE_MUST_MISSING) {
            buffer_text(text, " (");
            explain_label(explain, why->reason_parts[i], text);
            buffer_char(text, ')');
        }
    }
    buffer_char(text, '.');
}

void explain_why(const struct explain *explain, const struct engine_why *why, size_t k,
                 struct buffer *text)
{
    if (is_unavailable(why)) {
        buffer_text(text, "Kandidaten kan ikke indgå i kandidatlisten.");
        return;
    }
    if (why->reason_count > 0) {
        write_reasons(explain, why, text);
        buffer_printf(text, "\nEllers ville det være plads %zu med %u point.", why->rank,
                      why->score);
    } else {
        buffer_printf(text, "Plads %zu med %u point.", why->rank, why->score);
    }
    if (why->short_by == 0) {
        return;
    }
    buffer_printf(text, "\nDer mangler %u point til de %zu første.", why->short_by, k);
    if (!why->reachable) {
        buffer_text(text, " Ingen ændring af ønskerne alene er nok.");
        return;
    }
    buffer_text(text, " Det ville være nok at opfylde fuldt ud: ");
    for (size_t i = 0; i < why->change_count; i++) {
        buffer_text(text, i > 0 ? " og " : "");
        explain_label(explain, why->changes[i], text);
    }
    buffer_char(text, '.');
}

/* Which part of the order is meant. */
void explain_reference(const struct explain *explain, size_t part, struct writer *json)
{
    struct buffer label;
    buffer_init(&label, LABELS_CAP);
    explain_label(explain, part, &label);
    writer_object(json);
    write_asked(explain, part, label.data, label.length, json);
    writer_object_end(json);
    buffer_deinit(&label);
}

static void write_exclusions(const struct explain *explain, const struct engine_why *why,
                             struct writer *json)
{
    writer_member_array(json, "excluded_by");
    for (size_t i = 0; i < why->reason_count; i++) {
        writer_object(json);
        writer_member_text(json, "reason", engine_reason_code(why->reasons[i]));
        writer_name(json, "requirement");
        if (why->reasons[i] >= ENGINE_MUST_MISSING) {
            explain_reference(explain, why->reason_parts[i], json);
        } else {
            writer_null(json);
        }
        writer_member_text(json, "text_da", engine_reason_text(why->reasons[i]));
        writer_object_end(json);
    }
    writer_array_end(json);
}

static void write_changes(const struct explain *explain, const struct engine_why *why,
                          struct writer *json)
{
    if (!why->reachable) {
        writer_member_null(json, "smallest_change");
        return;
    }
    writer_member_array(json, "smallest_change");
    for (size_t i = 0; i < why->change_count; i++) {
        explain_reference(explain, why->changes[i], json);
    }
    writer_array_end(json);
}

void explain_why_members(const struct explain *explain, const struct engine_why *why, size_t k,
                         struct writer *json)
{
    struct buffer text;
    if (is_unavailable(why)) {
        writer_member_bool(json, "listed", false);
        writer_member_null(json, "rank");
        writer_member_null(json, "score");
        writer_member_null(json, "points_short");
    } else {
        writer_member_bool(json, "listed", why->reason_count == 0 && why->short_by == 0);
        writer_member_unsigned(json, "rank", why->rank);
        writer_member_unsigned(json, "score", why->score);
        writer_member_unsigned(json, "points_short", why->short_by);
    }
    write_exclusions(explain, why, json);
    write_changes(explain, why, json);
    buffer_init(&text, TEXT_CAP);
    explain_why(explain, why, k, &text);
    writer_member_text(json, "explanation_da", text.data);
    buffer_deinit(&text);
}
