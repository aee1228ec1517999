/*
 * SQLite as a peer: a table of facts with (code, row) as its key, which is an inverted list, and a
 * table of candidates, both in the order of place, in memory. One prepared statement per order.
 *
 *     bench_sqlite --data FOLDER
 */
#include "tests/bench/peers/places.h"
#include "tests/bench/peers/serve.h"
#include "tests/bench/peers/sqlite/query.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer {
    sqlite3 *database;
    struct data *data;
    sqlite3_stmt **statements; /* by order */
};

static void must(struct peer *peer, int result, const char *what)
{
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
        fprintf(stderr, "sqlite: %s: %s\n", what, sqlite3_errmsg(peer->database));
        exit(1);
    }
}

static void run(struct peer *peer, const char *sql)
{
    must(peer, sqlite3_exec(peer->database, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(struct peer *peer, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    must(peer,
         sqlite3_prepare_v3(peer->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL),
         sql);
    return statement;
}

static void insert(struct peer *peer, sqlite3_stmt *statement, const int *values, int count)
{
    for (int i = 0; i < count; i++) {
        must(peer, sqlite3_bind_int(statement, i + 1, values[i]), "bind");
    }
    must(peer, sqlite3_step(statement), "insert");
    must(peer, sqlite3_reset(statement), "reset");
}

static void load_candidates(struct peer *peer, const struct places *places)
{
    const struct data_columns *pool = &peer->data->pool;
    run(peer, "CREATE TABLE candidate (row INTEGER PRIMARY KEY, id INT, town INT, travel INT,"
              " available INT, work INT, in_play INT)");
    sqlite3_stmt *statement = prepare(peer, "INSERT INTO candidate VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (size_t row = 0; row < pool->count; row++) {
        const uint32_t i = places->candidates[row];
        const int values[] = {(int)row,
                              (int)i,
                              pool->town[i],
                              pool->travel[i],
                              pool->available[i],
                              pool->work[i],
                              !pool->hidden[i] && pool->screening[i] >= peer->data->as_of};
        insert(peer, statement, values, 7);
    }
    sqlite3_finalize(statement);
    run(peer, "CREATE TABLE distance (origin INT, town INT, km INT, PRIMARY KEY (origin, town))"
              " WITHOUT ROWID");
    statement = prepare(peer, "INSERT INTO distance VALUES (?, ?, ?)");
    for (unsigned at = 0; at < peer->data->towns * peer->data->towns; at++) {
        const int values[] = {(int)(at / peer->data->towns), (int)(at % peer->data->towns),
                              peer->data->distances[at]};
        insert(peer, statement, values, 3);
    }
    sqlite3_finalize(statement);
}

/* Facts by code, each code's in the order of rows: so they are inserted in the order of the key. */
struct posting {
    uint32_t row;
    uint32_t fact;
};

static struct posting *sort_facts(const struct data *data, const struct places *places,
                                  uint32_t *counts)
{
    const struct data_columns *pool = &data->pool;
    const size_t total = pool->fact_from[pool->count];
    struct posting *postings = malloc(total * sizeof *postings);
    size_t *next = calloc((size_t)data->codes + 1, sizeof *next);
    if (postings == NULL || next == NULL) {
        fprintf(stderr, "sqlite: no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < total; i++) {
        counts[pool->fact_code[i]]++;
    }
    for (unsigned code = 0; code < data->codes; code++) {
        next[code + 1] = next[code] + counts[code];
    }
    for (size_t row = 0; row < pool->count; row++) {
        const uint32_t i = places->candidates[row];
        for (uint32_t at = pool->fact_from[i]; at < pool->fact_from[i + 1]; at++) {
            postings[next[pool->fact_code[at]]++] = (struct posting){(uint32_t)row, at};
        }
    }
    free(next);
    return postings;
}

static void load_facts(struct peer *peer, const struct places *places, uint32_t *counts)
{
    const struct data_columns *pool = &peer->data->pool;
    run(peer, "CREATE TABLE fact (code INT, row INT, level INT, stale INT, until INT,"
              " PRIMARY KEY (code, row)) WITHOUT ROWID");
    sqlite3_stmt *statement = prepare(peer, "INSERT INTO fact VALUES (?, ?, ?, ?, ?)");
    struct posting *postings = sort_facts(peer->data, places, counts);
    for (size_t i = 0; i < pool->fact_from[pool->count]; i++) {
        const uint32_t at = postings[i].fact;
        const int values[] = {pool->fact_code[at], (int)postings[i].row, pool->fact_level[at],
                              pool->fact_used[at] < peer->data->stale_before, pool->fact_until[at]};
        insert(peer, statement, values, 5);
    }
    free(postings);
    sqlite3_finalize(statement);
}

static int ask(void *context, const char *class_name, unsigned number, struct serve_answer *answer)
{
    struct peer *peer = context;
    const struct data_order *order = data_find(peer->data, class_name, number);
    sqlite3_stmt *statement = peer->statements[order - peer->data->orders];
    int result = 0;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        serve_add(answer, (uint64_t)sqlite3_column_int64(statement, 0),
                  sqlite3_column_int(statement, 1), sqlite3_column_int(statement, 2));
    }
    must(peer, result, "query");
    return sqlite3_reset(statement);
}

static uint64_t bytes_of(struct peer *peer)
{
    sqlite3_stmt *statement = prepare(peer, "SELECT page_count * page_size FROM"
                                            " pragma_page_count, pragma_page_size");
    must(peer, sqlite3_step(statement), "size");
    const uint64_t bytes = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 3 || strcmp(argv[1], "--data") != 0) {
        fprintf(stderr, "usage: bench_sqlite --data FOLDER\n");
        return 2;
    }
    struct peer peer = {.data = data_open(argv[2])};
    struct places places;
    places_init(&places, peer.data);
    must(&peer, sqlite3_open(":memory:", &peer.database), "open");
    run(&peer, "PRAGMA page_size = 8192");
    uint32_t *counts = calloc(peer.data->codes, sizeof *counts);
    peer.statements = calloc(peer.data->order_count, sizeof *peer.statements);
    if (counts == NULL || peer.statements == NULL) {
        return 1;
    }
    run(&peer, "BEGIN");
    load_candidates(&peer, &places);
    load_facts(&peer, &places, counts);
    run(&peer, "COMMIT");
    for (size_t i = 0; i < peer.data->order_count; i++) {
        const struct data_order *order = &peer.data->orders[i];
        char *sql = query_for(peer.data, &places, counts, order,
                              strcmp(order->class_name, "near-miss") == 0);
        peer.statements[i] = prepare(&peer, sql);
        free(sql);
    }
    free(counts);
    serve_ready(bytes_of(&peer), sqlite3_libversion());
    const struct serve_peer served = {.context = &peer, .ask = ask};
    const int result = serve(&served);
    for (size_t i = 0; i < peer.data->order_count; i++) {
        sqlite3_finalize(peer.statements[i]);
    }
    sqlite3_close(peer.database);
    return result;
}
