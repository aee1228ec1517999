#include "services/deliver/kinds.h"

#include "common/base/str.h"

/* Unasked come endpoint.test, to whoever asked for a test, and endpoint.verify, which asks a
 * receiver whether an endpoint is its own. */
const struct kind kinds[] = {
    {"shortlist.proposed", true}, {"entry.changed", true},    {"order.changed", true},
    {"lead.assigned", true},      {"cv.released", true},      {"cv.recalled", true},
    {"proposal.made", true},      {"order.warning", true},    {"order.climbed", true},
    {"order.short", true},        {"endpoint.failing", true}, {"endpoint.disabled", true},
    {"endpoint.attention", true}, {"push.stopped", true},     {"candidate.expiring", true},
    {"candidate.batch", true},    {"endpoint.test", false},   {"endpoint.verify", false},
};
const size_t kinds_count = sizeof kinds / sizeof *kinds;

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < kinds_count; i++) {
        if (str_equal(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

char *kinds_wanted(struct arena *arena)
{
    char *list = arena_strdup(arena, "");
    for (size_t i = 0; i < kinds_count; i++) {
        if (kinds[i].wanted)
            list = arena_printf(arena, "%s%s%s", list, list[0] == '\0' ? "" : ", ", kinds[i].name);
    }
    return list;
}

const struct event_schema *event_schema_find(const char *name)
{
    for (size_t i = 0; i < event_schemas_count; i++) {
        if (str_equal(event_schemas[i].name, name))
            return &event_schemas[i];
    }
    return NULL;
}
