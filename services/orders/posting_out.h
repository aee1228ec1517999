/* Open job orders as job postings of schema.org: what an ad would say, and nothing more. */
#pragma once

#include "common/rest/rest.h"

void order_posting(struct rest_call *call); /* GET /v1/job-orders/{id}/posting */
void order_postings(
    struct rest_call *call); /* GET /v1/job-orders/postings: a paged feed with ETag */
