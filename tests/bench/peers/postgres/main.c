/*
 * PostgreSQL as a peer: "F5". One row per candidate with all facts as tokens in an int4[] under an
 * intarray GIN index, in the order of place; one prepared statement per order. One backend, no
 * parallel workers, no JIT.
 *
 *     bench_postgres --data FOLDER --conninfo CONNINFO      (an empty database with intarray)
 */
#include "tests/bench/peers/postgres/load.h"
#include "tests/bench/peers/postgres/query.h"
#include "tests/bench/peers/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer {
    PGconn *connection;
    struct data *data;
    unsigned changes; /* made so far */
};

static int complain(struct peer *peer, PGresult *result)
{
    fprintf(stderr, "postgres: %s", PQerrorMessage(peer->connection));
    PQclear(result);
    return -1;
}

static int take(struct peer *peer, PGresult *result, struct serve_answer *answer)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return complain(peer, result);
    }
    for (int row = 0; row < PQntuples(result); row++) {
        serve_add(answer, strtoull(PQgetvalue(result, row, 0), NULL, 10),
                  atoi(PQgetvalue(result, row, 1)), atoi(PQgetvalue(result, row, 2)));
    }
    PQclear(result);
    return 0;
}

static int ask_reverse(struct peer *peer, unsigned number, struct serve_answer *answer)
{
    const struct data_columns *changed = &peer->data->changed;
    const unsigned town = changed->town[number];
    if (changed->hidden[number] || town == DATA_NO_TOWN) {
        return 0; /* the workload's orders all have a radius */
    }
    static struct load_terms terms;
    static char km[1500 * 6];
    char numbers[4][16];
    load_terms(peer->data, changed, number, &terms);
    size_t size = 0;
    for (unsigned to = 0; to < peer->data->towns; to++) {
        size += (size_t)snprintf(km + size, sizeof km - size, "%c%u", to == 0 ? '{' : ',',
                                 peer->data->distances[(size_t)to * peer->data->towns + town]);
    }
    snprintf(km + size, sizeof km - size, "}");
    snprintf(numbers[0], sizeof numbers[0], "%u", changed->travel[number]);
    snprintf(numbers[1], sizeof numbers[1], "%d", changed->available[number]);
    snprintf(numbers[2], sizeof numbers[2], "%u", changed->work[number]);
    snprintf(numbers[3], sizeof numbers[3], "%d", changed->screening[number]);
    const char *values[] = {terms.codes, terms.certificates, terms.certificate_days,
                            km,          numbers[0],         numbers[1],
                            numbers[2],  numbers[3]};
    return take(peer, PQexecPrepared(peer->connection, "reverse", 8, values, NULL, NULL, 0),
                answer);
}

static int ask(void *context, const char *class_name, unsigned number, struct serve_answer *answer)
{
    struct peer *peer = context;
    if (strcmp(class_name, "reverse") == 0) {
        return ask_reverse(peer, number, answer);
    }
    char name[64];
    snprintf(name, sizeof name, "%s %u", class_name, number);
    return take(peer, PQexecPrepared(peer->connection, name, 0, NULL, NULL, NULL, 0), answer);
}

/* Single changes, each its own transaction; then what the index put off is done too. */
static int change(void *context, unsigned count, uint64_t *aside)
{
    struct peer *peer = context;
    const struct data_columns *changed = &peer->data->changed;
    static struct load_terms terms;
    for (unsigned i = 0; i < count; i++, peer->changes++) {
        const unsigned from = peer->changes % (unsigned)changed->count;
        const unsigned town = changed->town[from];
        char numbers[7][16];
        load_terms(peer->data, changed, from, &terms);
        snprintf(numbers[0], 16, "%zu", peer->changes * (size_t)7919 % peer->data->pool.count);
        snprintf(numbers[1], 16, "%u", town == DATA_NO_TOWN ? peer->data->towns : town);
        snprintf(numbers[2], 16, "%u", changed->travel[from]);
        snprintf(numbers[3], 16, "%d", changed->available[from]);
        snprintf(numbers[4], 16, "%d", changed->screening[from]);
        snprintf(numbers[5], 16, "%u", changed->work[from]);
        snprintf(numbers[6], 16, "%s", changed->hidden[from] ? "t" : "f");
        const char *values[] = {
            numbers[0], numbers[1], numbers[2],  numbers[3],         numbers[4],
            numbers[5], numbers[6], terms.codes, terms.certificates, terms.certificate_days};
        PGresult *result = PQexecPrepared(peer->connection, "change", 10, values, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            return complain(peer, result);
        }
        PQclear(result);
    }
    const uint64_t before = serve_now();
    load_must(peer->connection, "SELECT gin_clean_pending_list('candidate_codes_idx')");
    *aside += serve_now() - before;
    return 0;
}

static void prepare(struct peer *peer, const char *name, const char *sql)
{
    PGresult *result = PQprepare(peer->connection, name, sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        complain(peer, result);
        exit(1);
    }
    PQclear(result);
}

static void prepare_all(struct peer *peer)
{
    for (size_t i = 0; i < peer->data->order_count; i++) {
        const struct data_order *order = &peer->data->orders[i];
        char name[64];
        snprintf(name, sizeof name, "%s %u", order->class_name, order->number);
        char *sql = query_for(peer->data, order, strcmp(order->class_name, "near-miss") == 0);
        prepare(peer, name, sql);
        free(sql);
    }
    prepare(peer, "reverse", query_reverse);
    prepare(peer, "change",
            "UPDATE candidate SET town = $2, travel = $3, available = $4, screening = $5,"
            " work = $6, hidden = $7, codes = $8, certificates = $9, certificate_days = $10"
            " WHERE id = $1");
}

static uint64_t size_of_all(struct peer *peer)
{
    PGresult *result = PQexec(peer->connection, "SELECT pg_total_relation_size('candidate')");
    const uint64_t size = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return size;
}

int main(int argc, char **argv)
{
    if (argc != 5 || strcmp(argv[1], "--data") != 0 || strcmp(argv[3], "--conninfo") != 0) {
        fprintf(stderr, "usage: bench_postgres --data FOLDER --conninfo CONNINFO\n");
        return 2;
    }
    struct peer peer = {.data = data_open(argv[2]), .connection = PQconnectdb(argv[4])};
    if (PQstatus(peer.connection) != CONNECTION_OK) {
        fprintf(stderr, "postgres: %s", PQerrorMessage(peer.connection));
        return 1;
    }
    load_must(peer.connection, "SET client_min_messages = warning");
    load_must(peer.connection, "SET plan_cache_mode = force_generic_plan");
    load_must(peer.connection, "CREATE EXTENSION IF NOT EXISTS intarray");
    load_must(peer.connection, "CREATE EXTENSION IF NOT EXISTS pg_prewarm");
    load_candidates(peer.connection, peer.data);
    load_open_orders(peer.connection, peer.data);
    char today[96];
    snprintf(today, sizeof today, "CREATE TABLE today AS SELECT %d::int2 AS as_of",
             peer.data->as_of);
    load_must(peer.connection, today);
    load_must(peer.connection, "SELECT pg_prewarm(oid) FROM pg_class WHERE relkind IN ('r', 'i')"
                               " AND relnamespace = 'public'::regnamespace");
    prepare_all(&peer);
    serve_ready(size_of_all(&peer), PQparameterStatus(peer.connection, "server_version"));
    const struct serve_peer served = {.context = &peer, .ask = ask, .change = change};
    const int result = serve(&served);
    PQfinish(peer.connection);
    return result;
}
