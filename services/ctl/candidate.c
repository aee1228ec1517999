/* A home's candidates that have to be confirmed, and their confirmation from a file. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define PAGE 200
#define FILE_CAP ((size_t)64 << 20)
#define CALL_ITEMS ((size_t)1000)       /* what one call takes */
#define CALL_BYTES ((size_t)250 * 1024) /* and its body, under 256 KiB */

/* --- tasks --- */

static const char *thing(struct context *context, const json_t *task)
{
    const json_t *fact = json_object_get(task, "fact");

    if (!json_is_object(fact))
        return "screening";
    return arena_printf(context->arena, "%s %s", words_say(words_fact, answer_text(fact, "kind")),
                        answer_text(fact, "code"));
}

static void print_tasks(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"SIDSTE DAG", "", "KANDIDAT", "HVAD"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *task = json_array_get(items, i);
        rows[i + 1] =
            (struct table_row){{answer_text(task, "due_on"),
                                json_is_true(json_object_get(task, "expired")) ? "udløbet" : "",
                                answer_text(json_object_get(task, "candidate"), "external_ref"),
                                thing(context, task)}};
    }
    table_print(rows, count + 1, 4);
    if (!json_is_null(json_object_get(answer, "next")))
        printf("Der er flere; --after %s viser de næste.\n", answer_text(answer, "next"));
}

int run_candidate_tasks(struct context *context)
{
    static const struct answer_filter filters[] = {
        {"state", "state"}, {"kind", "kind"}, {"before", "due_before"}, {"after", "cursor"}};
    const char *path = arena_printf(context->arena, "/v1/candidate-tasks?limit=%d", PAGE);
    const struct client_call call = {
        .method = "GET",
        .path = answer_filtered(context, path, filters, sizeof filters / sizeof *filters)};

    return answer_show(context, &call, print_tasks);
}

/* --- confirmations --- */

/* One call's items, and where in the file each came from. */
struct batch {
    struct context *context;
    struct buffer body;
    size_t lines[CALL_ITEMS];
    size_t count;
    long long changed, unchanged, refused;
};

static void name_refusal(size_t line, const char *reference, const json_t *problem)
{
    const json_t *errors = json_object_get(problem, "errors");

    if (json_array_size(errors) == 0)
        printf("linje %zu, %s: %s\n", line, reference, answer_text(problem, "detail"));
    for (size_t i = 0; i < json_array_size(errors); i++)
        printf("linje %zu, %s: %s\n", line, reference,
               answer_text(json_array_get(errors, i), "detail"));
}

static void count_results(struct batch *batch, const json_t *answer)
{
    const json_t *results = json_object_get(answer, "results");

    for (size_t i = 0; i < json_array_size(results) && i < batch->count; i++) {
        const json_t *result = json_array_get(results, i);
        const json_t *problem = json_object_get(result, "problem");
        if (problem != NULL) {
            batch->refused++;
            if (!batch->context->json)
                name_refusal(batch->lines[i], answer_text(result, "external_ref"), problem);
        } else if (json_is_true(json_object_get(result, "changed"))) {
            batch->changed++;
        } else {
            batch->unchanged++;
        }
    }
}

static int hand_over(struct batch *batch)
{
    json_t *answer;

    if (batch->count == 0)
        return EXIT_DONE;
    buffer_text(&batch->body, "]}");
    const struct client_call call = {.method = "POST",
                                     .path = "/v1/candidates/confirmations",
                                     .content_type = "application/json",
                                     .body = batch->body.data,
                                     .length = batch->body.length};
    const int code = client_do(batch->context, &call, &answer);
    if (code == EXIT_DONE) {
        if (batch->context->json)
            client_print_json(batch->context, answer);
        count_results(batch, answer);
        json_decref(answer);
    }
    buffer_clear(&batch->body);
    batch->count = 0;
    return code;
}

/* A line that is no JSON object would spoil the whole call: it is named here, and not sent. */
static bool is_item(const char *text, size_t length)
{
    json_t *item = NULL;
    struct json_fault fault;
    const bool good = json_read(text, length, &item, &fault) == 0 && json_is_object(item);

    json_decref(item);
    return good;
}

static int add(struct batch *batch, size_t line, const char *text, size_t length)
{
    int code = EXIT_DONE;

    if (length == 0 || strspn(text, " \t\r") >= length)
        return EXIT_DONE;
    if (length > CALL_BYTES || !is_item(text, length)) {
        batch->refused++;
        fprintf(stderr, "linje %zu: ikke et JSON-objekt\n", line);
        return EXIT_DONE;
    }
    if (batch->count == CALL_ITEMS || batch->body.length + length > CALL_BYTES)
        code = hand_over(batch);
    buffer_text(&batch->body, batch->count == 0 ? "{\"items\":[" : ",");
    buffer_append(&batch->body, text, length);
    batch->lines[batch->count++] = line;
    return code;
}

int run_candidate_confirm(struct context *context)
{
    struct batch *batch = arena_alloc(context->arena, sizeof *batch);
    char *text;
    size_t length;
    size_t line = 1;

    int code = command_read_file(context, context->words[0], FILE_CAP, &text, &length);
    if (code != EXIT_DONE)
        return code;
    *batch = (struct batch){.context = context};
    buffer_init(&batch->body, CALL_BYTES * 2);
    for (const char *end = text + length; text < end && code == EXIT_DONE; line++) {
        const size_t width = strcspn(text, "\n");
        code = add(batch, line, text, width);
        text += width + 1;
    }
    if (code == EXIT_DONE)
        code = hand_over(batch);
    buffer_deinit(&batch->body);
    if (!context->json)
        printf("%lld bekræftet, %lld uændret, %lld afvist\n", batch->changed, batch->unchanged,
               batch->refused);
    if (code != EXIT_DONE)
        return batch->changed > 0 ? EXIT_PARTLY : code;
    return batch->refused > 0 ? EXIT_PARTLY : EXIT_DONE;
}
