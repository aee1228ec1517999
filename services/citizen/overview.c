#include "services/citizen/overview.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/html/html.h"

#include <inttypes.h>
#include <stdio.h>

#define TIME_SIZE 64

const char overview_style[] =
    "body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}"
    "main{max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin:1.5rem 0 .25rem}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.25rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border:1px solid #767676}"
    ".wide{overflow-x:auto}.wide:focus-visible{outline:.2rem solid #c25700}"
    "@media print{main{max-width:none}}";

static const struct {
    const char *code, *danish;
} legal_bases[] = {{"public_task", "myndighedsopgave (artikel 6, stk. 1, litra e)"},
                   {"legal_obligation", "retlig forpligtelse (artikel 6, stk. 1, litra c)"},
                   {"consent", "samtykke (artikel 6, stk. 1, litra a)"}};

static const struct {
    const char *code, *danish;
} actors[] = {{"home", "Din kommune"},
              {"team", "Team Bygge & Anlæg"},
              {"employer", "Arbejdsgiver"},
              {"candidate", "Dig selv"},
              {"system", "Emnebanken"}};

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const char *basis_text(const char *code)
{
    for (size_t i = 0; i < sizeof legal_bases / sizeof *legal_bases; i++)
        if (str_equal(legal_bases[i].code, code))
            return legal_bases[i].danish;
    return code;
}

static const char *actor_text(const char *code)
{
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++)
        if (str_equal(actors[i].code, code))
            return actors[i].danish;
    return code;
}

/* "23.11.2026 kl. 09.15", in Danish time; what is no time stays as it is. */
static const char *moment(const char *time, char text[TIME_SIZE])
{
    int64_t at, since;

    if (time == NULL || calendar_read_time(time, &at) != 0)
        return time;
    const struct calendar_date day = calendar_local(at, &since);
    snprintf(text, TIME_SIZE, "%02d.%02d.%04d kl. %02d.%02d", day.day, day.month, day.year,
             (int)(since / CLOCK_HOUR), (int)(since / CLOCK_MINUTE % 60));
    return text;
}

static void write_time_cell(struct html *html, const char *time, const char *none)
{
    char text[TIME_SIZE];

    html_element(html, "td", time != NULL ? moment(time, text) : none);
}

static void write_order_cell(struct html *html, const json_t *order)
{
    html_open(html, "td");
    html_text(html, member(order, "title"));
    if (member(order, "employer") != NULL) {
        html_text(html, " hos ");
        html_text(html, member(order, "employer"));
    }
    html_close(html, "td");
}

/* Titles of columns, NULL-terminated. On a narrow screen the table alone is moved sideways, by
 * keyboard too. */
static void open_table(struct html *html, const char *caption, const char *const *columns)
{
    html_open(html, "section");
    html_attribute(html, "class", "wide");
    html_attribute(html, "tabindex", "0");
    html_attribute(html, "aria-label", caption);
    html_open(html, "table");
    html_element(html, "caption", caption);
    html_open(html, "thead");
    html_open(html, "tr");
    for (; *columns != NULL; columns++) {
        html_open(html, "th");
        html_attribute(html, "scope", "col");
        html_text(html, *columns);
        html_close(html, "th");
    }
    html_close(html, "tr");
    html_close(html, "thead");
    html_open(html, "tbody");
}

static void close_table(struct html *html)
{
    html_close(html, "tbody");
    html_close(html, "table");
    html_close(html, "section");
}

static void write_sent(struct html *html, const json_t *sent)
{
    static const char *const columns[] = {"Job",
                                          "Frigivet",
                                          "Modtaget",
                                          "Grundlag",
                                          "Bedt slettet",
                                          "Besked om sletning modtaget",
                                          "Hvad der blev sendt",
                                          NULL};

    html_element(html, "h2", "Sendt til arbejdsgivere");
    if (json_array_size(sent) == 0) {
        html_element(html, "p", "Dit CV er ikke frigivet til nogen arbejdsgiver.");
        return;
    }
    open_table(html, "Hver linje er et CV, der er frigivet til én arbejdsgiver.", columns);
    for (size_t i = 0; i < json_array_size(sent); i++) {
        const json_t *row = json_array_get(sent, i);
        const json_t *data = json_object_get(row, "data");
        const bool delivered = member(row, "delivered_at") != NULL;
        html_open(html, "tr");
        write_order_cell(html, json_object_get(row, "order"));
        write_time_cell(html, member(row, "released_at"), "");
        write_time_cell(html, member(row, "delivered_at"), "Nej");
        html_element(html, "td", basis_text(member(row, "legal_basis")));
        const char *recalled = member(row, "recalled_at");
        write_time_cell(html, recalled, "Nej");
        write_time_cell(html, member(row, "recall_received_at"),
                        recalled != NULL ? "Ikke endnu" : "");
        html_open(html, "td");
        for (size_t k = 0; delivered && k < json_array_size(data); k++) {
            html_text(html, k > 0 ? ", " : "");
            html_text(html, json_string_value(json_array_get(data, k)));
        }
        html_text(html, delivered ? "" : "Intet endnu");
        html_close(html, "td");
        html_close(html, "tr");
    }
    close_table(html);
}

static void write_steps(struct html *html, const json_t *steps)
{
    static const char *const columns[] = {"Tid", "Hvad skete", "Af", "Job", NULL};

    html_element(html, "h2", "Hvad der er sket");
    if (json_array_size(steps) == 0) {
        html_element(html, "p", "Du er ikke foreslået til noget job endnu.");
        return;
    }
    open_table(html, "De nyeste skridt, højst 200.", columns);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *row = json_array_get(steps, i);
        html_open(html, "tr");
        write_time_cell(html, member(row, "at"), "");
        html_element(html, "td", member(row, "step_da"));
        html_element(html, "td", actor_text(member(row, "by")));
        write_order_cell(html, json_object_get(row, "order"));
        html_close(html, "tr");
    }
    close_table(html);
}

static void write_accesses(struct html *html, const json_t *items, bool more)
{
    static const char *const columns[] = {"Tid", "Hvem", "Hvad", "Formål", "Job", NULL};
    char caption[120];

    snprintf(caption, sizeof caption, "%zu opslag, de nyeste først.%s", json_array_size(items),
             more ? " Der er flere, som er ældre." : "");
    html_element(html, "h2", "Hvem har brugt dine oplysninger");
    open_table(html, caption, columns);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *row = json_array_get(items, i);
        html_open(html, "tr");
        write_time_cell(html, member(row, "at"), "");
        html_element(html, "td", member(json_object_get(row, "by"), "name"));
        html_element(html, "td", member(row, "action_da"));
        html_element(html, "td", member(row, "purpose"));
        write_order_cell(html, json_object_get(row, "order"));
        html_close(html, "tr");
    }
    close_table(html);
}

static void write_head(struct html *html)
{
    html_open(html, "head");
    html_void(html, "meta");
    html_attribute(html, "charset", "utf-8");
    html_void(html, "meta");
    html_attribute(html, "name", "viewport");
    html_attribute(html, "content", "width=device-width,initial-scale=1");
    html_element(html, "title", "Hvem har set dine oplysninger i emnebanken");
    html_style(html, overview_style);
    html_close(html, "head");
}

void overview_write(struct buffer *bytes, const json_t *accesses, bool more)
{
    struct html html;

    html_init(&html, bytes);
    html_open(&html, "html");
    html_attribute(&html, "lang", "da");
    write_head(&html);
    html_open(&html, "body");
    html_open(&html, "main");
    html_element(&html, "h1", "Hvem har set dine oplysninger i emnebanken");
    html_element(&html, "p",
                 "Du har ret til at vide, hvornår dine oplysninger er brugt, af hvilken "
                 "organisation, til hvad, og hvad der er sendt videre "
                 "(databeskyttelsesforordningens artikel 15 og EU-Domstolens dom i sag C-579/21). "
                 "Navne på medarbejdere står her ikke. Tider er dansk tid.");
    write_sent(&html, json_object_get(accesses, "sent"));
    write_steps(&html, json_object_get(accesses, "steps"));
    write_accesses(&html, json_object_get(accesses, "items"), more);
    html_close(&html, "main");
    html_close(&html, "body");
    html_close(&html, "html");
    html_finish(&html);
}
