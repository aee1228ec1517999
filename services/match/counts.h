/*
 * Counts of people that are shown without showing anybody. A count is given in steps: rounded down
 * to a multiple of `step`, and below the first step not at all. So two answers differ by whole
 * steps, and taking one from the other does not tell of fewer people than a step. With a step of 1
 * counts are exact.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/json/writer.h"

/* False below the first step: `shown` is not for anybody then. */
bool counts_shown(size_t count, size_t step, size_t *shown);
/* "at_least" and "suppressed", as members of the object that is open. */
void counts_members(size_t count, size_t step, struct writer *json);
/* "mindst 35", "færre end 5" or, with a step of 1, "37". */
void counts_say(size_t count, size_t step, struct buffer *text);
