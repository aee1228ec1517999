/* Batches (hold): candidates who came together, such as a lay-off. */
#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define PAGE 200

static const struct word kinds[] = {
    {"layoff", "afskedigelse"}, {"course", "forløb"}, {"other", "andet"}, {NULL, NULL}};
static const struct word states[] = {{"ready", "klar"},
                                     {"unscreened", "ikke screenet"},
                                     {"expired", "screening udløbet"},
                                     {"withdrawn", "trukket tilbage"},
                                     {NULL, NULL}};

static const char *candidates_of(struct context *context, const json_t *batch)
{
    if (json_is_null(json_object_get(batch, "candidates")))
        return "under 5";
    return arena_printf(context->arena, "%lld", answer_number(batch, "candidates"));
}

static void print_batches(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"MÆRKE", "NAVN", "SLAGS", "DATO", "KOMMUNE", "KANDIDATER"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        rows[i + 1] = (struct table_row){
            {answer_text(item, "tag"), answer_text(item, "name"),
             words_say(kinds, answer_text(item, "kind")), answer_text(item, "on"),
             answer_text(item, "municipality"), candidates_of(context, item)}};
    }
    table_print(rows, count + 1, 6);
    if (!json_is_null(json_object_get(answer, "next")))
        printf("Der er flere; --after %s viser de næste.\n", answer_text(answer, "next"));
}

static void print_batch(struct context *context, const json_t *batch)
{
    size_t index;
    const json_t *item;

    printf("%s (%s), %s den %s, kommune %s: %s kandidater\n", answer_text(batch, "name"),
           answer_text(batch, "tag"), words_say(kinds, answer_text(batch, "kind")),
           answer_text(batch, "on"), answer_text(batch, "municipality"),
           candidates_of(context, batch));
    json_array_foreach(json_object_get(batch, "trades"), index, item)
        printf("  %s %s: %lld\n", answer_text(item, "code"), answer_text(item, "title"),
               answer_number(item, "candidates"));
    json_array_foreach(json_object_get(batch, "members"), index, item)
        printf("%s: %s\n", answer_text(item, "external_ref"),
               words_say(states, answer_text(item, "state")));
    if (answer_number(batch, "more") > 0)
        printf("… og %lld mere\n", answer_number(batch, "more"));
}

int run_batch_list(struct context *context)
{
    static const struct answer_filter filters[] = {{"tag", "tag"}, {"after", "cursor"}};
    const char *path = arena_printf(context->arena, "/v1/batches?limit=%d", PAGE);
    const struct client_call call = {
        .method = "GET",
        .path = answer_filtered(context, path, filters, sizeof filters / sizeof *filters)};

    return answer_show(context, &call, print_batches);
}

int run_batch_create(struct context *context)
{
    const char *kind = command_value(context, "kind");
    const char *note = command_value(context, "note");
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s}", "tag", context->words[0], "name", context->words[1],
                  "kind", kind != NULL ? kind : "layoff", "on", command_value(context, "on"));

    if (body == NULL) {
        fputs("emnebank: argumenterne er ikke UTF-8\n", stderr);
        return EXIT_USAGE;
    }
    if (note != NULL)
        json_object_set_new(body, "note", json_string(note));
    const char *text = json_text(context->arena, body);
    json_decref(body);
    const struct client_call call = {.method = "POST",
                                     .path = "/v1/batches",
                                     .content_type = "application/json",
                                     .body = text,
                                     .length = strlen(text)};
    return answer_show(context, &call, print_batch);
}

/* An id, or the tag of the newest batch that has it. */
static int find_batch(struct context *context, const char *word, const char **id)
{
    const struct client_call call = {.method = "GET",
                                     .path =
                                         arena_printf(context->arena, "/v1/batches?limit=1&tag=%s",
                                                      client_escape(context->arena, word))};
    json_t *answer;

    *id = word;
    if (uuid_valid(word))
        return EXIT_DONE;
    const int code = client_do(context, &call, &answer);
    if (code != EXIT_DONE)
        return code;
    const json_t *first = json_array_get(json_object_get(answer, "items"), 0);
    *id = arena_strdup(context->arena, answer_text(first, "id"));
    json_decref(answer);
    if ((*id)[0] != '\0')
        return EXIT_DONE;
    fprintf(stderr, "emnebank: intet hold har mærket %s\n", word);
    return EXIT_REFUSED;
}

int run_batch_show(struct context *context)
{
    const char *id;
    const int code = find_batch(context, context->words[0], &id);

    if (code != EXIT_DONE)
        return code;
    const struct client_call call = {.method = "GET",
                                     .path = arena_printf(context->arena, "/v1/batches/%s", id)};
    return answer_show(context, &call, print_batch);
}
