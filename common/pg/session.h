/*
 * A blocking connection, for the command-line tool, migrations and tests only: never on a loop's
 * thread. Statements run one by one, outside a transaction unless session_exec("BEGIN") says so.
 */
#pragma once

#include "common/pg/pg.h"

struct session;

MUST_CHECK int session_open(const char *conninfo, const char *user, struct session **session,
                            struct error_detail *detail);
void session_close(struct session **session);

/* A script of several statements, without parameters (migrations). */
MUST_CHECK int session_exec(struct session *session, const char *script,
                            struct error_detail *detail);
/* One statement. On success `*result` is valid until the next call on this session. */
MUST_CHECK int session_query(struct session *session, const char *text,
                             const struct pg_parameter *parameters, size_t count,
                             const struct pg_result **result, struct error_detail *detail);
/* Sets app.tenant, app.actor, app.request, app.purpose for the transaction that is open. */
MUST_CHECK int session_context(struct session *session, const struct pg_context *context,
                               struct error_detail *detail);
const char *session_sqlstate(const struct session *session); /* of the last error */
