/* The published table of rules: read, and written anew by the team. */
#include "common/base/str.h"
#include "services/forecast/room.h"
#include "sql/forecast_sql.h"

#include <limits.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define RULES_CAP 1500
#define TRADE_LENGTH 20
#define TITLE_LENGTH 200

void forecast_rules_read(struct rest_call *call)
{
    static const char *const names[] = {"version", NULL};
    int64_t number;

    if (!rest_query_only(call, names))
        return;
    const char *version = rest_query(call, "version");
    if (version != NULL && str_int64(version, 1, INT_MAX, &number) != 0) {
        rest_problem(call, "query-invalid", "version skal være et helt tal fra 1.");
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(version)};
    rest_run(call, &forecast_sql_rules_read, parameters, COUNT(parameters));
}

static bool prefix_good(const char *prefix)
{
    const size_t length = strlen(prefix);

    return length >= 2 && length <= 8 && strspn(prefix, "0123456789") == length;
}

static void check_rule(struct json_check *check, const json_t *rule, const char *base)
{
    static const char *const members[] = {"prefix",         "trade",           "title_da",
                                          "cap_million",    "begin_percent",   "end_percent",
                                          "middle_percent", "months_per_100m", NULL};

    json_check_members(check, rule, base, members);
    const char *prefix = json_check_text(check, rule, base, "prefix", JSON_REQUIRED, 8);
    if (prefix != NULL && !prefix_good(prefix))
        json_check_fail(check, json_check_pointer(check, base, "prefix"), "FORMAT",
                        "Begyndelsen af en CPV-kode: 2 til 8 cifre.");
    json_check_text(check, rule, base, "trade", JSON_REQUIRED, TRADE_LENGTH);
    json_check_text(check, rule, base, "title_da", JSON_OPTIONAL, TITLE_LENGTH);
    json_check_integer(check, rule, base, "months_per_100m", JSON_REQUIRED, 1, 10000, 1);
    json_check_integer(check, rule, base, "cap_million", JSON_OPTIONAL, 1, 100000, 1);
    const size_t faults = check->count;
    const int64_t sum =
        json_check_integer(check, rule, base, "begin_percent", JSON_REQUIRED, 0, 100, 0) +
        json_check_integer(check, rule, base, "middle_percent", JSON_REQUIRED, 0, 100, 0) +
        json_check_integer(check, rule, base, "end_percent", JSON_REQUIRED, 0, 100, 0);
    if (check->count == faults && sum != 100)
        json_check_fail(check, base, "RANGE",
                        "Begyndelse, midte og slutning skal give 100 procent.");
}

static void check_rules(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"draft", "note", "found_percent", "dkk_per_1000_eur",
                                          "rules", NULL};

    json_check_members(check, body, "", members);
    json_check_bool(check, body, "", "draft", JSON_REQUIRED, true);
    json_check_text(check, body, "", "note", JSON_REQUIRED, 500);
    json_check_integer(check, body, "", "found_percent", JSON_REQUIRED, 1, 100, 1);
    json_check_integer(check, body, "", "dkk_per_1000_eur", JSON_REQUIRED, 5000, 10000, 5000);
    const json_t *rules = json_check_array(check, body, "", "rules", JSON_REQUIRED, RULES_CAP);
    if (rules != NULL && json_array_size(rules) == 0)
        json_check_fail(check, "/rules", "LENGTH", "Mindst én regel skal nævnes.");
    for (size_t i = 0; rules != NULL && i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *base = json_check_item(check, "/rules", i);
        if (json_is_object(rule))
            check_rule(check, rule, base);
        else
            json_check_fail(check, base, "TYPE", "Skal være et objekt.");
    }
}

void forecast_rules_write(struct rest_call *call)
{
    struct arena *arena = rest_arena(call);
    struct json_check *check = arena_alloc(arena, sizeof *check);
    const struct pg_parameter body = PG_TEXT(json_text(arena, rest_body(call)));

    json_check_init(check, arena);
    check_rules(check, rest_body(call));
    if (!json_check_ok(check)) {
        rest_problem_faults(call, check, &forecast_sql_rules_faults, &body, 1);
        return;
    }
    const struct pg_parameter parameters[] = {rest_version_seen(call), body};
    rest_run(call, &forecast_sql_rules_put, parameters, COUNT(parameters));
}
