#include "common/pg/session.h"

#include "common/base/mem.h"
#include "common/pg/internal.h"

#include <string.h>

struct session {
    PGconn *handle;
    struct pg_result last;
    char sqlstate[6];
};

static void forget_last(struct session *session)
{
    PQclear(session->last.handle);
    session->last.handle = NULL;
    session->sqlstate[0] = '\0';
}

int session_open(const char *conninfo, const char *user, struct session **session,
                 struct error_detail *detail)
{
    struct pg_target target;

    *session = NULL;
    int error = pg_target_init(&target, conninfo, user, PG_BLOCKING, detail);
    if (error != 0) {
        return error;
    }
    struct session *opened = mem_zalloc(sizeof *opened);
    opened->handle = PQconnectdbParams(target.keywords, target.values, 0);
    pg_target_deinit(&target);
    if (PQstatus(opened->handle) != CONNECTION_OK) {
        error_detail_set(detail, PQerrorMessage(opened->handle), "the database does not answer");
        session_close(&opened);
        return ERROR_UNAVAILABLE;
    }
    PQsetNoticeReceiver(opened->handle, pg_ignore_notice, NULL);
    *session = opened;
    return 0;
}

void session_close(struct session **session)
{
    if (*session == NULL) {
        return;
    }
    forget_last(*session);
    PQfinish((*session)->handle);
    mem_free(*session);
    *session = NULL;
}

static bool succeeded(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        return true;
    default:
        return false;
    }
}

static void describe(const PGresult *result, const char *sqlstate, struct error_detail *detail)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *more = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

    message = message != NULL ? message : PQresultErrorMessage(result);
    if (!pg_is_public(sqlstate)) {
        error_detail_set(detail, PQresultErrorMessage(result), "the database refused (%s)",
                         sqlstate);
    } else if (more != NULL) {
        error_detail_set(detail, PQresultErrorMessage(result), "%s: %s", message, more);
    } else {
        error_detail_set(detail, PQresultErrorMessage(result), "%s", message);
    }
}

/* Takes the result of a statement and says what it came to. */
static int conclude(struct session *session, PGresult *result, struct error_detail *detail)
{
    forget_last(session);
    session->last.handle = result;
    if (succeeded(result)) {
        return 0;
    }
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL) {
        error_detail_set(detail, PQerrorMessage(session->handle), "the database connection broke");
        return ERROR_UNCERTAIN;
    }
    memcpy(session->sqlstate, sqlstate, sizeof session->sqlstate);
    describe(result, sqlstate, detail);
    return pg_error_of_sqlstate(sqlstate);
}

int session_exec(struct session *session, const char *script, struct error_detail *detail)
{
    return conclude(session, PQexec(session->handle, script), detail);
}

int session_query(struct session *session, const char *text, const struct pg_parameter *parameters,
                  size_t count, const struct pg_result **result, struct error_detail *detail)
{
    const char **values = mem_array(count + 1, sizeof *values);
    int *lengths = mem_array(count + 1, sizeof *lengths);
    int *formats = mem_array(count + 1, sizeof *formats);

    for (size_t i = 0; i < count; i++) {
        values[i] = parameters[i].value;
        lengths[i] = parameters[i].length;
        formats[i] = parameters[i].binary ? 1 : 0;
    }
    PGresult *answer =
        PQexecParams(session->handle, text, (int)count, NULL, values, lengths, formats, 0);
    mem_free(values);
    mem_free(lengths);
    mem_free(formats);
    int error = conclude(session, answer, detail);
    *result = error == 0 ? &session->last : NULL;
    return error;
}

static struct pg_parameter text_or_empty(const char *text)
{
    return PG_TEXT(text != NULL ? text : "");
}

int session_context(struct session *session, const struct pg_context *context,
                    struct error_detail *detail)
{
    const struct pg_parameter parameters[] = {
        text_or_empty(context->tenant),
        text_or_empty(context->actor),
        text_or_empty(context->request),
        text_or_empty(context->purpose),
    };
    const struct pg_result *ignored = NULL;

    return session_query(session,
                         "SELECT set_config('app.tenant', $1, true),"
                         " set_config('app.actor', $2, true),"
                         " set_config('app.request', $3, true),"
                         " set_config('app.purpose', $4, true)",
                         parameters, sizeof parameters / sizeof parameters[0], &ignored, detail);
}

const char *session_sqlstate(const struct session *session)
{
    return session->sqlstate;
}
