/* Endpoints into use: asked again by their owner, approved by a named person of the team. */
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"

#include <stdio.h>
#include <string.h>

#define PAGE 200

static const char *path_of(struct context *context, const char *tail)
{
    return arena_printf(context->arena, "/v1/endpoints/%s/%s",
                        client_escape(context->arena, context->words[0]), tail);
}

/* The version that the person has seen, as an ETag. */
static const char *seen(struct context *context)
{
    return arena_printf(context->arena, "\"v%s\"", command_value(context, "version"));
}

static void print_approvals(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"ID", "VERSION", "ORGANISATION", "OPRETTET AF", "ADRESSE"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        rows[i + 1] = (struct table_row){
            {answer_text(item, "id"),
             arena_printf(context->arena, "%lld", answer_number(item, "version")),
             answer_text(json_object_get(item, "organisation"), "name"),
             answer_text(item, "made_by"), answer_text(item, "url")}};
    }
    table_print(rows, count + 1, 5);
    if (!json_is_null(json_object_get(answer, "next")))
        printf("Der er flere; --after %s viser de næste.\n", answer_text(answer, "next"));
}

int run_endpoint_approvals(struct context *context)
{
    const char *state = command_value(context, "state");
    const char *after = command_value(context, "after");
    const char *path = arena_printf(
        context->arena, "/v1/endpoints/approvals?limit=%d&state=%s%s%s", PAGE,
        state == NULL ? "proven" : client_escape(context->arena, state),
        after == NULL ? "" : "&cursor=", after == NULL ? "" : client_escape(context->arena, after));
    return answer_show(context, &(struct client_call){.method = "GET", .path = path},
                       print_approvals);
}

static void print_approved(struct context *context, const json_t *answer)
{
    (void)context;
    printf("%s er godkendt for %s og får hændelser fra nu af.\n", answer_text(answer, "url"),
           answer_text(json_object_get(answer, "organisation"), "name"));
}

int run_endpoint_approve(struct context *context)
{
    const char *cvr = command_value(context, "cvr");
    json_t *wish = cvr == NULL ? json_object() : json_pack("{s:s}", "cvr", cvr);
    if (wish == NULL) {
        fputs("emnebank: --cvr er ikke UTF-8\n", stderr);
        return EXIT_USAGE;
    }
    const char *body = json_text(context->arena, wish);
    json_decref(wish);
    return answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = path_of(context, "approval"),
                                             .content_type = "application/json",
                                             .body = body,
                                             .length = strlen(body),
                                             .if_match = seen(context)},
                       print_approved);
}

int run_endpoint_disapprove(struct context *context)
{
    return answer_show(context,
                       &(struct client_call){.method = "DELETE",
                                             .path = path_of(context, "approval"),
                                             .if_match = seen(context)},
                       NULL);
}

static void print_asked(struct context *context, const json_t *answer)
{
    (void)context;
    printf("Modtageren spørges igen; se leveringen %s.\n", answer_text(answer, "delivery_id"));
}

int run_endpoint_challenge(struct context *context)
{
    return answer_show(
        context, &(struct client_call){.method = "POST", .path = path_of(context, "challenge")},
        print_asked);
}
