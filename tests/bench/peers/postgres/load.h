/* The tables of the PostgreSQL peer, filled by binary COPY. Ends the process when the server says
 * no. */
#pragma once

#include "tests/bench/peers/data.h"

#include <libpq-fe.h>

void load_must(PGconn *connection, const char *sql); /* runs it, or gives up */
void load_candidates(PGconn *connection, const struct data *data);
void load_open_orders(PGconn *connection, const struct data *data);

/* One candidate as parameters of a statement, in text. */
struct load_terms {
    char codes[DATA_TOKENS_CAP * 8];
    char certificates[512], certificate_days[512];
};
void load_terms(const struct data *data, const struct data_columns *columns, size_t candidate,
                struct load_terms *terms);
