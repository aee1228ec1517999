#include "services/access/keys.h"

#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "sql/access_sql.h"

#include <stdio.h>
#include <string.h>

const char *const access_scopes[] = {
    "candidates:read",    "candidates:write",   "orders:read",
    "orders:write",       "shortlists:read",    "shortlists:answer",
    "shortlists:approve", "shortlists:outcome", "leads:read",
    "leads:write",        "changes:read",       "events:read",
    "endpoints:read",     "endpoints:write",    "endpoints:approve",
    "organisations:read", "reference:read",     "vocabulary:write",
    "audit:read",         "cvs:read",           NULL};

static const struct preset {
    const char *kind;
    const char *scopes;
} presets[] = {
    {"municipality",
     "candidates:read candidates:write orders:read orders:write shortlists:read "
     "shortlists:answer shortlists:outcome leads:read changes:read events:read endpoints:read "
     "endpoints:write organisations:read reference:read audit:read"},
    {"team", "orders:read orders:write shortlists:read shortlists:approve "
             "shortlists:outcome leads:read leads:write "
             "changes:read events:read endpoints:read endpoints:write endpoints:approve "
             "organisations:read "
             "reference:read vocabulary:write audit:read"},
    {"employer", "orders:read shortlists:outcome changes:read events:read cvs:read "
                 "endpoints:read endpoints:write reference:read"},
};

const char *access_preset(const char *kind)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (str_equal(presets[i].kind, kind))
            return presets[i].scopes;
    }
    return NULL;
}

static bool scope_known(const char *scope, size_t length)
{
    for (size_t i = 0; access_scopes[i] != NULL; i++) {
        if (strlen(access_scopes[i]) == length && memcmp(access_scopes[i], scope, length) == 0)
            return true;
    }
    return false;
}

/* Known names, one space between them. */
static bool scopes_valid(const char *scopes)
{
    for (;;) {
        size_t length = strcspn(scopes, " ");
        if (!scope_known(scopes, length))
            return false;
        if (scopes[length] == '\0')
            return true;
        scopes += length + 1;
    }
}

static int refuse(struct error_detail *detail, int error, const char *text)
{
    error_detail_set(detail, NULL, "%s", text);
    return error;
}

static int request_check(const struct access_request *request, struct error_detail *detail)
{
    if (str_blank(request->label))
        return refuse(detail, ERROR_INVALID, "Nøglen skal have en betegnelse.");
    if (request->person != NULL && (str_blank(request->person) || strlen(request->person) >= 128 ||
                                    !str_utf8_valid(request->person, strlen(request->person))))
        return refuse(detail, ERROR_INVALID, "Personens navn skal være 1-127 tegn i UTF-8.");
    if (request->days < 1 || request->days > ACCESS_DAYS_MAXIMUM)
        return refuse(detail, ERROR_INVALID, "En nøgle gælder 1-365 dage.");
    if (request->scopes != NULL && !scopes_valid(request->scopes))
        return refuse(detail, ERROR_INVALID,
                      "Ukendt rettighed; rettighederne skrives med ét mellemrum imellem.");
    return 0;
}

static int begin(struct session *session, struct error_detail *detail)
{
    return session_exec(session, "BEGIN; SET LOCAL ROLE emnebank_owner", detail);
}

/* Commits when `error` is 0, else rolls back and keeps the error. */
static int end(struct session *session, int error, struct error_detail *detail)
{
    struct error_detail ignored;

    if (error == 0)
        return session_exec(session, "COMMIT", detail);
    if (session_exec(session, "ROLLBACK", &ignored) != 0)
        return error;
    return error;
}

static int find_organisation(struct session *session, const char *name, char id[RANDOM_UUID_SIZE],
                             const char **preset, struct error_detail *detail)
{
    const struct pg_parameter parameters[] = {PG_TEXT(name)};
    const struct pg_result *rows = NULL;
    int error = session_query(session, access_sql_organisation.text, parameters, 1, &rows, detail);

    if (error != 0)
        return error;
    if (pg_rows(rows) != 1)
        return refuse(
            detail, ERROR_NOT_FOUND,
            "Organisationen findes ikke: angiv en kommunekode, team eller et CVR-nummer.");
    snprintf(id, RANDOM_UUID_SIZE, "%s", pg_text(rows, 0, 0));
    *preset = access_preset(pg_text(rows, 0, 1));
    return 0;
}

static int insert(struct session *session, const struct access_request *request,
                  const struct access_key *key, struct access_made *made,
                  struct error_detail *detail)
{
    char organisation[RANDOM_UUID_SIZE], days[12];
    uint8_t hash[CRYPTO_DIGEST_SIZE];
    const struct pg_result *rows = NULL;
    const char *preset = NULL;
    int error = find_organisation(session, request->organisation, organisation, &preset, detail);

    if (error != 0)
        return error;
    crypto_sha256(key->secret, sizeof key->secret, hash);
    snprintf(days, sizeof days, "%d", request->days);
    const struct pg_parameter parameters[] = {
        PG_TEXT(key->id),
        PG_TEXT(organisation),
        PG_BYTES(hash, sizeof hash),
        PG_TEXT(request->person),
        PG_TEXT(request->label),
        PG_TEXT(request->scopes != NULL ? request->scopes : preset),
        PG_TEXT(days),
    };
    error = session_query(session, access_sql_create.text, parameters, 7, &rows, detail);
    if (error == 0)
        snprintf(made->expires_at, sizeof made->expires_at, "%s", pg_text(rows, 0, 0));
    return error;
}

int access_keys_create(struct session *session, const struct access_request *request,
                       struct access_made *made, struct error_detail *detail)
{
    struct access_key key = {0};

    memset(made, 0, sizeof *made);
    int error = request_check(request, detail);
    if (error != 0)
        return error;
    const char *environment = access_environment(request->environment);
    if (strlen(environment) >= sizeof key.environment)
        return refuse(detail, ERROR_INVALID, "Miljøets navn skal være 2-8 små bogstaver a-z.");
    memcpy(key.environment, environment, strlen(environment));
    random_uuid(key.id);
    random_bytes(key.secret, sizeof key.secret);
    if (access_key_make(&key, made->text) != 0)
        return refuse(detail, ERROR_INVALID, "Miljøets navn skal være 2-8 små bogstaver a-z.");
    memcpy(made->id, key.id, sizeof made->id);

    error = begin(session, detail);
    if (error == 0)
        error = end(session, insert(session, request, &key, made, detail), detail);
    crypto_wipe(&key, sizeof key);
    if (error != 0)
        crypto_wipe(made, sizeof *made);
    return error;
}

int access_keys_list(struct session *session, const struct pg_result **rows,
                     struct error_detail *detail)
{
    int error = session_exec(session, "SET ROLE emnebank_owner", detail);

    if (error == 0)
        error = session_query(session, access_sql_list.text, NULL, 0, rows, detail);
    return error;
}

int access_keys_revoke(struct session *session, const char *id, struct error_detail *detail)
{
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    const struct pg_result *rows = NULL;
    int error = begin(session, detail);

    if (error != 0)
        return error;
    error = session_query(session, access_sql_revoke.text, parameters, 1, &rows, detail);
    if (error == 0 && pg_rows(rows) != 1)
        error = refuse(detail, ERROR_NOT_FOUND, "Der er ingen nøgle med det id.");
    return end(session, error, detail);
}
