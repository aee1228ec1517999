/*
 * A loop on a thread of its own. `start` runs on the new thread before the loop does and makes
 * everything that belongs to it; `drain` is posted when the daemon is told to stop and must end in
 * thread_finished once nothing is in flight; `stop` runs on the thread after the loop has ended and
 * frees it all.
 */
#pragma once

#include "common/ev/loop.h"

#include <stdbool.h>

struct thread;

struct thread_tasks {
    int (*start)(struct loop *loop, void *state, struct error_detail *detail);
    void (*drain)(void *state);
    void (*stop)(void *state);
};

/* Returns when `start` has: its error, or 0 with the loop running. `name` shows in `top -H`, 15
 * characters. */
MUST_CHECK int thread_start(const char *name, const struct thread_tasks *tasks, void *state,
                            struct thread **thread, struct error_detail *detail);
void thread_drain(struct thread *thread);
/* On the thread itself, from `drain`'s completion: ends the loop. */
void thread_finished(struct thread *thread);
/* Waits for the end, or ends the loop at the deadline (monotonic µs) whatever is in flight. NULL is
 * fine. */
void thread_join(struct thread **thread, int64_t deadline);
