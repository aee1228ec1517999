/* Where events go and what became of them: the caller's endpoints and deliveries. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/json/writer.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define PAGE 100
#define TEXT_CAP ((size_t)4096)

/* --- endpoints --- */

static const char *health(const json_t *endpoint)
{
    const char *breaker = answer_text(json_object_get(endpoint, "breaker"), "state");
    const char *failing = answer_text(endpoint, "failing_since");

    if (breaker[0] != '\0' && !str_equal(breaker, "closed"))
        return "svarer ikke";
    return failing[0] != '\0' ? "fejler" : "";
}

static const char *joined(struct context *context, const json_t *list)
{
    const char *text = "";
    size_t index;
    const json_t *item;

    json_array_foreach(list, index, item) text = arena_printf(
        context->arena, "%s%s%s", text, index > 0 ? ", " : "", json_string_value(item));
    return text;
}

static void print_endpoints(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"ID", "TILSTAND", "", "ADRESSE", "HÆNDELSER"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *endpoint = json_array_get(items, i);
        rows[i + 1] = (struct table_row){{answer_text(endpoint, "id"),
                                          words_say(words_endpoint, answer_text(endpoint, "state")),
                                          health(endpoint), answer_text(endpoint, "url"),
                                          joined(context, json_object_get(endpoint, "kinds"))}};
    }
    table_print(rows, count + 1, 5);
}

int run_endpoint_list(struct context *context)
{
    const struct client_call call = {.method = "GET", .path = "/v1/endpoints"};

    return answer_show(context, &call, print_endpoints);
}

static void print_line(const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    table_cell(name, 18);
    puts(text);
}

static void print_moment(const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    table_cell(name, 18);
    answer_print_time(text);
    putchar('\n');
}

static void print_endpoint(struct context *context, const json_t *endpoint)
{
    const json_t *breaker = json_object_get(endpoint, "breaker");
    const char *reason = answer_text(endpoint, "disabled_reason");
    const char *how = answer_text(endpoint, "failing_how");

    print_line("Modtageradresse", answer_text(endpoint, "id"));
    print_line("Adresse", answer_text(endpoint, "url"));
    print_line("Tilstand", words_say(words_endpoint, answer_text(endpoint, "state")));
    print_line("Slået fra fordi", reason[0] == '\0' ? "" : words_say(words_reason, reason));
    print_line("Hændelser", joined(context, json_object_get(endpoint, "kinds")));
    print_moment("Fejler siden", answer_text(endpoint, "failing_since"));
    print_line("Sidste fejl", how[0] == '\0' ? "" : words_say(words_reason, how));
    print_moment("Prøves igen", answer_text(breaker, "until"));
    print_moment("Pause til", answer_text(endpoint, "held_until"));
    if (answer_number(endpoint, "lines_blocked") > 0)
        print_line("Jobordrer i kø",
                   arena_printf(context->arena, "%lld, hvis første hændelse ikke er kommet frem",
                                answer_number(endpoint, "lines_blocked")));
}

int run_endpoint_show(struct context *context)
{
    const struct client_call call = {
        .method = "GET",
        .path = arena_printf(context->arena, "/v1/endpoints/%s",
                             client_escape(context->arena, context->words[0]))};

    return answer_show(context, &call, print_endpoint);
}

/* --- deliveries --- */

static void print_deliveries(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] =
        (struct table_row){{"ID", "OPRETTET (UTC)", "HÆNDELSE", "TILSTAND", "FORSØG", "ÅRSAG"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        const char *reason = answer_text(item, "reason");
        rows[i + 1] = (struct table_row){
            {answer_text(item, "id"),
             arena_printf(context->arena, "%.19s", answer_text(item, "created_at")),
             answer_text(item, "kind"), words_say(words_delivery, answer_text(item, "state")),
             arena_printf(context->arena, "%lld", answer_number(item, "attempts")),
             reason[0] == '\0' ? "" : words_say(words_reason, reason)}};
    }
    table_print(rows, count + 1, 6);
    if (!json_is_null(json_object_get(answer, "next")))
        printf("Der er flere; --after %s viser de næste.\n", answer_text(answer, "next"));
}

int run_delivery_list(struct context *context)
{
    static const struct answer_filter filters[] = {{"state", "state"},
                                                   {"kind", "kind"},
                                                   {"endpoint", "endpoint"},
                                                   {"since", "since"},
                                                   {"after", "cursor"}};
    const char *path = arena_printf(context->arena, "/v1/deliveries?limit=%d", PAGE);
    const struct client_call call = {
        .method = "GET",
        .path = answer_filtered(context, path, filters, sizeof filters / sizeof *filters)};

    return answer_show(context, &call, print_deliveries);
}

static void print_attempts(struct context *context, const json_t *log)
{
    const size_t count = json_array_size(log);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"FORSØG", "BEGYNDT (UTC)", "UDFALD", "STATUS", "MS", "SVAR"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *attempt = json_array_get(log, i);
        const long long status = answer_number(attempt, "status");
        rows[i + 1] = (struct table_row){
            {arena_printf(context->arena, "%lld", answer_number(attempt, "number")),
             arena_printf(context->arena, "%.19s", answer_text(attempt, "started_at")),
             words_say(words_attempt, answer_text(attempt, "class")),
             status == 0 ? "" : arena_printf(context->arena, "%lld", status),
             arena_printf(context->arena, "%lld", answer_number(attempt, "duration_us") / 1000),
             answer_text(attempt, "excerpt")}};
    }
    table_print(rows, count + 1, 6);
}

static void print_delivery(struct context *context, const json_t *item)
{
    const char *reason = answer_text(item, "reason");

    print_line("Levering", answer_text(item, "id"));
    print_line("Modtageradresse", answer_text(item, "endpoint_id"));
    print_line("Hændelse", answer_text(item, "kind"));
    print_line("Tilstand", words_say(words_delivery, answer_text(item, "state")));
    print_line("Årsag", reason[0] == '\0' ? "" : words_say(words_reason, reason));
    print_moment("Oprettet", answer_text(item, "created_at"));
    print_moment("Næste forsøg", answer_text(item, "next_at"));
    print_moment("Afsluttet", answer_text(item, "finished_at"));
    print_line("Venter på", answer_text(item, "blocked_by"));
    if (json_array_size(json_object_get(item, "attempt_log")) > 0)
        print_attempts(context, json_object_get(item, "attempt_log"));
}

int run_delivery_show(struct context *context)
{
    const struct client_call call = {
        .method = "GET",
        .path = arena_printf(context->arena, "/v1/deliveries/%s",
                             client_escape(context->arena, context->words[0]))};

    return answer_show(context, &call, print_delivery);
}

/* --- again --- */

static void print_replayed(struct context *context, const json_t *answer)
{
    (void)context;
    printf("%lld sendes igen, %lld sendes for første gang.\n", answer_number(answer, "again"),
           answer_number(answer, "made"));
    print_moment("Den sidste", answer_text(answer, "last_at"));
    if (json_is_true(json_object_get(answer, "more")))
        puts("Der kan være flere; giv kommandoen igen om lidt.");
}

/* "a,b" as a member of the body: its parts, whatever they are; the API judges them. */
static void write_list(struct context *context, struct writer *json, const char *name)
{
    const char *value = command_value(context, name);
    char *rest;

    if (value == NULL)
        return;
    writer_member_array(json, name);
    rest = arena_strdup(context->arena, value);
    for (char *one = strtok_r(rest, ", ", &rest); one != NULL; one = strtok_r(NULL, ", ", &rest))
        writer_text(json, one);
    writer_array_end(json);
}

static int replay_many(struct context *context, const char *endpoint)
{
    struct buffer body;
    struct writer json;

    buffer_init(&body, TEXT_CAP);
    writer_init(&json, &body);
    writer_object(&json);
    writer_member_text(&json, "since", command_value(context, "since"));
    write_list(context, &json, "kinds");
    write_list(context, &json, "states");
    writer_object_end(&json);
    writer_finish(&json);
    const struct client_call call = {.method = "POST",
                                     .path = arena_printf(context->arena, "/v1/endpoints/%s/replay",
                                                          client_escape(context->arena, endpoint)),
                                     .content_type = "application/json",
                                     .body = arena_strndup(context->arena, body.data, body.length),
                                     .length = body.length};
    buffer_deinit(&body);
    return answer_show(context, &call, print_replayed);
}

int run_delivery_replay(struct context *context)
{
    const char *endpoint = command_value(context, "endpoint");
    const bool one = context->word_count == 1;

    if (one == (endpoint != NULL) ||
        (endpoint != NULL) != (command_value(context, "since") != NULL)) {
        fputs("emnebank: giv enten en leverings id eller --endpoint med --since\n", stderr);
        return EXIT_USAGE;
    }
    if (!one)
        return replay_many(context, endpoint);
    const struct client_call call = {
        .method = "POST",
        .path = arena_printf(context->arena, "/v1/deliveries/%s/replay",
                             client_escape(context->arena, context->words[0]))};
    return answer_show(context, &call, print_delivery);
}
