/*
 * The vocabulary: the words that facts and orders name, what people call them, and what is near to
 * what; edited by the team, every version kept. Routes for common/rest; they need no state.
 */
#pragma once

#include "common/rest/rest.h"

extern const struct rest_table vocabulary_routes;
