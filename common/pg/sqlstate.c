#include "common/base/str.h"
#include "common/pg/internal.h"

struct sqlstate_error {
    const char *prefix; /* a whole SQLSTATE or its class; the first that fits counts */
    int error;
};

static const struct sqlstate_error table[] = {
    {"EB400", ERROR_INVALID},     {"EB401", ERROR_DENIED},
    {"EB403", ERROR_DENIED},      {"EB404", ERROR_NOT_FOUND},
    {"EB409", ERROR_CONFLICT},    {"EB410", ERROR_NOT_FOUND},
    {"EB412", ERROR_CONFLICT},    {"EB422", ERROR_INVALID},
    {"EB428", ERROR_INVALID},     {"EB429", ERROR_LIMIT},
    {"EB503", ERROR_UNAVAILABLE}, {"22", ERROR_INVALID}, /* data exception */
    {"23", ERROR_INVALID},                               /* integrity constraint violation */
    {"25006", ERROR_UNAVAILABLE}, /* read only: a primary that was demoted under us */
    {"40003", ERROR_UNCERTAIN},   /* statement completion unknown */
    {"40", ERROR_UNAVAILABLE},    /* serialization failure, deadlock: nothing happened, try again */
    {"53", ERROR_UNAVAILABLE},    /* out of connections, memory or disk */
    {"55P03", ERROR_UNAVAILABLE}, /* lock not available */
    {"57014", ERROR_TIMEOUT},     /* statement_timeout, which we set from the deadline */
    {"57P", ERROR_UNAVAILABLE},   /* shutting down, crashed, starting up */
    {"08", ERROR_UNAVAILABLE},    /* connection exception */
};

int pg_error_of_sqlstate(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (str_starts(sqlstate, table[i].prefix)) {
            return table[i].error;
        }
    }
    return ERROR_INTERNAL;
}

bool pg_is_public(const char *sqlstate)
{
    return str_starts(sqlstate, "EB");
}
