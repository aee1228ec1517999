/* Proposals as the team sees them: reading them, saying what came of one, and having the order
 * ranked again. What finds them is proposals.h. */
#pragma once

#include "common/rest/rest.h"

void proposal_list(struct rest_call *call);   /* GET /v1/job-orders/{id}/proposals */
void proposal_change(struct rest_call *call); /* PATCH /v1/proposals/{id} */
void proposal_rerank(struct rest_call *call); /* POST /v1/job-orders/{id}/rerank */
