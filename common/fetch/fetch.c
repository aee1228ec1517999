#include "common/fetch/fetch.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/fetch/address.h"
#include "common/fetch/pool.h"
#include "common/fetch/transfer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define CONNECT_DEADLINE (5 * CLOCK_SECOND)
#define HEAD_DEADLINE (15 * CLOCK_SECOND)
#define BODY_DEADLINE (10 * CLOCK_SECOND)
#define TOTAL_DEADLINE (20 * CLOCK_SECOND)
#define IDLE_DEADLINE (60 * CLOCK_SECOND)
#define PHASES (FETCH_PHASE_BODY + 1)

struct fetch_client {
    struct loop *loop;
    struct fetch_options options;
    char *authorities;   /* a file or a folder; NULL: libcurl's own file */
    bool authorities_in; /* it is a folder */
    struct own own;
    struct pool_list pools; /* the latest used first */
    struct pool_list past;  /* of identities that have another certificate or pin by now */
    size_t pool_count;
    struct loop_timer *sweep; /* closes pools that nobody used for long */
    bool sweeping;
    /* Those whose phase must end in time, by phase; the first is due first. */
    struct running_list watched[PHASES];
    struct loop_timer *watch;
    int64_t watch_at; /* monotonic; 0: not armed */
    struct running_list running;
    struct running_list finished; /* their `done` is still to run */
    struct loop_timer *soon;      /* runs it */
    bool telling;                 /* inside tell: destroy leaves the memory to it */
    bool gone;
};

static void tell(struct fetch_client *client);

static void init_once(void)
{
    if (crypto_init() != 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

void fetch_global_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_once);
}

static void finish(struct fetch_client *client, struct running *one)
{
    TAILQ_REMOVE(&client->running, one, next);
    TAILQ_INSERT_TAIL(&client->finished, one, next);
}

/* --- deadlines of a phase --- */

static void unwatch(struct fetch_client *client, struct running *one)
{
    if (one->due != 0)
        TAILQ_REMOVE(&client->watched[one->watched], one, next_due);
    one->due = 0;
}

static void watch_from(struct fetch_client *client, int64_t at, int64_t now)
{
    if (client->watch_at != 0 && client->watch_at <= at)
        return; /* it looks again then */
    client->watch_at = at;
    loop_timer_arm(client->watch, at > now ? at - now : 0);
}

static void on_phase(struct transfer *transfer)
{
    struct running *one =
        (struct running *)(void *)((char *)transfer - offsetof(struct running, transfer));
    struct fetch_client *client = one->pool->owner.argument;
    const int64_t now = clock_monotonic();
    unwatch(client, one);
    one->watched = transfer->phase;
    one->due = now + (transfer->phase == FETCH_PHASE_HEAD ? client->options.head_deadline
                                                          : client->options.body_deadline);
    TAILQ_INSERT_TAIL(&client->watched[one->watched], one, next_due);
    watch_from(client, one->due, now);
}

static void on_watch(void *argument)
{
    struct fetch_client *client = argument;
    const int64_t now = clock_monotonic();
    client->watch_at = 0;
    for (size_t phase = 0; phase < PHASES; phase++) {
        struct running *one = TAILQ_FIRST(&client->watched[phase]);
        for (; one != NULL && one->due <= now; one = TAILQ_FIRST(&client->watched[phase])) {
            unwatch(client, one);
            pool_drop(one->pool, one);
            transfer_answer(&one->transfer, CURLE_OPERATION_TIMEDOUT, &one->answer);
            finish(client, one);
        }
        if (one != NULL)
            watch_from(client, one->due, now);
    }
    tell(client);
}

/* --- what ends --- */

static void on_ended(struct running *one, CURLcode code)
{
    struct fetch_client *client = one->pool->owner.argument;
    unwatch(client, one);
    transfer_answer(&one->transfer, code, &one->answer);
    finish(client, one);
}

static void on_turned(void *argument)
{
    tell(argument);
}

static void on_soon(void *argument)
{
    tell(argument);
}

/* Says how many it was. */
static size_t drop_pools(struct pool_list *pools, int64_t idle_before)
{
    size_t count = 0;
    struct pool *pool = TAILQ_FIRST(pools);
    while (pool != NULL) {
        struct pool *after = TAILQ_NEXT(pool, next);
        if (pool->busy == 0 && pool->idle_since <= idle_before) {
            TAILQ_REMOVE(pools, pool, next);
            fetch_pool_destroy(pool);
            count++;
        }
        pool = after;
    }
    return count;
}

static void sweep_later(struct fetch_client *client)
{
    if (client->sweeping)
        return;
    client->sweeping = true;
    loop_timer_arm(client->sweep, client->options.idle_deadline / 2);
}

static void on_sweep(void *argument)
{
    struct fetch_client *client = argument;
    const int64_t now = clock_monotonic();
    client->sweeping = false;
    client->pool_count -= drop_pools(&client->pools, now - client->options.idle_deadline);
    (void)drop_pools(&client->past, now);
    if (!TAILQ_EMPTY(&client->pools) || !TAILQ_EMPTY(&client->past))
        sweep_later(client);
}

static void client_free(struct fetch_client *client)
{
    client->pool_count -= drop_pools(&client->pools, INT64_MAX);
    (void)drop_pools(&client->past, INT64_MAX);
    loop_timer_destroy(&client->sweep);
    loop_timer_destroy(&client->watch);
    loop_timer_destroy(&client->soon);
    own_deinit(&client->own);
    mem_free(client->authorities);
    mem_free(client);
}

static void release(struct running *one)
{
    if (one->pool != NULL)
        pool_give_back(one->pool, one);
    else
        mem_free(one);
}

/* Runs what is finished. A `done` may start new requests or destroy the client. */
static void tell(struct fetch_client *client)
{
    if (client->telling)
        return;
    client->telling = true;
    while (!TAILQ_EMPTY(&client->finished)) {
        struct running *one = TAILQ_FIRST(&client->finished);
        TAILQ_REMOVE(&client->finished, one, next);
        one->done(&one->answer, one->argument);
        release(one);
    }
    client->telling = false;
    if (client->gone)
        client_free(client);
}

/* --- the client --- */

static int64_t or_default(int64_t given, int64_t otherwise)
{
    return given == 0 ? otherwise : given;
}

/* The system's are in a folder wherever libcurl was built to know of one (Debian). */
static void find_authorities(struct fetch_client *client, const char *given)
{
    struct stat about;
    const char *path = given != NULL ? given : curl_version_info(CURLVERSION_NOW)->capath;
    if (path == NULL)
        return;
    client->authorities = mem_strdup(path);
    client->authorities_in = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

struct fetch_client *fetch_client_create(struct loop *loop, const struct fetch_options *options)
{
    fetch_global_init();
    struct fetch_client *client = mem_zalloc(sizeof *client);
    struct fetch_options *own = &client->options;
    client->loop = loop;
    *own = *options;
    own->connect_deadline = or_default(own->connect_deadline, CONNECT_DEADLINE);
    own->head_deadline = or_default(own->head_deadline, HEAD_DEADLINE);
    own->body_deadline = or_default(own->body_deadline, BODY_DEADLINE);
    own->total_deadline = or_default(own->total_deadline, TOTAL_DEADLINE);
    own->idle_deadline = or_default(own->idle_deadline, IDLE_DEADLINE);
    find_authorities(client, options->ca_file);
    TAILQ_INIT(&client->pools);
    TAILQ_INIT(&client->past);
    TAILQ_INIT(&client->running);
    TAILQ_INIT(&client->finished);
    for (size_t phase = 0; phase < PHASES; phase++)
        TAILQ_INIT(&client->watched[phase]);
    client->sweep = loop_timer_create(loop, on_sweep, client);
    client->watch = loop_timer_create(loop, on_watch, client);
    client->soon = loop_timer_create(loop, on_soon, client);
    return client;
}

void fetch_client_destroy(struct fetch_client **pointer)
{
    struct fetch_client *client = *pointer;
    if (client == NULL)
        return;
    *pointer = NULL;
    client->gone = true;
    while (!TAILQ_EMPTY(&client->running)) {
        struct running *one = TAILQ_FIRST(&client->running);
        unwatch(client, one);
        pool_drop(one->pool, one);
        one->answer = (struct fetch_answer){
            .class = FETCH_BROKEN, .phase = one->transfer.phase, .retry_after = -1};
        finish(client, one);
    }
    tell(client);
}

/* --- whose connections --- */

static struct pool *pool_open(struct fetch_client *client, const struct fetch_request *request)
{
    const bool in = client->authorities_in;
    const struct transfer_setting setting = {.allow_loopback = client->options.allow_loopback,
                                             .connect_deadline = client->options.connect_deadline,
                                             .total_deadline = client->options.total_deadline,
                                             .ca_folder = in ? client->authorities : NULL,
                                             .ca_file = in ? NULL : client->authorities,
                                             .own = &client->own,
                                             .on_phase = on_phase};
    const struct pool_owner owner = {.ended = on_ended, .turned = on_turned, .argument = client};
    struct pool *pool = NULL;
    if (fetch_pool_create(client->loop, request, &setting, &owner, &pool) != 0)
        return NULL;
    client->pool_count++;
    TAILQ_INSERT_HEAD(&client->pools, pool, next);
    sweep_later(client);
    return pool;
}

/* Room for one more: the one that was used longest ago and is not in use now makes it. Those in
 * use are as many as the caller's requests at most. */
static void make_room(struct fetch_client *client)
{
    struct pool *pool = TAILQ_LAST(&client->pools, pool_list);
    while (pool != NULL && client->pool_count >= FETCH_IDENTITIES) {
        struct pool *before = TAILQ_PREV(pool, pool_list, next);
        if (pool->busy == 0) {
            TAILQ_REMOVE(&client->pools, pool, next);
            client->pool_count--;
            fetch_pool_destroy(pool);
        }
        pool = before;
    }
}

static struct pool *pool_find(struct fetch_client *client, const char *name)
{
    const uint64_t hash = pool_hash(name);
    struct pool *pool = NULL;
    TAILQ_FOREACH(pool, &client->pools, next)
    {
        if (pool->hash == hash && str_equal(pool->name, name))
            break;
    }
    return pool;
}

/* The identity's own; NULL when it cannot be what it says it is. A new certificate or pin never
 * meets a connection that was made without it. */
static struct pool *pool_for(struct fetch_client *client, const struct fetch_request *request)
{
    struct pool *pool =
        pool_find(client, request->identity_name == NULL ? "" : request->identity_name);
    if (pool != NULL && pool_fits(pool, request)) {
        if (pool != TAILQ_FIRST(&client->pools)) {
            TAILQ_REMOVE(&client->pools, pool, next);
            TAILQ_INSERT_HEAD(&client->pools, pool, next);
        }
        return pool;
    }
    if (pool != NULL) {
        TAILQ_REMOVE(&client->pools, pool, next);
        TAILQ_INSERT_TAIL(&client->past, pool, next);
        client->pool_count--;
        (void)drop_pools(&client->past, INT64_MAX); /* at once, if nothing runs in it */
    }
    make_room(client);
    return pool_open(client, request);
}

/* --- requests --- */

static void answer_soon(struct fetch_client *client, struct running *one, enum fetch_class class)
{
    one->answer = (struct fetch_answer){.class = class, .retry_after = -1};
    TAILQ_INSERT_TAIL(&client->finished, one, next);
    loop_timer_arm(client->soon, 0);
}

/* A certificate or a pin is for TLS, and for somebody: never on the connections of all. */
static bool identity_sound(const struct fetch_request *request)
{
    const bool asked = request->client_pem != NULL || request->pin != NULL;
    return !asked || (request->identity_name != NULL && request->identity_name[0] != '\0' &&
                      strncasecmp(request->url, "https://", 8) == 0);
}

static void refuse(struct fetch_client *client, fetch_done *done, void *argument,
                   enum fetch_class class)
{
    struct running *one = mem_zalloc(sizeof *one);
    one->done = done;
    one->argument = argument;
    answer_soon(client, one, class);
}

void fetch_start(struct fetch_client *client, const struct fetch_request *request, fetch_done *done,
                 void *argument)
{
    assert(!client->gone);
    if (address_check_url(request->url, client->options.allow_loopback, NULL) != 0) {
        refuse(client, done, argument, FETCH_REFUSED_BY_POLICY);
        return;
    }
    struct pool *pool = identity_sound(request) ? pool_for(client, request) : NULL;
    if (pool == NULL) {
        refuse(client, done, argument, FETCH_TLS);
        return;
    }
    struct running *one = pool_take(pool);
    if (one == NULL) {
        refuse(client, done, argument, FETCH_BROKEN);
        return;
    }
    one->done = done;
    one->argument = argument;
    if (transfer_set(&one->transfer, request, argument) != 0) {
        answer_soon(client, one, FETCH_BROKEN);
        return;
    }
    TAILQ_INSERT_TAIL(&client->running, one, next);
    if (pool_start(pool, one) != 0) {
        TAILQ_REMOVE(&client->running, one, next);
        answer_soon(client, one, FETCH_BROKEN);
    } else if (!TAILQ_EMPTY(&client->finished)) {
        loop_timer_arm(client->soon, 0);
    }
}
