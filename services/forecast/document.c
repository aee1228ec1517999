#include "services/forecast/document.h"

#include "common/base/sheet.h"
#include "common/base/str.h"
#include "common/json/writer.h"

#include <stdio.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define NUMBER_SIZE 32

const char *const forecast_tables[] = {"needs", "unknown", NULL};

/* --- JSON --- */

/* `tenths` is not negative. */
static void member_tenths(struct writer *json, const char *name, int64_t tenths)
{
    char text[NUMBER_SIZE];
    const int length = snprintf(text, sizeof text, "%lld.%lld", (long long)(tenths / 10),
                                (long long)(tenths % 10));

    writer_name(json, name);
    writer_raw(json, text, (size_t)length);
}

static void member_place(struct writer *json, const struct forecast_row *row)
{
    const bool several = str_equal(row->place, "several");
    const bool all = str_equal(row->place, "all");

    writer_member_object(json, "place");
    writer_member_plain(json, "kind", several || all ? row->place : "municipality");
    writer_member_text(json, "code", several || all ? NULL : row->place);
    writer_member_text(json, "name", row->place_name);
    writer_object_end(json);
}

static void write_row(struct writer *json, const struct forecast_row *row)
{
    writer_object(json);
    writer_member_plain(json, "month", row->month);
    writer_member_object(json, "trade");
    writer_member_text(json, "code", row->trade);
    writer_member_text(json, "title_da", row->trade_title);
    writer_object_end(json);
    member_place(json, row);
    member_tenths(json, "needed", row->needed);
    member_tenths(json, "by_rule", row->by_rule);
    member_tenths(json, "by_contact", row->by_contact);
    member_tenths(json, "by_panel", row->by_panel);
    if (row->supplied) {
        writer_member_integer(json, "supply", row->supply);
        writer_member_bool(json, "exact", row->exact);
        member_tenths(json, "short", row->short_of);
    } else {
        writer_member_null(json, "supply");
        writer_member_null(json, "exact");
        writer_member_null(json, "short");
    }
    writer_object_end(json);
}

static void write_unknown(struct writer *json, const struct forecast_unknown *unknown)
{
    writer_object(json);
    writer_member_plain(json, "reason", unknown->reason);
    writer_member_text(json, "text", unknown->text);
    writer_member_integer(json, "leads", unknown->leads);
    writer_name(json, "newest");
    writer_raw(json, unknown->newest, strlen(unknown->newest));
    if (unknown->people < 0)
        writer_member_null(json, "people");
    else
        member_tenths(json, "people", unknown->people);
    writer_object_end(json);
}

void forecast_json(const struct forecast *forecast, struct buffer *text)
{
    struct writer json;

    writer_init(&json, text);
    writer_object(&json);
    writer_member_plain(&json, "from", forecast->from);
    writer_member_plain(&json, "to", forecast->to);
    writer_member_text(&json, "trade", forecast->trade);
    writer_member_text(&json, "municipality", forecast->municipality);
    writer_member_object(&json, "rules");
    writer_member_integer(&json, "version", forecast->rules);
    writer_member_bool(&json, "draft", forecast->draft);
    writer_member_integer(&json, "found_percent", forecast->found_percent);
    writer_object_end(&json);
    writer_member_array(&json, "rows");
    for (size_t i = 0; i < forecast->row_count; i++)
        write_row(&json, &forecast->rows[i]);
    writer_array_end(&json);
    writer_member_array(&json, "unknown");
    for (size_t i = 0; i < forecast->unknown_count; i++)
        write_unknown(&json, &forecast->unknown[i]);
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
}

/* --- tables --- */

static void head(struct sheet *sheet, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sheet_text(sheet, names[i]);
    sheet_end_row(sheet);
}

static void supply_fields(struct sheet *sheet, const struct forecast_row *row)
{
    if (!row->supplied) {
        for (int i = 0; i < 3; i++)
            sheet_empty(sheet);
        return;
    }
    sheet_integer(sheet, row->supply);
    sheet_text(sheet, row->exact ? "præcis" : "mindst");
    sheet_decimal(sheet, row->short_of, 1);
}

static void needs_sheet(struct sheet *sheet, const struct forecast *forecast)
{
    static const char *const names[] = {"Måned",
                                        "Fagkode",
                                        "Fag",
                                        "Kommunekode",
                                        "Kommune",
                                        "Behov",
                                        "Heraf efter regler",
                                        "Heraf sagt ved kontakt",
                                        "Heraf fra virksomhedspanelet",
                                        "I emnebanken",
                                        "Opgørelse",
                                        "Mangler"};

    head(sheet, names, COUNT(names));
    for (size_t i = 0; i < forecast->row_count; i++) {
        const struct forecast_row *row = &forecast->rows[i];
        const bool code = !str_equal(row->place, "several") && !str_equal(row->place, "all");
        sheet_text(sheet, row->month);
        sheet_text(sheet, row->trade);
        sheet_text(sheet, row->trade_title);
        sheet_text(sheet, code ? row->place : NULL);
        sheet_text(sheet, row->place_name);
        sheet_decimal(sheet, row->needed, 1);
        sheet_decimal(sheet, row->by_rule, 1);
        sheet_decimal(sheet, row->by_contact, 1);
        sheet_decimal(sheet, row->by_panel, 1);
        supply_fields(sheet, row);
        sheet_end_row(sheet);
    }
}

static void unknown_sheet(struct sheet *sheet, const struct forecast *forecast)
{
    static const char *const names[] = {"Årsag", "Forklaring", "Emner", "Personer"};

    head(sheet, names, COUNT(names));
    for (size_t i = 0; i < forecast->unknown_count; i++) {
        const struct forecast_unknown *unknown = &forecast->unknown[i];
        sheet_text(sheet, unknown->reason);
        sheet_text(sheet, unknown->text);
        sheet_integer(sheet, unknown->leads);
        if (unknown->people < 0)
            sheet_empty(sheet);
        else
            sheet_decimal(sheet, unknown->people, 1);
        sheet_end_row(sheet);
    }
}

void forecast_sheet(const struct forecast *forecast, enum forecast_table table, struct buffer *text)
{
    struct sheet sheet;

    sheet_init(&sheet, text);
    if (table == FORECAST_NEEDS)
        needs_sheet(&sheet, forecast);
    else
        unknown_sheet(&sheet, forecast);
}
