/* GET /v1/job-orders/{id}/near-misses: who would be on the list but for one must, and which
 * (RANKING.md, Near-miss). Pseudonyms, for the team alone. */
#pragma once

#include "common/rest/rest.h"

void near_misses(struct rest_call *call);
