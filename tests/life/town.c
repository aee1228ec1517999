#include "tests/life/town.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "tests/support/pg_cluster.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MOST ((size_t)1 << 17)

const struct town_home town_homes[TOWN_HOMES] = {
    {"0615", "Horsens", ANSWERS},   {"0706", "Syddjurs", ANSWERS},   {"0707", "Norddjurs", SILENT},
    {"0710", "Favrskov", ANSWERS},  {"0727", "Odder", DECLINES},     {"0730", "Randers", ANSWERS},
    {"0740", "Silkeborg", ANSWERS}, {"0746", "Skanderborg", SILENT}, {"0751", "Aarhus", ANSWERS},
    {"0766", "Hedensted", ANSWERS},
};

/* splitmix64 */
uint64_t dice_below(struct dice *dice, uint64_t bound)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

bool dice_percent(struct dice *dice, unsigned percent)
{
    return dice_below(dice, 100) < percent;
}

void town_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void town_home_id(const char *code, char id[TOWN_ID_SIZE])
{
    snprintf(id, TOWN_ID_SIZE, "00000000-0000-4000-8000-%012d", atoi(code));
}

struct session *town_session(const char *conninfo, const char *role)
{
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_open(conninfo, role, &session, &detail) != 0)
        town_fail("%s", detail.private_text);
    town_ask(session, "SET jit = off"); /* as the daemon's own connections (common/pg/target.c) */
    return session;
}

void town_script(struct town *town, const char *file)
{
    struct error_detail detail = {{0}, {0}};
    char path[1024];
    char *script = mem_zalloc(SCRIPT_MOST);

    snprintf(path, sizeof path, "%s/%s", LIFE_FOLDER, file);
    FILE *source = fopen(path, "r");
    if (!source || fread(script, 1, SCRIPT_MOST - 1, source) == 0)
        town_fail("%s cannot be read", path);
    fclose(source);
    if (session_exec(town->root, script, &detail) != 0)
        town_fail("%s: %s", path, detail.private_text);
    mem_free(script);
}

void town_open(struct town *town, const char *name, uint64_t seed, int people)
{
    town->conninfo = pg_cluster_database(name);
    town->root = town_session(town->conninfo, NULL);
    town_ask(
        town->root,
        "SELECT set_config('life.seed', '%lld', false), set_config('life.people', '%d', false)",
        (long long)seed, people);
    town_script(town, "town.sql");
    town_script(town, "truths.sql");
    town->front = town_session(town->conninfo, "emnebank_front");
    town->match = town_session(town->conninfo, "emnebank_match");
    town->deliver = town_session(town->conninfo, "emnebank_deliver");
}

void town_close(struct town *town)
{
    session_close(&town->deliver);
    session_close(&town->match);
    session_close(&town->front);
    session_close(&town->root);
}

void town_act(struct session *session, const char *organisation, bool person)
{
    town_ask(session,
             "SELECT set_config('app.tenant', '%s', false), set_config('app.actor', '0000000%d%s', "
             "false)",
             organisation, person ? 2 : 1, organisation + 8);
}

static const struct pg_result *ask(struct session *session, const char *format, va_list arguments)
{
    char text[8192];
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *result = NULL;

    if ((size_t)vsnprintf(text, sizeof text, format, arguments) >= sizeof text)
        town_fail("too long: %.200s", text);
    if (session_query(session, text, NULL, 0, &result, &detail) != 0)
        town_fail("%s\n%s", text, detail.private_text);
    return result;
}

const struct pg_result *town_ask(struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const struct pg_result *result = ask(session, format, arguments);
    va_end(arguments);
    return result;
}

int64_t town_number(struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const struct pg_result *result = ask(session, format, arguments);
    va_end(arguments);
    return pg_rows(result) == 0 ? 0 : pg_int64(result, 0, 0);
}

const char *town_try(struct session *session, const char *statement)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *result = NULL;

    if (session_query(session, statement, NULL, 0, &result, &detail) == 0)
        return NULL;
    const char *sqlstate = session_sqlstate(session);
    if (!str_starts(sqlstate, "EB") && !str_equal(sqlstate, "40P01"))
        town_fail("%s\n%s", statement, detail.private_text);
    return sqlstate;
}
