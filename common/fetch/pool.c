#include "common/fetch/pool.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Kept open of one identity, used or not: with more than so many under way, each that ends would
 * close one. */
#define KEPT_CONNECTIONS 256L
#define SPARE_MOST 64 /* handles without a request */

/* --- libcurl's sockets and timer on the loop --- */

static struct running *running_of(CURL *easy)
{
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    return (struct running *)(void *)(private - offsetof(struct running, transfer));
}

static void collect(struct pool *pool)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(pool->multi, &left); message != NULL;
         message = curl_multi_info_read(pool->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        struct running *running = running_of(message->easy_handle);
        curl_multi_remove_handle(pool->multi, running->transfer.easy);
        pool->owner.ended(running, code);
    }
}

static void on_socket(evutil_socket_t fd, short what, void *argument)
{
    struct pool *pool = argument;
    int still = 0;
    int action =
        ((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(pool->multi, fd, action, &still);
    collect(pool);
    pool->owner.turned(pool->owner.argument);
}

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
    struct pool *pool = argument;
    int still = 0;
    (void)fd;
    (void)what;
    curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &still);
    collect(pool);
    pool->owner.turned(pool->owner.argument);
}

/* libcurl carries the event of each socket that it waits for. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *argument, void *socket_data)
{
    struct pool *pool = argument;
    struct event *event = socket_data;
    (void)easy;
    if (event != NULL)
        event_free(event);
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        short events = EV_PERSIST;
        events |= (what == CURL_POLL_IN || what == CURL_POLL_INOUT) ? EV_READ : 0;
        events |= (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) ? EV_WRITE : 0;
        event = event_new(loop_base(pool->loop), fd, events, on_socket, pool);
        if (event == NULL || event_add(event, NULL) != 0)
            abort();
    }
    curl_multi_assign(pool->multi, fd, event);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *argument)
{
    struct pool *pool = argument;
    struct timeval delay = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    (void)multi;
    if (milliseconds >= 0)
        evtimer_add(pool->timer, &delay);
    else
        evtimer_del(pool->timer);
    return 0;
}

/* --- the pool --- */

/* FNV-1a. */
uint64_t pool_hash(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

static void open_multi(struct pool *pool)
{
    pool->timer = evtimer_new(loop_base(pool->loop), on_timer, pool);
    pool->multi = curl_multi_init();
    if (pool->timer == NULL || pool->multi == NULL)
        abort();
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
}

static int read_identity(struct pool *pool, const struct fetch_request *request)
{
    if (request->pin != NULL) {
        if (!pin_valid(request->pin))
            return ERROR_INVALID;
        pool->pin = mem_strdup(request->pin);
        pool->setting.pin = pool->pin;
    }
    if (request->client_pem != NULL) {
        int error = credentials_read(request->client_pem, &pool->credentials);
        if (error != 0)
            return error;
        pool->pem = mem_strdup(request->client_pem);
        pool->setting.credentials = &pool->credentials;
    }
    return 0;
}

int fetch_pool_create(struct loop *loop, const struct fetch_request *request,
                      const struct transfer_setting *setting, const struct pool_owner *owner,
                      struct pool **created)
{
    struct pool *pool = mem_zalloc(sizeof *pool);
    const char *name = request->identity_name == NULL ? "" : request->identity_name;
    pool->loop = loop;
    pool->owner = *owner;
    pool->name = mem_strdup(name);
    pool->hash = pool_hash(name);
    pool->setting = *setting;
    TAILQ_INIT(&pool->spare);
    int error = read_identity(pool, request);
    if (error != 0) {
        fetch_pool_destroy(pool);
        return error;
    }
    open_multi(pool);
    *created = pool;
    return 0;
}

static void running_free(struct running *running)
{
    transfer_deinit(&running->transfer);
    mem_free(running);
}

void fetch_pool_destroy(struct pool *pool)
{
    while (!TAILQ_EMPTY(&pool->spare)) {
        struct running *running = TAILQ_FIRST(&pool->spare);
        TAILQ_REMOVE(&pool->spare, running, next);
        running_free(running);
    }
    if (pool->multi != NULL)
        curl_multi_cleanup(pool->multi);
    if (pool->timer != NULL)
        event_free(pool->timer);
    credentials_deinit(&pool->credentials);
    if (pool->pem != NULL)
        mem_wipe_free(pool->pem, strlen(pool->pem));
    mem_free(pool->pin);
    mem_free(pool->name);
    mem_free(pool);
}

bool pool_fits(const struct pool *pool, const struct fetch_request *request)
{
    return str_equal(pool->pem, request->client_pem) && str_equal(pool->pin, request->pin);
}

/* --- its requests --- */

struct running *pool_take(struct pool *pool)
{
    struct running *running = TAILQ_FIRST(&pool->spare);
    if (running != NULL) {
        TAILQ_REMOVE(&pool->spare, running, next);
        pool->spare_count--;
    } else {
        running = mem_zalloc(sizeof *running);
        running->pool = pool;
        if (transfer_init(&running->transfer, &pool->setting) != 0) {
            running_free(running);
            return NULL;
        }
    }
    pool->busy++;
    return running;
}

void pool_give_back(struct pool *pool, struct running *running)
{
    if (--pool->busy == 0)
        pool->idle_since = clock_monotonic();
    if (pool->spare_count >= SPARE_MOST) {
        running_free(running);
        return;
    }
    transfer_clear(&running->transfer);
    TAILQ_INSERT_HEAD(&pool->spare, running, next);
    pool->spare_count++;
}

/* A request leaves now and not when the loop has its turn: the first of many does not wait until
 * the last has been made. */
int pool_start(struct pool *pool, struct running *running)
{
    int still = 0;
    if (curl_multi_add_handle(pool->multi, running->transfer.easy) != CURLM_OK)
        return ERROR_INTERNAL;
    curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &still);
    collect(pool);
    return 0;
}

void pool_drop(struct pool *pool, struct running *running)
{
    curl_multi_remove_handle(pool->multi, running->transfer.easy);
}
