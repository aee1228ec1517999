#include "services/match/explain.h"

#include "common/base/mem.h"
#include "common/domain/kinds.h"
#include "common/json/json.h"
#include "services/match/day.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_CAP 4096

/* ---- what a part asks for ---- */

static const struct demand_requirement *requirement_of(const struct explain *explain, size_t part)
{
    return part > 0 ? &explain->demand->requirements[part - 1] : NULL;
}

/* "Anlægsstruktør eller Bygningsstruktør", or the requirement's label. */
static void write_label(const struct explain *explain, size_t part, struct buffer *text)
{
    const struct demand_requirement *requirement = requirement_of(explain, part);
    if (requirement != NULL) {
        buffer_text(text, labels_of(explain->labels, requirement->kind, requirement->code));
        return;
    }
    for (size_t i = 0; i < explain->demand->occupation_count; i++) {
        buffer_text(text, i > 0 ? " eller " : "");
        buffer_text(text,
                    labels_of(explain->labels, ENGINE_OCCUPATION, explain->demand->occupations[i]));
    }
}

static const char *fact_code(const struct explain *explain, const struct engine_fact *fact)
{
    const char *code = engine_vocabulary_text(explain->vocabulary, fact->code);
    return code != NULL ? code : "";
}

/* ---- JSON ---- */

static void member_day(struct buffer *json, const char *name, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == ENGINE_NO_DAY) {
        buffer_printf(json, ",\"%s\":null", name);
        return;
    }
    day_iso(day, text);
    buffer_printf(json, ",\"%s\":\"%s\"", name, text);
}

static void member_number(struct buffer *json, const char *name, unsigned number, unsigned unknown)
{
    if (number == unknown) {
        buffer_printf(json, ",\"%s\":null", name);
    } else {
        buffer_printf(json, ",\"%s\":%u", name, number);
    }
}

static void member_text(struct buffer *json, const char *name, const char *text)
{
    buffer_printf(json, ",\"%s\":", name);
    json_write_string(json, text);
}

/* The members that every fact has, after its kind or code. */
static void fact_members(const struct engine_fact *fact, struct buffer *json)
{
    member_number(json, "level", fact->level, ENGINE_LEVEL_UNKNOWN);
    member_number(json, "years", fact->years, ENGINE_YEARS_UNKNOWN);
    member_day(json, "valid_until", fact->valid_until);
    member_day(json, "last_used", fact->last_used);
    member_day(json, "stated_on", fact->stated_on);
}

static void write_part(const struct explain *explain, const struct engine_part *part, size_t index,
                       struct buffer *json)
{
    const struct demand_requirement *requirement = requirement_of(explain, index);
    struct buffer label;
    buffer_init(&label, LABEL_CAP);
    write_label(explain, index, &label);
    buffer_printf(json, "{\"part\":%zu,\"kind\":\"%s\"", index,
                  fact_kinds[requirement != NULL ? requirement->kind : ENGINE_OCCUPATION]);
    if (requirement != NULL) {
        member_text(json, "code", requirement->code);
    } else {
        buffer_text(json, ",\"code\":null");
    }
    member_text(json, "label", label.length > 0 ? label.data : "");
    member_text(json, "necessity", requirement != NULL && requirement->must ? "must" : "nice");
    buffer_printf(json, ",\"weight\":%u", requirement != NULL ? requirement->weight : 5U);
    member_number(json, "minimum_level", requirement != NULL ? requirement->minimum_level : 0, 0);
    buffer_printf(json, ",\"through_period\":%s",
                  requirement != NULL && requirement->through_period ? "true" : "false");
    buffer_printf(json, ",\"status\":\"%s\",\"points\":%u,\"of\":%u,\"related\":%s",
                  engine_status_code(part->status), part->points, part->of,
                  part->related ? "true" : "false");
    if (part->has_fact) {
        buffer_text(json, ",\"fact\":{\"code\":");
        json_write_string(json, fact_code(explain, &part->fact));
        fact_members(&part->fact, json);
        buffer_text(json, "}}");
    } else {
        buffer_text(json, ",\"fact\":null}");
    }
    buffer_deinit(&label);
}

void explain_parts(const struct explain *explain, const struct engine_entry *entry,
                   struct buffer *json)
{
    buffer_char(json, '[');
    for (size_t i = 0; i < explain->ranking->part_count; i++) {
        buffer_text(json, i > 0 ? "," : "");
        write_part(explain, &entry->parts[i], i, json);
    }
    buffer_char(json, ']');
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
                        struct buffer *json)
{
    buffer_printf(json, "{\"kind\":\"%s\"", fact_kinds[named->fact.kind]);
    member_text(json, "code", named->code);
    member_text(json, "label", labels_of(explain->labels, named->fact.kind, named->code));
    fact_members(&named->fact, json);
    buffer_char(json, '}');
}

void explain_facts(const struct explain *explain, const struct engine_entry *entry,
                   struct buffer *json)
{
    size_t count = 0;
    buffer_char(json, '[');
    if (engine_snapshot_facts(explain->snapshot, entry->id, NULL, 0, &count) == 0 && count > 0) {
        struct engine_fact *facts = mem_array(count, sizeof *facts);
        struct named_fact *named = mem_array(count, sizeof *named);
        const int error = engine_snapshot_facts(explain->snapshot, entry->id, facts, count, &count);
        for (size_t i = 0; error == 0 && i < count; i++) {
            named[i] = (struct named_fact){.fact = facts[i], .code = fact_code(explain, &facts[i])};
        }
        qsort(named, count, sizeof *named, compare_named);
        for (size_t i = 0; i < count; i++) {
            buffer_text(json, i > 0 ? "," : "");
            write_named(explain, &named[i], json);
        }
        mem_free(named);
        mem_free(facts);
    }
    buffer_char(json, ']');
}

/* ---- Danish ---- */

static void write_day(struct buffer *text, const char *before, int32_t day)
{
    char danish[DAY_TEXT_SIZE];
    day_danish(day, danish);
    buffer_printf(text, "%s%s", before, danish);
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
        buffer_printf(text, ", niveau %s", level_text(fact->kind, fact->level));
        if (minimum > fact->level) {
            buffer_printf(text, ", hvor mindst %s ønskes", level_text(fact->kind, minimum));
        }
    } else if (minimum > 0) {
        buffer_printf(text, ", niveauet er ikke oplyst, mindst %s ønskes",
                      level_text(fact->kind, minimum));
    }
}

static void write_validity(const struct explain *explain, const struct engine_part *part,
                           size_t index, struct buffer *text)
{
    const struct demand *demand = explain->demand;
    const struct demand_requirement *requirement = requirement_of(explain, index);
    if (part->fact.valid_until != ENGINE_NO_DAY) {
        write_day(text, ", gyldigt til ", part->fact.valid_until);
    } else if (part->status == ENGINE_UNKNOWN && requirement != NULL &&
               labels_expires(explain->labels, requirement->kind, requirement->code)) {
        buffer_text(text, ", udløbsdatoen er ikke oplyst");
    }
    if (part->status == ENGINE_EXPIRED) {
        const bool to_the_end =
            requirement != NULL && requirement->through_period && demand->end != ENGINE_NO_DAY;
        write_day(text, ", skal gælde den ", to_the_end ? demand->end : demand->start);
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
    buffer_printf(text, "%s)", ago);
}

static void write_fact(const struct explain *explain, const struct engine_part *part, size_t index,
                       struct buffer *text)
{
    const struct demand_requirement *requirement = requirement_of(explain, index);
    const struct engine_fact *fact = &part->fact;
    if (index == 0) {
        buffer_text(text, labels_of(explain->labels, ENGINE_OCCUPATION, fact_code(explain, fact)));
        if (part->related) {
            buffer_text(text, ", beslægtet med ");
            write_label(explain, index, text);
        }
    } else {
        write_label(explain, index, text);
    }
    write_level(fact, requirement != NULL ? requirement->minimum_level : 0, text);
    if (fact->years == 0) {
        buffer_text(text, ", under 1 års erfaring");
    } else if (fact->years != ENGINE_YEARS_UNKNOWN) {
        buffer_printf(text, ", %u års erfaring", fact->years);
    }
    write_validity(explain, part, index, text);
    write_age(part, text);
}

static void write_line(const struct explain *explain, const struct engine_part *part, size_t index,
                       struct buffer *text)
{
    buffer_printf(text, "\n%s: ", opening(part));
    if (part->has_fact) {
        write_fact(explain, part, index, text);
    } else {
        write_label(explain, index, text);
    }
    buffer_printf(text, ": %u af %u point.", part->points, part->of);
}

void explain_text(const struct explain *explain, const struct engine_entry *entry,
                  struct buffer *text)
{
    buffer_printf(text, "Plads %u med %u af %u point.", entry->rank, entry->score, ENGINE_POINTS);
    for (size_t i = 0; i < explain->ranking->part_count; i++) {
        write_line(explain, &entry->parts[i], i, text);
    }
    if (entry->has_distance) {
        buffer_printf(text, "\nAfstand til arbejdsstedet: ca. %u km ad vej.", entry->road_km);
    }
    if (entry->tied) {
        buffer_printf(text,
                      "\nFlere kandidater har %u point. Rækkefølgen mellem dem er afgjort ved "
                      "lodtrækning ud fra jobordrens og kandidatens id.",
                      entry->score);
    }
}

/* ---- the whole ---- */

void explain_entries(const struct explain *explain, struct buffer *json)
{
    struct buffer text;
    buffer_init(&text, (size_t)256 << 10);
    buffer_char(json, '[');
    for (size_t i = 0; i < explain->ranking->count; i++) {
        const struct engine_entry *entry = &explain->ranking->entries[i];
        char id[ENGINE_ID_TEXT_SIZE];
        engine_id_write(entry->id, id);
        buffer_printf(json, "%s{\"candidate_id\":\"%s\",\"rank\":%u,\"score\":%u,\"parts\":",
                      i > 0 ? "," : "", id, entry->rank, entry->score);
        explain_parts(explain, entry, json);
        buffer_text(json, ",\"facts\":");
        explain_facts(explain, entry, json);
        buffer_clear(&text);
        explain_text(explain, entry, &text);
        member_text(json, "explanation_da", text.data);
        buffer_char(json, '}');
    }
    buffer_char(json, ']');
    buffer_deinit(&text);
}

void explain_excluded(const struct engine_ranking *ranking, struct buffer *json)
{
    const char *separator = "";
    buffer_char(json, '{');
    for (unsigned reason = ENGINE_PROTECTED; reason < ENGINE_REASON_COUNT; reason++) {
        size_t count = ranking->excluded[reason];
        if (reason == ENGINE_PROTECTED) {
            continue; /* counted with the withdrawn, whose code it shares */
        }
        if (reason == ENGINE_WITHDRAWN) {
            count += ranking->excluded[ENGINE_PROTECTED];
        }
        if (count > 0) {
            buffer_printf(json, "%s\"%s\":%zu", separator,
                          engine_reason_code((enum engine_reason)reason), count);
            separator = ",";
        }
    }
    buffer_char(json, '}');
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
            write_label(explain, why->reason_parts[i], text);
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
        write_label(explain, why->changes[i], text);
    }
    buffer_char(text, '.');
}

/* Which part of the order is meant. */
static void write_reference(const struct explain *explain, size_t part, struct buffer *json)
{
    const struct demand_requirement *requirement = requirement_of(explain, part);
    struct buffer label;
    buffer_init(&label, LABEL_CAP);
    write_label(explain, part, &label);
    buffer_printf(json, "{\"part\":%zu,\"kind\":\"%s\",\"code\":", part,
                  fact_kinds[requirement != NULL ? requirement->kind : ENGINE_OCCUPATION]);
    if (requirement != NULL) {
        json_write_string(json, requirement->code);
    } else {
        buffer_text(json, "null");
    }
    member_text(json, "label", label.data);
    buffer_char(json, '}');
    buffer_deinit(&label);
}

static void write_exclusions(const struct explain *explain, const struct engine_why *why,
                             struct buffer *json)
{
    buffer_text(json, ",\"excluded_by\":[");
    for (size_t i = 0; i < why->reason_count; i++) {
        buffer_printf(json, "%s{\"reason\":\"%s\",\"requirement\":", i > 0 ? "," : "",
                      engine_reason_code(why->reasons[i]));
        if (why->reasons[i] >= ENGINE_MUST_MISSING) {
            write_reference(explain, why->reason_parts[i], json);
        } else {
            buffer_text(json, "null");
        }
        member_text(json, "text_da", engine_reason_text(why->reasons[i]));
        buffer_char(json, '}');
    }
    buffer_char(json, ']');
}

static void write_changes(const struct explain *explain, const struct engine_why *why,
                          struct buffer *json)
{
    if (!why->reachable) {
        buffer_text(json, ",\"smallest_change\":null");
        return;
    }
    buffer_text(json, ",\"smallest_change\":[");
    for (size_t i = 0; i < why->change_count; i++) {
        buffer_text(json, i > 0 ? "," : "");
        write_reference(explain, why->changes[i], json);
    }
    buffer_char(json, ']');
}

void explain_why_members(const struct explain *explain, const struct engine_why *why, size_t k,
                         struct buffer *json)
{
    struct buffer text;
    if (is_unavailable(why)) {
        buffer_text(json, "\"listed\":false,\"rank\":null,\"score\":null,\"points_short\":null");
    } else {
        buffer_printf(json, "\"listed\":%s,\"rank\":%zu,\"score\":%u,\"points_short\":%u",
                      why->reason_count == 0 && why->short_by == 0 ? "true" : "false", why->rank,
                      why->score, why->short_by);
    }
    write_exclusions(explain, why, json);
    write_changes(explain, why, json);
    buffer_init(&text, (size_t)256 << 10);
    explain_why(explain, why, k, &text);
    member_text(json, "explanation_da", text.data);
    buffer_deinit(&text);
}
