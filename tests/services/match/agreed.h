/* What the engine says of a candidate on a list, held against what the oracle says. */
#pragma once

#include "tests/services/match/oracle.h"

/* Fails the test unless they are the same, part by part; of the rank the oracle says nothing. */
void assert_agreed(const struct engine_entry *entry, const struct oracle_result *expected,
                   int part_count);
