#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/fetch/fetch.h"
#include "common/fetch/transfer.h"
#include "tests/common/fetch/scene.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up_with(void **state, int64_t deadline)
{
    struct scene *scene = malloc(sizeof *scene);
    scene_open(scene, (struct fetch_options){.allow_loopback = true, .total_deadline = deadline});
    *state = scene;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, PATIENCE);
}

/* For those that end by the deadline. */
static int set_up_hasty(void **state)
{
    return set_up_with(state, 2 * CLOCK_SECOND);
}

static int tear_down(void **state)
{
    scene_close(*state);
    free(*state);
    return 0;
}

static void start(struct scene *scene, const char *path)
{
    static const struct fetch_header headers[] = {{"content-type", "application/json"},
                                                  {"webhook-id", "msg_1"}};
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", receiver_port(scene->receiver), path);
    const struct fetch_request request = {.method = "POST",
                                          .url = url,
                                          .headers = headers,
                                          .header_count = 2,
                                          .body = "{\"a\":1}",
                                          .length = 7};
    scene_start(scene, request);
}

static void fetch_one(struct scene *scene)
{
    start(scene, "/hook");
    scene_wait(scene, 1);
}

static void test_answer(void **state)
{
    struct scene *scene = *state;
    char value[128];
    receiver_will(
        scene->receiver,
        (struct receiver_reply){.status = 200, .body = "tak\x01 \xc3\xa6 c@d.dk, 010190-1234"});
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_ANSWERED);
    assert_int_equal(scene->answer.status, 200);
    assert_int_equal(scene->answer.retry_after, -1);
    assert_string_equal(scene->answer.excerpt, "tak. .. ******, ######-####");
    const struct receiver_request *request = receiver_request(scene->receiver, 0);
    assert_string_equal(request->line, "POST /hook HTTP/1.1");
    assert_string_equal(request->body, "{\"a\":1}");
    assert_true(receiver_header(request, "webhook-id", value, sizeof value));
    assert_string_equal(value, "msg_1");
    assert_true(receiver_header(request, "content-type", value, sizeof value));
    assert_string_equal(value, "application/json");
    assert_false(receiver_header(request, "expect", value, sizeof value));
    assert_true(receiver_header(request, "user-agent", value, sizeof value));
    assert_string_equal(value, "emnebank/0.1");
}

/* Not a byte, on a new connection or on one that was kept. */
static void test_held(void **state)
{
    struct scene *scene = *state;
    scene->held = true;
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_HELD);
    scene->held = false;
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_ANSWERED);
    scene->held = true;
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_HELD);
    scene->held = false;
    fetch_one(scene);
    assert_int_equal(receiver_requests(scene->receiver), 2);
}

/* Before the loop has its turn; the answer waits for the loop. */
static void test_leaves_at_once(void **state)
{
    struct scene *scene = *state;
    fetch_one(scene);
    start(scene, "/hook");
    const int64_t end = clock_monotonic() + PATIENCE;
    while (receiver_requests(scene->receiver) < 2 && clock_monotonic() < end)
        sched_yield();
    assert_int_equal(receiver_requests(scene->receiver), 2);
    assert_int_equal(receiver_connections(scene->receiver), 1);
    assert_int_equal(scene->done, 0);
    scene_wait(scene, 1);
}

static void test_redirect_is_an_answer(void **state)
{
    struct scene *scene = *state;
    char headers[128];
    snprintf(headers, sizeof headers, "Location: http://127.0.0.1:%d/other\r\n",
             receiver_port(scene->receiver));
    receiver_will(scene->receiver, (struct receiver_reply){.status = 307, .headers = headers});
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_ANSWERED);
    assert_int_equal(scene->answer.status, 307);
    assert_int_equal(receiver_requests(scene->receiver), 1);
}

static void test_retry_after(void **state)
{
    struct scene *scene = *state;
    receiver_will(scene->receiver,
                  (struct receiver_reply){.status = 503, .headers = "Retry-After: 120\r\n"});
    fetch_one(scene);
    assert_int_equal(scene->answer.status, 503);
    assert_int_equal(scene->answer.retry_after, 120 * CLOCK_SECOND);
}

static void test_deadline(void **state)
{
    struct scene *scene = *state;
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_TIMEOUT);
    assert_int_equal(scene->answer.status, 0);
}

static void test_broken(void **state)
{
    struct scene *scene = *state;
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_CLOSES});
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_BROKEN);
}

/* A body without end is not read: the answer stands, and 256 bytes of it at most. */
static void test_flood(void **state)
{
    struct scene *scene = *state;
    receiver_will(scene->receiver,
                  (struct receiver_reply){.manner = RECEIVER_FLOODS, .status = 200});
    fetch_one(scene);
    assert_int_equal(scene->answer.class, FETCH_ANSWERED);
    assert_int_equal(scene->answer.status, 200);
    assert_int_equal(strlen(scene->answer.excerpt), 256);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char text[65];
    char *read = malloc(FETCH_READ_CAP);
    memset(read, 'x', FETCH_READ_CAP);
    crypto_sha256(read, FETCH_READ_CAP, digest);
    str_hex(digest, sizeof digest, text);
    assert_string_equal(scene->answer.body_sha256, text);
    free(read);
}

/* What a handle carried before leaves no trace on the next. */
static void test_one_after_another(void **state)
{
    struct scene *scene = *state;
    static const char *const methods[] = {"POST", "GET", "HEAD", "DELETE", "PUT", "GET", "POST"};
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene->receiver));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const bool carries = methods[i][0] == 'P';
        const struct fetch_header header = {"x-once", "1"};
        char line[64];
        char value[64];
        receiver_will(scene->receiver, (struct receiver_reply){.status = 200 + (int)i});
        scene_fetch(scene, (struct fetch_request){.method = methods[i],
                                                  .url = url,
                                                  .headers = &header,
                                                  .header_count = i == 0 ? 1 : 0,
                                                  .body = carries ? "{}" : NULL,
                                                  .length = carries ? 2 : 0});
        const struct receiver_request *request = receiver_request(scene->receiver, i);
        assert_int_equal(scene->answer.status, 200 + (int)i);
        snprintf(line, sizeof line, "%s / HTTP/1.1", methods[i]);
        assert_string_equal(request->line, line);
        assert_int_equal(request->length, carries ? 2 : 0);
        assert_string_equal(request->body, carries ? "{}" : "");
        assert_int_equal(receiver_header(request, "x-once", value, sizeof value), i == 0);
        assert_string_equal(scene->answer.excerpt, "");
    }
    assert_int_equal(receiver_connections(scene->receiver), 1);
}

/* Connections are kept for so many identities; the one that was used longest ago makes room. */
static void test_identities_bounded(void **state)
{
    struct scene *scene = *state;
    char url[64];
    char name[32];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene->receiver));
    struct fetch_request request = {.method = "POST", .url = url, .identity_name = name};
    for (int i = 0; i < FETCH_IDENTITIES + 8; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_int_equal(scene_fetch(scene, request)->class, FETCH_ANSWERED);
    }
    const int64_t end = clock_monotonic() + PATIENCE;
    while (receiver_open(scene->receiver) > FETCH_IDENTITIES && clock_monotonic() < end)
        sched_yield();
    assert_int_equal(receiver_open(scene->receiver), FETCH_IDENTITIES);
    assert_int_equal(receiver_connections(scene->receiver), FETCH_IDENTITIES + 8);
    assert_int_equal(scene_fetch(scene, request)->class, FETCH_ANSWERED); /* the last has its own */
    assert_int_equal(receiver_connections(scene->receiver), FETCH_IDENTITIES + 8);
    snprintf(name, sizeof name, "0"); /* the first has not */
    assert_int_equal(scene_fetch(scene, request)->class, FETCH_ANSWERED);
    assert_int_equal(receiver_connections(scene->receiver), FETCH_IDENTITIES + 9);
}

static void test_nobody_listens(void **state)
{
    struct scene *scene = *state;
    char url[128];
    struct receiver *gone = receiver_create();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(gone));
    receiver_destroy(&gone);
    const struct fetch_request request = {.method = "POST", .url = url};
    scene_fetch(scene, request);
    assert_int_equal(scene->answer.class, FETCH_CONNECT);
}

static void test_not_tls(void **state)
{
    struct scene *scene = *state;
    char url[128];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", receiver_port(scene->receiver));
    receiver_will(scene->receiver, (struct receiver_reply){.status = 200});
    const struct fetch_request request = {.method = "POST", .url = url};
    scene_fetch(scene, request);
    assert_true(scene->answer.class == FETCH_TLS || scene->answer.class == FETCH_TIMEOUT);
    assert_int_equal(receiver_requests(scene->receiver), 0);
}

/* The environment's proxy is not asked. */
static void test_no_proxy(void **state)
{
    struct scene *scene = *state;
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("all_proxy", "http://127.0.0.1:9", 1);
    fetch_one(scene);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    assert_int_equal(scene->answer.class, FETCH_ANSWERED);
    assert_int_equal(scene->answer.status, 204);
}

static void test_many_at_once(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < 50; i++)
        start(scene, "/hook");
    scene_wait(scene, 50);
    assert_int_equal(receiver_requests(scene->receiver), 50);
}

static void test_policy_refuses_url(void **state)
{
    struct scene *scene = *state;
    static const char *const urls[] = {"http://firma.dk/", "https://10.0.0.1/",
                                       "file:///etc/passwd"};
    for (size_t i = 0; i < 3; i++)
        scene_start(scene, (struct fetch_request){.method = "POST", .url = urls[i]});
    assert_int_equal(scene->done, 0); /* never from within fetch_start */
    scene_wait(scene, 3);
    assert_int_equal(scene->answer.class, FETCH_REFUSED_BY_POLICY);
}

/* A good name that resolves to a bad address: judged after resolution, before connect. */
static void test_policy_refuses_resolved_address(void **state)
{
    struct scene *scene = *state;
    static const char *const targets[] = {"127.0.0.1", "[::1]",           "10.0.0.1",
                                          "[fe80::1]", "169.254.169.254", "[::ffff:127.0.0.1]"};
    struct own own = {0};
    const struct transfer_setting setting = {
        .connect_deadline = PATIENCE, .total_deadline = PATIENCE, .own = &own};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char pin[128];
        struct transfer transfer;
        struct fetch_answer answer;
        const struct fetch_request request = {.method = "POST",
                                              .url = "https://modtager.firma.dk/"};
        snprintf(pin, sizeof pin, "modtager.firma.dk:443:%s", targets[i]);
        struct curl_slist *pins = curl_slist_append(NULL, pin);
        assert_int_equal(transfer_init(&transfer, &setting), 0);
        assert_int_equal(transfer_set(&transfer, &request, NULL), 0);
        curl_easy_setopt(transfer.easy, CURLOPT_RESOLVE, pins);
        transfer_answer(&transfer, curl_easy_perform(transfer.easy), &answer);
        assert_int_equal(answer.class, FETCH_REFUSED_BY_POLICY);
        assert_int_equal(transfer.opened, 0);
        assert_true(transfer.refused > 0);
        transfer_deinit(&transfer);
        curl_slist_free_all(pins);
    }
    own_deinit(&own);
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

/* libcurl does not open a socket for a connection that it has: the request is judged all the same.
 */
static void test_policy_on_reused_connection(void **state)
{
    struct scene *scene = *state;
    char url[128];
    struct transfer transfer;
    struct fetch_answer answer;
    struct own own = {0};
    struct transfer_setting setting = {.allow_loopback = true,
                                       .connect_deadline = PATIENCE,
                                       .total_deadline = PATIENCE,
                                       .own = &own};
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene->receiver));
    const struct fetch_request request = {.method = "POST", .url = url};
    assert_int_equal(transfer_init(&transfer, &setting), 0);
    assert_int_equal(transfer_set(&transfer, &request, NULL), 0);
    transfer_answer(&transfer, curl_easy_perform(transfer.easy), &answer);
    assert_int_equal(answer.class, FETCH_ANSWERED);
    assert_int_equal(transfer.opened, 1);
    setting.allow_loopback = false;
    transfer_answer(&transfer, curl_easy_perform(transfer.easy), &answer);
    assert_int_equal(answer.class, FETCH_REFUSED_BY_POLICY);
    assert_int_equal(transfer.opened, 1);
    assert_int_equal(receiver_connections(scene->receiver), 1);
    assert_int_equal(receiver_requests(scene->receiver), 1);
    transfer_deinit(&transfer);
}

static void test_destroy_ends_what_runs(void **state)
{
    struct scene *scene = *state;
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
    start(scene, "/hook");
    fetch_client_destroy(&scene->client);
    assert_int_equal(scene->done, 1);
    assert_int_equal(scene->answer.class, FETCH_BROKEN);
}

static void destroys(const struct fetch_answer *answer, void *argument)
{
    struct scene *scene = argument;
    (void)answer;
    scene->done++;
    fetch_client_destroy(&scene->client); /* the second time there is nothing left */
    loop_stop(scene->loop);
}

static void test_destroy_from_done(void **state)
{
    struct scene *scene = *state;
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene->receiver));
    const struct fetch_request request = {.method = "POST", .url = url};
    fetch_start(scene->client, &request, destroys, scene);
    fetch_start(scene->client, &request, destroys, scene);
    loop_run(scene->loop);
    assert_int_equal(scene->done, 2);
}

static void test_blocking(void **state)
{
    struct scene *scene = *state;
    struct arena *arena = arena_create(0);
    struct fetch_reply reply;
    struct error_detail detail = {0};
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/x", receiver_port(scene->receiver));
    receiver_will(
        scene->receiver,
        (struct receiver_reply){.status = 200, .headers = "ETag: \"v7\"\r\n", .body = "{\"x\":1}"});
    const struct fetch_header header = {"authorization", "Bearer x"};
    const struct fetch_request request = {.method = "PUT",
                                          .url = url,
                                          .headers = &header,
                                          .header_count = 1,
                                          .body = "abc",
                                          .length = 3};
    assert_int_equal(fetch_blocking(arena, &request, &reply, &detail), 0);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "{\"x\":1}");
    assert_int_equal(reply.length, 7);
    assert_string_equal(reply.etag, "\"v7\"");
    assert_string_equal(receiver_request(scene->receiver, 0)->line, "PUT /v1/x HTTP/1.1");
    assert_string_equal(receiver_request(scene->receiver, 0)->body, "abc");

    const struct fetch_request wrong = {.method = "GET", .url = "file:///etc/passwd"};
    assert_int_equal(fetch_blocking(arena, &wrong, &reply, &detail), ERROR_INVALID);
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_CLOSES});
    const struct fetch_request get = {.method = "POST", .url = url};
    assert_int_equal(fetch_blocking(arena, &get, &reply, &detail), ERROR_UNCERTAIN);
    assert_true(detail.public_text[0] != '\0');
    const struct fetch_request forged = {.method = "GET",
                                         .url = url,
                                         .headers = &(struct fetch_header){"x", "a\r\nb: c"},
                                         .header_count = 1};
    assert_int_equal(fetch_blocking(arena, &forged, &reply, &detail), ERROR_INVALID);
    arena_destroy(&arena);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
#define HASTY(test_) cmocka_unit_test_setup_teardown(test_, set_up_hasty, tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_answer),
        SCENE(test_held),
        SCENE(test_leaves_at_once),
        SCENE(test_redirect_is_an_answer),
        SCENE(test_retry_after),
        HASTY(test_deadline),
        SCENE(test_broken),
        SCENE(test_flood),
        SCENE(test_one_after_another),
        SCENE(test_identities_bounded),
        SCENE(test_nobody_listens),
        HASTY(test_not_tls),
        SCENE(test_no_proxy),
        SCENE(test_many_at_once),
        SCENE(test_policy_refuses_url),
        SCENE(test_policy_refuses_resolved_address),
        SCENE(test_policy_on_reused_connection),
        SCENE(test_destroy_ends_what_runs),
        SCENE(test_destroy_from_done),
        SCENE(test_blocking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
