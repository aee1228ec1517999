/* Leads that are one: what the database proposes where a CVR number is missing, what a person
 * decides of it, and a merge by hand. */
#pragma once

#include "common/rest/rest.h"

/* GET /v1/lead-likenesses, PATCH /v1/lead-likenesses/{id}, POST /v1/leads/{id}/merge. */
void likeness_list(struct rest_call *call);
void likeness_decide(struct rest_call *call);
void lead_merge(struct rest_call *call);
