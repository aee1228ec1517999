/* Each phase has its own deadline: a receiver that stalls in one of them is left by that one. */
#include "tests/common/fetch/scene.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SHORT (150 * CLOCK_MILLISECOND)
/* Far from both deadlines: the one that is meant and those that are not. */
#define LONG_BEFORE_OTHERS (PATIENCE / 2)

static void open_with(struct scene *scene, struct fetch_options options)
{
    options.allow_loopback = true;
    scene_open(scene, options);
}

static void left_by(const struct scene *scene, enum fetch_phase phase)
{
    assert_int_equal(scene->answer.class, FETCH_TIMEOUT);
    assert_int_equal(scene->answer.phase, phase);
    assert_int_equal(scene->answer.status, 0);
    assert_in_range(scene->answer.duration, SHORT - CLOCK_MILLISECOND, LONG_BEFORE_OTHERS);
}

static void fetch_from(struct scene *scene, enum receiver_manner manner)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene->receiver));
    receiver_will(scene->receiver, (struct receiver_reply){.manner = manner, .status = 200});
    scene_fetch(scene,
                (struct fetch_request){.method = "POST", .url = url, .body = "x", .length = 1});
}

/* A listener that says nothing: the connection stands, TLS does not. */
static void test_connect(void **state)
{
    struct scene scene;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    char url[64];
    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int mute = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(mute, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(mute, 1), 0);
    assert_int_equal(getsockname(mute, (struct sockaddr *)&address, &length), 0);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", ntohs(address.sin_port));
    open_with(&scene, (struct fetch_options){.connect_deadline = SHORT});
    scene_fetch(&scene, (struct fetch_request){.method = "POST", .url = url});
    left_by(&scene, FETCH_PHASE_CONNECT);
    scene_close(&scene);
    close(mute);
}

static void test_head(void **state)
{
    static const enum receiver_manner manners[] = {RECEIVER_HANGS, RECEIVER_DRIPS_HEAD};
    (void)state;
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        struct scene scene;
        open_with(&scene, (struct fetch_options){.head_deadline = SHORT});
        fetch_from(&scene, manners[i]);
        left_by(&scene, FETCH_PHASE_HEAD);
        scene_close(&scene);
    }
}

static void test_body(void **state)
{
    static const enum receiver_manner manners[] = {RECEIVER_STALLS, RECEIVER_DRIPS_BODY};
    (void)state;
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        struct scene scene;
        open_with(&scene, (struct fetch_options){.body_deadline = SHORT});
        fetch_from(&scene, manners[i]);
        left_by(&scene, FETCH_PHASE_BODY);
        scene_close(&scene);
    }
}

/* Whatever it does, phase by phase within its time. */
static void test_total(void **state)
{
    static const struct {
        enum receiver_manner manner;
        enum fetch_phase phase;
    } cases[] = {{RECEIVER_HANGS, FETCH_PHASE_HEAD},
                 {RECEIVER_DRIPS_HEAD, FETCH_PHASE_HEAD},
                 {RECEIVER_STALLS, FETCH_PHASE_BODY},
                 {RECEIVER_DRIPS_BODY, FETCH_PHASE_BODY}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        open_with(&scene, (struct fetch_options){.total_deadline = SHORT});
        fetch_from(&scene, cases[i].manner);
        left_by(&scene, cases[i].phase);
        scene_close(&scene);
    }
}

/* 64 KiB of heads, one long or many short, and no more. (libcurl itself would take 300 KiB.) */
static void test_head_too_long(void **state)
{
    static const enum receiver_manner manners[] = {RECEIVER_LONG_HEAD, RECEIVER_HINTS};
    (void)state;
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        struct scene scene;
        open_with(&scene, (struct fetch_options){0});
        fetch_from(&scene, manners[i]);
        assert_int_equal(scene.answer.class, FETCH_BROKEN);
        assert_int_equal(scene.answer.phase, FETCH_PHASE_HEAD);
        assert_true(scene.answer.duration < LONG_BEFORE_OTHERS);
        scene_close(&scene);
    }
}

/* Those that are given up do not hold up the one that is answered, nor are they mixed up. */
static void test_among_others(void **state)
{
    enum { BLACK_HOLES = 5 };
    struct scene scene;
    char url[64];
    (void)state;
    open_with(&scene, (struct fetch_options){.head_deadline = SHORT});
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", receiver_port(scene.receiver));
    const struct fetch_request request = {.method = "POST", .url = url};
    for (int i = 0; i < BLACK_HOLES; i++) {
        receiver_will(scene.receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
        scene_start(&scene, request);
    }
    scene_wait(&scene, BLACK_HOLES);
    left_by(&scene, FETCH_PHASE_HEAD);
    assert_int_equal(scene_fetch(&scene, request)->class, FETCH_ANSWERED);
    assert_int_equal(scene.answer.status, 204);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect),       cmocka_unit_test(test_head),
        cmocka_unit_test(test_body),          cmocka_unit_test(test_total),
        cmocka_unit_test(test_head_too_long), cmocka_unit_test(test_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
