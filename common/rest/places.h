/*
 * Places for calls that go on for long, such as the reading of a file: so many in all, and so many
 * of one organisation, so that nobody takes those of the others. Any thread; constant cost.
 */
#pragma once

#include "common/rest/rest.h"

struct rest_places;

/* `share`: of one organisation; at most `all`. */
struct rest_places *rest_places_create(size_t all, size_t share);
void rest_places_destroy(struct rest_places **places); /* when all have left */

/* A place for the caller's organisation, to be left once. ERROR_LIMIT: it has its share already;
 * ERROR_UNAVAILABLE: all places are taken. */
MUST_CHECK int rest_places_enter(struct rest_places *places, const struct rest_call *call,
                                 size_t *place);
void rest_places_leave(struct rest_places *places, size_t place);

/* Says why an import got no place: 429 or 503. */
void rest_places_refuse(struct rest_call *call, int error);
