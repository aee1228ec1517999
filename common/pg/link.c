#include "common/pg/link.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

/* libpq has no deadline of its own for an asynchronous connect, and a host may accept and hang. */
#define CONNECT_DEADLINE (4 * CLOCK_SECOND)

struct pg_link {
    const struct pg_link_owner *calls;
    void *owner;
    struct loop *loop;
    PGconn *handle; /* NULL: the conninfo is malformed */
    struct event *event;
    short watched;
    bool open;
    struct loop_timer *deadline;
};

static void on_event(evutil_socket_t socket, short what, void *argument);

static void unwatch(struct pg_link *link)
{
    if (link->event != NULL) {
        event_free(link->event);
        link->event = NULL;
    }
    link->watched = 0;
}

/* The socket may be another after each PQconnectPoll, so the event is made anew. */
static void watch(struct pg_link *link, short what)
{
    if (link->watched == what) {
        return;
    }
    unwatch(link);
    if (PQsocket(link->handle) < 0) {
        return; /* lost; whoever reads next finds out */
    }
    link->event = event_new(loop_base(link->loop), PQsocket(link->handle),
                            (short)(what | EV_PERSIST), on_event, link);
    event_add(link->event, NULL);
    link->watched = what;
}

static void become_open(struct pg_link *link)
{
    loop_timer_disarm(link->deadline);
    PQsetnonblocking(link->handle, 1);
    PQsetNoticeReceiver(link->handle, pg_ignore_notice, NULL);
    link->open = true;
    watch(link, EV_READ);
    link->calls->opened(link->owner); /* may close the link */
}

static void connect_further(struct pg_link *link)
{
    unwatch(link);
    switch (PQconnectPoll(link->handle)) {
    case PGRES_POLLING_READING:
        watch(link, EV_READ);
        break;
    case PGRES_POLLING_WRITING:
        watch(link, EV_WRITE);
        break;
    case PGRES_POLLING_OK:
        become_open(link);
        break;
    default:
        link->calls->failed(link->owner);
        break;
    }
}

static void on_event(evutil_socket_t socket, short what, void *argument)
{
    struct pg_link *link = argument;
    (void)socket;
    (void)what;

    if (link->open) {
        link->calls->ready(link->owner);
    } else {
        connect_further(link);
    }
}

static void on_deadline(void *argument)
{
    struct pg_link *link = argument;
    link->calls->failed(link->owner);
}

struct pg_link *pg_link_open(struct loop *loop, const char *conninfo, const char *user,
                             size_t attempt, const struct pg_link_owner *calls, void *owner)
{
    struct pg_link *link = mem_zalloc(sizeof *link);
    struct pg_target target;

    link->calls = calls;
    link->owner = owner;
    link->loop = loop;
    link->deadline = loop_timer_create(loop, on_deadline, link);
    if (pg_target_init(&target, conninfo, user, PG_ASYNCHRONOUS, NULL) == 0) {
        pg_target_rotate(&target, attempt);
        link->handle = PQconnectStartParams(target.keywords, target.values, 0);
    }
    pg_target_deinit(&target);
    if (link->handle == NULL || PQstatus(link->handle) == CONNECTION_BAD) {
        loop_timer_arm(link->deadline, 0); /* fails at once, but not from within this call */
        return link;
    }
    loop_timer_arm(link->deadline, CONNECT_DEADLINE);
    watch(link, EV_WRITE);
    return link;
}

void pg_link_close(struct pg_link **link)
{
    struct pg_link *gone = *link;

    if (gone == NULL) {
        return;
    }
    *link = NULL;
    unwatch(gone);
    loop_timer_destroy(&gone->deadline);
    PQfinish(gone->handle);
    mem_free(gone);
}

PGconn *pg_link_handle(const struct pg_link *link)
{
    return link->handle;
}

void pg_link_watch_writing(struct pg_link *link, bool writing)
{
    watch(link, writing ? EV_READ | EV_WRITE : EV_READ);
}

const char *pg_link_reason(const struct pg_link *link)
{
    if (link->handle == NULL) {
        return "conninfo cannot be parsed";
    }
    const char *message = PQerrorMessage(link->handle);
    return message[0] != '\0' ? message : "deadline for connecting passed";
}
