/* GET /v1/job-orders/{id}/why-not/{candidate}: why somebody is not on the list, and the smallest
 * change that would put them there. */
#pragma once

#include "common/rest/rest.h"

void why_not(struct rest_call *call);
