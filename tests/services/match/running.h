/*
 * The match room at work on a database of its own: loop, follower and the runner of its jobs, as in
 * the daemon, on the test's own thread. The scene is scene.sql. A fault fails the test.
 */
#pragma once

#include "common/pg/session.h"
#include "services/match/room.h"

struct running {
    const char *conninfo;
    struct session *owner; /* superuser: sets the scene and looks */
    struct loop *loop;
    struct match *match;
    struct match_options options; /* how the match is made */

    struct pg_pool *front;
    struct job_runner *runner;
    struct loop_timer *look;
    bool (*there)(struct running *running);
    int64_t until;
    bool found;
};

/* A fresh, migrated database with the scene in it, followed. */
struct running *running_open(const char *name);
/* The same on a database that is there. */
struct running *running_open_on(const char *conninfo);
void running_close(struct running **running);

/* Ends the match as the daemon does: the loop first. */
void running_end(struct running *running);
/* Starts another by `options`, on a loop of its own. */
void running_start(struct running *running);
void running_restart(struct running *running);
/* Waits until the match has the pool that the database has. */
void running_follow(struct running *running);
/* Waits until no job is left. */
void running_jobs(struct running *running);
/* Runs the loop until it is there. */
void running_until(struct running *running, bool (*there)(struct running *running));

/* The whole pool as one match has it in memory, ranked and written down; the caller's to mem_free.
 */
char *running_written_down(struct match *match);
