/*
 * The watch over the clocks of all orders: it looks at each order whose time has come, or to which
 * something happened, and lets the database do what is due (function order_check, 0021): warnings,
 * deadlines, replacements, rungs of the ladder, notices. Beside it, what other rooms' clocks come
 * to (life_tick).
 *
 *     resting → configuring → resting …     what [orders] says, once a day and at the start
 *     resting → looking (orders, release, fresh) → counting → resting
 *
 * It decides nothing itself and remembers nothing: any number of watches may run, and one that dies
 * leaves nothing half done. It looks at least every `[orders] watch_interval` and when it is woken.
 *
 * All calls on the loop's thread.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/ev/loop.h"
#include "common/obs/metric.h"
#include "common/pg/pg.h"

struct watch;

extern struct metric *const orders_metrics[];
extern const size_t orders_metrics_count;

/* `pg` runs as emnebank_match and outlives the watch or ends with it: answers that come after
 * watch_destroy are let go. */
struct watch *watch_create(struct loop *loop, struct pg_pool *pg, const struct conf *conf);
void watch_start(struct watch *watch);
void watch_wake(struct watch *watch);
void watch_destroy(struct watch **watch); /* before the loop and the pool; NULL is fine */
