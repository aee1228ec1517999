/*
 * What the tables of deliveries need now and then, whoever does it: every few seconds leases that
 * ran out are found, endpoints that have failed for long are told of or disabled (0032), and those
 * that want attention are told of (0040); every minute the gauges are read; every hour the days to
 * come get their partitions and old ones are dropped (0029). Belongs to one loop, as its sender
 * does; several machines may do it at a time.
 */
#pragma once

#include "common/ev/loop.h"
#include "common/pg/pg.h"

struct deliver;
struct sweeper;

/* `swept` runs on the loop after each sweep: what it found can be claimed. `pg` connects as
 * emnebank_deliver and outlives it. */
struct sweeper *sweeper_create(struct loop *loop, struct pg_pool *pg, const struct deliver *deliver,
                               loop_task *swept, void *argument);
void sweeper_start(struct sweeper *sweeper);
/* Does no more; `swept` is not called again. */
void sweeper_destroy(struct sweeper **sweeper);
