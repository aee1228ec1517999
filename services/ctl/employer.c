/* Employers: a search, and one with its units, agreement and history. */
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define HISTORY_PAGE 20

static const struct word words_agreement[] = {
    {"proposed", "foreslået"}, {"active", "indgået"}, {"ended", "ophørt"}, {NULL, NULL}};

static const struct word words_point[] = {{"trainee_posts", "åbne praktikpladser"},
                                          {"recruitment", "rekruttering"},
                                          {"retention", "fastholdelse"},
                                          {"adult_apprentices", "voksenlærlinge"},
                                          {"courses", "kurser"},
                                          {NULL, NULL}};

static const struct word words_history[] = {{"lead", "emne til opsøgning"},
                                            {"order", "jobordre"},
                                            {"hire", "ansættelse"},
                                            {"agreement", "partnerskabsaftale"},
                                            {NULL, NULL}};

/* As agreements, leads and orders are called in their states; no state of one is another's word. */
static const struct word words_state[] = {{"proposed", "foreslået"},
                                          {"active", "indgået"},
                                          {"ended", "ophørt"},
                                          {"new", "ny"},
                                          {"contacted", "kontaktet"},
                                          {"agreement", "aftale"},
                                          {"order", "jobordre"},
                                          {"dismissed", "afvist"},
                                          {"draft", "kladde"},
                                          {"open", "åben"},
                                          {"in_treatment", "under behandling"},
                                          {"paused", "nok henvist, venter"},
                                          {"filled", "besat"},
                                          {"closed", "lukket"},
                                          {"expired", "udløbet"},
                                          {"cancelled", "annulleret"},
                                          {NULL, NULL}};

static const char *number(struct context *context, const json_t *object, const char *name)
{
    return arena_printf(context->arena, "%lld", answer_number(object, name));
}

/* "indgået", and of one that is active whether it holds today. */
static const char *agreement_state(struct context *context, const json_t *agreement)
{
    const char *state = answer_text(agreement, "state");

    if (!json_is_object(agreement))
        return "-";
    if (!str_equal(state, "active") || json_is_true(json_object_get(agreement, "in_force")))
        return words_say(words_agreement, state);
    return arena_printf(context->arena, "%s, gælder ikke i dag", words_say(words_agreement, state));
}

static void print_found(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){
        {"CVR", "ORDRER", "ÅBNE", "ANSATTE", "AFTALE", "KONTAKTPERSON", "VIRKSOMHED"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        rows[i + 1] = (struct table_row){
            {answer_text(item, "cvr"), number(context, item, "orders"),
             number(context, item, "orders_open"), number(context, item, "hires"),
             agreement_state(context, json_object_get(item, "agreement")),
             answer_text(item, "contact"), answer_text(item, "name")}};
    }
    table_print(rows, count + 1, 7);
    if (answer_number(answer, "total") > (long long)count)
        printf("Viser %zu af %lld; søg smallere for at se resten.\n", count,
               answer_number(answer, "total"));
}

int run_employer_list(struct context *context)
{
    static const struct answer_filter filters[] = {{"agreement", "agreement"},
                                                   {"municipality", "municipality"}};
    const char *path = "/v1/employers?limit=250";

    if (context->word_count > 0)
        path = arena_printf(context->arena, "%s&q=%s", path,
                            client_escape(context->arena, context->words[0]));
    if (command_value(context, "mine") != NULL)
        path = arena_printf(context->arena, "%s&mine=true", path);
    path = answer_filtered(context, path, filters, COUNT(filters));
    return answer_show(context, &(struct client_call){.method = "GET", .path = path}, print_found);
}

/* --- one --- */

static void print_units(const json_t *units)
{
    for (size_t i = 0; i < json_array_size(units); i++) {
        const json_t *unit = json_array_get(units, i);
        printf("  P-nummer %s  %s, %s %s\n", answer_text(unit, "p_number"),
               answer_text(unit, "name"), answer_text(unit, "postcode"), answer_text(unit, "city"));
    }
}

static void print_agreement(struct context *context, const json_t *agreement)
{
    const json_t *points = json_object_get(agreement, "points");

    if (!json_is_object(agreement)) {
        puts("Partnerskabsaftale: ingen");
        return;
    }
    const char *ends = answer_text(agreement, "ends_on");
    printf("Partnerskabsaftale %lld: %s, fra %s%s%s\n", answer_number(agreement, "number"),
           agreement_state(context, agreement), answer_text(agreement, "starts_on"),
           *ends != '\0' ? " til og med " : "", ends);
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        const char *text = answer_text(point, "text");
        printf("  %s", words_say(words_point, answer_text(point, "kind")));
        if (json_is_integer(json_object_get(point, "posts")))
            printf(", %lld", answer_number(point, "posts"));
        printf("%s%s\n", *text != '\0' ? ": " : "", text);
    }
}

static void print_employer(struct context *context, const json_t *answer)
{
    const json_t *contact = json_object_get(answer, "contact");
    const json_t *counts = json_object_get(answer, "counts");

    printf("%s (CVR-nummer %s), version %lld\n", answer_text(answer, "name"),
           answer_text(answer, "cvr"), answer_number(answer, "version"));
    printf("Kontaktperson: %s%s\n",
           json_is_object(contact) ? answer_text(contact, "person") : "ingen",
           json_is_false(json_object_get(contact, "active")) ? " (ikke længere hos teamet)" : "");
    print_units(json_object_get(answer, "units"));
    print_agreement(context, json_object_get(answer, "agreement"));
    printf("Jobordrer: %lld, heraf åbne %lld; stillinger: %lld; ansatte: %lld\n",
           answer_number(counts, "orders"), answer_number(counts, "orders_open"),
           answer_number(counts, "posts"), answer_number(counts, "hires"));
}

static void print_history(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");

    (void)context;
    if (json_array_size(items) > 0)
        puts("Historik, det nyeste først:");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *title = answer_text(item, "title");
        fputs("  ", stdout);
        answer_print_time(answer_text(item, "at"));
        printf("  %s (%s)%s%s\n", words_say(words_history, answer_text(item, "kind")),
               words_say(words_state, answer_text(item, "state")), *title != '\0' ? ": " : "",
               title);
    }
    if (json_is_string(json_object_get(answer, "next")))
        puts("  …");
}

/* With --json the employer alone: a machine asks for the history itself, page by page. */
int run_employer_show(struct context *context)
{
    const char *path = arena_printf(context->arena, "/v1/employers/%s",
                                    client_escape(context->arena, context->words[0]));
    const int code =
        answer_show(context, &(struct client_call){.method = "GET", .path = path}, print_employer);

    if (code != EXIT_DONE || context->json)
        return code;
    path = arena_printf(context->arena, "%s/history?limit=%d", path, HISTORY_PAGE);
    return answer_show(context, &(struct client_call){.method = "GET", .path = path},
                       print_history);
}
