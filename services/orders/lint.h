/*
 * The linter at the doors through which orders come in (D18): what a body's title says, and what
 * its language requirements ask for. What is refused is a fault of the body unless a named person
 * exempts it with a reason and a legal basis; what is only warned of stands beside the answer.
 */
#pragma once

#include "common/rest/rest.h"
#include "services/orders/linter/linter.h"

/* Adds a fault DISCRIMINATION for each refusal that the body's `exemptions` do not cover, and
 * NOT_ALLOWED for an exemption of nothing. Bodies of any form. */
void lint_check(struct json_check *check, const struct linter *linter, const json_t *body);

/* What is found in the body, refused or not, as a JSON array (a new reference; empty: nothing). */
json_t *lint_findings(const struct linter *linter, struct arena *arena, const json_t *body);
/* The same of any text; pointers are `pointer`. Places are in code points. */
json_t *lint_text(const struct linter *linter, struct arena *arena, const char *pointer,
                  const char *text);

/* POST /v1/job-orders/lint: a text's findings; nothing is stored. */
void lint_route(struct rest_call *call);
/* GET /v1/job-orders/{id}/exemptions. */
void lint_exemptions(struct rest_call *call);

/* Answers with the row of step 0, the findings in the call's body beside it (`findings`, absent
 * when there are none). */
void lint_reply(struct rest_call *call, const struct pg_outcome *outcome);

/* Before a draft opens with the title that it has, which may have come in by another door: looks at
 * it, and answers 422, or goes on with `open`. */
void lint_before(struct rest_call *call, const char *order, rest_handler *open);
