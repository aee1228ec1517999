/*
 * Events to receivers by signed webhook (Standard Webhooks 1.0): the endpoints of an organisation,
 * what became of each delivery, and the sender. The room's state is immutable after creation and
 * shared by all threads; a sender belongs to one loop. See README.md for the life of a delivery.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"
#include "common/ev/loop.h"
#include "common/obs/metric.h"
#include "common/pg/pg.h"
#include "common/queue/job.h"
#include "common/rest/rest.h"

struct deliver;
struct sender;

/* For the lobby of common/rest/lobby.h: of those who wait, who has something to read in the feeds
 * (GET /v1/events, GET /v1/changes). */
extern const struct sql_statement *const deliver_news;

extern const struct conf_table deliver_conf;
extern const struct rest_table deliver_routes; /* room: struct deliver */
extern const struct job_table deliver_jobs;    /* the room's state is a `struct deliver *` */
extern struct metric *const deliver_metrics[];
extern const size_t deliver_metrics_count;

/* What no single key can say: production allows no loopback, a lease outlasts its deadlines (C4).
 * Needs the key [daemon] environment. ERROR_INVALID fills `detail` with a line for the operator. */
MUST_CHECK int deliver_check(const struct conf *conf, struct error_detail *detail);

/* `conf` has passed deliver_check; `keyring` has the key `server` and outlives the room. */
struct deliver *deliver_create(const struct conf *conf, const struct keyring *keyring);
void deliver_destroy(struct deliver **deliver);

/* The sender (role deliver). `pg` connects as emnebank_deliver and outlives it. It polls at least
 * every 5 s; sender_wake, on the loop's thread, makes it look now: call it for each NOTIFY
 * emnebank_delivery. */
struct sender *sender_create(struct loop *loop, struct pg_pool *pg, const struct deliver *deliver);
void sender_start(struct sender *sender);
void sender_wake(struct sender *sender);
/* The yes to a CV was taken back while this delivery was claimed (NOTIFY emnebank_withdrawn): if
 * nothing of it has left, nothing leaves. On the loop's thread. */
void sender_withdraw(struct sender *sender, const char *delivery);
/* Claims no more; `drained` runs when nothing is under way. */
void sender_drain(struct sender *sender, loop_task *drained, void *argument);
/* What is under way is cut off; its lease runs out and it is sent again by another. Destroy it
 * before the pool. */
void sender_destroy(struct sender **sender);
