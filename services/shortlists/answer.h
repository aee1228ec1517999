/*
 * What the bodies of an answer, an outcome, an addition and a release may hold; every fault with
 * its JSON Pointer. Pure but for the clock, since a yes is never given in the future.
 */
#pragma once

#include "common/json/json.h"

void answer_check(struct json_check *check, const json_t *body);
/* An answer among others, at JSON Pointer `base`: with "id" and perhaps "version" beside what
 * answer_check asks for. */
void answer_item_check(struct json_check *check, const json_t *item, const char *base);

void outcome_check(struct json_check *check, const json_t *body);
void addition_check(struct json_check *check, const json_t *body);
/* Why the team puts somebody forward by hand, or NULL with a fault recorded. */
const char *put_forward_check(struct json_check *check, const json_t *body);

/* The legal basis as text, or NULL with a fault recorded. */
const char *release_basis_check(struct json_check *check, const json_t *body);

/* A body that says nothing: {}. */
void empty_check(struct json_check *check, const json_t *body);

/* Why a home says no on a candidate's behalf. None tells anything of health, as none may. */
extern const char *const decline_reasons[];
/* Why an employer has no use for a candidate who was sent. None tells anything of the person's
 * health, age, origin or sex. */
extern const char *const not_relevant_reasons[];
/* Why a home puts its own candidate beside the ranking. */
extern const char *const addition_reasons[];
