/* The team's edits of the vocabulary, over the API: a word is read, changed and put back, and the
 * server refuses when somebody else was faster. */
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 100000

/* "competence" → the path of that word; NULL, and the usage printed, for another kind. */
static const char *word_path(struct context *context, const char *kind, const char *code)
{
    static const char *const kinds[] = {"competence", "certificate", "occupation"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_equal(kind, kinds[i]) && strpbrk(code, "/?#% ") == NULL)
            return arena_printf(context->arena, "/v1/vocabulary/%ss/%s", kind, code);
    fputs("emnebank: SLAGS er competence, certificate eller occupation, og KODE en kode af den "
          "slags\n",
          stderr);
    return NULL;
}

static void print_word(struct context *context, const json_t *word)
{
    size_t index;
    const json_t *item;

    (void)context;
    printf("%s %s: %s (version %lld)\n", words_say(words_fact, answer_text(word, "kind")),
           answer_text(word, "code"), answer_text(word, "label"), answer_number(word, "version"));
    if (json_is_true(json_object_get(word, "retired")))
        puts("  udgået: intet nyt kan nævne den");
    if (json_object_get(word, "field") != NULL)
        printf("  gruppe      %s\n", answer_text(word, "field"));
    if (json_object_get(word, "basis") != NULL)
        printf("  grundlag    %s\n", answer_text(word, "basis"));
    if (json_is_integer(json_object_get(word, "validity_months")))
        printf("  gælder      %lld måneder\n", answer_number(word, "validity_months"));
    if (json_is_integer(json_object_get(word, "course_days")))
        printf("  kursus      %lld dage\n", answer_number(word, "course_days"));
    json_array_foreach(json_object_get(word, "synonyms"), index, item)
        printf("  kaldes      %s\n", json_string_value(item));
    json_array_foreach(json_object_get(word, "relations"), index, item)
    {
        fputs("  ", stdout);
        table_cell(words_say(words_relation, answer_text(item, "relation")), 12);
        puts(answer_text(item, "code"));
    }
}

int run_vocabulary_show(struct context *context)
{
    const char *path = word_path(context, context->words[0], context->words[1]);

    if (path == NULL)
        return EXIT_USAGE;
    return answer_show(context, &(struct client_call){.method = "GET", .path = path}, print_word);
}

/* The word as the server has it, less what a PUT does not take; its version as an ETag. */
static int read_word(struct context *context, const char *path, json_t **word, const char **etag)
{
    const int code = client_do(context, &(struct client_call){.method = "GET", .path = path}, word);
    if (code != EXIT_DONE)
        return code;
    static const char *const fixed[] = {"kind", "code", "version", "obsolete_since"};
    const bool trade = str_equal(answer_text(*word, "kind"), "occupation");
    *etag = arena_printf(context->arena, "\"v%lld\"", answer_number(*word, "version"));
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        (void)json_object_del(*word, fixed[i]);
    if (trade) {
        (void)json_object_del(*word, "label");
        (void)json_object_del(*word, "esco_uri");
    }
    return EXIT_DONE;
}

static int put_word(struct context *context, const char *path, const char *etag, const json_t *word)
{
    const char *body = json_text(context->arena, word);

    return answer_show(context,
                       &(struct client_call){.method = "PUT",
                                             .path = path,
                                             .content_type = "application/json",
                                             .body = body,
                                             .length = strlen(body),
                                             .if_match = etag},
                       print_word);
}

/* One edit: `change` gets the word and says what came of it. */
typedef int change_word(struct context *context, json_t *word);

static int edit_word(struct context *context, change_word *change)
{
    const char *path = word_path(context, context->words[0], context->words[1]);
    const char *etag = NULL;
    json_t *word;

    if (path == NULL)
        return EXIT_USAGE;
    int code = read_word(context, path, &word, &etag);
    if (code != EXIT_DONE)
        return code;
    code = change(context, word);
    if (code == EXIT_DONE)
        code = put_word(context, path, etag, word);
    json_decref(word);
    return code;
}

/* --- vocabulary edit ----------------------------------------------------------------------------
 */

static void set_text(struct context *context, json_t *word, const char *option, const char *member)
{
    const char *value = command_value(context, option);

    if (value != NULL)
        json_object_set_new(word, member,
                            str_equal(value, "ingen") ? json_null() : json_string(value));
}

static int set_number(struct context *context, json_t *word, const char *option, const char *member)
{
    const char *value = command_value(context, option);
    int64_t number;

    if (value == NULL)
        return EXIT_DONE;
    if (str_equal(value, "ingen")) {
        json_object_set_new(word, member, json_null());
        return EXIT_DONE;
    }
    if (str_int64(value, 1, NUMBER_MAX, &number) != 0) {
        fprintf(stderr, "emnebank: --%s er et antal fra 1, eller ingen\n", option);
        return EXIT_USAGE;
    }
    json_object_set_new(word, member, json_integer(number));
    return EXIT_DONE;
}

static int change_members(struct context *context, json_t *word)
{
    const char *retired = command_value(context, "retired");

    if (retired != NULL && !str_equal(retired, "ja") && !str_equal(retired, "nej")) {
        fputs("emnebank: --retired er ja eller nej\n", stderr);
        return EXIT_USAGE;
    }
    set_text(context, word, "label", "label");
    set_text(context, word, "field", "field");
    set_text(context, word, "esco", "esco_uri");
    set_text(context, word, "basis", "basis");
    if (retired != NULL)
        json_object_set_new(word, "retired", json_boolean(str_equal(retired, "ja")));
    const int code = set_number(context, word, "months", "validity_months");
    return code != EXIT_DONE ? code : set_number(context, word, "days", "course_days");
}

int run_vocabulary_edit(struct context *context)
{
    return edit_word(context, change_members);
}

/* --- synonyms and relations ---------------------------------------------------------------------
 */

static void drop_text(json_t *list, const char *text)
{
    for (size_t i = json_array_size(list); i-- > 0;)
        if (str_equal(json_string_value(json_array_get(list, i)), text))
            (void)json_array_remove(list, i);
}

static int change_synonyms(struct context *context, json_t *word)
{
    const bool remove = command_value(context, "remove") != NULL;
    json_t *list = json_object_get(word, "synonyms");

    for (size_t i = 2; i < context->word_count; i++) {
        drop_text(list, context->words[i]);
        if (!remove)
            json_array_append_new(list, json_string(context->words[i]));
    }
    return EXIT_DONE;
}

int run_vocabulary_synonym(struct context *context)
{
    return edit_word(context, change_synonyms);
}

static int change_relation(struct context *context, json_t *word)
{
    json_t *list = json_object_get(word, "relations");
    const char *other = context->words[2], *relation = context->words[3];

    for (size_t i = json_array_size(list); i-- > 0;)
        if (str_equal(answer_text(json_array_get(list, i), "code"), other))
            (void)json_array_remove(list, i);
    if (!str_equal(relation, "none"))
        json_array_append_new(list, json_pack("{s:s, s:s}", "code", other, "relation", relation));
    return EXIT_DONE;
}

int run_vocabulary_relate(struct context *context)
{
    return edit_word(context, change_relation);
}

/* --- a competence that comes and goes -----------------------------------------------------------
 */

int run_vocabulary_add(struct context *context)
{
    json_t *word = json_object();

    json_object_set_new(word, "key", json_string(context->words[0]));
    set_text(context, word, "label", "label");
    set_text(context, word, "field", "field");
    set_text(context, word, "esco", "esco_uri");
    const char *body = json_text(context->arena, word);
    json_decref(word);
    return answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = "/v1/vocabulary/competences",
                                             .content_type = "application/json",
                                             .body = body,
                                             .length = strlen(body),
                                             .idempotent = true},
                       print_word);
}

int run_vocabulary_remove(struct context *context)
{
    const char *path = word_path(context, "competence", context->words[0]);

    if (path == NULL)
        return EXIT_USAGE;
    return answer_show(context,
                       &(struct client_call){.method = "DELETE", .path = path, .if_match = "*"},
                       print_word);
}

static void print_changes(struct context *context, const json_t *answer)
{
    size_t index;
    const json_t *item;

    (void)context;
    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        printf("%6lld  %.10s  ", answer_number(item, "version"), answer_text(item, "at"));
        table_cell(words_say(words_change, answer_text(item, "action")), 11);
        printf("%s %s  %s\n", words_say(words_fact, answer_text(item, "kind")),
               answer_text(item, "code"), answer_text(item, "person"));
    }
}

int run_vocabulary_changes(struct context *context)
{
    const char *since = command_value(context, "since");
    const char *path = arena_printf(context->arena, "/v1/vocabulary/changes?limit=200&since=%s",
                                    since != NULL ? since : "0");

    if (since != NULL && strspn(since, "0123456789") != strlen(since)) {
        fputs("emnebank: --since er en version, et helt tal\n", stderr);
        return EXIT_USAGE;
    }
    return answer_show(context, &(struct client_call){.method = "GET", .path = path},
                       print_changes);
}
