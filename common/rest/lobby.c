#include "common/rest/lobby.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "common/rest/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <sys/queue.h>

#define WAIT_MAXIMUM 30 /* seconds */
#define GAP (20 * CLOCK_MILLISECOND)
/* A call that came back with nothing to say is not looked for again at once: what it waits for may
 * be there, and held by somebody. */
#define REST (250 * CLOCK_MILLISECOND)
#define SEAT_CAP ((size_t)128) /* bytes that one seat takes in a list of them */

/* After a hint: the feeds are read up to the commit horizon, which others may still hold back. */
static const int64_t steps[] = {GAP, 50 * CLOCK_MILLISECOND, 200 * CLOCK_MILLISECOND, CLOCK_SECOND};
#define STEPS (sizeof steps / sizeof *steps)

static struct metric waiting =
    METRIC_GAUGE("emnebank_rest_waiting", "Requests that wait for something to happen.");
static struct metric turned_away = METRIC_COUNTER(
    "emnebank_rest_wait_refused_total",
    "Requests that asked to wait and were answered at once, since too many waited already.");

struct metric *const lobby_metrics[] = {&waiting, &turned_away};
const size_t lobby_metrics_count = sizeof lobby_metrics / sizeof *lobby_metrics;

/* In the call's arena. */
struct seat {
    TAILQ_ENTRY(seat) next;
    struct lobby *lobby;
    struct rest_call *call;
    int64_t number; /* nobody else ever has it */
    const char *position;
    int64_t since; /* monotonic */
    int64_t from;  /* not looked for before */
    rest_handler *news;
    rest_handler *over;
};

TAILQ_HEAD(seats, seat);

struct lobby {
    struct lobby_options options;
    struct seats seats;
    size_t count;
    int64_t number; /* the last one given */
    struct loop_timer *timer;
    int64_t looked; /* monotonic: when the last look began */
    size_t step;    /* since the last hint; STEPS: long ago */
    bool looking;   /* the database is at it */
    bool hinted;    /* while it was */
    bool draining;
    bool destroyed; /* freed with the last answer of the database */
};

/* --- who sits there --- */

static void leave(struct seat *seat)
{
    struct lobby *lobby = seat->lobby;
    TAILQ_REMOVE(&lobby->seats, seat, next);
    lobby->count--;
    metric_add(&waiting, -1);
    seat->call->waited += clock_monotonic() - seat->since;
    seat->call->seat = NULL;
}

static void end(struct seat *seat, rest_handler *handler)
{
    leave(seat);
    handler(seat->call);
}

static void client_gone(void *argument)
{
    struct rest_call *call = argument;
    call->unheard = true;
    if (call->seat != NULL)
        end(call->seat, call->seat->over);
}

static struct seat *find(const struct lobby *lobby, int64_t number)
{
    struct seat *seat;
    TAILQ_FOREACH(seat, &lobby->seats, next)
    if (seat->number == number)
        return seat;
    return NULL;
}

/* One whose time is over at `now`; NULL: none. Handlers run between two of these questions, and a
 * call that is answered may make room for others. */
static struct seat *late(const struct lobby *lobby, int64_t now)
{
    struct seat *seat;
    TAILQ_FOREACH(seat, &lobby->seats, next)
    if (lobby->draining || seat->call->wait_until <= now)
        return seat;
    return NULL;
}

static void end_late(struct lobby *lobby)
{
    const int64_t now = clock_monotonic();
    struct seat *seat;
    while ((seat = late(lobby, now)) != NULL)
        end(seat, seat->over);
}

/* --- looking for news --- */

static void plan(struct lobby *lobby)
{
    if (lobby->looking || lobby->count == 0)
        return;
    const int64_t now = clock_monotonic();
    const int64_t pause = lobby->step < STEPS ? steps[lobby->step] : lobby->options.interval;
    int64_t at = lobby->looked + pause;
    const struct seat *seat;
    TAILQ_FOREACH(seat, &lobby->seats, next)
    if (seat->call->wait_until < at)
        at = seat->call->wait_until;
    loop_timer_arm(lobby->timer, at > now ? at - now : 0);
}

static void on_news(const struct pg_outcome *outcome, void *argument)
{
    struct lobby *lobby = argument;
    lobby->looking = false;
    if (lobby->destroyed) {
        mem_free(lobby);
        return;
    }
    if (outcome->error != 0) {
        log_event(LOG_WARNING, "rest.news_failed", LOG_TEXT("error", error_name(outcome->error)),
                  LOG_TEXT("sqlstate", outcome->sqlstate));
    } else {
        const struct pg_result *rows = pg_outcome_result(outcome, 0);
        for (size_t i = 0; i < pg_rows(rows); i++) {
            struct seat *seat = find(lobby, pg_int64(rows, i, 0));
            if (seat != NULL)
                end(seat, seat->news);
        }
    }
    if (lobby->hinted)
        lobby->step = 0;
    else if (lobby->step < STEPS)
        lobby->step++;
    lobby->hinted = false;
    plan(lobby);
}

/* Ids of ours and positions of ours: digits, letters, - and : alone, so no quoting. */
static void ask(struct lobby *lobby)
{
    struct buffer numbers, organisations, positions;
    struct buffer *const lists[] = {&numbers, &organisations, &positions};
    const int64_t now = clock_monotonic();
    const struct seat *seat;
    const char *separator = "{";
    for (size_t i = 0; i < 3; i++)
        buffer_init(lists[i], (lobby->count + 1) * SEAT_CAP);
    TAILQ_FOREACH(seat, &lobby->seats, next)
    {
        if (seat->from > now)
            continue;
        buffer_printf(&numbers, "%s%" PRId64, separator, seat->number);
        buffer_printf(&organisations, "%s%s", separator, seat->call->principal.organisation);
        buffer_printf(&positions, "%s\"%s\"", separator, seat->position);
        separator = ",";
    }
    lobby->looked = now;
    if (separator[0] == ',') {
        for (size_t i = 0; i < 3; i++) {
            buffer_printf(lists[i], "}");
            assert(!buffer_full(lists[i]));
        }
        const struct pg_parameter parameters[] = {
            PG_TEXT(numbers.data), PG_TEXT(organisations.data), PG_TEXT(positions.data)};
        const struct pg_step step = {lobby->options.news, parameters, 3};
        lobby->looking = true;
        pg_run(lobby->options.pg, &(struct pg_context){0}, &step, 1, on_news, lobby);
    } else if (lobby->step < STEPS) {
        lobby->step++;
    }
    for (size_t i = 0; i < 3; i++)
        buffer_deinit(lists[i]);
}

static void look(void *argument)
{
    struct lobby *lobby = argument;
    end_late(lobby);
    const int64_t pause = lobby->step < STEPS ? steps[lobby->step] : lobby->options.interval;
    if (!lobby->looking && lobby->count > 0 && clock_monotonic() >= lobby->looked + pause)
        ask(lobby);
    plan(lobby);
}

/* --- the owner's side --- */

struct lobby *lobby_create(const struct lobby_options *options)
{
    struct lobby *lobby = mem_zalloc(sizeof *lobby);
    lobby->options = *options;
    if (lobby->options.seats == 0)
        lobby->options.seats = 256;
    if (lobby->options.per_organisation == 0)
        lobby->options.per_organisation = 8;
    if (lobby->options.interval == 0)
        lobby->options.interval = 2 * CLOCK_SECOND;
    lobby->timer = loop_timer_create(options->loop, look, lobby);
    lobby->step = STEPS;
    TAILQ_INIT(&lobby->seats);
    return lobby;
}

void lobby_wake(struct lobby *lobby)
{
    lobby->hinted = lobby->looking;
    lobby->step = 0;
    plan(lobby);
}

void lobby_drain(struct lobby *lobby)
{
    lobby->draining = true;
    end_late(lobby);
}

void lobby_destroy(struct lobby **pointer)
{
    struct lobby *lobby = *pointer;
    if (lobby == NULL)
        return;
    *pointer = NULL;
    assert(lobby->count == 0);
    loop_timer_destroy(&lobby->timer);
    lobby->destroyed = true;
    if (!lobby->looking)
        mem_free(lobby);
}

/* --- a call's side --- */

bool rest_wait(struct rest_call *call)
{
    const char *text = rest_query(call, "wait");
    int64_t seconds = 0;
    if (text != NULL && str_int64(text, 0, WAIT_MAXIMUM, &seconds) != 0) {
        rest_problem(call, "query-invalid", "wait skal være et antal sekunder fra 0 til 30.");
        return false;
    }
    call->wait_until = clock_monotonic() + seconds * CLOCK_SECOND;
    return true;
}

static bool has_room(const struct lobby *lobby, const struct rest_call *call)
{
    size_t own = 0;
    const struct seat *seat;
    TAILQ_FOREACH(seat, &lobby->seats, next)
    own += str_equal(seat->call->principal.organisation, call->principal.organisation);
    return lobby->count < lobby->options.seats && own < lobby->options.per_organisation;
}

bool rest_linger(struct rest_call *call, const char *position, rest_handler *news,
                 rest_handler *over)
{
    struct lobby *lobby = call->router->options.lobby;
    const int64_t now = clock_monotonic();
    if (lobby == NULL || lobby->draining || call->unheard || call->wait_until <= now)
        return false;
    if (!has_room(lobby, call)) {
        metric_add(&turned_away, 1);
        return false;
    }
    struct seat *seat = arena_alloc(call->arena, sizeof *seat);
    *seat = (struct seat){.lobby = lobby,
                          .call = call,
                          .number = ++lobby->number,
                          .position = arena_strdup(call->arena, position),
                          .since = now,
                          .from = call->waited > 0 ? now + REST : now,
                          .news = news,
                          .over = over};
    if (!call->watched)
        http_request_watch(call->http, client_gone, call);
    call->watched = true;
    call->seat = seat;
    TAILQ_INSERT_TAIL(&lobby->seats, seat, next);
    lobby->count++;
    metric_add(&waiting, 1);
    plan(lobby);
    return true;
}
