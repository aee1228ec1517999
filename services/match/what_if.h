/*
 * What if a job order asked for less: how many candidates there are, per municipality, and how many
 * each requirement and rule keeps out who would be there without it alone. Counts only (counts.h).
 */
#pragma once

#include "common/rest/rest.h"

void what_if(struct rest_call *call);       /* GET /v1/job-orders/{id}/what-if */
void what_if_draft(struct rest_call *call); /* POST /v1/job-orders/what-if: before posting */
