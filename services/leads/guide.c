#include "services/leads/guide.h"

#include "common/base/str.h"
#include "sql/leads_sql.h"

#include <stdlib.h>
#include <string.h>

#define GUIDE_QUESTIONS 40
#define GUIDE_OPTIONS 20
#define GUIDE_VERSION_DIGITS 9

static const char *const kinds[] = {"competences", "work_kinds", "requirements", "needs", "choice",
                                    "text",        NULL};

/* "needs_now": a letter, then letters, digits and underscores, small ones; at most 40. */
static bool key_valid(const char *key)
{
    static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    return key[0] >= 'a' && key[0] <= 'z' && key[strspn(key, more)] == '\0';
}

void guide_get(struct rest_call *call)
{
    static const char *const names[] = {"version", NULL};
    if (!rest_query_only(call, names))
        return;
    const char *version = rest_query(call, "version");
    if (version &&
        (version[0] < '1' || version[0] > '9' || version[strspn(version, "0123456789")] != '\0' ||
         strlen(version) > GUIDE_VERSION_DIGITS)) {
        rest_problem(call, "query-invalid", "version er et helt tal fra 1.");
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(version)};
    rest_run(call, &leads_sql_guide_read, parameters, 1);
}

static void check_options(struct json_check *check, const json_t *question, const char *base,
                          bool choice)
{
    const json_t *options = json_check_array(check, question, base, "options",
                                             choice ? JSON_REQUIRED : JSON_OPTIONAL, GUIDE_OPTIONS);
    const char *pointer = json_check_pointer(check, base, "options");
    if (!choice && json_object_get(question, "options")) {
        json_check_fail(check, pointer, "NOT_ALLOWED", "Kun spørgsmål af slagsen choice.");
        return;
    }
    if (options && json_array_size(options) < 2)
        json_check_fail(check, pointer, "LENGTH", "Mindst to svar at vælge imellem.");
    for (size_t i = 0; options && i < json_array_size(options); i++) {
        const char *text = json_string_value(json_array_get(options, i));
        if (!text || text[0] == '\0' || strlen(text) > 80)
            json_check_fail(check, json_check_item(check, pointer, i), "FORMAT",
                            "En tekst på 1-80 tegn.");
    }
}

/* Whether an earlier question has that key. */
static bool key_taken(const json_t *questions, size_t index, const char *key)
{
    for (size_t i = 0; i < index; i++) {
        const char *other = json_string_value(json_object_get(json_array_get(questions, i), "key"));
        if (other && str_equal(other, key))
            return true;
    }
    return false;
}

static void check_question(struct json_check *check, const json_t *questions, size_t index)
{
    static const char *const members[] = {"key", "kind", "text", "options", NULL};
    const json_t *question = json_array_get(questions, index);
    const char *base = json_check_item(check, "/questions", index);
    if (!json_is_object(question)) {
        json_check_fail(check, base, "TYPE", "Et spørgsmål er et objekt med key, kind og text.");
        return;
    }
    json_check_members(check, question, base, members);
    const char *key = json_check_text(check, question, base, "key", JSON_REQUIRED, 40);
    const char *pointer = json_check_pointer(check, base, "key");
    if (key && !key_valid(key))
        json_check_fail(check, pointer, "FORMAT", "Små bogstaver a-z, tal og _; først et bogstav.");
    else if (key && key_taken(questions, index, key))
        json_check_fail(check, pointer, "TAKEN", "Et andet spørgsmål har den nøgle.");
    json_check_text(check, question, base, "text", JSON_REQUIRED, 300);
    const int kind = json_check_choice(check, question, base, "kind", JSON_REQUIRED, kinds);
    if (kind >= 0)
        check_options(check, question, base, str_equal(kinds[kind], "choice"));
}

void guide_put(struct rest_call *call)
{
    static const char *const members[] = {"questions", NULL};
    struct arena *arena = rest_arena(call);
    struct json_check check;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    const json_t *questions =
        json_check_array(&check, rest_body(call), "", "questions", JSON_REQUIRED, GUIDE_QUESTIONS);
    if (questions && json_array_size(questions) == 0)
        json_check_fail(&check, "/questions", "LENGTH", "Mindst ét spørgsmål.");
    for (size_t i = 0; questions && i < json_array_size(questions); i++)
        check_question(&check, questions, i);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {rest_version_seen(call),
                                              PG_TEXT(json_text(arena, rest_body(call)))};
    rest_run(call, &leads_sql_guide_put, parameters, 2);
}
