/* The question guide that the team asks companies by: data, in versions (sql/migrations/0051). */
#pragma once

#include "common/rest/rest.h"

/* GET and PUT /v1/question-guide. */
void guide_get(struct rest_call *call);
void guide_put(struct rest_call *call);
