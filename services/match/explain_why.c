/* Why somebody is not on the list, for people and for programs. */
#include "services/match/explain.h"

#define TEXT_CAP ((size_t)256 << 10)

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
