/* Names that resolve to what they should not, at once or later; and resolvers that hang. */
#include "tests/common/fetch/net.h"
#include "tests/common/fetch/scene.h"
#include "tests/common/fetch/tls.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NAME "modtager.firma.dk"
#define PUBLIC "193.88.1.1"

static struct pki pki;
static struct tls_receiver *receiver;

static int set_up_all(void **state)
{
    (void)state;
    pki_create(&pki);
    receiver = tls_receiver_create(&pki, "receiver", TLS_HTTP2);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    tls_receiver_destroy(&receiver);
    pki_destroy(&pki);
    return 0;
}

/* As in production: no loopback. The public address reaches the receiver. */
static int set_up(void **state)
{
    struct scene *scene = malloc(sizeof *scene);
    net_reset();
    net_reach(PUBLIC, tls_receiver_port(receiver));
    scene_open(scene, (struct fetch_options){.ca_file = pki_path(&pki, "authority.pem")});
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    clock_real();
    scene_close(*state);
    free(*state);
    return 0;
}

static struct fetch_request as(const char *identity)
{
    return (struct fetch_request){
        .method = "POST", .url = "https://" NAME "/ok", .identity_name = identity};
}

static int delivered(struct scene *scene, const char *identity)
{
    assert_int_equal(scene_fetch(scene, as(identity))->class, FETCH_ANSWERED);
    assert_int_equal(scene->answer.status, 200);
    return tls_receiver_next(receiver).connection;
}

static void refused(struct scene *scene, const char *identity)
{
    assert_int_equal(scene_fetch(scene, as(identity))->class, FETCH_REFUSED_BY_POLICY);
    assert_int_equal(scene->answer.phase, FETCH_PHASE_CONNECT);
}

/* Every address of B6 behind a good name; libcurl does not begin to connect. */
static void test_bad_addresses(void **state)
{
    static const char *const addresses[] = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.254",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "127.0.0.1 ::1",
        "10.0.0.1 192.168.0.1 fe80::1",
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        char identity[16]; /* so that the name is looked up each time */
        snprintf(identity, sizeof identity, "%zu", i);
        net_resolve(NAME, addresses[i]);
        refused(scene, identity);
    }
    assert_int_equal(net_lookups(), sizeof addresses / sizeof *addresses);
    assert_int_equal(net_connects(), 0);
}

/* The bad one is passed over where a good one stands beside it. */
static void test_good_among_bad(void **state)
{
    struct scene *scene = *state;
    net_resolve(NAME, "127.0.0.1 10.0.0.1 " PUBLIC);
    delivered(scene, "x");
    assert_int_equal(net_connects(), 1);
}

/* Public at the first look-up, loopback at the next. */
static void test_name_changes(void **state)
{
    struct scene *scene = *state;
    net_resolve(NAME, PUBLIC);
    const int connection = delivered(scene, "x");
    assert_int_equal(net_connects(), 1);
    net_resolve(NAME, "127.0.0.1");
    refused(scene, "y"); /* connects of its own, so it looks the name up */
    assert_int_equal(net_lookups(), 2);
    /* A kept connection goes to where it was made to; it asks no resolver. */
    assert_int_equal(delivered(scene, "x"), connection);
    assert_int_equal(net_lookups(), 2);
    assert_int_equal(net_connects(), 1);
    /* And from anew: the other way about. */
    net_resolve(NAME, "::ffff:127.0.0.1");
    refused(scene, "z");
    net_resolve(NAME, PUBLIC);
    refused(scene, "z"); /* looked up a moment ago */
    assert_int_equal(net_connects(), 1);
    delivered(scene, "w");
}

/* A public address that is this machine's own is not another's receiver. */
static void test_own_address(void **state)
{
    struct scene *scene = *state;
    net_resolve(NAME, PUBLIC);
    net_own(PUBLIC);
    refused(scene, "x");
    net_resolve(NAME, "::ffff:" PUBLIC);
    refused(scene, "y");
    assert_int_equal(net_connects(), 0);
}

/* libcurl opens no socket for a connection that it has; the address is judged all the same. */
static void test_kept_connection(void **state)
{
    struct scene *scene = *state;
    net_resolve(NAME, PUBLIC);
    clock_fake(clock_now());
    const int connection = delivered(scene, "x");
    net_own(PUBLIC);
    clock_advance(2 * CLOCK_SECOND); /* own addresses are read anew */
    refused(scene, "x");
    net_own(NULL);
    clock_advance(2 * CLOCK_SECOND);
    assert_int_equal(delivered(scene, "x"), connection); /* the next that it got */
    assert_int_equal(net_connects(), 1);
}

static void await_stuck(size_t count)
{
    const int64_t end = clock_monotonic() + PATIENCE;
    while (net_stuck() != count && clock_monotonic() < end)
        sched_yield();
    assert_int_equal(net_stuck(), count);
}

/* A resolver that says nothing: the deadline holds, and the loop goes on with the others. */
static void test_resolver_hangs(void **state)
{
    struct scene *scene = *state;
    net_resolve(NAME, PUBLIC);
    delivered(scene, "x");
    fetch_client_destroy(&scene->client);
    scene->client = fetch_client_create(
        scene->loop, &(struct fetch_options){.ca_file = pki_path(&pki, "authority.pem"),
                                             .connect_deadline = 100 * CLOCK_MILLISECOND});
    net_hold();
    for (size_t i = 0; i < 3; i++)
        scene_start(scene, as("x"));
    scene_wait(scene, 3); /* would not end before the resolver */
    assert_int_equal(scene->answer.class, FETCH_TIMEOUT);
    assert_int_equal(scene->answer.phase, FETCH_PHASE_CONNECT);
    assert_true(net_stuck() > 0);
    scene_start(scene, as("y"));
    fetch_client_destroy(&scene->client); /* nor does this wait */
    net_release();
    await_stuck(0);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_bad_addresses), SCENE(test_good_among_bad),  SCENE(test_name_changes),
        SCENE(test_own_address),   SCENE(test_kept_connection), SCENE(test_resolver_hangs),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
