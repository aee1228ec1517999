/*
 * The match as the daemon's fronts ask it: a router on one thread, the match on another, a socket
 * before and a real PostgreSQL behind. The scene is scene.sql. A fault fails the test.
 */
#pragma once

#include "common/pg/session.h"
#include "services/match/match.h"
#include "tests/common/http/fixture.h"

#define ASKING_ORDER "0192a000-0000-7000-8000-000000000001"
#define ASKING_ANSWER_SIZE 65536

enum actor { AARHUS = 1, RANDERS, TEAM, EMPLOYER, EMPLOYER_WITH_SCOPE };

struct asking {
    const char *conninfo;
    struct session *owner; /* superuser: sets the scene and looks */
    char answer[ASKING_ANSWER_SIZE];

    struct loop *match_loop;
    struct match *match;
    pthread_t match_thread;
    sem_t held; /* the match's loop stands still … */
    sem_t go;   /* … until this */
    sem_t draining;
    sem_t drained;

    struct loop *front_loop;
    struct pg_pool *pg;
    struct rest_router *router;
    struct match_door *door;
    struct fixture net; /* only its socket is used */
    pthread_t front_thread;
};

int asking_set_up(void **state);
int asking_tear_down(void **state);
#define ASKING_TEST(name) cmocka_unit_test_setup_teardown(name, asking_set_up, asking_tear_down)

void asking_stop_match(struct asking *asking);
void asking_start_front(struct asking *asking, struct match *match);
void asking_end_front_loop(struct asking *asking);
void asking_free_front(struct asking *asking); /* as the daemon's fronts do after their loop */

/* A request without waiting for its answer; the socket. `head` has further lines, each with CRLF.
 */
int asking_send(struct asking *asking, enum actor actor, const char *method, const char *path,
                const char *head, const char *body);
/* The body, until the next answer. */
const char *asking_receive(struct asking *asking, int client, int status);
/* Both at once. */
const char *asking_get(struct asking *asking, enum actor actor, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Of candidate `number` of the scene; until the next call. */
const char *asking_id(unsigned number);
void asking_new_order(struct asking *asking);
void assert_contains(const char *text, const char *part);
