/* `emnebank order draft` and `order import`: what a text, a posting or a sheet says of orders. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SHEET_CAP ((size_t)16 << 20)
#define BODY_CAP ((size_t)1 << 20)

/* --- order draft ------------------------------------------------------------------------------ */

/* A value as people read it: a text without its quotes, a requirement as its code. */
static const char *value_text(struct arena *arena, const json_t *span)
{
    const json_t *value = json_object_get(span, "value");

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_object(value))
        return arena_printf(arena, "%s %s %s",
                            str_equal(answer_text(value, "necessity"), "must") ? "krav:" : "ønske:",
                            answer_text(value, "kind"), answer_text(value, "code"));
    return json_text(arena, value);
}

static void print_spans(struct context *context, const json_t *spans)
{
    const size_t count = json_array_size(spans);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"TEKST", "FELT", "VÆRDI", "SIKKERHED", "BEMÆRKNING"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *span = json_array_get(spans, i);
        const char *field = answer_text(span, "field");
        rows[i + 1] = (struct table_row){
            {answer_text(span, "text"), field[0] != '\0' ? field : "(ingen plads)",
             value_text(context->arena, span),
             arena_printf(context->arena, "%lld", answer_number(span, "confidence")),
             answer_text(span, "note")}};
    }
    if (count > 0)
        table_print(rows, count + 1, 5);
}

static void print_list(const char *heading, const json_t *list, const char *member)
{
    if (json_array_size(list) > 0)
        printf("\n%s\n", heading);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        printf("  %s\n",
               json_is_string(item) ? json_string_value(item) : answer_text(item, member));
    }
}

static void print_draft(struct context *context, const json_t *answer)
{
    print_spans(context, json_object_get(answer, "spans"));
    print_list("Ikke forstået:", json_object_get(answer, "not_understood"), "text");
    print_list("Mangler:", json_object_get(answer, "missing"), NULL);
    print_list("Bemærk:", json_object_get(answer, "remarks"), "text");
    print_list("Må ikke stå i et jobopslag:", json_object_get(answer, "findings"), "phrase");
    printf("\nIntet er gemt. Med --json er draft det, som order post tager.\n");
}

static int draft_text(struct context *context, const char *path)
{
    struct buffer body;
    char *text;
    size_t length;

    int code = command_read_file(context, path, BODY_CAP, &text, &length);
    if (code != EXIT_DONE)
        return code;
    if (!str_utf8_valid(text, length) || strlen(text) != length) {
        fprintf(stderr, "emnebank: %s er ikke UTF-8\n", path);
        return EXIT_USAGE;
    }
    buffer_init(&body, 8 * BODY_CAP);
    buffer_text(&body, "{\"text\":");
    buffer_json(&body, text);
    buffer_char(&body, '}');
    code = answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = "/v1/job-orders/from-text",
                                             .content_type = "application/json",
                                             .body = body.data,
                                             .length = body.length},
                       print_draft);
    buffer_deinit(&body);
    return code;
}

static int draft_posting(struct context *context, const char *path)
{
    char *bytes;
    size_t length;

    const int code = command_read_file(context, path, BODY_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    return answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = "/v1/job-orders/from-posting",
                                             .content_type = "application/json",
                                             .body = bytes,
                                             .length = length},
                       print_draft);
}

int run_order_draft(struct context *context)
{
    const char *text = command_value(context, "text"), *posting = command_value(context, "posting");

    if ((text == NULL) == (posting == NULL)) {
        fputs("emnebank: angiv enten --text eller --posting\n", stderr);
        return EXIT_USAGE;
    }
    return text != NULL ? draft_text(context, text) : draft_posting(context, posting);
}

/* --- order import ----------------------------------------------------------------------------- */

static const char *outcome_word(const char *outcome)
{
    static const struct {
        const char *outcome, *word;
    } words[] = {{"created", "kladde oprettet"},
                 {"unchanged", "uændret"},
                 {"differs", "siger noget andet end sidst; intet er ændret"},
                 {"rejected", "afvist"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal(words[i].outcome, outcome))
            return words[i].word;
    return outcome;
}

static void print_row(const json_t *row)
{
    const json_t *errors = json_object_get(row, "errors");
    const json_t *unknown = json_object_get(row, "not_understood");

    printf("linje %lld: %s %s\n", answer_number(row, "line"),
           outcome_word(answer_text(row, "outcome")), answer_text(row, "order_id"));
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *fault = json_array_get(errors, i);
        printf("  %s: %s\n", answer_text(fault, "pointer"), answer_text(fault, "detail"));
    }
    for (size_t i = 0; i < json_array_size(unknown); i++)
        printf("  ikke forstået: %s\n", answer_text(json_array_get(unknown, i), "text"));
}

static void print_import(const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "results");

    for (size_t i = 0; i < json_array_size(rows); i++)
        print_row(json_array_get(rows, i));
    printf("%lld rækker: %lld oprettet, %lld uændret, %lld anderledes, %lld afvist%s\n",
           answer_number(answer, "rows"), answer_number(answer, "created"),
           answer_number(answer, "unchanged"), answer_number(answer, "differs"),
           answer_number(answer, "rejected"),
           json_is_true(json_object_get(answer, "dry_run")) ? " (prøve; intet er gemt)" : "");
}

static const char *sheet_type(struct context *context, const char *path)
{
    const char *charset = command_value(context, "charset");
    const size_t length = strlen(path);

    if (length > strlen(".xlsx") && strcasecmp(path + length - strlen(".xlsx"), ".xlsx") == 0)
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    return arena_printf(context->arena, "text/csv; charset=%s",
                        charset != NULL ? charset : "utf-8");
}

int run_order_import(struct context *context)
{
    json_t *answer = NULL;
    char *bytes;
    size_t length;

    int code = command_read_file(context, context->words[0], SHEET_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    const bool dry = command_value(context, "dry-run") != NULL;
    const struct client_call call = {.method = "POST",
                                     .path = dry ? "/v1/job-orders/import?dry_run=true"
                                                 : "/v1/job-orders/import",
                                     .content_type = sheet_type(context, context->words[0]),
                                     .body = bytes,
                                     .length = length};
    code = client_do(context, &call, &answer);
    if (code != EXIT_DONE)
        return code;
    if (context->json)
        client_print_json(context, answer);
    else
        print_import(answer);
    if (answer_number(answer, "rejected") > 0 || answer_number(answer, "differs") > 0)
        code = EXIT_PARTLY;
    json_decref(answer);
    return code;
}
