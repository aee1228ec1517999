/* GET /v1/candidates/{municipality}/{external_ref}/history: what was known at a moment about a day
 * (0028_evidence.sql). */
#include "common/domain/calendar.h"
#include "common/json/json.h"
#include "services/pool/internal.h"
#include "sql/pool_sql.h"

void pool_get_history(struct rest_call *call)
{
    static const char *const names[] = {"recorded_at", "valid_on", NULL};
    const char *reference = pool_own_reference(call);
    int64_t time;

    if (reference == NULL || !rest_query_only(call, names))
        return;
    const char *recorded = rest_query(call, "recorded_at");
    const char *valid = rest_query(call, "valid_on");
    if (recorded != NULL && calendar_read_time(recorded, &time) != 0) {
        rest_problem(call, "query-invalid",
                     "recorded_at skal være et tidspunkt som 2026-11-24T08:00:00Z.");
        return;
    }
    if (valid != NULL && !json_date_valid(valid)) {
        rest_problem(call, "query-invalid", "valid_on skal være en dato som 2026-11-26.");
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(reference), PG_TEXT(recorded),
                                              PG_TEXT(valid)};
    rest_run(call, &pool_sql_history, parameters, 3);
}
