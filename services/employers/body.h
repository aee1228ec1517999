/*
 * Bodies about employers: every fault is named with its JSON Pointer. Pure; what only the database
 * knows (postcodes, people, units of others) is not looked at.
 */
#pragma once

#include "common/json/json.h"

#define EMPLOYER_UNITS_CAP 500

/* NULL-terminated. */
extern const char *const agreement_states[];
extern const char *const agreement_points[];

/* {"name", "contact"?}; contact null: nobody. */
void employer_check(struct json_check *check, const json_t *body);
/* {"units": [{"p_number", "name", "postcode"}]}, each number once. */
void employer_units_check(struct json_check *check, const json_t *body);
/* {"state", "starts_on", "ends_on"?, "points": [{"kind", "posts"?, "text"?}]}, at least one point,
 * each kind once. What may be absent may be null. */
void employer_agreement_check(struct json_check *check, const json_t *body);
