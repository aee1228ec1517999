/*
 * The stage of the sender's tests: a fresh database with a few organisations and an order, a
 * receiver on loopback, and a sender on a thread of its own that the test starts and stops.
 */
#pragma once

#include "common/base/arena.h"
#include "common/pg/session.h"
#include "services/deliver/signature.h"
#include "tests/common/fetch/receiver.h"

#include <stdbool.h>
#include <stdint.h>

#define SCENE_HOME "00000000-0000-4000-8000-000000000751"
#define SCENE_NEIGHBOUR "00000000-0000-4000-8000-000000000746"
#define SCENE_TEAM "00000000-0000-4000-8000-0000000000aa"
#define SCENE_EMPLOYER "00000000-0000-4000-8000-0000000000ee"
#define SCENE_ORDER "00000000-0000-4000-8000-00000000b001"
#define SCENE_SHORTLIST "00000000-0000-4000-8000-00000000c001"

struct deliver;
struct keyring;

struct scene {
    const char *conninfo;
    struct session *admin; /* superuser */
    struct receiver *receiver;
    struct keyring *keyring;
    struct deliver *deliver;
    struct arena *arena;
    struct scene_thread *thread;
    char secret[64]; /* whsec_… of every endpoint made here */
    struct signature_key key;
    int released;
};

/* cmocka fixtures; *state is a struct scene. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* Lines for [deliver] instead of the defaults (loopback allowed, deadline 60 s, lease 120 s). */
void scene_configure(struct scene *scene, const char *lines);
void scene_start(struct scene *scene);
void scene_wake(struct scene *scene);
void scene_drain(struct scene *scene); /* it claims no more; goes on */
bool scene_drained(struct scene *scene);
void scene_stop(struct scene *scene); /* drains nothing: what is under way is cut off */

/* SQL with printf; the first column of the first row, "" for none or NULL. In the scene's arena. */
const char *scene_sql(struct scene *scene, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Waits until the SQL says 't'; fails the test after two minutes. */
void scene_until(struct scene *scene, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void scene_until_requests(struct scene *scene, size_t count);

/* The SQL's first column is this. */
void scene_assert(struct scene *scene, const char *expected, const char *text);
/* scene_assert with printf. */
#define ASSERT_SQL(scene_, expected_, ...)                                                         \
    scene_assert((scene_), (expected_), arena_printf((scene_)->arena, __VA_ARGS__))

/* An endpoint at the scene's receiver; its id. `kinds` is "{cv.released,…}". */
const char *scene_endpoint(struct scene *scene, const char *organisation, const char *kinds);
const char *scene_endpoint_at(struct scene *scene, const char *organisation, const char *kinds,
                              const char *url);
/* A released CV that is not yet in the outbox; the release's id. */
const char *scene_release(struct scene *scene);
/* Into the outbox; the id of its (first) delivery. */
const char *scene_send(struct scene *scene, const char *release);
const char *scene_put(struct scene *scene, const char *kind, const char *receiver);

/* Verifies the signature with an implementation of its own (verify.py). */
void scene_verify(struct scene *scene, const struct receiver_request *request);
