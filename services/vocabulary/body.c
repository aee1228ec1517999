#include "services/vocabulary/body.h"

#include "common/base/str.h"

#include <string.h>

#define KEY_CAP 63
#define LABEL_CAP 120
#define FIELD_CAP 60
#define BASIS_CAP 200
#define URI_CAP 200
#define CODE_CAP 64
#define SYNONYM_CAP 120
#define SYNONYMS_CAP 50
#define RELATIONS_CAP 64
#define MONTHS_MAX 600
#define DAYS_MAX 400

static const char *const relations[] = {"close", "broader", "narrower", "occupation", NULL};

/* ^[a-z0-9][a-z0-9-]{1,62}$, as the database has it. */
static bool key_valid(const char *key)
{
    const size_t length = strlen(key);

    return length >= 2 && length <= KEY_CAP && key[0] != '-' &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* Lists of words are written a line each, with tabulators between the columns. */
static bool one_line(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == '\x7f')
            return false;
    return true;
}

static void check_line(struct json_check *check, const json_t *body, const char *name, size_t most)
{
    const char *text = json_check_text(check, body, "", name, JSON_REQUIRED, most);

    if (text != NULL && !one_line(text))
        json_check_fail(check, json_check_pointer(check, "", name), "FORMAT",
                        "Skal stå på én linje, uden tabulator.");
}

static void check_key(struct json_check *check, const json_t *body)
{
    const char *key = json_check_text(check, body, "", "key", JSON_REQUIRED, KEY_CAP);

    if (key != NULL && !key_valid(key))
        json_check_fail(check, "/key", "FORMAT",
                        "Skal være 2 til 63 små bogstaver a-z, tal og bindestreger.");
}

static void check_synonyms(struct json_check *check, const json_t *body, enum json_need need)
{
    const json_t *list = json_check_array(check, body, "", "synonyms", need, SYNONYMS_CAP);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *pointer = json_check_item(check, "/synonyms", i);
        if (!json_is_string(item))
            json_check_fail(check, pointer, "TYPE", "Skal være en tekst.");
        else if (str_blank(json_string_value(item)) ||
                 str_utf8_count(json_string_value(item)) > SYNONYM_CAP)
            json_check_fail(check, pointer, "LENGTH", "Skal være på 1 til %d tegn.", SYNONYM_CAP);
        else if (!one_line(json_string_value(item)))
            json_check_fail(check, pointer, "FORMAT", "Skal stå på én linje, uden tabulator.");
    }
}

static void check_relations(struct json_check *check, const json_t *body, enum json_need need)
{
    static const char *const names[] = {"code", "relation", NULL};
    const json_t *list = json_check_array(check, body, "", "relations", need, RELATIONS_CAP);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *base = json_check_item(check, "/relations", i);
        json_check_members(check, item, base, names);
        (void)json_check_text(check, item, base, "code", JSON_REQUIRED, CODE_CAP);
        (void)json_check_choice(check, item, base, "relation", JSON_REQUIRED, relations);
    }
}

/* A number that must be told, if only as null. */
static void check_known(struct json_check *check, const json_t *body, const char *name,
                        int64_t maximum)
{
    if (!json_is_null(json_object_get(body, name)))
        (void)json_check_integer(check, body, "", name, JSON_REQUIRED, 1, maximum, 0);
}

static void check_competence(struct json_check *check, const json_t *body)
{
    check_line(check, body, "label", LABEL_CAP);
    check_line(check, body, "field", FIELD_CAP);
    if (!json_is_null(json_object_get(body, "esco_uri")))
        (void)json_check_text(check, body, "", "esco_uri", JSON_OPTIONAL, URI_CAP);
}

static void check_certificate(struct json_check *check, const json_t *body)
{
    check_line(check, body, "label", LABEL_CAP);
    (void)json_check_text(check, body, "", "basis", JSON_REQUIRED, BASIS_CAP);
    check_known(check, body, "validity_months", MONTHS_MAX);
    check_known(check, body, "course_days", DAYS_MAX);
}

void word_body_check(struct json_check *check, const json_t *body, enum word_body kind)
{
    static const char *const names[][8] = {
        [WORD_COMPETENCE_NEW] = {"key", "label", "field", "esco_uri", "synonyms", "relations"},
        [WORD_COMPETENCE] = {"label", "field", "esco_uri", "retired", "synonyms", "relations"},
        [WORD_CERTIFICATE] = {"label", "basis", "validity_months", "course_days", "synonyms",
                              "relations"},
        [WORD_OCCUPATION] = {"synonyms", "relations"},
    };
    const enum json_need need = kind == WORD_COMPETENCE_NEW ? JSON_OPTIONAL : JSON_REQUIRED;

    json_check_members(check, body, "", names[kind]);
    if (kind == WORD_COMPETENCE_NEW)
        check_key(check, body);
    if (kind == WORD_COMPETENCE_NEW || kind == WORD_COMPETENCE)
        check_competence(check, body);
    if (kind == WORD_COMPETENCE)
        (void)json_check_bool(check, body, "", "retired", JSON_REQUIRED, false);
    if (kind == WORD_CERTIFICATE)
        check_certificate(check, body);
    check_synonyms(check, body, need);
    check_relations(check, body, need);
}
