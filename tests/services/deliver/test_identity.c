/* What a receiver is shown when it asks who calls, and whom we take it for: handed in over the
 * routes, every fault named, and shown by the sender over TLS to a receiver that looks (Node). */
#include "common/base/arena.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/common/fetch/tls.h"
#include "tests/services/deliver/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pki pki;               /* an authority, receivers and clients that are good */
static char folder[64];              /* of certificate.sh: what is wrong with certificates */
static struct tls_receiver *careful; /* takes clients of the authority's alone */
static struct tls_receiver *open_to_all;

static int set_up_all(void **state)
{
    char command[512];
    (void)state;
    pki_create(&pki);
    careful = tls_receiver_create(&pki, "receiver", TLS_HTTP2 | TLS_CLIENTS);
    open_to_all = tls_receiver_create(&pki, "receiver", TLS_HTTP2);
    snprintf(folder, sizeof folder, "/tmp/emnebank-certificates.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "sh '%s' '%s'", CERTIFICATE_SH, folder);
    return system(command);
}

static int tear_down_all(void **state)
{
    char command[128];
    (void)state;
    tls_receiver_destroy(&careful);
    tls_receiver_destroy(&open_to_all);
    pki_destroy(&pki);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static int set_up(void **state)
{
    char lines[512];
    snprintf(lines, sizeof lines,
             "allow_loopback = true\ndeadline = 60s\nlease = 120s\nca_file = %s\n",
             pki_path(&pki, "authority.pem"));
    return stage_set_up_as(state, lines);
}

/* --- the endpoint --- */

static const char *make_endpoint(struct stage *stage, const char *url)
{
    struct stage_reply made = stage_post(
        stage, STAGE_EMPLOYER,
        arena_printf(stage->scene->arena, "{\"url\":\"%s\",\"kinds\":[\"order.changed\"]}", url));
    assert_int_equal(made.status, 201);
    assert_true(json_is_null(json_object_get(made.body, "certificate")));
    const char *id = stage_text(stage, made.body, "id");
    json_decref(made.body);
    scene_sql(stage->scene, "UPDATE endpoint SET state = 'active' WHERE id = '%s'", id);
    return arena_printf(stage->scene->arena, "/v1/endpoints/%s", id);
}

static const char *make_endpoint_at(struct stage *stage, const struct tls_receiver *receiver)
{
    return make_endpoint(stage, arena_printf(stage->scene->arena, "https://localhost:%d/ok",
                                             tls_receiver_port(receiver)));
}

static struct stage_reply put(struct stage *stage, const char *path, json_t *body,
                              const char *version)
{
    struct stage_reply reply = stage_call_with(
        stage, STAGE_EMPLOYER, "PUT", arena_printf(stage->scene->arena, "%s/certificate", path),
        json_text(stage->scene->arena, body), version == NULL ? NULL : "if-match", version);
    json_decref(body);
    return reply;
}

/* One of the authority's, by name. */
static json_t *client(const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.crt", name);
    char *certificate = pki_read(&pki, file);
    snprintf(file, sizeof file, "%s.key", name);
    char *key = pki_read(&pki, file);
    json_t *body = json_pack("{s:s, s:s}", "certificate", certificate, "key", key);
    mem_free(certificate);
    mem_free(key);
    return body;
}

static const char *deliver_one(struct stage *stage)
{
    const char *delivery = scene_put(stage->scene, "order.changed", SCENE_EMPLOYER);
    scene_until(stage->scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    return delivery;
}

/* --- shown --- */

static void test_shows_its_certificate(void **state)
{
    struct stage *stage = *state;
    const char *path = make_endpoint_at(stage, careful);
    struct stage_reply reply = put(stage, path, client("anna"), "\"v1\"");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.etag, "\"v2\"");
    const json_t *certificate = json_object_get(reply.body, "certificate");
    assert_string_equal(stage_text(stage, certificate, "subject"), "CN=anna");
    assert_non_null(stage_text(stage, certificate, "not_after"));
    assert_null(strstr(json_text(stage->scene->arena, reply.body), "PRIVATE"));
    json_decref(reply.body);
    scene_start(stage->scene);
    deliver_one(stage);
    struct tls_request first = tls_receiver_next(careful);
    assert_string_equal(first.peer, "anna");

    /* Another one: nothing goes over the connection that was made with the first. */
    assert_int_equal(stage_status(put(stage, path, client("bent"), "\"v2\"")), 200);
    deliver_one(stage);
    struct tls_request second = tls_receiver_next(careful);
    assert_string_equal(second.peer, "bent");
    assert_int_not_equal(second.connection, first.connection);

    /* None: the receiver lets nobody in who shows none. */
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_EMPLOYER, "DELETE",
                                     arena_printf(stage->scene->arena, "%s/certificate", path),
                                     NULL, "if-match", "\"v3\"")),
        204);
    const char *delivery = scene_put(stage->scene, "order.changed", SCENE_EMPLOYER);
    scene_until(stage->scene,
                "SELECT class IN ('tls', 'broken') FROM delivery_attempt WHERE delivery_id = '%s' "
                "AND finished_at IS NOT NULL",
                delivery);
}

/* A certificate that cannot be opened is not left out: nothing is sent. */
static void test_fails_closed(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *path = make_endpoint(stage, arena_printf(scene->arena, "http://127.0.0.1:%d/krog",
                                                         receiver_port(scene->receiver)));
    assert_int_equal(stage_status(put(stage, path, client("anna"), "*")), 200);
    assert_string_equal(
        scene_sql(scene, "SELECT position('BEGIN'::bytea IN sealed) FROM endpoint_identity"), "0");
    scene_sql(scene, "UPDATE endpoint_identity SET sealed = set_byte(sealed, 50, 255 - "
                     "get_byte(sealed, 50))");
    scene_start(scene);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_until(scene, "SELECT count(*) = 1 FROM delivery WHERE state = 'waiting' AND attempts = 1 "
                       "AND reason = 'certificate_unreadable'");
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

static void test_pins_the_receiver(void **state)
{
    struct stage *stage = *state;
    const char *path = make_endpoint_at(stage, open_to_all);
    char *digest = pki_read(&pki, "receiver.pin");
    const char *wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const char *right = arena_printf(stage->scene->arena, "sha256//%s", digest);
    mem_free(digest);
    struct stage_reply reply =
        put(stage, path,
            json_pack("{s:o}", "pin",
                      json_string(arena_printf(stage->scene->arena, "%s;%s", wrong, right))),
            "*");
    assert_int_equal(reply.status, 200);
    assert_true(json_is_null(json_object_get(reply.body, "certificate")));
    json_decref(reply.body);
    scene_start(stage->scene);
    deliver_one(stage);
    assert_string_equal(tls_receiver_next(open_to_all).peer, "-");
    assert_int_equal(stage_status(put(stage, path, json_pack("{s:s}", "pin", wrong), "*")), 200);
    const char *delivery = scene_put(stage->scene, "order.changed", SCENE_EMPLOYER);
    scene_until(stage->scene,
                "SELECT class = 'tls' FROM delivery_attempt WHERE delivery_id = '%s' AND "
                "finished_at IS NOT NULL",
                delivery);
}

/* --- handed in --- */

static void add_file(struct stage *stage, json_t *body, const char *member, const char *name)
{
    char *bytes = arena_alloc(stage->scene->arena, 65536);
    if (name == NULL)
        return;
    FILE *file = fopen(arena_printf(stage->scene->arena, "%s/%s", folder, name), "re");
    assert_non_null(file);
    size_t length = fread(bytes, 1, 65535, file);
    fclose(file);
    json_object_set_new(body, member,
                        json_string(str_equal(member, "pkcs12")
                                        ? crypto_base64(stage->scene->arena, bytes, length)
                                        : bytes));
}

struct handed {
    const char *certificate, *key, *pkcs12, *password, *pin;
    const char *pointers; /* of the faults, in their order; "" for none */
};

static const char *pointers_of(struct stage *stage, const struct stage_reply *reply)
{
    const char *text = "";
    const json_t *errors = json_object_get(reply->body, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *error = json_array_get(errors, i);
        assert_true(strlen(stage_text(stage, error, "detail")) > 10);
        text = arena_printf(stage->scene->arena, "%s%s%s", text, i == 0 ? "" : " ",
                            stage_text(stage, error, "pointer"));
    }
    return text;
}

static void test_names_every_fault(void **state)
{
    struct stage *stage = *state;
    static const char pin[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const struct handed cases[] = {
        {.certificate = "chain.pem", .key = "leaf.key", .pin = pin, .pointers = ""},
        {.certificate = "windows.pem", .key = "locked.key", .password = "hemmelig", .pointers = ""},
        {.pkcs12 = "good.p12", .password = "hemmelig", .pointers = ""},
        {.pin = pin, .pointers = ""},
        {.pointers = "/certificate"},
        {.certificate = "chain.pem", .pointers = "/key"},
        {.key = "leaf.key", .pointers = "/certificate"},
        {.certificate = "chain.pem", .key = "other.key", .pointers = "/key"},
        {.certificate = "chain.pem", .key = "locked.key", .pointers = "/password"},
        {.certificate = "expired.pem", .key = "other.key", .pointers = "/certificate /key"},
        {.certificate = "server.pem", .key = "leaf.key", .pointers = "/certificate"},
        {.certificate = "strangers.pem", .key = "leaf.key", .pointers = "/certificate"},
        {.certificate = "weak.pem", .key = "weak.key", .pointers = "/key"},
        {.certificate = "leaf.key", .key = "chain.pem", .pointers = "/certificate /key"},
        {.pkcs12 = "good.p12", .password = "forkert", .pointers = "/password"},
        {.pkcs12 = "leaf.pem", .password = "hemmelig", .pointers = "/pkcs12"},
        {.pkcs12 = "good.p12", .certificate = "chain.pem", .pointers = "/pkcs12 /password"},
        {.certificate = "leaf.key", .key = "leaf.key", .pin = "x", .pointers = "/pin /certificate"},
        {.pkcs12 = "bare.p12", .pointers = ""},
        {.pin = "sha256//AAAA", .pointers = "/pin"},
        {.pin = "md5//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", .pointers = "/pin"},
        {.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;", .pointers = "/pin"},
    };
    const char *path = make_endpoint(stage, "https://firma.dk/krog");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *body = json_object();
        add_file(stage, body, "certificate", cases[i].certificate);
        add_file(stage, body, "key", cases[i].key);
        add_file(stage, body, "pkcs12", cases[i].pkcs12);
        if (cases[i].password != NULL)
            json_object_set_new(body, "password", json_string(cases[i].password));
        if (cases[i].pin != NULL)
            json_object_set_new(body, "pin", json_string(cases[i].pin));
        struct stage_reply reply = put(stage, path, body, "*");
        const char *pointers = pointers_of(stage, &reply);
        if (!str_equal(pointers, cases[i].pointers) ||
            reply.status != (pointers[0] == '\0' ? 200 : 422))
            fail_msg("case %zu: %d '%s', not '%s'", i, reply.status, pointers, cases[i].pointers);
        json_decref(reply.body);
    }
}

static void test_versions_and_strangers(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *path = make_endpoint(stage, "https://firma.dk/krog");
    const char *own = arena_printf(scene->arena, "%s/certificate", path);
    const char *body = "{\"pin\":\"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}";
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_EMPLOYER, "PUT", own, body, NULL, NULL)), 428);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_EMPLOYER, "PUT", own, body,
                                                  "if-match", "\"v7\"")),
                     412);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_HOME, "PUT", own, body, "if-match", "*")), 404);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_HOME, "DELETE", own, NULL, "if-match", "*")),
        404);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_EMPLOYER, "PUT", own, body,
                                                  "if-match", "\"v1\"")),
                     200);
    for (int i = 0; i < 2; i++) /* the second has nothing to remove */
        assert_int_equal(stage_status(stage_call_with(stage, STAGE_EMPLOYER, "DELETE", own, NULL,
                                                      "if-match", "*")),
                         204);
    assert_string_equal(
        scene_sql(scene,
                  "SELECT string_agg(concat_ws(' ', action, detail ->> 'certificate', detail "
                  "->> 'pinned'), ',' ORDER BY seq) FROM audit WHERE organisation_id = "
                  "'" SCENE_EMPLOYER "'"),
        "endpoint.created,endpoint.changed false true,endpoint.changed false false");
}

int main(void)
{
#define STAGE(test_) cmocka_unit_test_setup_teardown(test_, set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        STAGE(test_shows_its_certificate),  STAGE(test_fails_closed),
        STAGE(test_pins_the_receiver),      STAGE(test_names_every_fault),
        STAGE(test_versions_and_strangers),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
