/*
 * One loop, one client, a receiver, and the last answer. Functions assert, so only
 * for cmocka tests.
 */
#pragma once

#include "common/base/clock.h"
#include "common/fetch/fetch.h"
#include "tests/common/fetch/receiver.h"

#define PATIENCE (60 * CLOCK_SECOND)

struct scene {
    struct loop *loop;
    struct fetch_client *client;
    struct receiver *receiver;
    struct fetch_answer answer; /* the last one; its body is in `body` */
    char body[FETCH_KEEP_CAP + 1];
    size_t expected;
    size_t done;
    bool held; /* requests may not begin */
};

/* Without a deadline of its own a phase has the patience of the test. */
void scene_open(struct scene *scene, struct fetch_options options);
void scene_close(struct scene *scene);
/* Starts it: as given, but for what holds it. */
void scene_start(struct scene *scene, struct fetch_request request);
/* Waits until so many have been answered since the last time. */
void scene_wait(struct scene *scene, size_t expected);
/* One request and its answer. */
const struct fetch_answer *scene_fetch(struct scene *scene, struct fetch_request request);
