/*
 * Calls that wait for something to happen (long polling, `wait=` seconds). Who waits holds its
 * socket and its arena, and neither a connection to the database nor a transaction: one statement
 * asks for all of them together, at every hint (lobby_wake) and every few seconds regardless.
 * A lobby belongs to one loop. What is beyond its caps does not wait: it is answered at once.
 *
 * A room's side of it is rest_wait and rest_linger in rest.h.
 */
#pragma once

#include "common/ev/loop.h"
#include "common/obs/metric.h"
#include "common/pg/pg.h"

struct lobby;

struct lobby_options {
    struct loop *loop;
    struct pg_pool *pg; /* as emnebank_front; outlives the lobby's last call */
    /* $1 bigint[] numbers of seats, $2 uuid[] their organisations, $3 text[] their positions in
     * that organisation's feed; a row of each number that has something to read after it. */
    const struct sql_statement *news;
    size_t seats;            /* most that wait; default 256 */
    size_t per_organisation; /* of them; default 8 */
    int64_t interval;        /* between two looks that nobody hinted at; default 2 s */
};

struct lobby *lobby_create(const struct lobby_options *options);
/* Something was committed: call it for each NOTIFY. What an older transaction still holds back from
 * the feeds is looked for again soon after. */
void lobby_wake(struct lobby *lobby);
/* Answers all who wait, as when their time is over; nobody waits from here on. */
void lobby_drain(struct lobby *lobby);
/* After lobby_drain, and after the pool is destroyed. */
void lobby_destroy(struct lobby **lobby);

/* How many wait, and how often somebody was not let in. */
extern struct metric *const lobby_metrics[];
extern const size_t lobby_metrics_count;
