/*
 * One libpq connection on a loop: it connects, watches the socket, and tells its owner. Private to
 * this room. The owner may close the link from within any of its calls.
 */
#pragma once

#include "common/pg/internal.h"

struct pg_link;

struct pg_link_owner {
    void (*opened)(void *owner); /* connected, non-blocking, idle */
    void (*ready)(void *owner);  /* the socket can be read, or written if that was asked for */
    void (*failed)(void *owner); /* connecting failed; close the link */
};

/* Never calls the owner from within. `attempt` counts from 0 and picks the host to begin with. */
struct pg_link *pg_link_open(struct loop *loop, const char *conninfo, const char *user,
                             size_t attempt, const struct pg_link_owner *calls, void *owner);
void pg_link_close(struct pg_link **link);

PGconn *pg_link_handle(const struct pg_link *link);
/* Reading is always watched once the link is open. */
void pg_link_watch_writing(struct pg_link *link, bool writing);
/* What libpq said last, for the log. */
const char *pg_link_reason(const struct pg_link *link);
