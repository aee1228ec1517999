/*
 * The connections of one identity: a CURLM of its own on the loop, so that what is kept open, the
 * names that were looked up and the sessions of TLS are never another's. Belongs to a client; only
 * this room includes it.
 */
#pragma once

#include "common/fetch/credentials.h"
#include "common/fetch/transfer.h"

#include <sys/queue.h>

struct pool;

/* One request, from fetch_start until its `done` has returned; then it is kept for the next. */
struct running {
    TAILQ_ENTRY(running) next;     /* of those that run, have finished, or are spare */
    TAILQ_ENTRY(running) next_due; /* of those in the same phase */
    struct pool *pool;             /* NULL: it was refused before it had one */
    struct transfer transfer;
    int64_t due;                /* monotonic; when its phase must have ended; 0: not watched */
    enum fetch_phase watched;   /* which phase that is */
    struct fetch_answer answer; /* filled when it has finished */
    fetch_done *done;
    void *argument;
};

TAILQ_HEAD(running_list, running);
TAILQ_HEAD(pool_list, pool);

/* Whom a pool tells. None of these is called from pool_start or pool_drop, but `ended`. */
struct pool_owner {
    void (*ended)(struct running *running, CURLcode code); /* it has left libcurl */
    void (*turned)(void *argument); /* libcurl has had a turn; may destroy the pool */
    void *argument;
};

struct pool {
    TAILQ_ENTRY(pool) next; /* of the client's */
    struct loop *loop;
    struct pool_owner owner;
    uint64_t hash; /* of the name */
    char *name;
    char *pem; /* NULL: none */
    char *pin; /* NULL: none */
    struct credentials credentials;
    struct transfer_setting setting;
    CURLM *multi;
    struct event *timer; /* libcurl's deadlines */
    size_t busy;         /* requests that are not spare */
    int64_t idle_since;  /* monotonic; while nothing is busy */
    struct running_list spare;
    size_t spare_count;
};

uint64_t pool_hash(const char *name);
/* `setting` is copied and completed with what the request says of its identity. ERROR_INVALID: its
 * certificate or its pin cannot be used, and nothing may be sent. */
MUST_CHECK int fetch_pool_create(struct loop *loop, const struct fetch_request *request,
                                 const struct transfer_setting *setting,
                                 const struct pool_owner *owner, struct pool **pool);
/* Nothing may be running in it. */
void fetch_pool_destroy(struct pool *pool);

/* The same certificate and pin as the pool was made with. */
bool pool_fits(const struct pool *pool, const struct fetch_request *request);
/* One to fill, busy from now on; NULL when libcurl has no room. */
struct running *pool_take(struct pool *pool);
void pool_give_back(struct pool *pool, struct running *running);
/* It leaves now if a kept connection can take it. */
MUST_CHECK int pool_start(struct pool *pool, struct running *running);
/* Out of libcurl; its connection is closed, or its stream reset. */
void pool_drop(struct pool *pool, struct running *running);
