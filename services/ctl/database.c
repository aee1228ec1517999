/* Commands that talk to the database as its owner. */
#include "common/base/str.h"
#include "common/crypto/keyring.h"
#include "common/domain/identity.h"
#include "common/pg/migrate.h"
#include "services/ctl/commands.h"
#include "services/ctl/owner.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"
#include "sql/ctl_sql.h"

#include <stdio.h>

int run_migrate(struct context *context)
{
    struct session *session;
    struct error_detail detail = {0};
    size_t applied = 0;

    const int code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = migrate_run(session, &applied, &detail);
    session_close(&session);
    if (error != 0)
        return command_failed(error, &detail);
    if (context->json)
        printf("{\"applied\":%zu,\"version\":%d}\n", applied,
               migrations[migrations_count - 1].number);
    else
        printf("Skemaet er version %d (%zu nye migreringer).\n",
               migrations[migrations_count - 1].number, applied);
    return EXIT_DONE;
}

int run_keys_generate(struct context *context)
{
    static const char *const names[] = {"server", "0615", "0706", "0707", "0710", "0727",
                                        "0730",   "0740", "0746", "0751", "0766", NULL};
    struct error_detail detail = {0};

    const int error = keyring_generate(context->words[0], names, &detail);
    if (error == ERROR_CONFLICT)
        fprintf(stderr, "emnebank: %s findes allerede; en nøglefil overskrives aldrig\n",
                context->words[0]);
    if (error != 0)
        return error == ERROR_CONFLICT ? EXIT_REFUSED : command_failed(error, &detail);
    if (!context->json)
        printf("Nøglefilen %s er lavet. Gem en kopi et sikkert sted: uden den kan persondata ikke "
               "læses.\n",
               context->words[0]);
    return EXIT_DONE;
}

int owner_query(struct context *context, const struct sql_statement *statement,
                const struct pg_parameter *parameters, size_t count, struct session **session,
                const struct pg_result **result)
{
    struct error_detail detail = {0};

    const int code = command_session(context, session);
    if (code != EXIT_DONE)
        return code;
    int error = session_exec(*session, "SET ROLE emnebank_owner", &detail);
    if (error == 0)
        error = session_query(*session, statement->text, parameters, count, result, &detail);
    if (error != 0)
        session_close(session);
    return error != 0 ? command_database_failed(error, &detail) : EXIT_DONE;
}

/* What is wrong with an organisation that is to be made, or NULL. */
static const char *organisation_fault(const char *kind, const char *municipality, const char *cvr)
{
    const bool fits = str_equal(kind, "municipality") ? municipality != NULL
                      : str_equal(kind, "employer")   ? cvr != NULL
                                                      : str_equal(kind, "team");

    if (!fits)
        return "--kind er municipality (med --municipality), employer (med --cvr) eller team";
    if (municipality != NULL && !municipality_code_valid(municipality))
        return "--municipality er en kommunekode på fire cifre, for eksempel 0751";
    if (cvr != NULL && !cvr_valid(cvr))
        return "--cvr er ikke et gyldigt CVR-nummer (otte cifre med kontrolciffer)";
    return NULL;
}

int run_organisation_create(struct context *context)
{
    const char *kind = command_value(context, "kind");
    const char *municipality = command_value(context, "municipality");
    const char *cvr = command_value(context, "cvr");
    const char *fault = organisation_fault(kind, municipality, cvr);

    if (fault != NULL) {
        fprintf(stderr, "emnebank: %s\n", fault);
        return EXIT_USAGE;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(kind),
                                              PG_TEXT(command_value(context, "name")),
                                              PG_TEXT(municipality), PG_TEXT(cvr)};
    struct session *session;
    const struct pg_result *result;
    const int code =
        owner_query(context, &ctl_sql_organisation_create, parameters, 4, &session, &result);
    if (code != EXIT_DONE)
        return code;
    if (pg_rows(result) == 0) {
        fprintf(stderr, "emnebank: kommunekoden %s findes ikke\n", municipality);
        session_close(&session);
        return EXIT_REFUSED;
    }
    if (context->json)
        printf("{\"id\":\"%s\",\"created\":%s}\n", pg_text(result, 0, 0),
               pg_bool(result, 0, 1) ? "true" : "false");
    else
        puts(pg_text(result, 0, 0));
    session_close(&session);
    return EXIT_DONE;
}

static const char *text_or_null(const struct pg_result *result, size_t row, size_t column)
{
    const char *text = pg_text(result, row, column);

    return text[0] != '\0' ? text : NULL;
}

int run_organisation_list(struct context *context)
{
    struct session *session;
    const struct pg_result *result;

    const int code = owner_query(context, &ctl_sql_organisation_list, NULL, 0, &session, &result);
    if (code != EXIT_DONE)
        return code;
    const size_t count = pg_rows(result);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);
    rows[0] = (struct table_row){{"ID", "SLAGS", "KOMMUNE", "CVR", "NAVN"}};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        rows[i + 1] = (struct table_row){
            {pg_text(result, i, 0), words_say(words_organisation, pg_text(result, i, 1)),
             pg_text(result, i, 3), pg_text(result, i, 4), pg_text(result, i, 2)}};
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "id", pg_text(result, i, 0), "kind",
                            pg_text(result, i, 1), "name", pg_text(result, i, 2), "municipality",
                            text_or_null(result, i, 3), "cvr", text_or_null(result, i, 4)));
    }
    if (context->json)
        puts(json_text(context->arena, list));
    else
        table_print(rows, count + 1, 5);
    json_decref(list);
    session_close(&session);
    return EXIT_DONE;
}

int run_status(struct context *context)
{
    struct session *session;
    const struct pg_result *result;

    const int code = owner_query(context, &ctl_sql_status, NULL, 0, &session, &result);
    if (code != EXIT_DONE)
        return code;
    json_t *values = json_object();
    for (size_t i = 0; i < pg_rows(result); i++) {
        json_object_set_new(values, pg_text(result, i, 0), json_integer(pg_int64(result, i, 1)));
        if (!context->json)
            printf("%10lld  %s\n", (long long)pg_int64(result, i, 1),
                   words_say(words_status, pg_text(result, i, 0)));
    }
    if (context->json)
        puts(json_text(context->arena, values));
    json_decref(values);
    session_close(&session);
    return EXIT_DONE;
}
