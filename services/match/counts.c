#include "services/match/counts.h"

bool counts_shown(size_t count, size_t step, size_t *shown)
{
    *shown = count - count % step;
    return *shown > 0 || step == 1;
}

void counts_members(size_t count, size_t step, struct writer *json)
{
    size_t shown;
    const bool seen = counts_shown(count, step, &shown);
    if (seen) {
        writer_member_unsigned(json, "at_least", shown);
    } else {
        writer_member_null(json, "at_least");
    }
    writer_member_bool(json, "suppressed", !seen);
}

void counts_say(size_t count, size_t step, struct buffer *text)
{
    size_t shown;
    if (!counts_shown(count, step, &shown)) {
        buffer_printf(text, "færre end %zu", step);
    } else {
        buffer_printf(text, step > 1 ? "mindst %zu" : "%zu", shown);
    }
}
