/* `emnebank forecast`: whom the building sites will need, as a table on the screen, as JSON, or as
 * a table for Excel; and `emnebank lead needs`: what one lead needs. */
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define NUMBER_SIZE 32

/* "2,5", as Danes write it; "-" for nothing. */
static const char *people(struct arena *arena, const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);
    char text[NUMBER_SIZE];

    if (!json_is_number(number))
        return "-";
    snprintf(text, sizeof text, "%.1f", json_number_value(number));
    char *point = strchr(text, '.');
    if (point != NULL)
        *point = ',';
    return arena_strdup(arena, text);
}

static const char *supply(struct arena *arena, const json_t *row)
{
    if (!json_is_integer(json_object_get(row, "supply")))
        return "-";
    return arena_printf(arena, "%s%lld",
                        json_is_true(json_object_get(row, "exact")) ? "" : "mindst ",
                        answer_number(row, "supply"));
}

/* All places together, unless one was asked for: the other places are in the table for Excel. */
static bool is_shown(const json_t *answer, const json_t *row)
{
    return json_is_string(json_object_get(answer, "municipality")) ||
           str_equal(answer_text(json_object_get(row, "place"), "kind"), "all");
}

static void print_rows(struct arena *arena, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "rows");
    struct table_row *rows = arena_array(arena, json_array_size(items) + 1, sizeof *rows);
    size_t count = 1, index;
    const json_t *row;

    rows[0] = (struct table_row){
        {"MÅNED", "FAG", "KOMMUNE", "BEHOV", "REGLER", "KONTAKT", "PANEL", "I BANKEN", "MANGLER"}};
    json_array_foreach(items, index, row)
    {
        if (!is_shown(answer, row))
            continue;
        rows[count++] = (struct table_row){
            {answer_text(row, "month"), answer_text(json_object_get(row, "trade"), "title_da"),
             answer_text(json_object_get(row, "place"), "name"), people(arena, row, "needed"),
             people(arena, row, "by_rule"), people(arena, row, "by_contact"),
             people(arena, row, "by_panel"), supply(arena, row), people(arena, row, "short")}};
    }
    table_print(rows, count, 9);
}

static void print_unknown(struct arena *arena, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "unknown");
    struct table_row *rows = arena_array(arena, json_array_size(items) + 1, sizeof *rows);
    size_t index;
    const json_t *item;

    if (json_array_size(items) == 0)
        return;
    rows[0] = (struct table_row){{"IKKE MED, FORDI", "EMNER", "PERSONER"}};
    json_array_foreach(items, index, item) rows[index + 1] = (struct table_row){
        {answer_text(item, "text"), arena_printf(arena, "%lld", answer_number(item, "leads")),
         people(arena, item, "people")}};
    putchar('\n');
    table_print(rows, json_array_size(items) + 1, 3);
}

static void print_rules(const json_t *answer)
{
    const json_t *rules = json_object_get(answer, "rules");

    printf("Behovsregler, version %lld%s: %lld %% af dem, der arbejder på en sag, skal findes.\n",
           answer_number(rules, "version"),
           json_is_true(json_object_get(rules, "draft")) ? ", et udkast" : "",
           answer_number(rules, "found_percent"));
}

static void print_forecast(struct context *context, const json_t *answer)
{
    print_rows(context->arena, answer);
    print_unknown(context->arena, answer);
    print_rules(answer);
}

int run_forecast(struct context *context)
{
    static const struct answer_filter filters[] = {{"from", "from"},
                                                   {"to", "to"},
                                                   {"trade", "trade"},
                                                   {"municipality", "municipality"},
                                                   {"table", "table"}};
    return answer_sheet(context, answer_filtered(context, "/v1/forecast", filters, COUNT(filters)),
                        print_forecast);
}

/* --- one lead --- */

static const char *const reasons[][2] = {
    {"NOT_AWARDED", "projektet er ikke tildelt endnu"},
    {"NO_CPV", "ingen CPV-kode"},
    {"NO_RULE", "CPV-koden har ingen regel"},
    {"NO_VALUE", "ingen værdi"},
    {"VALUE_CEILING", "værdien er en rammeaftales loft"},
    {"VALUE_CURRENCY", "værdien er hverken i kroner eller euro"},
    {"NO_PERIOD", "ingen periode"},
    {"NO_PLACE", "arbejdets sted er ikke kendt"},
};

static const char *reason_text(const char *reason)
{
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (str_equal(reasons[i][0], reason))
            return reasons[i][1];
    return reason;
}

static void print_months(struct arena *arena, const json_t *items, const char *last)
{
    struct table_row *rows = arena_array(arena, json_array_size(items) + 1, sizeof *rows);
    size_t index;
    const json_t *item;

    if (json_array_size(items) == 0)
        return;
    rows[0] = (struct table_row){{"MÅNED", "FAG", last, "SKAL FINDES"}};
    json_array_foreach(items, index, item)
    {
        const char *title = answer_text(item, "title_da");
        rows[index + 1] = (struct table_row){
            {answer_text(item, "month"), title[0] != '\0' ? title : "fag ikke nævnt",
             json_object_get(item, "working") != NULL ? people(arena, item, "working")
                                                      : answer_text(item, "municipality"),
             people(arena, item, "people")}};
    }
    table_print(rows, json_array_size(items) + 1, 4);
}

static void print_lead(struct context *context, const json_t *answer)
{
    const json_t *unknown = json_object_get(answer, "unknown");
    const json_t *said = json_object_get(answer, "said");
    size_t index;
    const json_t *reason;

    json_array_foreach(unknown, index, reason)
        printf("Ikke kendt: %s.\n", reason_text(json_string_value(reason)));
    print_months(context->arena, json_object_get(answer, "months"), "PÅ SAGEN");
    if (json_array_size(said) > 0)
        puts("Sagt ved kontakt:");
    print_months(context->arena, said, "KOMMUNE");
    print_rules(answer);
}

int run_lead_needs(struct context *context)
{
    const struct client_call call = {
        .method = "GET",
        .path = arena_printf(context->arena, "/v1/leads/%s/needs",
                             client_escape(context->arena, context->words[0]))};

    return answer_show(context, &call, print_lead);
}
