/* GET /v1/job-orders/{id}/gap: which course would give the order more candidates before it starts:
 * those who lack nothing but one certificate that a course gives. The notice that an order has too
 * few candidates (notice_job.h) says the same. */
#pragma once

#include "common/rest/rest.h"
#include "services/match/explain.h"

void gap(struct rest_call *call);

struct gap_view {
    const char *order;   /* its id */
    const char *courses; /* a line each: certificate|working days */
    size_t step;         /* of counts of people (counts.h) */
    struct arena *arena; /* for work */
};
/* The answer, JSON; `answer` is full when it does not fit. */
void gap_write(const struct gap_view *view, const struct explain *explain,
               const struct engine_census *census, struct buffer *answer);
