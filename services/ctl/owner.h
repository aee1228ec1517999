/* One statement as the owner of the schema. */
#pragma once

#include "services/ctl/command.h"

/* On EXIT_DONE the caller closes the session once it has read the result; otherwise the fault was
 * printed. */
MUST_CHECK int owner_query(struct context *context, const struct sql_statement *statement,
                           const struct pg_parameter *parameters, size_t count,
                           struct session **session, const struct pg_result **result);
