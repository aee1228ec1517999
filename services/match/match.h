/*
 * The room that ranks: it follows the pool in memory and turns each job order into a shortlist with
 * its explanation. Its rules are RANKING.md, its core is engine/.
 *
 * One `match` belongs to one loop and one thread, and the job runner that is given its kinds runs
 * on the same loop. Destroy it after that loop has ended and before the runner.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/ev/loop.h"
#include "common/obs/metric.h"
#include "common/pg/pg.h"
#include "common/queue/job.h"
#include "common/rest/rest.h"

struct match;
struct match_door;

extern const struct conf_table match_conf;
extern const struct job_table match_jobs;    /* the room's state is a `struct match *` */
extern const struct rest_table match_routes; /* the room's state is a `struct match_door *` */
extern struct metric *const match_metrics[];
extern const size_t match_metrics_count;
extern struct metric match_memory_full; /* not 0: the pool in memory stays behind */

struct match_options {
    struct loop *loop;
    struct pg_options pg;      /* `user` is set to emnebank_match */
    size_t threads;            /* that rank and build; default 2 */
    int ruleset;               /* that new lists are made by; 0: the newest */
    size_t what_if_step;       /* of counts of people; 0: 5 */
    size_t memory_limit;       /* bytes of the pool in memory; 0: none */
    const char *snapshot_file; /* to restart from; NULL or "": none. Outlives the match */
};

struct match *match_create(const struct match_options *options);
void match_destroy(struct match **match);

/* The pool may have changed: look now instead of within 5 s. On the loop's thread. */
void match_wake(struct match *match);
/* The pool version that is in memory, or -1 while nothing is. Any thread. */
int64_t match_version(struct match *match);

/*
 * A front's way in: its calls are asked on its own thread and answered from the match's. One per
 * front; `match` NULL: it does not run here, and every question is answered with 503. Destroy it on
 * the front's thread after that loop has ended, and before the match: what is still out is answered
 * with 503 then.
 */
struct match_door *match_door_create(struct match *match);
void match_door_destroy(struct match_door **door);
