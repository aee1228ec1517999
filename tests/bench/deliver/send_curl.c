#include "common/base/arena.h"
#include "common/crypto/crypto.h"
#include "tests/bench/deliver/send.h"
#include "tests/bench/deliver/wire.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define ARENA_CAP ((size_t)1 << 20)
#define BODY_CAP 1024
#define SECRET_SIZE 32

struct connection {
    CURL *easy;
    struct curl_slist *headers;
    char body[BODY_CAP];
};

struct curl_sender {
    CURLM *multi;
    int epoll;
    int64_t timer_at; /* 0: none */
    struct arena *arena;
    const struct plan *plan;
    uint64_t made;
    struct meter meter;
    bool over;
    struct connection connections[SEND_CONNECTIONS_CAP];
};

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *argument, void *known)
{
    const struct curl_sender *sender = argument;
    struct epoll_event event = {.data.fd = socket};
    (void)easy;
    event.events |= what == CURL_POLL_IN || what == CURL_POLL_INOUT ? EPOLLIN : 0;
    event.events |= what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? EPOLLOUT : 0;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(sender->epoll, EPOLL_CTL_DEL, socket, NULL);
    } else if (epoll_ctl(sender->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket,
                         &event) != 0) {
        fail("epoll_ctl");
    }
    curl_multi_assign(sender->multi, socket, what == CURL_POLL_REMOVE ? NULL : argument);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *argument)
{
    struct curl_sender *sender = argument;
    (void)multi;
    sender->timer_at = milliseconds < 0 ? 0 : now_ns() + milliseconds * 1000000;
    return 0;
}

static size_t ignore_body(char *bytes, size_t size, size_t count, void *argument)
{
    (void)bytes;
    (void)argument;
    return size * count;
}

static struct curl_slist *header(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        fail("curl_slist_append");
    return longer;
}

static char *signature(struct arena *arena, const char *id, long long at, const char *body)
{
    static const uint8_t secret[SECRET_SIZE];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const char *content = arena_printf(arena, "%s.%lld.%s", id, at, body);
    crypto_hmac(secret, sizeof secret, content, strlen(content), digest);
    return crypto_base64(arena, digest, sizeof digest);
}

/* The next event on a connection: an id of its own, signed now. */
static void start(struct curl_sender *sender, struct connection *connection)
{
    char id[64];
    const long long at = time(NULL);
    const int length = snprintf(
        connection->body, sizeof connection->body,
        "{\"type\":\"entry.changed\",\"timestamp\":\"2026-11-23T08:00:00.000000Z\",\"schema_"
        "version\":1,\"data\":%s}",
        sender->plan->data);
    snprintf(id, sizeof id, "msg_0190d3e0-5f6a-7c11-8a53-%012llu",
             (unsigned long long)sender->made++);
    curl_slist_free_all(connection->headers);
    arena_reset(sender->arena);
    struct curl_slist *list = header(NULL, "Expect:");
    list = header(list, "content-type: application/json");
    list = header(list, arena_printf(sender->arena, "webhook-id: %s", id));
    list = header(list, arena_printf(sender->arena, "webhook-timestamp: %lld", at));
    list = header(list, arena_printf(sender->arena, "webhook-signature: v1,%s",
                                     signature(sender->arena, id, at, connection->body)));
    connection->headers = list;
    curl_easy_setopt(connection->easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(connection->easy, CURLOPT_POSTFIELDS, connection->body);
    curl_easy_setopt(connection->easy, CURLOPT_POSTFIELDSIZE, (long)length);
    if (curl_multi_add_handle(sender->multi, connection->easy) != CURLM_OK)
        fail("curl_multi_add_handle");
}

static void open_connection(struct curl_sender *sender, size_t index)
{
    struct connection *connection = &sender->connections[index];
    const struct plan *plan = sender->plan;
    char url[64];
    snprintf(url, sizeof url, "http%s://127.0.0.1:%d/hooks", plan->ca == NULL ? "" : "s",
             plan->ports[index % plan->port_count]);
    CURL *easy = connection->easy = curl_easy_init();
    if (easy == NULL)
        fail("curl_easy_init");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "emnebank/0.1");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_body);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, connection);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (plan->ca != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, plan->ca);
    start(sender, connection);
}

static void collect(struct curl_sender *sender)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(sender->multi, &left); message != NULL;
         message = curl_multi_info_read(sender->multi, &left)) {
        CURL *const easy = message->easy_handle;
        char *private = NULL;
        long status = 0;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result != CURLE_OK || status != 200)
            fail(curl_easy_strerror(message->data.result));
        sender->over = !meter_count(&sender->meter) || sender->over;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
        curl_multi_remove_handle(sender->multi, easy);
        start(sender, (struct connection *)(void *)private);
    }
}

static void drive(struct curl_sender *sender)
{
    struct epoll_event events[64];
    int still = 0;
    while (!sender->over) {
        const int wait = sender->timer_at == 0 ? 1000 : sender->timer_at <= now_ns() ? 0 : 1;
        const int ready = epoll_wait(sender->epoll, events, 64, wait);
        for (int i = 0; i < ready; i++) {
            const int action =
                ((events[i].events & ~(uint32_t)EPOLLOUT) != 0 ? CURL_CSELECT_IN : 0) |
                ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(sender->multi, events[i].data.fd, action, &still);
        }
        if (sender->timer_at != 0 && sender->timer_at <= now_ns()) {
            sender->timer_at = 0;
            curl_multi_socket_action(sender->multi, CURL_SOCKET_TIMEOUT, 0, &still);
        }
        collect(sender);
    }
}

struct meter send_curl(const struct plan *plan)
{
    static struct curl_sender sender;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || crypto_init() != 0)
        fail("libraries");
    sender = (struct curl_sender){.plan = plan,
                                  .meter = meter_start(plan),
                                  .multi = curl_multi_init(),
                                  .epoll = epoll_create1(EPOLL_CLOEXEC),
                                  .arena = arena_create(ARENA_CAP)};
    curl_multi_setopt(sender.multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(sender.multi, CURLMOPT_SOCKETDATA, &sender);
    curl_multi_setopt(sender.multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(sender.multi, CURLMOPT_TIMERDATA, &sender);
    curl_multi_setopt(sender.multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(sender.multi, CURLMOPT_MAXCONNECTS, (long)SEND_CONNECTIONS_CAP);
    for (size_t i = 0; i < plan->connections && i < SEND_CONNECTIONS_CAP; i++)
        open_connection(&sender, i);
    drive(&sender);
    for (size_t i = 0; i < plan->connections && i < SEND_CONNECTIONS_CAP; i++) {
        curl_multi_remove_handle(sender.multi, sender.connections[i].easy);
        curl_easy_cleanup(sender.connections[i].easy);
        curl_slist_free_all(sender.connections[i].headers);
    }
    curl_multi_cleanup(sender.multi);
    arena_destroy(&sender.arena);
    return sender.meter;
}
