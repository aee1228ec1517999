/*
 * The protocol of a peer (tests/bench/README.md) for those written in C: reads lines on stdin, asks
 * the peer, times it with the monotonic clock, prints. Ends the process on a line that it does not
 * understand.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct serve_entry {
    uint64_t id;
    int score;
    int lacking; /* part of the must that is not met, or -1 */
};

struct serve_answer {
    struct serve_entry *entries;
    size_t count, cap;
};
void serve_add(struct serve_answer *answer, uint64_t id, int score, int lacking);

struct serve_peer {
    void *context;
    /* The answer to order `number` (or, of class "reverse", to changed candidate `number`). Not
     * zero: it failed and has said why on stderr. */
    int (*ask)(void *context, const char *class_name, unsigned number, struct serve_answer *answer);
    /* Makes `count` single changes, each of which the next question would know of, and all that
     * they leave behind to be done; `aside` grows by the nanoseconds of the latter. May be NULL. */
    int (*change)(void *context, unsigned count, uint64_t *aside);
    /* Any other line: prints its own answer. Not zero: unknown. May be NULL. */
    int (*other)(void *context, const char *line);
};

/* `version` as the peer's own program says it. */
void serve_ready(uint64_t bytes, const char *version);
int serve(const struct serve_peer *peer);
uint64_t serve_now(void); /* nanoseconds, monotonic */

#ifdef __cplusplus
}
#endif
