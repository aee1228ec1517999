/* From a conninfo string to the parameters that we connect with. */
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pg/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct preset {
    const char *keyword;
    const char *value;
};

/* Used where the conninfo says nothing. A peer that vanished is noticed within about 15 s (C11). */
static const struct preset presets[] = {
    {"target_session_attrs", "read-write"},
    {"application_name", "emnebank"},
    {"client_encoding", "UTF8"},
    {"connect_timeout", "5"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"},
};

/* Neither names nor text answers depend on how the server or the role is set up. Our statements are
 * short: compiling one (jit) costs half a second and saves nothing. */
#define COMMON_SETTINGS                                                                            \
    "-c search_path=emnebank,public -c jit=off -c timezone=UTC -c datestyle=ISO,YMD "              \
    "-c intervalstyle=postgres -c bytea_output=hex"
/* A statement of a client that is gone must end, and so must a transaction that is left open. */
#define ASYNCHRONOUS_SETTINGS                                                                      \
    " -c client_connection_check_interval=1000 -c idle_in_transaction_session_timeout=30000"

static void put(struct pg_target *target, const char *keyword, const char *value)
{
    for (size_t i = 0; i < target->count; i++) {
        if (str_equal(target->keywords[i], keyword)) {
            target->values[i] = value;
            return;
        }
    }
    assert(target->count < PG_TARGET_CAP);
    target->keywords[target->count] = keyword;
    target->values[target->count] = value;
    target->count++;
}

static const char *get(const struct pg_target *target, const char *keyword)
{
    for (size_t i = 0; i < target->count; i++) {
        if (str_equal(target->keywords[i], keyword)) {
            return target->values[i];
        }
    }
    return NULL;
}

static const char *own(struct pg_target *target, char *value)
{
    assert(target->owned_count < sizeof target->owned / sizeof target->owned[0]);
    target->owned[target->owned_count++] = value;
    return value;
}

static char *compose_settings(const struct pg_target *target, enum pg_manner manner)
{
    const char *given = get(target, "options");
    const char *ours =
        manner == PG_ASYNCHRONOUS ? COMMON_SETTINGS ASYNCHRONOUS_SETTINGS : COMMON_SETTINGS;

    if (given == NULL) {
        return mem_strdup(ours);
    }
    /* The conninfo's own come last and so win. */
    size_t size = strlen(ours) + 1 + strlen(given) + 1;
    char *text = mem_alloc(size);
    snprintf(text, size, "%s %s", ours, given);
    return text;
}

int pg_target_init(struct pg_target *target, const char *conninfo, const char *user,
                   enum pg_manner manner, struct error_detail *detail)
{
    char *message = NULL;

    *target = (struct pg_target){0};
    target->parsed = PQconninfoParse(conninfo, &message);
    if (target->parsed == NULL) {
        /* libpq quotes the text that it could not read, which may be a password: keep it out. */
        PQfreemem(message);
        error_detail_set(detail, "conninfo cannot be parsed", "the database address is malformed");
        return ERROR_INVALID;
    }
    for (const PQconninfoOption *option = target->parsed; option->keyword != NULL; option++) {
        if (option->val != NULL && option->val[0] != '\0') {
            put(target, option->keyword, option->val);
        }
    }
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (get(target, presets[i].keyword) == NULL) {
            put(target, presets[i].keyword, presets[i].value);
        }
    }
    if (user != NULL) {
        put(target, "user", own(target, mem_strdup(user)));
    }
    put(target, "options", own(target, compose_settings(target, manner)));
    return 0;
}

/* "a,b,c" from its second place on: "b,c,a". NULL when `list` has one place only. */
static char *rotated(const char *list, size_t step)
{
    const char *cut = list;
    size_t places = 1;

    for (const char *at = list; *at != '\0'; at++) {
        places += *at == ',';
    }
    step %= places;
    if (step == 0) {
        return NULL;
    }
    for (; step > 0; step--) {
        cut = strchr(cut, ',') + 1;
    }
    size_t head = (size_t)(cut - list) - 1;
    size_t size = strlen(list) + 1;
    char *text = mem_alloc(size);
    snprintf(text, size, "%s,%.*s", cut, (int)head, list);
    return text;
}

void pg_target_rotate(struct pg_target *target, size_t step)
{
    static const char *const lists[] = {"host", "hostaddr", "port"};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const char *list = get(target, lists[i]);
        char *turned = list != NULL ? rotated(list, step) : NULL;
        if (turned != NULL) {
            put(target, lists[i], own(target, turned));
        }
    }
}

void pg_target_deinit(struct pg_target *target)
{
    PQconninfoFree(target->parsed);
    for (size_t i = 0; i < target->owned_count; i++) {
        mem_free(target->owned[i]);
    }
    *target = (struct pg_target){0};
}

void pg_ignore_notice(void *argument, const PGresult *notice)
{
    (void)argument;
    (void)notice;
}
