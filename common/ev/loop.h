/*
 * An event loop on one thread (libevent). Everything that belongs to a loop is touched on its
 * thread only; the one door in from other threads is loop_post. A callback may stop or destroy what
 * called it: owners hold a reference around calls out (STYLE 17).
 */
#pragma once

#include "common/base/error.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;

typedef void loop_task(void *argument);

/* The first one makes the process ignore SIGPIPE. */
struct loop *loop_create(void);
void loop_destroy(struct loop **loop);
struct event_base *
loop_base(struct loop *loop); /* for common/http, common/pg and common/fetch alone */

void loop_run(struct loop *loop);  /* returns after loop_stop */
void loop_stop(struct loop *loop); /* from any thread */
/* Runs `task` on the loop's thread, soon. From any thread. Posts after loop_stop are dropped. */
void loop_post(struct loop *loop, loop_task *task, void *argument);

/* A one-shot timer, made once and armed many times; microseconds on the monotonic clock. */
struct loop_timer *loop_timer_create(struct loop *loop, loop_task *task, void *argument);
void loop_timer_arm(struct loop_timer *timer, int64_t delay);
void loop_timer_disarm(struct loop_timer *timer);
void loop_timer_destroy(struct loop_timer **timer);
