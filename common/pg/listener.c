#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "common/pg/backoff.h"
#include "common/pg/link.h"

#include <assert.h>

#define SCRIPT_CAP 4096

/*
 *     CONNECTING → SUBSCRIBING → LISTENING → PAUSED → CONNECTING
 * and from each of the first three to PAUSED when the connection breaks.
 */
enum state {
    PAUSED,      /* waits before it connects again */
    CONNECTING,  /* */
    SUBSCRIBING, /* LISTEN was sent */
    LISTENING,
};

struct pg_listener {
    struct loop *loop;
    char *conninfo;
    char *user;
    char **channels;
    size_t count;
    pg_woken *woken;
    void *argument;

    struct pg_link *link;
    struct loop_timer *pause;
    enum state state;
    size_t attempts;
    unsigned failures; /* since it last listened */
    unsigned holds;
    bool destroyed;
};

static void pause_then_connect(struct pg_listener *listener)
{
    log_event(LOG_WARNING, "pg.listener_lost", LOG_TEXT("reason", pg_link_reason(listener->link)));
    pg_link_close(&listener->link);
    listener->state = PAUSED;
    loop_timer_arm(listener->pause, pg_backoff(listener->failures));
    listener->failures++;
}

static void release(struct pg_listener *listener)
{
    listener->holds--;
    if (listener->holds > 0 || !listener->destroyed) {
        return;
    }
    for (size_t i = 0; i < listener->count; i++) {
        mem_free(listener->channels[i]);
    }
    mem_free(listener->channels);
    mem_free(listener->conninfo);
    mem_free(listener->user);
    mem_free(listener);
}

/* What was notified while nobody listened is unknown, so every channel is woken once. */
static void wake_all(struct pg_listener *listener)
{
    for (size_t i = 0; i < listener->count && !listener->destroyed; i++) {
        listener->woken(listener->channels[i], "", listener->argument);
    }
}

static void wake_notified(struct pg_listener *listener)
{
    PGnotify *notify = NULL;

    while (!listener->destroyed && (notify = PQnotifies(pg_link_handle(listener->link))) != NULL) {
        listener->woken(notify->relname, notify->extra, listener->argument);
        PQfreemem(notify);
    }
}

/* True when LISTEN was answered; `*failed` when it was refused. */
static bool subscribed(struct pg_listener *listener, bool *failed)
{
    PGconn *handle = pg_link_handle(listener->link);

    while (!PQisBusy(handle)) {
        PGresult *result = PQgetResult(handle);
        if (result == NULL) {
            return true;
        }
        *failed = *failed || PQresultStatus(result) != PGRES_COMMAND_OK;
        PQclear(result);
    }
    return false;
}

static void on_ready(void *owner)
{
    struct pg_listener *listener = owner;
    PGconn *handle = pg_link_handle(listener->link);
    bool failed = PQconsumeInput(handle) != 1;
    bool just_subscribed = false;

    if (!failed && listener->state == SUBSCRIBING) {
        pg_link_watch_writing(listener->link, PQflush(handle) == 1);
        just_subscribed = subscribed(listener, &failed) && !failed;
    }
    if (failed || PQstatus(handle) == CONNECTION_BAD) {
        pause_then_connect(listener);
        return;
    }
    listener->holds++;
    if (just_subscribed) {
        listener->state = LISTENING;
        listener->failures = 0;
        wake_all(listener);
    }
    wake_notified(listener);
    release(listener);
}

static void on_failed(void *owner)
{
    pause_then_connect(owner);
}

static void on_opened(void *owner)
{
    struct pg_listener *listener = owner;
    PGconn *handle = pg_link_handle(listener->link);
    struct buffer script;

    buffer_init(&script, SCRIPT_CAP);
    for (size_t i = 0; i < listener->count; i++) {
        buffer_printf(&script, "LISTEN %s;", listener->channels[i]);
    }
    assert(!buffer_full(&script));
    bool sent = PQsendQuery(handle, script.data) == 1;
    buffer_deinit(&script);
    if (!sent) {
        pause_then_connect(listener);
        return;
    }
    listener->state = SUBSCRIBING;
    pg_link_watch_writing(listener->link, PQflush(handle) == 1);
}

static void connect_again(void *argument)
{
    static const struct pg_link_owner calls = {on_opened, on_ready, on_failed};
    struct pg_listener *listener = argument;

    listener->state = CONNECTING;
    listener->link = pg_link_open(listener->loop, listener->conninfo, listener->user,
                                  listener->attempts++, &calls, listener);
}

struct pg_listener *pg_listener_create(struct loop *loop, const struct pg_options *options,
                                       const char *const *channels, size_t count, pg_woken *woken,
                                       void *argument)
{
    struct pg_listener *listener = mem_zalloc(sizeof *listener);

    listener->loop = loop;
    listener->conninfo = mem_strdup(options->conninfo);
    listener->user = options->user != NULL ? mem_strdup(options->user) : NULL;
    listener->channels = mem_array(count, sizeof *listener->channels);
    listener->count = count;
    for (size_t i = 0; i < count; i++) {
        listener->channels[i] = mem_strdup(channels[i]);
    }
    listener->woken = woken;
    listener->argument = argument;
    listener->pause = loop_timer_create(loop, connect_again, listener);
    connect_again(listener);
    return listener;
}

void pg_listener_destroy(struct pg_listener **listener)
{
    struct pg_listener *gone = *listener;

    if (gone == NULL) {
        return;
    }
    *listener = NULL;
    gone->holds++;
    gone->destroyed = true;
    pg_link_close(&gone->link);
    loop_timer_destroy(&gone->pause);
    release(gone);
}
