#include "services/daemon/front.h"

#include "common/base/mem.h"
#include "common/rest/lobby.h"
#include "common/rest/rest.h"
#include "services/access/access.h"
#include "services/daemon/database.h"
#include "services/daemon/rooms.h"
#include "services/deliver/deliver.h"
#include "services/health/health.h"
#include "services/leads/leads.h"
#include "services/orders/orders.h"
#include "services/pool/pool.h"
#include "services/shortlists/shortlists.h"

struct front {
    struct front_options options;
    struct thread *thread;
    struct loop *loop;
    struct pg_pool *pg;
    struct pg_listener *listener;
    struct lobby *lobby;
    struct rooms rooms;
    struct health health;
    struct rest_router *router;
    struct rest_router *admin; /* NULL but on the first thread */
    size_t draining;           /* servers with requests in flight */
};

static struct http_options http_settings(const struct conf *conf)
{
    return (struct http_options){
        .connections = (size_t)conf_integer(conf, "http", "connections"),
        .connections_per_address = (size_t)conf_integer(conf, "http", "connections_per_address"),
        .spool_folder = conf_text(conf, "http", "spool"),
        .spool_bytes = (size_t)conf_integer(conf, "http", "spool_mebibytes") << 20};
}

static int listen_api(struct front *front)
{
    struct rest_options options = {.loop = front->loop,
                                   .pg = front->pg,
                                   .authenticate = access_authenticate,
                                   .authenticate_state = front->rooms.access,
                                   .lobby = front->lobby,
                                   .http = http_settings(front->options.conf)};

    crypto_key_derive(keyring_find(front->options.keyring, "server"), "cursor",
                      &options.cursor_key);
    front->router = rest_router_create(&options);
    crypto_wipe(&options.cursor_key, sizeof options.cursor_key);
    rooms_add_routes(&front->rooms, front->router);
    return http_server_accept(rest_router_server(front->router), front->options.listener);
}

static int listen_admin(struct front *front)
{
    const struct rest_options options = {
        .loop = front->loop, .pg = front->pg, .http = http_settings(front->options.conf)};

    if (front->options.admin_listener < 0)
        return 0;
    front->admin = rest_router_create(&options);
    rest_router_add(front->admin, &health_routes, &front->health);
    return http_server_accept(rest_router_server(front->admin), front->options.admin_listener);
}

static void woken(const char *channel, const char *payload, void *argument)
{
    struct front *front = argument;

    (void)channel;
    (void)payload;
    lobby_wake(front->lobby);
}

static void open_lobby(struct front *front, const struct pg_options *options)
{
    static const char *const channels[] = {"emnebank_delivery"};
    const struct lobby_options lobby = {
        .loop = front->loop,
        .pg = front->pg,
        .news = deliver_news,
        .seats = (size_t)conf_integer(front->options.conf, "http", "waiting")};

    front->lobby = lobby_create(&lobby);
    front->listener = pg_listener_create(front->loop, options, channels, 1, woken, front);
}

static int start(struct loop *loop, void *state, struct error_detail *detail)
{
    struct front *front = state;
    const struct pg_options options = database_options(front->options.conf, "emnebank_front");

    (void)detail;
    front->loop = loop;
    front->health = rooms_health;
    front->pg = pg_pool_create(loop, &options);
    rooms_create(&front->rooms, front->options.conf, front->options.keyring, front->options.match,
                 front->options.suggest);
    open_lobby(front, &options);
    int error = listen_api(front);
    if (error == 0)
        error = listen_admin(front);
    return error;
}

static void one_drained(void *argument)
{
    struct front *front = argument;

    if (--front->draining == 0)
        thread_finished(front->thread);
}

static void drain(void *state)
{
    struct front *front = state;

    pg_listener_destroy(&front->listener);
    lobby_drain(front->lobby);
    front->draining = front->admin != NULL ? 2 : 1;
    http_server_drain(rest_router_server(front->router), one_drained, front);
    if (front->admin != NULL)
        http_server_drain(rest_router_server(front->admin), one_drained, front);
}

static void stop(void *state)
{
    struct front *front = state;

    pg_listener_destroy(&front->listener);
    lobby_drain(front->lobby);
    rest_router_destroy(&front->admin);
    rest_router_destroy(&front->router);
    pg_pool_destroy(&front->pg);
    lobby_destroy(&front->lobby);
    rooms_destroy(&front->rooms);
}

static const struct thread_tasks tasks = {.start = start, .drain = drain, .stop = stop};

int front_start(const struct front_options *options, struct front **front,
                struct error_detail *detail)
{
    struct front *made = mem_zalloc(sizeof *made);

    made->options = *options;
    const int error = thread_start("front", &tasks, made, &made->thread, detail);
    if (error != 0) {
        mem_free(made);
        return error;
    }
    *front = made;
    return 0;
}

void front_drain(struct front *front)
{
    thread_drain(front->thread);
}

void front_join(struct front **front, int64_t deadline)
{
    if (*front == NULL)
        return;
    thread_join(&(*front)->thread, deadline);
    mem_free(*front);
    *front = NULL;
}
