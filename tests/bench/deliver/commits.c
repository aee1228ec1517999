/*
 * Makes events true at a steady pace, whatever becomes of them:
 *
 *     bench_deliver_commits --conninfo TEXT --kind KIND --rate N --count N [--batch N]
 *                           [--connections N] ORGANISATION…
 *
 * --count transactions, --rate of them a second, each with an event for --batch organisations in
 * turn, by the product's own outbox_put. Prints a line for each: its transaction id, and the
 * nanoseconds (CLOCK_MONOTONIC) when it was sent and when it was known to be committed.
 */
#include "tests/bench/deliver/wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_CAP 16
#define BATCH_CAP 256
#define UUID_LENGTH 36

static const char statement[] =
    "SELECT pg_current_xact_id(), count(emnebank.outbox_put($1, receiver, event_payload => "
    "jsonb_build_object('state', 'confirmed', 'entry_id', gen_random_uuid(), 'order_id', "
    "gen_random_uuid(), 'shortlist_id', gen_random_uuid()))) FROM unnest($2::uuid[]) AS receiver";

struct commit {
    char xid[24];
    int64_t sent, done;
};

struct load {
    const char *conninfo, *kind;
    double rate;
    size_t count, batch, connections;
    char **organisations;
    size_t organisation_count;
    struct commit *commits;
    int64_t begun;
};

struct worker {
    pthread_t thread;
    const struct load *load;
    size_t number;
};

static void wait_until(int64_t moment)
{
    const struct timespec at = {.tv_sec = moment / 1000000000, .tv_nsec = moment % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
        continue;
}

static void receivers(const struct load *load, size_t number, char *text)
{
    *text++ = '{';
    for (size_t i = 0; i < load->batch; i++) {
        const size_t which = (number * load->batch + i) % load->organisation_count;
        memcpy(text, load->organisations[which], UUID_LENGTH);
        text[UUID_LENGTH] = i + 1 < load->batch ? ',' : '}';
        text += UUID_LENGTH + 1;
    }
    *text = '\0';
}

static void commit(PGconn *connection, const struct load *load, size_t number)
{
    char text[BATCH_CAP * (UUID_LENGTH + 1) + 3];
    const char *const values[] = {load->kind, text};
    struct commit *made = &load->commits[number];
    receivers(load, number, text);
    made->sent = now_ns();
    PGresult *result = PQexecPrepared(connection, "tell", 2, values, NULL, NULL, 0);
    made->done = now_ns();
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fputs(PQerrorMessage(connection), stderr);
        exit(EXIT_FAILURE);
    }
    snprintf(made->xid, sizeof made->xid, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
}

static void *work(void *argument)
{
    const struct worker *worker = argument;
    const struct load *load = worker->load;
    PGconn *connection = PQconnectdb(load->conninfo);
    PGresult *result = PQprepare(connection, "tell", statement, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fputs(PQerrorMessage(connection), stderr);
        exit(EXIT_FAILURE);
    }
    PQclear(result);
    for (size_t i = worker->number; i < load->count; i += load->connections) {
        wait_until(load->begun + (int64_t)((double)i / load->rate * 1e9));
        commit(connection, load, i);
    }
    PQfinish(connection);
    return NULL;
}

static void read_load(struct load *load, int count, char **arguments)
{
    static const struct option options[] = {{"conninfo", required_argument, NULL, 'i'},
                                            {"kind", required_argument, NULL, 'k'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"count", required_argument, NULL, 'n'},
                                            {"batch", required_argument, NULL, 'b'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {0}};
    for (int option = getopt_long(count, arguments, "", options, NULL); option != -1;
         option = getopt_long(count, arguments, "", options, NULL)) {
        if (option == 'i')
            load->conninfo = optarg;
        else if (option == 'k')
            load->kind = optarg;
        else if (option == 'r')
            load->rate = strtod(optarg, NULL);
        else if (option == 'n')
            load->count = strtoul(optarg, NULL, 10);
        else if (option == 'b')
            load->batch = strtoul(optarg, NULL, 10);
        else if (option == 'c')
            load->connections = strtoul(optarg, NULL, 10);
        else
            exit(EXIT_FAILURE);
    }
    load->organisations = arguments + optind;
    load->organisation_count = (size_t)(count - optind);
}

static bool sensible(const struct load *load)
{
    for (size_t i = 0; i < load->organisation_count; i++) {
        if (strlen(load->organisations[i]) != UUID_LENGTH)
            return false;
    }
    return load->conninfo != NULL && load->kind != NULL && load->rate > 0 && load->count > 0 &&
           load->batch > 0 && load->batch <= BATCH_CAP && load->connections > 0 &&
           load->connections <= CONNECTIONS_CAP && load->organisation_count > 0;
}

int main(int count, char **arguments)
{
    struct load load = {.batch = 1, .connections = 4};
    struct worker workers[CONNECTIONS_CAP];
    read_load(&load, count, arguments);
    if (!sensible(&load)) {
        fprintf(stderr, "%s --conninfo … --kind … --rate N --count N ORGANISATION…\n",
                arguments[0]);
        return EXIT_FAILURE;
    }
    load.commits = calloc(load.count, sizeof *load.commits);
    load.begun = now_ns() + 50000000; /* connections are open by then */
    for (size_t i = 0; i < load.connections; i++) {
        workers[i] = (struct worker){.load = &load, .number = i};
        if (load.commits == NULL ||
            pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            fail("pthread_create");
    }
    for (size_t i = 0; i < load.connections; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < load.count; i++)
        printf("%s %" PRId64 " %" PRId64 "\n", load.commits[i].xid, load.commits[i].sent,
               load.commits[i].done);
    free(load.commits);
    return EXIT_SUCCESS;
}
