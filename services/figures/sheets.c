/* The figures as tables for Excel. Shares are per cent with one decimal, times are hours with two.
 */
#include "common/base/sheet.h"
#include "services/figures/report.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define PERCENT_DECIMALS 1
#define HOUR_DECIMALS 2

const char *const report_tables[] = {"orders", "hires", "balance", NULL};

static void head(struct sheet *sheet, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sheet_text(sheet, names[i]);
    sheet_end_row(sheet);
}

static void place_fields(struct sheet *sheet, const struct place *place)
{
    sheet_text(sheet, place->code);
    sheet_text(sheet, place->name);
}

static void share_field(struct sheet *sheet, int64_t part, int64_t whole)
{
    if (whole == 0)
        sheet_empty(sheet);
    else
        sheet_decimal(sheet, report_share(part, whole, 2 + PERCENT_DECIMALS), PERCENT_DECIMALS);
}

static void spread_fields(struct sheet *sheet, const struct tally_time *time,
                          const struct tally_spread *spread)
{
    if (time->orders == 0) {
        sheet_empty(sheet);
        sheet_empty(sheet);
        return;
    }
    sheet_decimal(sheet, report_hours(spread->median), HOUR_DECIMALS);
    sheet_decimal(sheet, report_hours(spread->p90), HOUR_DECIMALS);
}

static void count_fields(struct sheet *sheet, const struct tally_row *row)
{
    const int64_t put_forward = row->times[MILESTONE_PUT_FORWARD].orders;
    const int64_t released = row->times[MILESTONE_RELEASED].orders;

    sheet_integer(sheet, row->orders);
    sheet_integer(sheet, row->orders_of_team);
    sheet_integer(sheet, row->posts);
    sheet_integer(sheet, row->posts_of_team);
    sheet_integer(sheet, put_forward);
    share_field(sheet, put_forward, row->orders);
    sheet_integer(sheet, released);
    share_field(sheet, released, row->orders);
    sheet_integer(sheet, row->orders_filled);
    share_field(sheet, row->orders_filled, row->orders);
    sheet_integer(sheet, row->posts_filled);
    share_field(sheet, row->posts_filled, row->posts);
    for (size_t i = 0; i < MILESTONES; i++) {
        spread_fields(sheet, &row->times[i], &row->times[i].clock);
        spread_fields(sheet, &row->times[i], &row->times[i].working);
    }
}

#define TIME_HEADS(what_)                                                                          \
    "Timer til " what_ ", median", "Timer til " what_ ", 90 %-fraktil",                            \
        "Arbejdstimer til " what_ ", median", "Arbejdstimer til " what_ ", 90 %-fraktil"

static void orders_sheet(struct sheet *sheet, const struct report *report)
{
    static const char *const names[] = {"Måned",
                                        "Kommunekode",
                                        "Kommune",
                                        "Jobordrer",
                                        "Jobordrer modtaget af teamet",
                                        "Stillinger",
                                        "Stillinger modtaget af teamet",
                                        "Jobordrer med foreslåede kandidater",
                                        "Andel med foreslåede kandidater (%)",
                                        "Jobordrer med frigivne CV'er",
                                        "Andel med frigivne CV'er (%)",
                                        "Besatte jobordrer",
                                        "Andel besatte jobordrer (%)",
                                        "Besatte stillinger",
                                        "Andel besatte stillinger (%)",
                                        TIME_HEADS("første foreslåede kandidat"),
                                        TIME_HEADS("første bekræftede kandidat"),
                                        TIME_HEADS("første frigivne CV"),
                                        TIME_HEADS("første ansættelse")};
    char name[MONTH_TEXT_SIZE];

    head(sheet, names, COUNT(names));
    for (size_t month = 0; month < report->months.count; month++) {
        month_text(report->months.first + (int64_t)month, name);
        for (size_t place = 0; place < report->place_count; place++) {
            if (!report_shows(report, place))
                continue;
            sheet_text(sheet, name);
            place_fields(sheet, &report->places[place]);
            count_fields(sheet, &report->rows[month * report->place_count + place]);
            sheet_end_row(sheet);
        }
    }
}

static void hires_sheet(struct sheet *sheet, const struct report *report)
{
    static const char *const names[] = {"Kommunekode", "Kommune",     "Opgjort efter", "Kode",
                                        "Betegnelse",  "Ansættelser", "Opgørelse"};

    head(sheet, names, COUNT(names));
    for (size_t i = 0; i < report->hires_count; i++) {
        const struct report_hires *counted = &report->hires[i];
        if (!report_shows(report, counted->place))
            continue;
        place_fields(sheet, &report->places[counted->place]);
        sheet_text(sheet, strcmp(counted->breakdown, "kind") == 0 ? "arbejdsform" : "fag");
        sheet_text(sheet, counted->code);
        sheet_text(sheet, counted->title);
        sheet_integer(sheet, counted->hires);
        sheet_text(sheet, counted->exact ? "præcis" : "mindst");
        sheet_end_row(sheet);
    }
}

static void balance_sheet(struct sheet *sheet, const struct report *report)
{
    static const char *const names[] = {"Kommunekode", "Kommune", "Afgivet",
                                        "Modtaget",    "Egne",    "Balance"};

    head(sheet, names, COUNT(names));
    for (size_t place = 0; place + 1 < report->place_count; place++) {
        const struct tally_balance *row = &report->balance[place];
        if (!report_shows(report, place))
            continue;
        place_fields(sheet, &report->places[place]);
        sheet_integer(sheet, row->given);
        sheet_integer(sheet, row->received);
        sheet_integer(sheet, row->own);
        sheet_integer(sheet, row->given - row->received);
        sheet_end_row(sheet);
    }
}

void report_sheet(const struct report *report, enum report_table table, struct buffer *text)
{
    static void (*const writers[])(struct sheet * sheet, const struct report *report) = {
        [REPORT_ORDERS] = orders_sheet,
        [REPORT_HIRES] = hires_sheet,
        [REPORT_BALANCE] = balance_sheet,
    };
    struct sheet sheet;

    sheet_init(&sheet, text);
    writers[table](&sheet, report);
}
