/* `emnebank figures`: what came of the job orders, as tables on the screen, as JSON, or as a table
 * for Excel. */
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define NUMBER_SIZE 32

/* "29,0": one decimal, as Danes write it; "-" for nothing. */
static const char *decimal(struct arena *arena, const json_t *number, double times,
                           const char *unit)
{
    char text[NUMBER_SIZE];

    if (!json_is_number(number))
        return "-";
    snprintf(text, sizeof text, "%.1f", json_number_value(number) * times);
    char *point = strchr(text, '.');
    if (point != NULL)
        *point = ',';
    return arena_printf(arena, "%s%s", text, unit);
}

static const char *integer(struct arena *arena, const json_t *object, const char *name)
{
    return arena_printf(arena, "%lld", answer_number(object, name));
}

static const char *place_name(const json_t *row, const char *name)
{
    return answer_text(json_object_get(row, name), "name");
}

static const char *median(struct arena *arena, const json_t *row, const char *milestone)
{
    const json_t *time = json_object_get(json_object_get(row, "time_to"), milestone);

    return decimal(arena, json_object_get(json_object_get(time, "working_hours"), "median"), 1, "");
}

static struct table_row count_cells(struct arena *arena, const json_t *row, const char *month)
{
    static const double percent = 100;

    return (struct table_row){
        {month, place_name(row, "place"), integer(arena, row, "orders"),
         integer(arena, row, "posts"),
         decimal(arena, json_object_get(row, "share_put_forward"), percent, " %"),
         decimal(arena, json_object_get(row, "share_released"), percent, " %"),
         decimal(arena, json_object_get(row, "share_posts_filled"), percent, " %"),
         median(arena, row, "put_forward"), median(arena, row, "released"),
         median(arena, row, "hired")}};
}

/* Municipalities without orders are left out, but not the sum. */
static bool is_empty(const json_t *row)
{
    return answer_number(row, "orders") == 0 &&
           !str_equal(answer_text(json_object_get(row, "place"), "kind"), "all");
}

static void print_orders(struct arena *arena, const json_t *answer)
{
    const json_t *months = json_object_get(answer, "months");
    const json_t *period = json_object_get(answer, "period");
    const size_t most = json_array_size(months) + json_array_size(period) + 1;
    struct table_row *rows = arena_array(arena, most, sizeof *rows);
    size_t count = 1, index;
    const json_t *row;

    rows[0] =
        (struct table_row){{"MÅNED", "KOMMUNE", "ORDRER", "STILLINGER", "FORESLÅET", "FRIGIVET",
                            "BESAT", "TIL FORESLÅET", "TIL FRIGIVET", "TIL ANSAT"}};
    json_array_foreach(months, index, row) if (!is_empty(row)) rows[count++] =
        count_cells(arena, row, answer_text(row, "month"));
    json_array_foreach(period, index, row) if (!is_empty(row)) rows[count++] =
        count_cells(arena, row, "i alt");
    table_print(rows, count, 10);
    puts("Foreslået, frigivet: jobordrer med mindst én. Besat: stillinger. Tider: median, "
         "arbejdstimer.");
}

static size_t add_hires(struct arena *arena, const json_t *items, struct table_row *rows,
                        size_t count)
{
    size_t index;
    const json_t *item;

    json_array_foreach(items, index, item)
    {
        const char *title = answer_text(item, "title");
        rows[count++] = (struct table_row){
            {place_name(item, "place"), title[0] != '\0' ? title : answer_text(item, "code"),
             arena_printf(arena, "%s%lld",
                          json_is_true(json_object_get(item, "exact")) ? "" : "mindst ",
                          answer_number(item, "hires"))}};
    }
    return count;
}

static void print_hires(struct arena *arena, const json_t *answer)
{
    const json_t *hires = json_object_get(answer, "hires");
    const json_t *occupations = json_object_get(hires, "occupations");
    const json_t *kinds = json_object_get(hires, "kinds");
    const size_t most = json_array_size(occupations) + json_array_size(kinds) + 1;
    struct table_row *rows = arena_array(arena, most, sizeof *rows);

    rows[0] = (struct table_row){{"KOMMUNE", "ANSAT SOM", "ANTAL"}};
    size_t count = add_hires(arena, occupations, rows, 1);
    count = add_hires(arena, kinds, rows, count);
    putchar('\n');
    table_print(rows, count, 3);
}

static void print_balance(struct arena *arena, const json_t *answer)
{
    const json_t *places = json_object_get(json_object_get(answer, "balance"), "places");
    struct table_row *rows = arena_array(arena, json_array_size(places) + 1, sizeof *rows);
    size_t index;
    const json_t *row;

    rows[0] = (struct table_row){{"KOMMUNE", "AFGIVET", "MODTAGET", "EGNE", "BALANCE"}};
    json_array_foreach(places, index, row) rows[index + 1] = (struct table_row){
        {place_name(row, "place"), integer(arena, row, "given"), integer(arena, row, "received"),
         integer(arena, row, "own"), integer(arena, row, "balance")}};
    putchar('\n');
    table_print(rows, json_array_size(places) + 1, 5);
}

static void print_figures(struct context *context, const json_t *answer)
{
    print_orders(context->arena, answer);
    print_hires(context->arena, answer);
    print_balance(context->arena, answer);
}

int run_figures(struct context *context)
{
    static const struct answer_filter filters[] = {
        {"from", "from"}, {"to", "to"}, {"municipality", "municipality"}, {"table", "table"}};
    return answer_sheet(context, answer_filtered(context, "/v1/figures", filters, COUNT(filters)),
                        print_figures);
}
