/*
 * The kinds of events: which there are, which an endpoint can ask for, and the JSON Schema
 * (2020-12) of each as proto/events has it. All of it is constant and shared by all threads.
 */
#pragma once

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct kind {
    const char *name; /* "cv.released" */
    bool wanted;      /* an endpoint can ask for it; else it comes unasked */
};

extern const struct kind kinds[];
extern const size_t kinds_count;

/* NULL: there is none of that name. */
const struct kind *kind_find(const char *name);
/* Those that an endpoint can ask for, "shortlist.proposed, entry.changed, …", in the arena. */
char *kinds_wanted(struct arena *arena);

/* A document that stands alone: of a kind by its name, or `envelope`, what all have in common. */
struct event_schema {
    const char *name;
    const char *text; /* NUL-terminated */
    size_t length;
};

/* The files of proto/events, embedded. */
extern const struct event_schema event_schemas[];
extern const size_t event_schemas_count;

/* NULL: there is none of that name. */
const struct event_schema *event_schema_find(const char *name);
