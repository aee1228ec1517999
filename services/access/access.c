#include "services/access/access.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "common/obs/metric.h"
#include "services/access/key.h"
#include "sql/access_sql.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct access {
    char *environment;
};

struct lookup {
    struct pg_pool *pg;
    rest_authenticated *done;
    void *argument;
    char id[RANDOM_UUID_SIZE];
    uint8_t hash[CRYPTO_DIGEST_SIZE];
};

static struct metric denied =
    METRIC_COUNTER("emnebank_access_denied_total", "Requests with no valid key");
struct metric *const access_metrics[] = {&denied};
const size_t access_metrics_count = sizeof access_metrics / sizeof access_metrics[0];

struct access *access_create(const char *environment)
{
    struct access *access = mem_zalloc(sizeof *access);

    access->environment = environment != NULL ? mem_strdup(access_environment(environment)) : NULL;
    return access;
}

void access_destroy(struct access **access)
{
    if (*access == NULL)
        return;
    mem_free((*access)->environment);
    mem_free(*access);
    *access = NULL;
}

/* "Bearer emb_…": the scheme in any case, one space (RFC 6750). */
static int bearer(const struct access *access, const char *authorization, struct access_key *key)
{
    static const char scheme[] = "Bearer ";

    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return ERROR_DENIED;
    if (access_key_parse(authorization + sizeof scheme - 1, key) != 0)
        return ERROR_DENIED;
    if (access->environment != NULL && !str_equal(access->environment, key->environment))
        return ERROR_DENIED;
    return 0;
}

static void copy(char *into, size_t size, const char *text)
{
    snprintf(into, size, "%s", text);
}

static bool same_secret(const struct lookup *lookup, const struct pg_result *found)
{
    struct arena *arena = arena_create(0);
    size_t length = 0;
    const uint8_t *hash = pg_bytes(arena, found, 0, 0, &length);
    bool same = hash != NULL && length == sizeof lookup->hash &&
                crypto_equal(hash, lookup->hash, sizeof lookup->hash);

    arena_destroy(&arena);
    return same;
}

static void ignore(const struct pg_outcome *outcome, void *argument)
{
    (void)argument;
    if (outcome->error != 0)
        log_event(LOG_WARNING, "access.touch_failed",
                  LOG_TEXT("error", error_name(outcome->error)));
}

static void touch(const struct lookup *lookup)
{
    const struct pg_context nobody = {0};
    const struct pg_parameter parameters[] = {PG_TEXT(lookup->id)};
    const struct pg_step step = {&access_sql_touch, parameters, 1};

    pg_run(lookup->pg, &nobody, &step, 1, ignore, NULL);
}

static int judge(const struct lookup *lookup, const struct pg_outcome *outcome,
                 struct rest_principal *principal)
{
    if (outcome->error != 0)
        return ERROR_UNAVAILABLE;
    const struct pg_result *found = pg_outcome_result(outcome, 0);
    if (pg_rows(found) != 1 || !same_secret(lookup, found))
        return ERROR_DENIED;
    copy(principal->organisation, sizeof principal->organisation, pg_text(found, 0, 1));
    copy(principal->organisation_kind, sizeof principal->organisation_kind, pg_text(found, 0, 2));
    copy(principal->municipality, sizeof principal->municipality, pg_text(found, 0, 3));
    copy(principal->key, sizeof principal->key, lookup->id);
    copy(principal->person, sizeof principal->person, pg_text(found, 0, 4));
    copy(principal->scopes, sizeof principal->scopes, pg_text(found, 0, 5));
    if (pg_bool(found, 0, 6))
        touch(lookup);
    return 0;
}

static void found(const struct pg_outcome *outcome, void *argument)
{
    struct lookup *lookup = argument;
    struct rest_principal principal = {0};
    int error = judge(lookup, outcome, &principal);

    if (error == ERROR_DENIED)
        metric_add(&denied, 1);
    lookup->done(error, error == 0 ? &principal : NULL, lookup->argument);
    mem_wipe_free(lookup, sizeof *lookup);
}

void access_authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    const struct pg_context nobody = {0};
    struct access_key key;
    int error = bearer(state, authorization, &key);

    if (error != 0) {
        metric_add(&denied, 1);
        done(error, NULL, argument);
        return;
    }
    struct lookup *lookup = mem_zalloc(sizeof *lookup);
    lookup->pg = pg;
    lookup->done = done;
    lookup->argument = argument;
    copy(lookup->id, sizeof lookup->id, key.id);
    crypto_sha256(key.secret, sizeof key.secret, lookup->hash);
    crypto_wipe(&key, sizeof key);

    const struct pg_parameter parameters[] = {PG_TEXT(lookup->id)};
    const struct pg_step step = {&access_sql_find, parameters, 1};
    pg_run(pg, &nobody, &step, 1, found, lookup);
}
