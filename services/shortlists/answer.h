/*
 * What the bodies of an answer and of a release may hold; every fault with its JSON Pointer. Pure
 * but for the clock, since a yes is never given in the future.
 */
#pragma once

#include "common/json/json.h"

void answer_check(struct json_check *check, const json_t *body);

/* The legal basis as text, or NULL with a fault recorded. */
const char *release_basis_check(struct json_check *check, const json_t *body);

/* A body that says nothing: {}. */
void empty_check(struct json_check *check, const json_t *body);

/* Why a home says no on a candidate's behalf. None tells anything of health, as none may. */
extern const char *const decline_reasons[];
