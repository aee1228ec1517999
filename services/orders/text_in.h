/* Free texts and job postings → drafts; nothing is stored. */
#pragma once

#include "common/rest/rest.h"

void order_from_text(struct rest_call *call);    /* POST /v1/job-orders/from-text */
void order_from_posting(struct rest_call *call); /* POST /v1/job-orders/from-posting */
