#include "common/base/mem.h"
#include "tests/common/fetch/scene.h"
#include "tests/common/fetch/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* sha256("tak") */
#define TAK "2959bb1215aea6efebfb473241840f91712e33a97e3135dff556afd9464c1276"

static struct pki pki;
static struct tls_receiver *plain;   /* HTTP/1.1, anybody */
static struct tls_receiver *modern;  /* HTTP/2, anybody */
static struct tls_receiver *careful; /* HTTP/2, clients with a certificate */

static int set_up_all(void **state)
{
    (void)state;
    pki_create(&pki);
    plain = tls_receiver_create(&pki, "receiver", 0);
    modern = tls_receiver_create(&pki, "receiver", TLS_HTTP2);
    careful = tls_receiver_create(&pki, "receiver", TLS_HTTP2 | TLS_CLIENTS);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    tls_receiver_destroy(&plain);
    tls_receiver_destroy(&modern);
    tls_receiver_destroy(&careful);
    pki_destroy(&pki);
    return 0;
}

static int set_up_trusting(void **state, const char *authority)
{
    struct scene *scene = malloc(sizeof *scene);
    scene_open(scene, (struct fetch_options){.allow_loopback = true, .ca_file = authority});
    *state = scene;
    return 0;
}

static int set_up(void **state)
{
    return set_up_trusting(state, pki_path(&pki, "authority.pem"));
}

static int tear_down(void **state)
{
    scene_close(*state);
    free(*state);
    return 0;
}

/* Its URL stands until the next call. */
static struct fetch_request to(const struct tls_receiver *receiver, const char *path)
{
    static char url[128];
    snprintf(url, sizeof url, "https://localhost:%d%s", tls_receiver_port(receiver), path);
    return (struct fetch_request){.method = "POST", .url = url, .body = "abc", .length = 3};
}

static struct fetch_request from(const char *name, const char *pem, struct fetch_request request)
{
    request.identity_name = name;
    request.client_pem = pem;
    return request;
}

static struct tls_request delivered(struct scene *scene, struct tls_receiver *receiver,
                                    struct fetch_request request)
{
    const struct fetch_answer *answer = scene_fetch(scene, request);
    assert_int_equal(answer->class, FETCH_ANSWERED);
    assert_int_equal(answer->status, 200);
    return tls_receiver_next(receiver);
}

/* --- the protocol --- */

static void test_http2_where_offered(void **state)
{
    struct scene *scene = *state;
    struct fetch_request request = to(modern, "/ok");
    request.keep_body = 2;
    struct tls_request got = delivered(scene, modern, request);
    assert_string_equal(got.version, "2.0");
    assert_int_equal(got.length, 3);
    assert_int_equal(scene->answer.http_version, 20);
    assert_int_equal(scene->answer.phase, FETCH_PHASE_BODY);
    assert_string_equal(scene->answer.body_sha256, TAK);
    assert_string_equal(scene->answer.excerpt, "tak");
    assert_int_equal(scene->answer.body_length, 2);
    assert_string_equal(scene->body, "ta");
    got = delivered(scene, plain, to(plain, "/ok"));
    assert_string_equal(got.version, "1.1");
    assert_int_equal(scene->answer.http_version, 11);
    assert_null(scene->answer.body);
}

/* Many at a time over the connection that is there. */
static void test_http2_streams(void **state)
{
    enum { MANY = 20 };
    struct scene *scene = *state;
    const int connection = delivered(scene, modern, to(modern, "/ok")).connection;
    for (size_t i = 0; i < MANY; i++)
        scene_start(scene, to(modern, "/ok"));
    scene_wait(scene, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(tls_receiver_next(modern).connection, connection);
}

/* What is given up is one stream; the others do not notice. */
static void test_http2_stream_given_up(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, (struct fetch_options){.allow_loopback = true,
                                              .ca_file = pki_path(&pki, "authority.pem"),
                                              .head_deadline = 200 * CLOCK_MILLISECOND,
                                              .body_deadline = 200 * CLOCK_MILLISECOND});
    const int connection = delivered(&scene, modern, to(modern, "/ok")).connection;
    assert_int_equal(scene_fetch(&scene, to(modern, "/silent"))->class, FETCH_TIMEOUT);
    assert_int_equal(scene.answer.phase, FETCH_PHASE_HEAD);
    assert_int_equal(scene_fetch(&scene, to(modern, "/stalls"))->class, FETCH_TIMEOUT);
    assert_int_equal(scene.answer.phase, FETCH_PHASE_BODY);
    assert_int_equal(scene_fetch(&scene, to(modern, "/large"))->class, FETCH_ANSWERED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tls_receiver_next(modern).connection, connection);
    assert_int_equal(delivered(&scene, modern, to(modern, "/ok")).connection, connection);
    scene_close(&scene);
}

/* Not a stream of it leaves, and the connection stays for the next. */
static void test_http2_held(void **state)
{
    struct scene *scene = *state;
    scene->held = true;
    assert_int_equal(scene_fetch(scene, to(modern, "/silent"))->class, FETCH_HELD);
    scene->held = false;
    const int connection = delivered(scene, modern, to(modern, "/ok")).connection;
    scene->held = true;
    assert_int_equal(scene_fetch(scene, to(modern, "/silent"))->class, FETCH_HELD);
    scene->held = false;
    assert_int_equal(delivered(scene, modern, to(modern, "/ok")).connection, connection);
}

/* --- whose connections --- */

static void test_never_shared(void **state)
{
    static const char *const names[] = {NULL, "anna", "bent"};
    struct scene *scene = *state;
    struct tls_receiver *const receivers[] = {plain, modern};
    for (size_t r = 0; r < 2; r++) {
        int connections[3];
        for (size_t i = 0; i < 3; i++)
            connections[i] =
                delivered(scene, receivers[r], from(names[i], NULL, to(receivers[r], "/ok")))
                    .connection;
        assert_int_not_equal(connections[0], connections[1]);
        assert_int_not_equal(connections[0], connections[2]);
        assert_int_not_equal(connections[1], connections[2]);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(
                delivered(scene, receivers[r], from(names[i], NULL, to(receivers[r], "/ok")))
                    .connection,
                connections[i]);
    }
}

static void test_certificate_is_shown(void **state)
{
    struct scene *scene = *state;
    char *anna = pki_read(&pki, "anna.pem");
    char *bent = pki_read(&pki, "bent.pem");
    struct tls_request first = delivered(scene, careful, from("a", anna, to(careful, "/ok")));
    struct tls_request second = delivered(scene, careful, from("b", bent, to(careful, "/ok")));
    assert_string_equal(first.peer, "anna");
    assert_string_equal(second.peer, "bent");
    assert_int_not_equal(first.connection, second.connection);
    struct tls_request again = delivered(scene, careful, from("a", anna, to(careful, "/ok")));
    assert_string_equal(again.peer, "anna");
    assert_int_equal(again.connection, first.connection);
    assert_int_not_equal(scene_fetch(scene, to(careful, "/ok"))->class, FETCH_ANSWERED);
    assert_int_not_equal(scene_fetch(scene, from("c", NULL, to(careful, "/ok")))->class,
                         FETCH_ANSWERED);
    mem_free(anna);
    mem_free(bent);
}

/* A name that has got another certificate, or a pin, does not use what it had. */
static void test_certificate_changes(void **state)
{
    struct scene *scene = *state;
    char *anna = pki_read(&pki, "anna.pem");
    char *bent = pki_read(&pki, "bent.pem");
    char *pin = pki_read(&pki, "receiver.pin");
    int last = delivered(scene, careful, from("x", anna, to(careful, "/ok"))).connection;
    struct tls_request got = delivered(scene, careful, from("x", bent, to(careful, "/ok")));
    assert_string_equal(got.peer, "bent");
    assert_int_not_equal(got.connection, last);
    tls_receiver_await_end(careful, last);
    last = got.connection;
    struct fetch_request pinned = from("x", bent, to(careful, "/ok"));
    char text[64];
    snprintf(text, sizeof text, "sha256//%s", pin);
    pinned.pin = text;
    got = delivered(scene, careful, pinned);
    assert_int_not_equal(got.connection, last);
    /* The certificate is taken away again. */
    assert_int_not_equal(scene_fetch(scene, from("x", NULL, to(careful, "/ok")))->class,
                         FETCH_ANSWERED);
    mem_free(anna);
    mem_free(bent);
    mem_free(pin);
}

/* --- fail closed --- */

static void refused(struct scene *scene, struct fetch_request request)
{
    const struct fetch_answer *answer = scene_fetch(scene, request);
    assert_int_equal(answer->class, FETCH_TLS);
    assert_int_equal(answer->phase, FETCH_PHASE_CONNECT);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->http_version, 0);
    assert_string_equal(answer->body_sha256, "");
}

/* To a receiver that anybody may send to: what it would get without the certificate it does not
 * get. */
static void test_bad_certificate(void **state)
{
    static const char *const files[] = {"mismatched.pem", "locked.pem",   "locked_old.pem",
                                        "anna.crt",       "anna.key",     "receiver.pin",
                                        "anna.ext",       "make_pki.log", "authority.key"};
    static const char *const texts[] = {
        "",
        " ",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n",
    };
    struct scene *scene = *state;
    char *anna = pki_read(&pki, "anna.pem");
    char *bent = pki_read(&pki, "bent.pem");
    char *two = mem_zalloc(strlen(anna) + strlen(bent) + 1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *text = pki_read(&pki, files[i]);
        refused(scene, from("x", text, to(modern, "/bad")));
        mem_free(text);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        refused(scene, from("x", texts[i], to(modern, "/bad")));
    memcpy(stpcpy(two, anna), bent, strlen(bent) + 1);
    refused(scene, from("x", two, to(modern, "/bad")));
    anna[strlen(anna) / 4] ^= 1; /* one bit, within the certificate */
    refused(scene, from("x", anna, to(modern, "/bad")));
    assert_string_equal(delivered(scene, modern, to(modern, "/ok")).path, "/ok");
    mem_free(anna);
    mem_free(bent);
    mem_free(two);
}

/* A certificate is somebody's, and for TLS. */
static void test_certificate_out_of_place(void **state)
{
    struct scene *scene = *state;
    char *anna = pki_read(&pki, "anna.pem");
    char url[64];
    refused(scene, from(NULL, anna, to(modern, "/bad")));
    refused(scene, from("", anna, to(modern, "/bad")));
    snprintf(url, sizeof url, "http://localhost:%d/", receiver_port(scene->receiver));
    struct fetch_request request = {.method = "POST", .url = url};
    refused(scene, from("x", anna, request));
    request.identity_name = "x";
    request.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    refused(scene, request);
    assert_int_equal(receiver_connections(scene->receiver), 0);
    assert_string_equal(delivered(scene, modern, to(modern, "/ok")).path, "/ok");
    mem_free(anna);
}

static void test_pin(void **state)
{
    static const char wrong[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char *const malformed[] = {
        "",
        "/etc/passwd",
        "sha256//",
        "sha256//AAAA",
        "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;/etc/passwd"};
    struct scene *scene = *state;
    char *digest = pki_read(&pki, "receiver.pin");
    char right[64];
    char either[128];
    struct fetch_request request = from("x", NULL, to(modern, "/ok"));
    snprintf(right, sizeof right, "sha256//%s", digest);
    snprintf(either, sizeof either, "%s;%s", wrong, right);
    request.pin = right;
    assert_string_equal(delivered(scene, modern, request).path, "/ok");
    request.pin = either;
    assert_string_equal(delivered(scene, modern, request).path, "/ok");
    request = from("x", NULL, to(modern, "/bad"));
    request.pin = wrong;
    refused(scene, request);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        request.pin = malformed[i];
        refused(scene, request);
    }
    request.pin = pki_path(&pki, "receiver.pub"); /* the right key, which libcurl would read */
    refused(scene, request);
    assert_string_equal(delivered(scene, modern, to(modern, "/ok")).path, "/ok");
    mem_free(digest);
}

/* Of a stranger's authority, or for another name. The pin does not make up for it. */
static void test_receiver_not_trusted(void **state)
{
    static const char *const certificates[] = {"impostor", "elsewhere"};
    struct scene *scene = *state;
    for (size_t i = 0; i < 2; i++) {
        struct tls_receiver *receiver = tls_receiver_create(&pki, certificates[i], TLS_HTTP2);
        refused(scene, to(receiver, "/bad"));
        tls_receiver_destroy(&receiver);
    }
}

static void test_authority(void **state)
{
    const char *const files[] = {NULL, "/nonexistent/authority.pem", "/dev/null", "/"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct scene *scene = NULL;
        set_up_trusting((void **)&scene, files[i]);
        refused(scene, to(modern, "/bad"));
        tear_down((void **)&scene);
    }
}

static void test_authorities_in_a_folder(void **state)
{
    struct scene *scene = NULL;
    (void)state;
    set_up_trusting((void **)&scene, pki_path(&pki, "authorities"));
    assert_string_equal(delivered(scene, modern, to(modern, "/ok")).path, "/ok");
    struct tls_receiver *impostor = tls_receiver_create(&pki, "impostor", TLS_HTTP2);
    refused(scene, to(impostor, "/bad"));
    tls_receiver_destroy(&impostor);
    tear_down((void **)&scene);
}

/* What nobody uses is closed, and what has been replaced too. */
static void test_idle_is_closed(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, (struct fetch_options){.allow_loopback = true,
                                              .ca_file = pki_path(&pki, "authority.pem"),
                                              .idle_deadline = 20 * CLOCK_MILLISECOND,
                                              .head_deadline = 500 * CLOCK_MILLISECOND});
    const int idle = delivered(&scene, modern, from("x", NULL, to(modern, "/ok"))).connection;
    /* Somebody else's request keeps the loop going meanwhile. */
    scene_fetch(&scene, to(plain, "/silent"));
    assert_string_equal(tls_receiver_next(plain).path, "/silent");
    tls_receiver_await_end(modern, idle);
    assert_int_not_equal(delivered(&scene, modern, from("x", NULL, to(modern, "/ok"))).connection,
                         idle);
    scene_close(&scene);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_http2_where_offered),
        SCENE(test_http2_streams),
        cmocka_unit_test(test_http2_stream_given_up),
        SCENE(test_http2_held),
        SCENE(test_never_shared),
        SCENE(test_certificate_is_shown),
        SCENE(test_certificate_changes),
        SCENE(test_bad_certificate),
        SCENE(test_certificate_out_of_place),
        SCENE(test_pin),
        SCENE(test_receiver_not_trusted),
        cmocka_unit_test(test_authority),
        cmocka_unit_test(test_authorities_in_a_folder),
        cmocka_unit_test(test_idle_is_closed),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
