/* Commands for API keys. A key's text is printed once, at its making, and nowhere else. */
#include "services/access/keys.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/uuid.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>

enum {
    COLUMN_ID,
    COLUMN_ORGANISATION,
    COLUMN_LABEL,
    COLUMN_PERSON,
    COLUMN_SCOPES,
    COLUMN_CREATED,
    COLUMN_EXPIRES,
    COLUMN_USED,
    COLUMN_STATE
};

/* A preset's name, or the list of scopes itself; NULL: the preset of the organisation's kind. */
static const char *scopes_named(const char *scopes)
{
    if (str_equal(scopes, "jobcentre"))
        return access_preset("municipality");
    const char *preset = scopes != NULL ? access_preset(scopes) : NULL;
    return preset != NULL ? preset : scopes;
}

static bool request_read(const struct context *context, struct access_request *request)
{
    const char *days = command_value(context, "days");
    const char *environment = command_value(context, "environment");
    int64_t number = ACCESS_DAYS_MAXIMUM;

    if (days != NULL && str_int64(days, 1, ACCESS_DAYS_MAXIMUM, &number) != 0) {
        fprintf(stderr, "emnebank: --days er et tal fra 1 til %d\n", ACCESS_DAYS_MAXIMUM);
        return false;
    }
    *request =
        (struct access_request){.organisation = command_value(context, "organisation"),
                                .environment = environment != NULL ? environment : "production",
                                .label = command_value(context, "label"),
                                .person = command_value(context, "person"),
                                .scopes = scopes_named(command_value(context, "scopes")),
                                .days = (int)number};
    return true;
}

int run_key_create(struct context *context)
{
    struct access_request request;
    struct access_made made = {0};
    struct error_detail detail = {0};
    struct session *session;

    if (!request_read(context, &request))
        return EXIT_USAGE;
    const int code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = access_keys_create(session, &request, &made, &detail);
    session_close(&session);
    if (error != 0)
        return command_failed(error, &detail);
    if (context->json)
        printf("{\"id\":\"%s\",\"key\":\"%s\",\"expires_at\":\"%s\"}\n", made.id, made.text,
               made.expires_at);
    else
        puts(made.text);
    crypto_wipe(&made, sizeof made);
    return EXIT_DONE;
}

static void print_keys(struct context *context, const struct pg_result *result)
{
    const size_t count = pg_rows(result);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] =
        (struct table_row){{"ID", "ORGANISATION", "TILSTAND", "UDLØBER", "BRUGT", "PERSON", "TIL"}};
    for (size_t i = 0; i < count; i++)
        rows[i + 1] = (struct table_row){
            {pg_text(result, i, COLUMN_ID), pg_text(result, i, COLUMN_ORGANISATION),
             words_say(words_key, pg_text(result, i, COLUMN_STATE)),
             pg_text(result, i, COLUMN_EXPIRES), pg_text(result, i, COLUMN_USED),
             pg_text(result, i, COLUMN_PERSON), pg_text(result, i, COLUMN_LABEL)}};
    table_print(rows, count + 1, 7);
}

static void print_keys_json(struct context *context, const struct pg_result *result)
{
    static const char *const names[] = {"id",         "organisation", "label",
                                        "person",     "scopes",       "created_at",
                                        "expires_at", "last_used_at", "state"};
    json_t *list = json_array();

    for (size_t i = 0; i < pg_rows(result); i++) {
        json_t *item = json_object();
        for (size_t column = 0; column <= COLUMN_STATE; column++)
            json_object_set_new(item, names[column],
                                pg_is_null(result, i, column)
                                    ? json_null()
                                    : json_string(pg_text(result, i, column)));
        json_array_append_new(list, item);
    }
    puts(json_text(context->arena, list));
    json_decref(list);
}

int run_key_list(struct context *context)
{
    struct error_detail detail = {0};
    struct session *session;
    const struct pg_result *result;

    const int code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = access_keys_list(session, &result, &detail);
    if (error == 0 && context->json)
        print_keys_json(context, result);
    else if (error == 0)
        print_keys(context, result);
    session_close(&session);
    return error != 0 ? command_failed(error, &detail) : EXIT_DONE;
}

int run_key_revoke(struct context *context)
{
    struct error_detail detail = {0};
    struct session *session;

    if (!uuid_valid(context->words[0])) {
        fputs("emnebank: angiv nøglens id, som emnebank key list viser det\n", stderr);
        return EXIT_USAGE;
    }
    const int code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = access_keys_revoke(session, context->words[0], &detail);
    session_close(&session);
    if (error != 0)
        return command_failed(error, &detail);
    if (!context->json)
        puts("Nøglen er spærret.");
    return EXIT_DONE;
}
