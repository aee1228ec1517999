/* Commands that ask the engine about a job order besides its list: what if, which course, who
 * nearly; and the proposals of better candidates. */
#include "common/domain/uuid.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"

#include <stdio.h>
#include <string.h>

#define BODY_CAP ((size_t)1 << 20)

static int show_order(struct context *context, const char *what,
                      void (*print)(struct context *context, const json_t *answer))
{
    const struct client_call call = {
        .method = "GET",
        .path = arena_printf(context->arena, "/v1/job-orders/%s/%s", context->words[0], what)};

    return answer_show(context, &call, print);
}

static void print_explanation(struct context *context, const json_t *answer)
{
    (void)context;
    puts(answer_text(answer, "explanation_da"));
    printf("Beregnet %s, regelsæt %lld, emnebankens version %lld\n", answer_text(answer, "as_of"),
           answer_number(answer, "ruleset"), answer_number(answer, "pool_version"));
}

/* An id asks about an order that is there; anything else is the file of one that is not. */
int run_order_what_if(struct context *context)
{
    char *bytes;
    size_t length;

    if (uuid_valid(context->words[0]))
        return show_order(context, "what-if", print_explanation);
    const int code = command_read_file(context, context->words[0], BODY_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    return answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = "/v1/job-orders/what-if",
                                             .content_type = "application/json",
                                             .body = bytes,
                                             .length = length},
                       print_explanation);
}

int run_order_gap(struct context *context)
{
    return show_order(context, "gap", print_explanation);
}

static void print_near_misses(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"POINT", "KOMMUNE", "KANDIDAT", "MANGLER"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        rows[i + 1] =
            (struct table_row){{arena_printf(context->arena, "%lld", answer_number(item, "score")),
                                answer_text(item, "municipality"),
                                answer_text(json_object_get(item, "candidate"), "id"),
                                answer_text(json_object_get(item, "lacks"), "label")}};
    }
    table_print(rows, count + 1, 4);
}

int run_order_near_misses(struct context *context)
{
    return show_order(context, "near-misses", print_near_misses);
}

static void print_proposals(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"FORSLAG", "KOMMUNE", "KANDIDAT", "BEGRUNDELSE"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        rows[i + 1] =
            (struct table_row){{answer_text(item, "id"), answer_text(item, "municipality"),
                                answer_text(json_object_get(item, "candidate"), "id"),
                                answer_text(item, "explanation_da")}};
    }
    table_print(rows, count + 1, 4);
}

int run_order_proposals(struct context *context)
{
    return show_order(context, "proposals", print_proposals);
}

static void print_reranked(struct context *context, const json_t *answer)
{
    (void)context;
    printf("Jobordren rangeres igen, version %lld.\n", answer_number(answer, "version"));
}

int run_order_rerank(struct context *context)
{
    const struct client_call call = {
        .method = "POST",
        .path = arena_printf(context->arena, "/v1/job-orders/%s/rerank", context->words[0]),
        .content_type = "application/json",
        .body = "{}",
        .length = 2,
        .if_match = "*"};

    return answer_show(context, &call, print_reranked);
}

static void print_dismissed(struct context *context, const json_t *answer)
{
    (void)context;
    (void)answer;
    puts("Forslaget er afvist.");
}

int run_proposal_dismiss(struct context *context)
{
    static const char body[] = "{\"state\":\"dismissed\"}";
    const struct client_call call = {
        .method = "PATCH",
        .path = arena_printf(context->arena, "/v1/proposals/%s", context->words[0]),
        .content_type = "application/json",
        .body = body,
        .length = strlen(body),
        .if_match = "*"};

    return answer_show(context, &call, print_dismissed);
}
