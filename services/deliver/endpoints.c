/* Endpoints: where an organisation wants its events. */
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "common/fetch/address.h"
#include "services/deliver/kinds.h"
#include "services/deliver/room.h"
#include "services/deliver/secrets.h"
#include "sql/deliver_sql.h"

#include <inttypes.h>
#include <string.h>

#define URL_CAP 2048
#define KINDS_CAP 20
#define CONCURRENCY_CAP 32 /* requests under way */
#define RATE_CAP 1000      /* requests begun in a second */

/* A PostgreSQL array literal; every kind is plain ASCII without quotes. */
static const char *check_kinds(struct json_check *check, const json_t *body, enum json_need need)
{
    const json_t *list = json_check_array(check, body, "", "kinds", need, KINDS_CAP);
    char *literal = arena_strdup(check->arena, "");
    size_t count = json_array_size(list);
    if (list == NULL)
        return NULL;
    if (count == 0)
        json_check_fail(check, "/kinds", "RANGE", "Mindst én slags hændelse skal nævnes.");
    for (size_t i = 0; i < count; i++) {
        const char *kind = json_string_value(json_array_get(list, i));
        const struct kind *known = kind_find(kind);
        if (known == NULL || !known->wanted) {
            json_check_fail(check, json_check_item(check, "/kinds", i), "UNKNOWN",
                            "Hændelsen skal være en af: %s.", kinds_wanted(check->arena));
            continue;
        }
        literal =
            arena_printf(check->arena, "%s%s%s", literal, literal[0] == '\0' ? "" : ",", kind);
    }
    return arena_printf(check->arena, "{%s}", literal);
}

static const char *check_url(struct json_check *check, const json_t *body, enum json_need need,
                             const struct deliver *deliver)
{
    struct error_detail detail = {0};
    const char *url = json_check_text(check, body, "", "url", need, URL_CAP);
    if (url != NULL && address_check_url(url, deliver->allow_loopback, &detail) != 0)
        json_check_fail(check, "/url", "FORMAT", "%s", detail.public_text);
    return url;
}

static void check_limit(struct json_check *check, const json_t *body, const char *name,
                        int64_t most, json_t *settings)
{
    const json_t *value = json_object_get(body, name);
    int64_t limit = 0;
    if (value == NULL)
        return;
    if (!json_is_null(value))
        limit = json_check_integer(check, body, "", name, JSON_OPTIONAL, 1, most, 0);
    json_object_set_new(settings, name, limit == 0 ? json_null() : json_integer(limit));
}

/* How events are sent to it: of these members the ones that are there, as JSON text. null takes a
 * limit away. */
static const char *check_settings(struct json_check *check, const json_t *body)
{
    static const char *const modes[] = {"full", "thin", NULL};
    json_t *settings = json_object();
    int mode = json_check_choice(check, body, "", "mode", JSON_OPTIONAL, modes);
    bool fifo = json_check_bool(check, body, "", "fifo", JSON_OPTIONAL, false);
    if (mode >= 0)
        json_object_set_new(settings, "mode", json_string(modes[mode]));
    if (json_object_get(body, "fifo") != NULL)
        json_object_set_new(settings, "fifo", json_boolean(fifo));
    check_limit(check, body, "concurrency", CONCURRENCY_CAP, settings);
    check_limit(check, body, "rate", RATE_CAP, settings);
    const char *text = json_text(check->arena, settings);
    json_decref(settings);
    return text;
}

const char *deliver_path_id(struct rest_call *call)
{
    return rest_path_id(call, "Der findes intet med denne id.");
}

void deliver_run_seen(struct rest_call *call, const struct sql_statement *statement)
{
    const char *id = deliver_path_id(call);
    if (id == NULL)
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call)};
    rest_run(call, statement, parameters, sizeof parameters / sizeof *parameters);
}

/* --- making one --- */

void endpoint_post(struct rest_call *call)
{
    static const char *const members[] = {"url",         "kinds", "mode", "fifo",
                                          "concurrency", "rate",  NULL};
    const struct deliver *deliver = rest_room(call);
    struct arena *arena = rest_arena(call);
    struct json_check check;
    struct signature_key secret, key;
    char id[RANDOM_UUID_SIZE];
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    const char *url = check_url(&check, rest_body(call), JSON_REQUIRED, deliver);
    const char *wanted = check_kinds(&check, rest_body(call), JSON_REQUIRED);
    const char *settings = check_settings(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    random_uuid(id);
    signature_key_make(SIGNATURE_V1, &secret);
    signature_key_make(SIGNATURE_V1A, &key);
    struct sealed_bytes sealed_secret = secret_seal(arena, deliver, id, &secret);
    struct sealed_bytes sealed_key = secret_seal(arena, deliver, id, &key);
    rest_set_state(call, signature_key_text(arena, &secret));
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT("/v1/endpoints"),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(id),
        PG_TEXT(url),
        PG_TEXT(wanted),
        PG_TEXT(settings),
        PG_BYTES(sealed_secret.bytes, sealed_secret.length),
        PG_BYTES(sealed_key.bytes, sealed_key.length),
        secret_public(arena, &key),
    };
    signature_key_wipe(&secret);
    signature_key_wipe(&key);
    const struct pg_step step = {&deliver_sql_endpoint_create, parameters,
                                 sizeof parameters / sizeof *parameters};
    rest_batch(call, &step, 1, secret_shown);
}

/* --- reading and changing --- */

void endpoint_get_all(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    if (rest_query_only(call, none))
        rest_run(call, &deliver_sql_endpoint_list, NULL, 0);
}

void endpoint_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = deliver_path_id(call);
    if (id != NULL && rest_query_only(call, none))
        rest_run(call, &deliver_sql_endpoint_read, (const struct pg_parameter[]){PG_TEXT(id)}, 1);
}

void endpoint_patch(struct rest_call *call)
{
    static const char *const members[] = {"url",  "kinds",       "state", "mode",
                                          "fifo", "concurrency", "rate",  NULL};
    static const char *const states[] = {"active", "disabled", NULL};
    const char *id = deliver_path_id(call);
    struct json_check check;
    if (id == NULL)
        return;
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", members);
    const char *url = check_url(&check, rest_body(call), JSON_OPTIONAL, rest_room(call));
    const char *wanted = check_kinds(&check, rest_body(call), JSON_OPTIONAL);
    const char *settings = check_settings(&check, rest_body(call));
    int state = json_check_choice(&check, rest_body(call), "", "state", JSON_OPTIONAL, states);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(id),
        rest_version_seen(call),
        PG_TEXT(url),
        PG_TEXT(wanted),
        PG_TEXT(state < 0 ? NULL : states[state]),
        PG_TEXT(settings),
    };
    rest_run(call, &deliver_sql_endpoint_change, parameters,
             sizeof parameters / sizeof *parameters);
}

void endpoint_delete(struct rest_call *call)
{
    deliver_run_seen(call, &deliver_sql_endpoint_remove);
}

void endpoint_post_test(struct rest_call *call)
{
    const char *id = deliver_path_id(call);
    if (id != NULL)
        rest_run(call, &deliver_sql_endpoint_test, (const struct pg_parameter[]){PG_TEXT(id)}, 1);
}
