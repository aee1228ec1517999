#include "services/shortlists/policy.h"

#include "common/base/clock.h"
#include "common/domain/calendar.h"
#include "sql/shortlists_sql.h"

#include <inttypes.h>

#define TIME_CAP 40
#define LISTS_MAX 50
#define POINTS_MAX 1000
#define AUTO_RELEASE_MAX (30 * CLOCK_DAY)
/* Clocks of two machines may differ by this much. */
#define CLOCK_SLACK (5 * CLOCK_MINUTE)

void policy_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};

    if (rest_query_only(call, none))
        rest_run(call, &shortlists_sql_policy_read, NULL, 0);
}

/* null: as the team has it, or the default. NULL, too, when there is a fault. */
static const char *check_number(struct json_check *check, const json_t *body, const char *name,
                                int64_t minimum, int64_t maximum)
{
    if (json_is_null(json_object_get(body, name)))
        return NULL;
    const size_t faults = check->count;
    const int64_t number =
        json_check_integer(check, body, "", name, JSON_REQUIRED, minimum, maximum, 0);
    return check->count == faults ? arena_printf(check->arena, "%" PRId64, number) : NULL;
}

static const char *check_rung(struct json_check *check, const json_t *body)
{
    static const char *const rungs[] = {"own", "neighbours", "all", NULL};

    if (json_is_null(json_object_get(body, "first_rung")))
        return NULL;
    const int rung = json_check_choice(check, body, "", "first_rung", JSON_REQUIRED, rungs);
    return rung < 0 ? NULL : rungs[rung];
}

/* null: off. That the moment is yet to come is the database's to say: an old one may stand. */
static const char *check_auto_release(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"until", NULL};
    int64_t until;

    if (json_is_null(json_object_get(body, "auto_release")))
        return NULL;
    const json_t *release = json_check_object(check, body, "", "auto_release", JSON_REQUIRED);
    if (!release)
        return NULL;
    json_check_members(check, release, "/auto_release", names);
    const char *text =
        json_check_text(check, release, "/auto_release", "until", JSON_REQUIRED, TIME_CAP);
    if (text && calendar_read_time(text, &until) != 0)
        json_check_fail(check, "/auto_release/until", "FORMAT",
                        "Skal være et tidspunkt, der findes, for eksempel 2026-11-22T10:30:00Z.");
    else if (text && until > clock_now() + AUTO_RELEASE_MAX + CLOCK_SLACK)
        json_check_fail(check, "/auto_release/until", "RANGE",
                        "Automatisk frigivelse gælder højst 30 dage frem.");
    return text;
}

void policy_put(struct rest_call *call)
{
    static const char *const names[] = {"first_rung", "lists_per_candidate", "wishes_floor",
                                        "auto_release", NULL};
    const json_t *body = rest_body(call);
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, body, "", names);
    const struct pg_parameter parameters[] = {
        rest_version_seen(call),
        PG_TEXT(check_rung(&check, body)),
        PG_TEXT(check_number(&check, body, "lists_per_candidate", 1, LISTS_MAX)),
        PG_TEXT(check_number(&check, body, "wishes_floor", 0, POINTS_MAX)),
        PG_TEXT(check_auto_release(&check, body)),
    };
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    rest_run(call, &shortlists_sql_policy_set, parameters, sizeof parameters / sizeof *parameters);
}
