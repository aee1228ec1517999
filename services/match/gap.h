/* GET /v1/job-orders/{id}/gap: which course would give the order more candidates before it starts:
 * those who lack nothing but one certificate that a course gives. */
#pragma once

#include "common/rest/rest.h"

void gap(struct rest_call *call);
