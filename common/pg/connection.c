#include "common/pg/connection.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "common/pg/link.h"
#include "common/pg/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#define CLEANING_DEADLINE (5 * CLOCK_SECOND)
#define IDLE_READS 8

enum state {
    CONNECTING, /* not usable yet */
    IDLE,       /* in the pool, no transaction, no tenant */
    RUNNING,    /* a batch is in the pipeline */
    CLEANING,   /* the batch is concluded; ROLLBACK and the check of the tenant are under way */
    LOST,       /* told to the pool */
};

struct pg_connection {
    const struct pg_connection_owner *calls;
    void *pool;
    struct pg_link *link;
    struct pg_pipeline pipeline;
    struct loop_timer *deadline;
    enum state state;
    struct pg_batch *batch; /* RUNNING only */
};

static bool move_is_legal(enum state from, enum state to)
{
    switch (to) {
    case CONNECTING:
        return false;
    case IDLE:
        return from == CONNECTING || from == RUNNING || from == CLEANING;
    case RUNNING:
        return from == IDLE;
    case CLEANING:
        return from == RUNNING;
    case LOST:
        return from != LOST;
    }
    return false;
}

static void move(struct pg_connection *connection, enum state to)
{
    assert(move_is_legal(connection->state, to));
    (void)move_is_legal;
    connection->state = to;
}

/* Tells the pool, which destroys the connection: touch nothing afterwards. */
static void lose(struct pg_connection *connection, const char *reason)
{
    bool before_use = connection->state == CONNECTING;

    log_event(LOG_WARNING, before_use ? "pg.connect_failed" : "pg.connection_lost",
              LOG_TEXT("reason", reason));
    move(connection, LOST);
    connection->calls->lost(connection->pool, connection, before_use);
}

static void lose_broken(struct pg_connection *connection)
{
    lose(connection, pg_link_reason(connection->link));
}

/* Writes what the socket takes, and watches it for the rest. */
static void flush(struct pg_connection *connection)
{
    bool more = PQflush(connection->pipeline.handle) == 1;
    pg_link_watch_writing(connection->link, more);
}

static void hand_back(struct pg_connection *connection)
{
    struct pg_batch *batch = connection->batch;

    connection->batch = NULL;
    loop_timer_disarm(connection->deadline);
    connection->calls->concluded(connection->pool, batch);
}

static void become_idle(struct pg_connection *connection)
{
    loop_timer_disarm(connection->deadline);
    if (connection->pipeline.doubtful ||
        PQtransactionStatus(connection->pipeline.handle) != PQTRANS_IDLE) {
        lose(connection, "in doubt");
        return;
    }
    move(connection, IDLE);
    connection->calls->usable(connection->pool, connection);
}

/* Leaves no transaction behind and, in debug builds, proves that no tenant is. */
static void clean(struct pg_connection *connection)
{
    bool nothing = false;

    if (connection->pipeline.doubtful) {
        lose(connection, "in doubt");
    } else if (!pg_pipeline_send_cleaning(&connection->pipeline, &nothing)) {
        lose_broken(connection);
    } else if (nothing) {
        become_idle(connection);
    } else {
        move(connection, CLEANING);
        loop_timer_arm(connection->deadline, CLEANING_DEADLINE);
        flush(connection);
    }
}

static void conclude(struct pg_connection *connection)
{
    struct pg_batch *batch = connection->batch;

    if (!batch->committed) {
        /* Without an error, COMMIT answered ROLLBACK or something that we do not understand. */
        pg_batch_fail(batch, connection->pipeline.doubtful ? ERROR_UNCERTAIN : ERROR_INTERNAL);
    }
    hand_back(connection);
    clean(connection);
}

static void read_idle(struct pg_connection *connection)
{
    PGconn *handle = connection->pipeline.handle;
    bool alive = PQconsumeInput(handle) == 1 && PQisBusy(handle) == 0;
    PGnotify *notify = NULL;

    while ((notify = PQnotifies(handle)) != NULL) {
        PQfreemem(notify); /* nobody listens here */
    }
    if (!alive || PQstatus(handle) == CONNECTION_BAD) {
        lose_broken(connection);
    }
}

static void read_pipeline(struct pg_connection *connection)
{
    bool alive = PQconsumeInput(connection->pipeline.handle) == 1;
    enum pg_reading reading = pg_pipeline_read(&connection->pipeline, connection->batch);

    if (reading == PG_READING_BROKEN || (!alive && reading == PG_READING_MORE)) {
        lose_broken(connection);
    } else if (reading == PG_READING_MORE) {
        flush(connection);
    } else if (connection->state == RUNNING) {
        conclude(connection);
    } else {
        become_idle(connection);
    }
}

static void on_ready(void *owner)
{
    struct pg_connection *connection = owner;

    if (connection->state == IDLE) {
        read_idle(connection);
    } else {
        read_pipeline(connection);
    }
}

static void on_opened(void *owner)
{
    struct pg_connection *connection = owner;

    pg_pipeline_init(&connection->pipeline, pg_link_handle(connection->link));
    if (PQenterPipelineMode(connection->pipeline.handle) == 1) {
        become_idle(connection);
    } else {
        lose_broken(connection);
    }
}

static void on_failed(void *owner)
{
    lose_broken(owner);
}

static void on_deadline(void *argument)
{
    lose(argument, "deadline");
}

struct pg_connection *pg_connection_create(struct loop *loop, const char *conninfo,
                                           const char *user, size_t attempt,
                                           const struct pg_connection_owner *calls, void *pool)
{
    static const struct pg_link_owner link_calls = {on_opened, on_ready, on_failed};
    struct pg_connection *connection = mem_zalloc(sizeof *connection);

    connection->calls = calls;
    connection->pool = pool;
    connection->deadline = loop_timer_create(loop, on_deadline, connection);
    connection->link = pg_link_open(loop, conninfo, user, attempt, &link_calls, connection);
    return connection;
}

void pg_connection_destroy(struct pg_connection **connection)
{
    struct pg_connection *gone = *connection;

    if (gone == NULL) {
        return;
    }
    *connection = NULL;
    if (gone->batch != NULL) {
        /* Everything was sent at once, COMMIT too, so only an answer could have told. */
        if (!gone->batch->committed) {
            pg_batch_fail(gone->batch, ERROR_UNCERTAIN);
        }
        hand_back(gone);
    }
    pg_pipeline_deinit(&gone->pipeline);
    pg_link_close(&gone->link);
    loop_timer_destroy(&gone->deadline);
    mem_free(gone);
}

bool pg_connection_idle(const struct pg_connection *connection)
{
    return connection->state == IDLE;
}

bool pg_connection_connecting(const struct pg_connection *connection)
{
    return connection->state == CONNECTING;
}

/* A server that went away while we were idle has said so, by a message, the end of the stream, or
 * both: whoever reads all of it before sending need not be uncertain afterwards. */
static bool is_alive(PGconn *handle)
{
    for (unsigned i = 0; i < IDLE_READS; i++) {
        char byte = 0;
        if (PQconsumeInput(handle) != 1 || PQisBusy(handle) || PQstatus(handle) == CONNECTION_BAD) {
            return false;
        }
        ssize_t waiting = recv(PQsocket(handle), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (waiting <= 0) {
            return waiting < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        }
    }
    return false; /* a server that does not stop talking to nobody */
}

bool pg_connection_run(struct pg_connection *connection, struct pg_batch *batch)
{
    assert(connection->state == IDLE);
    if (!is_alive(connection->pipeline.handle)) {
        return false;
    }
    move(connection, RUNNING);
    connection->batch = batch;
    if (pg_pipeline_send_batch(&connection->pipeline, batch)) {
        int64_t left = batch->deadline - clock_monotonic();
        loop_timer_arm(connection->deadline, left > 0 ? left : 0);
        flush(connection);
        return true;
    }
    /* libpq refuses the batch itself, such as one with too many parameters. */
    pg_batch_fail(batch, batch->commit_sent ? ERROR_UNCERTAIN : ERROR_INTERNAL);
    loop_timer_arm(connection->deadline, 0);
    return true;
}
