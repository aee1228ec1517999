/* Candidates who came together (hold), such as a lay-off: made by their home, seen by it and, in
 * counts, by the team. */
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "services/pool/internal.h"
#include "sql/pool_sql.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TAG_CAP 40
#define NAME_CAP 100
#define NOTE_CAP 500
#define MEMBERS_PAGE "1000" /* where the caller names no limit */

static const char *const kinds[] = {"layoff", "course", "other", NULL};

bool pool_tag_good(const char *text)
{
    const size_t length = strlen(text);

    return length > 0 && length <= TAG_CAP &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

bool pool_has_cpr(const char *text)
{
    const size_t length = strlen(text);
    char part[CPR_SIZE + 1];

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && isdigit((unsigned char)text[i - 1]))
            continue; /* in the middle of a longer number */
        for (size_t width = CPR_SIZE - 1; width <= CPR_SIZE; width++) {
            if (i + width > length || isdigit((unsigned char)text[i + width]))
                continue;
            memcpy(part, text + i, width);
            part[width] = '\0';
            if (cpr_valid(part))
                return true;
        }
    }
    return false;
}

/* The text, when it can be read. */
static const char *check_text(struct json_check *check, const json_t *body, const char *name,
                              enum json_need need, size_t most)
{
    const char *text = json_check_text(check, body, "", name, need, most);

    if (text != NULL && pool_has_cpr(text))
        json_check_fail(check, json_check_pointer(check, "", name), "CPR",
                        "Ligner et personnummer; et hold siger intet om enkelte personer.");
    return text;
}

static void check_batch(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"tag", "name", "kind", "on", "note", NULL};

    json_check_members(check, body, "", names);
    const char *tag = check_text(check, body, "tag", JSON_REQUIRED, TAG_CAP);
    if (tag != NULL && !pool_tag_good(tag))
        json_check_fail(check, "/tag", "FORMAT",
                        "Skal være små bogstaver a-z, cifre og bindestreger.");
    (void)check_text(check, body, "name", JSON_REQUIRED, NAME_CAP);
    (void)check_text(check, body, "note", JSON_OPTIONAL, NOTE_CAP);
    (void)json_check_choice(check, body, "", "kind", JSON_REQUIRED, kinds);
    (void)json_check_date(check, body, "", "on", JSON_REQUIRED);
}

void pool_post_batch(struct rest_call *call)
{
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    check_batch(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_run(call, &pool_sql_batch_create, parameters, 1);
}

void pool_get_batches(struct rest_call *call)
{
    static const char *const names[] = {"tag", "cursor", "limit", NULL};
    const char *tag = rest_query(call, "tag");
    char size[24];

    if (!rest_query_only(call, names))
        return;
    if (tag != NULL && !pool_tag_good(tag)) {
        rest_problem(call, "query-invalid",
                     "tag er små bogstaver a-z, cifre og bindestreger, højst 40.");
        return;
    }
    size_t limit = rest_limit(call);
    const char *after = limit != 0 ? rest_cursor_read(call) : NULL;
    if (after == NULL)
        return;
    snprintf(size, sizeof size, "%zu", limit);
    const struct pg_parameter parameters[] = {PG_TEXT(after), PG_TEXT(size), PG_TEXT(tag)};
    const struct pg_step step = {&pool_sql_batch_page, parameters, 3};
    rest_batch(call, &step, 1, pool_answer_page);
}

/* The batch, and where its members go on. */
static void answer_batch(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *batch = pg_outcome_result(outcome, 0);
    const char *body = pg_text(batch, 0, 0);
    const size_t open = strlen(body) - 1; /* without its last brace */

    if (!pg_is_null(batch, 0, 1)) {
        const char *next = rest_cursor_write(call, pg_text(batch, 0, 1));
        rest_next(call, next);
        body = arena_printf(rest_arena(call), "%.*s,\"next\":\"%s\"}", (int)open, body, next);
    } else if (pg_bool(batch, 0, 2)) {
        body = arena_printf(rest_arena(call), "%.*s,\"next\":null}", (int)open, body);
    }
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

void pool_get_batch(struct rest_call *call)
{
    static const char *const names[] = {"cursor", "limit", NULL};
    const char *id = rest_path_id(call, "Holdet findes ikke.");

    if (id == NULL || !rest_query_only(call, names))
        return;
    const size_t limit = rest_limit(call);
    const char *after = limit != 0 ? rest_cursor_read(call) : NULL;
    if (after == NULL)
        return;
    const char *size = rest_query(call, "limit") != NULL
                           ? arena_printf(rest_arena(call), "%zu", limit)
                           : MEMBERS_PAGE;
    const struct pg_parameter parameters[] = {
        PG_TEXT(id), *after != '\0' ? PG_TEXT(after) : PG_NULL, PG_TEXT(size)};
    const struct pg_step step = {&pool_sql_batch_read, parameters, 3};
    rest_batch(call, &step, 1, answer_batch);
}
