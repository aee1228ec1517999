/*
 * A candidate as the home sends it: PUT's body, and each row of an import. The check is pure and
 * names every fault that can be seen without the database; unknown codes and postcodes are found by
 * `candidate_faults` in SQL.
 */
#pragma once

#include "common/domain/person.h"
#include "common/json/json.h"

#define POOL_FACTS_CAP 200
#define POOL_TRAVEL_MAX 500 /* km */

/* What was good of a body. Texts lie in the check's arena; members that had faults are NULL. */
struct pool_body {
    struct person person;
    const char *postcode;
    int64_t max_travel_km;
    const char *available_from;
    const char *protection;
    const char *screened_by; /* with the next two, or none of the three */
    const char *screened_on;
    const char *screening_until;
    const json_t *kinds; /* of the body: array of texts */
    const json_t *facts; /* of the body: array of objects */
};

/* `import`: the body also has "external_ref" (checked with pool_reference_check). */
void pool_body_check(struct json_check *check, const json_t *body, bool import,
                     struct pool_body *good);

/* A list of facts at `base`: each one, and that none says the same twice. */
void pool_facts_check(struct json_check *check, const json_t *facts, const char *base);

/* The index of an earlier fact of the same kind and code, or `index`. */
size_t pool_fact_before(const json_t *facts, size_t index);

/* "screening"'s members, which are also the body of PUT …/screening. */
void pool_screening_check(struct json_check *check, const json_t *screening, const char *base,
                          struct pool_body *good);

/* Records why the text cannot be a candidate's reference; true when it can. */
bool pool_reference_check(struct json_check *check, const char *pointer, const char *text);
