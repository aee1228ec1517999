#include "tests/bench/peers/postgres/load.h"

#include "tests/bench/peers/places.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT4_OID 23
#define ROW_CAP 32768

static void give_up(PGconn *connection, const char *what)
{
    fprintf(stderr, "postgres: %s: %s", what, PQerrorMessage(connection));
    exit(1);
}

void load_must(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        give_up(connection, sql);
    }
    PQclear(result);
}

/* ---- binary COPY ---- */

struct row {
    char bytes[ROW_CAP];
    size_t size;
};

static void put32(struct row *row, int32_t value)
{
    const uint32_t swapped = htonl((uint32_t)value);
    memcpy(row->bytes + row->size, &swapped, 4);
    row->size += 4;
}

static void put16(struct row *row, int value)
{
    const uint16_t swapped = htons((uint16_t)value);
    memcpy(row->bytes + row->size, &swapped, 2);
    row->size += 2;
}

static void put_int2(struct row *row, int value)
{
    put32(row, 2);
    put16(row, value);
}

static void put_int4(struct row *row, int32_t value)
{
    put32(row, 4);
    put32(row, value);
}

static void put_array(struct row *row, const int32_t *values, size_t count)
{
    put32(row, count == 0 ? 12 : 20 + 8 * (int32_t)count);
    put32(row, count == 0 ? 0 : 1);
    put32(row, 0);
    put32(row, INT4_OID);
    if (count > 0) {
        put32(row, (int32_t)count);
        put32(row, 1);
    }
    for (size_t i = 0; i < count; i++) {
        put_int4(row, values[i]);
    }
}

static void start_copy(PGconn *connection, const char *sql)
{
    static const char header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN || PQputCopyData(connection, header, 19) != 1) {
        give_up(connection, sql);
    }
    PQclear(result);
}

static void send_row(PGconn *connection, struct row *row)
{
    if (PQputCopyData(connection, row->bytes, (int)row->size) != 1) {
        give_up(connection, "COPY");
    }
}

static void end_copy(PGconn *connection)
{
    if (PQputCopyData(connection, "\377\377", 2) != 1 || PQputCopyEnd(connection, NULL) != 1) {
        give_up(connection, "COPY");
    }
    PGresult *result = PQgetResult(connection);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        give_up(connection, "COPY");
    }
    PQclear(result);
    PQclear(PQgetResult(connection));
}

/* ---- candidates ---- */

static size_t certificates(const struct data *data, const struct data_columns *columns,
                           size_t candidate, int32_t *codes, int32_t *days)
{
    size_t count = 0;
    for (uint32_t at = columns->fact_from[candidate]; at < columns->fact_from[candidate + 1];
         at++) {
        if (data_is_certificate(data, columns->fact_code[at])) {
            codes[count] = columns->fact_code[at];
            days[count++] = columns->fact_until[at];
        }
    }
    return count;
}

static void candidate_row(const struct data *data, size_t candidate, struct row *row)
{
    const struct data_columns *pool = &data->pool;
    int32_t tokens[DATA_TOKENS_CAP];
    int32_t codes[16];
    int32_t days[16];
    const unsigned town = pool->town[candidate];
    row->size = 0;
    put16(row, 10);
    put_int4(row, (int32_t)candidate);
    put_int2(row, (int)(town == DATA_NO_TOWN ? data->towns : town));
    put_int2(row, pool->travel[candidate]);
    put_int2(row, pool->available[candidate]);
    put_int2(row, pool->screening[candidate]);
    put_int2(row, pool->work[candidate]);
    put32(row, 1);
    row->bytes[row->size++] = (char)(pool->hidden[candidate] != 0);
    put_array(row, tokens, data_tokens(data, pool, candidate, tokens));
    const size_t held = certificates(data, pool, candidate, codes, days);
    put_array(row, codes, held);
    put_array(row, days, held);
}

void load_candidates(PGconn *connection, const struct data *data)
{
    static struct row row;
    load_must(connection,
              "CREATE TABLE candidate (id int4 NOT NULL, town int2 NOT NULL, travel int2 NOT NULL,"
              " available int2 NOT NULL, screening int2 NOT NULL, work int2 NOT NULL,"
              " hidden bool NOT NULL, codes int4[] NOT NULL, certificates int4[] NOT NULL,"
              " certificate_days int4[] NOT NULL) WITH (autovacuum_enabled = off)");
    struct places places; /* the table is clustered by place */
    places_init(&places, data);
    start_copy(connection, "COPY candidate FROM STDIN (FORMAT binary)");
    for (size_t i = 0; i < data->pool.count; i++) {
        candidate_row(data, places.candidates[i], &row);
        send_row(connection, &row);
    }
    end_copy(connection);
    free(places.candidates);
    free(places.from);
    load_must(connection, "CREATE UNIQUE INDEX ON candidate (id)");
    load_must(connection, "CREATE INDEX ON candidate (town)");
    load_must(connection, "CREATE INDEX ON candidate USING gin (codes gin__int_ops)");
    load_must(connection, "ALTER TABLE candidate ALTER codes SET STATISTICS 2000");
    load_must(connection, "VACUUM (ANALYZE, FREEZE) candidate");
}

/* ---- open orders ---- */

/* How many candidates of the pool have each token: the rarest must finds an order fastest. */
static uint32_t *frequencies(const struct data *data)
{
    uint32_t *counts = calloc((size_t)data->codes * 16, sizeof *counts);
    int32_t tokens[DATA_TOKENS_CAP];
    for (size_t i = 0; counts != NULL && i < data->pool.count; i++) {
        const size_t count = data_tokens(data, &data->pool, i, tokens);
        for (size_t k = 0; k < count; k++) {
            counts[tokens[k]]++;
        }
    }
    return counts;
}

static void open_order_row(const struct data *data, const struct data_order *order,
                           const uint32_t *counts, struct row *row)
{
    int32_t musts[DATA_PARTS_CAP];
    int32_t tokens[DATA_PARTS_CAP * DATA_GAINS_CAP];
    int32_t points[DATA_PARTS_CAP * DATA_GAINS_CAP];
    int32_t certificate[4][DATA_PARTS_CAP]; /* code, day, points, must */
    size_t must_count = 0;
    size_t token_count = 0;
    size_t certificate_count = 0;
    int32_t pivot = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        const struct data_part *part = &order->parts[i];
        const int32_t token = data_token(part->code, part->minimum, false);
        if (part->must) {
            musts[must_count++] = token;
            pivot = pivot == 0 || counts[token] < counts[pivot] ? token : pivot;
        }
        if (data_is_certificate(data, part->code)) {
            certificate[0][certificate_count] = (int32_t)part->code;
            certificate[1][certificate_count] = part->valid_on;
            certificate[2][certificate_count] = (int32_t)part->share;
            certificate[3][certificate_count++] = part->must;
            continue;
        }
        struct data_gain gains[DATA_GAINS_CAP];
        const size_t count = data_gains(part, gains);
        for (size_t k = 0; k < count; k++) {
            tokens[token_count] = gains[k].token;
            points[token_count++] = gains[k].points;
        }
    }
    row->size = 0;
    put16(row, 13);
    put_int4(row, (int32_t)order->number);
    put_int4(row, pivot);
    put_int2(row, (int)order->town);
    put_int2(row, (int)order->radius);
    put_int2(row, order->start);
    put_int2(row, (int)order->work);
    put_array(row, musts, must_count);
    put_array(row, tokens, token_count);
    put_array(row, points, token_count);
    for (size_t i = 0; i < 4; i++) {
        put_array(row, certificate[i], certificate_count);
    }
}

void load_open_orders(PGconn *connection, const struct data *data)
{
    static struct row row;
    load_must(connection,
              "CREATE TABLE open_order (id int4 NOT NULL, pivot int4 NOT NULL, town int2 NOT NULL,"
              " radius int2 NOT NULL, start int2 NOT NULL, work int2 NOT NULL,"
              " musts int4[] NOT NULL, tokens int4[] NOT NULL, points int4[] NOT NULL,"
              " certificates int4[] NOT NULL, certificate_days int4[] NOT NULL,"
              " certificate_points int4[] NOT NULL, certificate_musts int4[] NOT NULL)");
    uint32_t *counts = frequencies(data);
    start_copy(connection, "COPY open_order FROM STDIN (FORMAT binary)");
    for (size_t i = 0; counts != NULL && i < data->open_count; i++) {
        open_order_row(data, &data->open[i], counts, &row);
        send_row(connection, &row);
    }
    end_copy(connection);
    free(counts);
    load_must(connection, "CREATE INDEX open_order_pivot ON open_order (pivot)");
    load_must(connection, "CLUSTER open_order USING open_order_pivot");
    load_must(connection, "VACUUM (ANALYZE, FREEZE) open_order");
}

/* ---- one candidate in text ---- */

static void write_array(char *text, size_t cap, const int32_t *values, size_t count)
{
    size_t size = (size_t)snprintf(text, cap, "{");
    for (size_t i = 0; i < count; i++) {
        size += (size_t)snprintf(text + size, cap - size, i == 0 ? "%d" : ",%d", values[i]);
    }
    snprintf(text + size, cap - size, "}");
}

void load_terms(const struct data *data, const struct data_columns *columns, size_t candidate,
                struct load_terms *terms)
{
    int32_t tokens[DATA_TOKENS_CAP];
    int32_t codes[16];
    int32_t days[16];
    write_array(terms->codes, sizeof terms->codes, tokens,
                data_tokens(data, columns, candidate, tokens));
    const size_t held = certificates(data, columns, candidate, codes, days);
    write_array(terms->certificates, sizeof terms->certificates, codes, held);
    write_array(terms->certificate_days, sizeof terms->certificate_days, days, held);
}
