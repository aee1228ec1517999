#include "common/fetch/fetch.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/fetch/address.h"
#include "common/fetch/transfer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#define CONNECT_DEADLINE (5 * CLOCK_SECOND)
#define TOTAL_DEADLINE (20 * CLOCK_SECOND)
#define IDLE_CONNECTIONS 64L

struct running {
    TAILQ_ENTRY(running) next;
    struct transfer transfer;
    struct fetch_answer answer; /* filled when it stands in `finished` */
    fetch_done *done;
    void *argument;
};

TAILQ_HEAD(running_list, running);

struct fetch_client {
    struct loop *loop;
    struct fetch_options options;
    CURLM *multi;
    struct event *timer; /* libcurl's deadlines, and answers that were known at the start */
    struct running_list running;
    struct running_list finished; /* their `done` is still to run */
    bool telling;                 /* inside tell: destroy leaves the memory to it */
    bool gone;
};

static void tell(struct fetch_client *client);

static void init_once(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

void fetch_global_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_once);
}

/* --- libcurl's sockets and timer on the loop --- */

static void collect(struct fetch_client *client)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(client->multi, &left); message != NULL;
         message = curl_multi_info_read(client->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *private = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
        struct transfer *transfer = (struct transfer *)(void *)private;
        struct running *one =
            (struct running *)(void *)((char *)transfer - offsetof(struct running, transfer));
        transfer_answer(&one->transfer, code, &one->answer);
        curl_multi_remove_handle(client->multi, easy);
        TAILQ_REMOVE(&client->running, one, next);
        TAILQ_INSERT_TAIL(&client->finished, one, next);
    }
}

static void on_socket(evutil_socket_t fd, short what, void *argument)
{
    struct fetch_client *client = argument;
    int still = 0;
    int action =
        ((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(client->multi, fd, action, &still);
    collect(client);
    tell(client);
}

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
    struct fetch_client *client = argument;
    int still = 0;
    (void)fd;
    (void)what;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &still);
    collect(client);
    tell(client);
}

/* libcurl carries the event of each socket that it waits for. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *argument, void *socket_data)
{
    struct fetch_client *client = argument;
    struct event *event = socket_data;
    (void)easy;
    if (event != NULL)
        event_free(event);
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        short events = EV_PERSIST;
        events |= (what == CURL_POLL_IN || what == CURL_POLL_INOUT) ? EV_READ : 0;
        events |= (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) ? EV_WRITE : 0;
        event = event_new(loop_base(client->loop), fd, events, on_socket, client);
        if (event == NULL || event_add(event, NULL) != 0)
            abort();
    }
    curl_multi_assign(client->multi, fd, event);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *argument)
{
    struct fetch_client *client = argument;
    struct timeval delay = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    (void)multi;
    if (!TAILQ_EMPTY(&client->finished))
        delay = (struct timeval){0}; /* answers wait for the same timer */
    if (milliseconds >= 0 || !TAILQ_EMPTY(&client->finished))
        evtimer_add(client->timer, &delay);
    else
        evtimer_del(client->timer);
    return 0;
}

/* --- the client --- */

struct fetch_client *fetch_client_create(struct loop *loop, const struct fetch_options *options)
{
    fetch_global_init();
    struct fetch_client *client = mem_zalloc(sizeof *client);
    client->loop = loop;
    client->options = *options;
    if (client->options.connect_deadline == 0)
        client->options.connect_deadline = CONNECT_DEADLINE;
    if (client->options.total_deadline == 0)
        client->options.total_deadline = TOTAL_DEADLINE;
    TAILQ_INIT(&client->running);
    TAILQ_INIT(&client->finished);
    client->timer = evtimer_new(loop_base(loop), on_timer, client);
    client->multi = curl_multi_init();
    if (client->timer == NULL || client->multi == NULL)
        abort();
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    return client;
}

static void client_free(struct fetch_client *client)
{
    curl_multi_cleanup(client->multi);
    event_free(client->timer);
    mem_free(client);
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
        transfer_deinit(&one->transfer);
        one->done(&one->answer, one->argument);
        mem_free(one);
    }
    client->telling = false;
    if (client->gone)
        client_free(client);
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
        curl_multi_remove_handle(client->multi, one->transfer.easy);
        one->answer = (struct fetch_answer){.class = FETCH_BROKEN, .retry_after = -1};
        TAILQ_REMOVE(&client->running, one, next);
        TAILQ_INSERT_TAIL(&client->finished, one, next);
    }
    tell(client);
}

static void answer_soon(struct fetch_client *client, struct running *one, enum fetch_class class)
{
    struct timeval now = {0};
    one->answer = (struct fetch_answer){.class = class, .retry_after = -1};
    TAILQ_INSERT_TAIL(&client->finished, one, next);
    evtimer_add(client->timer, &now);
}

/* A request leaves now and not when the loop has its turn: the first of many does not wait until
 * the last has been made. Answers, even those known at once, wait for the loop all the same. */
static void begin(struct fetch_client *client)
{
    struct timeval now = {0};
    int still = 0;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &still);
    collect(client);
    if (!TAILQ_EMPTY(&client->finished))
        evtimer_add(client->timer, &now);
}

void fetch_start(struct fetch_client *client, const struct fetch_request *request, fetch_done *done,
                 void *argument)
{
    assert(!client->gone);
    struct running *one = mem_zalloc(sizeof *one);
    one->done = done;
    one->argument = argument;
    if (address_check_url(request->url, client->options.allow_loopback, NULL) != 0) {
        answer_soon(client, one, FETCH_REFUSED_BY_POLICY);
        return;
    }
    if (transfer_init(&one->transfer, request, &client->options) != 0 ||
        curl_multi_add_handle(client->multi, one->transfer.easy) != CURLM_OK) {
        answer_soon(client, one, FETCH_BROKEN);
        return;
    }
    one->transfer.argument = argument;
    TAILQ_INSERT_TAIL(&client->running, one, next);
    begin(client);
}
