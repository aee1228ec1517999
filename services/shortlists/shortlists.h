/*
 * Shortlists: reading them, the home's answers, approval and release, and the feed of changes. All
 * decisions stand in sql/migrations/0009; the room has no state of its own (room: NULL).
 */
#pragma once

#include "common/rest/rest.h"

extern const struct rest_table shortlists_routes;
