/*
 * Durable orders a second (G10), over our HTTP API and by a libpq pipeline:
 *
 *     bench_deliver_orders http --port N --key KEY --body FILE [--clients N] [--milliseconds N]
 *     bench_deliver_orders pipeline --conninfo TEXT --tenant UUID --actor UUID --body FILE
 *                                   [--batch N] [--milliseconds N] [--bare]
 *
 * prints "ORDERS SECONDS", and of http "P50 P99" in milliseconds and how many were accepted in all.
 * The pipeline asks the product's own statement (sql/statements/orders/create.sql) with the same
 * order, --batch of them in each transaction on one connection. --bare: a row with the order's JSON
 * into a table of its own instead, which is what PostgreSQL gives without anything of ours.
 */
#include "sql/orders_sql.h"
#include "tests/bench/deliver/wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLIENTS_CAP 256
#define ANSWER_CAP ((size_t)64 << 10)
#define REQUEST_CAP ((size_t)16 << 10)
#define BATCH_CAP 1024
#define TIMES_CAP ((size_t)1 << 20)

struct load {
    bool http, bare;
    int port;
    const char *key, *conninfo, *tenant, *actor;
    char *body;
    size_t clients, batch;
    int64_t duration;
    uint64_t made; /* for keys that are never the same */
};

static void next_key(struct load *load, char text[64])
{
    snprintf(text, 64, "bench-%d-%" PRId64 "-%" PRIu64, getpid(), now_ns(), load->made++);
}

/* --- over HTTP --- */

struct client {
    struct wire wire;
    int64_t sent;
    char answer[ANSWER_CAP];
    size_t length;
};

static void post(struct load *load, struct client *client)
{
    char request[REQUEST_CAP];
    char key[64];
    next_key(load, key);
    const int length = snprintf(request, sizeof request,
                                "POST /v1/job-orders HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                                "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                                "Idempotency-Key: \"%s\"\r\nContent-Length: %zu\r\n\r\n%s",
                                load->port, load->key, key, strlen(load->body), load->body);
    client->length = 0;
    client->sent = now_ns();
    if (length < 0 || (size_t)length >= sizeof request ||
        wire_write(&client->wire, request, (size_t)length) != 0)
        fail("post");
}

static bool accepted(struct client *client)
{
    const ssize_t got = wire_read(&client->wire, client->answer + client->length,
                                  sizeof client->answer - client->length - 1);
    if (got < 0)
        fail("the daemon has closed");
    client->length += (size_t)got;
    client->answer[client->length] = '\0';
    if (message_length(client->answer, client->length) == 0)
        return false;
    if (strncmp(client->answer, "HTTP/1.1 201 ", 13) != 0) {
        fprintf(stderr, "%s\n", client->answer);
        exit(EXIT_FAILURE);
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void by_http(struct load *load)
{
    static struct client clients[CLIENTS_CAP];
    static int64_t times[TIMES_CAP];
    size_t count = 0;
    struct epoll_event events[64];
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < load->clients; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        wire_connect(&clients[i].wire, load->port, NULL);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].wire.socket, &event) != 0)
            fail("epoll_ctl");
        post(load, &clients[i]);
    }
    const int64_t begun = now_ns();
    size_t total = 0;
    /* What is on its way when the time is over is waited for, and counted by itself. */
    for (size_t waiting = load->clients; waiting > 0;) {
        const int ready = epoll_wait(epoll, events, 64, 100);
        const bool on = now_ns() < begun + load->duration && count < TIMES_CAP - 64;
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!accepted(client))
                continue;
            total++;
            if (on)
                times[count++] = now_ns() - client->sent;
            if (on)
                post(load, client);
            else
                waiting--;
        }
    }
    const double seconds = (double)load->duration / 1e9;
    qsort(times, count, sizeof *times, ascending);
    printf("%zu %.6f %.3f %.3f %zu\n", count, seconds,
           count > 0 ? (double)times[count / 2] / 1e6 : 0.0,
           count > 0 ? (double)times[count * 99 / 100] / 1e6 : 0.0, total);
}

/* --- by a pipeline --- */

static void must(PGconn *connection, bool good)
{
    if (!good) {
        fputs(PQerrorMessage(connection), stderr);
        exit(EXIT_FAILURE);
    }
}

static void prepare(PGconn *connection, const char *name, const char *text)
{
    PGresult *result = PQprepare(connection, name, text, 0, NULL);
    must(connection, PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
}

static void send_order(PGconn *connection, struct load *load)
{
    char key[64];
    next_key(load, key);
    const char *const bare[] = {load->body};
    const char *const values[] = {"POST",
                                  "/v1/job-orders",
                                  key,
                                  key,
                                  load->body,
                                  "2026-11-23T08:00:00Z",
                                  "2026-11-23T15:00:00Z"};
    must(connection, load->bare
                         ? PQsendQueryPrepared(connection, "order", 1, bare, NULL, NULL, 0) == 1
                         : PQsendQueryPrepared(connection, "order", 7, values, NULL, NULL, 0) == 1);
}

/* One transaction: BEGIN, who acts, the orders, COMMIT. One read of all answers at its end. */
static void run_transaction(PGconn *connection, struct load *load)
{
    const char *const who[] = {load->tenant, load->actor};
    must(connection, PQsendQueryPrepared(connection, "begin", 0, NULL, NULL, NULL, 0) == 1);
    must(connection, PQsendQueryPrepared(connection, "who", 2, who, NULL, NULL, 0) == 1);
    for (size_t i = 0; i < load->batch; i++)
        send_order(connection, load);
    must(connection, PQsendQueryPrepared(connection, "commit", 0, NULL, NULL, NULL, 0) == 1);
    must(connection, PQpipelineSync(connection) == 1);
    for (bool synced = false; !synced;) {
        PGresult *result = PQgetResult(connection);
        const ExecStatusType status = result == NULL ? PGRES_EMPTY_QUERY : PQresultStatus(result);
        synced = status == PGRES_PIPELINE_SYNC;
        must(connection,
             result == NULL || synced || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK);
        PQclear(result);
    }
}

static void by_pipeline(struct load *load)
{
    PGconn *connection = PQconnectdb(load->conninfo);
    uint64_t count = 0;
    must(connection, PQstatus(connection) == CONNECTION_OK);
    prepare(connection, "begin", "BEGIN");
    prepare(connection, "commit", "COMMIT");
    prepare(connection, "who",
            "SELECT set_config('app.tenant', $1, true), set_config('app.actor', $2, true),"
            " set_config('app.purpose', 'bench', true)");
    prepare(connection, "order",
            load->bare ? "INSERT INTO public.bench_order (body) VALUES ($1::jsonb)"
                       : orders_sql_create.text);
    must(connection, PQenterPipelineMode(connection) == 1);
    run_transaction(connection, load); /* plans are made */
    const int64_t begun = now_ns();
    for (; now_ns() < begun + load->duration; count += load->batch)
        run_transaction(connection, load);
    printf("%" PRIu64 " %.6f\n", count, (double)(now_ns() - begun) / 1e9);
    PQfinish(connection);
}

/* --- arguments --- */

static char *read_file(const char *path)
{
    static char bytes[REQUEST_CAP / 2];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail(path);
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
    fclose(file);
    return bytes;
}

static void read_load(struct load *load, int count, char **arguments)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"body", required_argument, NULL, 'b'},
                                            {"clients", required_argument, NULL, 'c'},
                                            {"milliseconds", required_argument, NULL, 'm'},
                                            {"conninfo", required_argument, NULL, 'i'},
                                            {"tenant", required_argument, NULL, 't'},
                                            {"actor", required_argument, NULL, 'a'},
                                            {"batch", required_argument, NULL, 'n'},
                                            {"bare", no_argument, NULL, 'x'},
                                            {0}};
    for (int option = getopt_long(count, arguments, "", options, NULL); option != -1;
         option = getopt_long(count, arguments, "", options, NULL)) {
        switch (option) {
        case 'p':
            load->port = atoi(optarg);
            break;
        case 'k':
            load->key = optarg;
            break;
        case 'b':
            load->body = read_file(optarg);
            break;
        case 'c':
            load->clients = strtoul(optarg, NULL, 10);
            break;
        case 'm':
            load->duration = strtoll(optarg, NULL, 10) * 1000000;
            break;
        case 'i':
            load->conninfo = optarg;
            break;
        case 't':
            load->tenant = optarg;
            break;
        case 'a':
            load->actor = optarg;
            break;
        case 'n':
            load->batch = strtoul(optarg, NULL, 10);
            break;
        case 'x':
            load->bare = true;
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    load->http = optind < count && strcmp(arguments[optind], "http") == 0;
}

int main(int count, char **arguments)
{
    struct load load = {.clients = 64, .batch = 64, .duration = 1000000000};
    read_load(&load, count, arguments);
    if (load.body == NULL || load.clients > CLIENTS_CAP || load.batch > BATCH_CAP ||
        (load.http ? load.key == NULL : load.conninfo == NULL)) {
        fprintf(stderr, "%s http|pipeline --body FILE …\n", arguments[0]);
        return EXIT_FAILURE;
    }
    if (load.http)
        by_http(&load);
    else
        by_pipeline(&load);
    return EXIT_SUCCESS;
}
