/*
 * What the body of a job order may hold: every fault that can be seen without the database, each
 * with its JSON Pointer. Codes of occupations, competences and postcodes are looked up by the
 * database, which names all that it does not know at once. Pure.
 */
#pragma once

#include "common/json/json.h"

enum order_body {
    ORDER_NEW,  /* POST: a whole order */
    ORDER_PATCH /* PATCH: the members that change; null empties radius_km and end_date, and gives
                   minimum its default */
};

void order_body_check(struct json_check *check, const json_t *body, enum order_body kind);

/* The reason of {"reason": …} as text, or NULL with a fault recorded. */
const char *order_close_check(struct json_check *check, const json_t *body);

extern const char *const order_states[]; /* as sql/migrations/0020_life.sql explains them */
