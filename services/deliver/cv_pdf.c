/* A CV for people to read, in Danish. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/json/json.h"
#include "common/pdf/pdf.h"
#include "services/deliver/cv.h"

#include <string.h>

#define FOOTER "CV fra emnebanken · Indeholder personoplysninger"

/* One document on its way. */
struct page {
    struct pdf *pdf;
    struct arena *arena;
};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int two_digits(const char *text)
{
    return 10 * (text[0] - '0') + text[1] - '0';
}

/* "2026-12-01" as "1. december 2026". */
static const char *day_text(struct arena *arena, const char *day)
{
    static const char *const months[] = {"januar",    "februar", "marts",    "april",
                                         "maj",       "juni",    "juli",     "august",
                                         "september", "oktober", "november", "december"};
    const int month = strlen(day) == 10 ? two_digits(day + 5) : 0;
    if (month < 1 || month > 12)
        return day;
    return arena_printf(arena, "%d. %s %.4s", two_digits(day + 8), months[month - 1], day);
}

static const char *years_text(struct arena *arena, const json_t *years)
{
    if (!json_is_integer(years))
        return NULL;
    const int count = (int)json_integer_value(years);
    return count == 0 ? "under 1 år" : arena_printf(arena, "%d år", count);
}

/* In the order of work_kinds. */
static const char *kind_text(const char *kind)
{
    static const char *const texts[] = {
        "fast arbejde",       "tidsbegrænset arbejde", "sæsonarbejde", "jobrotation",
        "job med løntilskud", "virksomhedspraktik",    "fleksjob"};
    const int index = kind_index(work_kinds, kind);
    return index >= 0 && index < (int)(sizeof texts / sizeof *texts) ? texts[index] : kind;
}

/* --- what stands to the right of each line --- */

typedef const char *details(struct arena *arena, const json_t *item);

static const char *experience(struct arena *arena, const json_t *item)
{
    const char *years = years_text(arena, json_object_get(item, "years"));
    return years == NULL ? "" : arena_printf(arena, "Erfaring: %s", years);
}

static const char *skill(struct arena *arena, const json_t *item)
{
    const char *level = text_of(item, "level");
    const char *years = years_text(arena, json_object_get(item, "years"));
    if (level == NULL)
        return years == NULL ? "" : years;
    return arena_printf(arena, "Niveau %s%s%s", level, years == NULL ? "" : ", ",
                        years == NULL ? "" : years);
}

static const char *validity(struct arena *arena, const json_t *item)
{
    const char *until = text_of(item, "valid_until");
    return until == NULL ? "" : arena_printf(arena, "Gælder til %s", day_text(arena, until));
}

static const char *fluency(struct arena *arena, const json_t *item)
{
    const char *level = text_of(item, "fluency");
    return level == NULL ? "" : arena_printf(arena, "Niveau %s", level);
}

/* --- the parts --- */

static void write_list(const struct page *page, const json_t *cv, const char *member,
                       const char *heading, const char *name, details *right)
{
    const json_t *list = json_object_get(cv, member);
    size_t index;
    const json_t *item;
    if (json_array_size(list) == 0)
        return;
    pdf_heading(page->pdf, heading);
    json_array_foreach(list, index, item)
        pdf_row(page->pdf, text_of(item, name), right(page->arena, item));
}

static void write_row(const struct page *page, const char *label, const char *value)
{
    if (value != NULL)
        pdf_row(page->pdf, label, value);
}

static void write_contact(const struct page *page, const json_t *basics)
{
    const json_t *location = json_object_get(basics, "location");
    pdf_heading(page->pdf, "Kontakt");
    write_row(page, "Telefon", text_of(basics, "phone"));
    write_row(page, "E-mail", text_of(basics, "email"));
    write_row(page, "By",
              arena_printf(page->arena, "%s %s", text_of(location, "postalCode"),
                           text_of(location, "city")));
}

static void write_availability(const struct page *page, const json_t *availability)
{
    const json_t *kinds = json_object_get(availability, "kinds");
    const char *listed = "";
    size_t index;
    const json_t *kind;
    json_array_foreach(kinds, index, kind) listed = arena_printf(
        page->arena, "%s%s%s", listed, index == 0 ? "" : ", ", kind_text(json_string_value(kind)));
    pdf_heading(page->pdf, "Arbejde");
    write_row(page, "Kan begynde", day_text(page->arena, text_of(availability, "from")));
    write_row(page, "Siger ja til", listed);
}

static void write_all(const struct page *page, const json_t *document)
{
    const json_t *cv = json_object_get(document, "cv");
    const json_t *basics = json_object_get(cv, "basics");
    const int left_out = (int)json_integer_value(json_object_get(cv, "left_out"));
    pdf_title(page->pdf, text_of(basics, "name"));
    if (text_of(basics, "label") != NULL)
        pdf_paragraph(page->pdf, text_of(basics, "label"));
    write_contact(page, basics);
    write_availability(page, json_object_get(cv, "availability"));
    write_list(page, cv, "work", "Fag", "position", experience);
    write_list(page, cv, "skills", "Kompetencer", "name", skill);
    write_list(page, cv, "certificates", "Beviser", "name", validity);
    write_list(page, cv, "licences", "Kørekort", "name", validity);
    write_list(page, cv, "languages", "Sprog", "language", fluency);
    if (left_out > 0)
        pdf_paragraph(page->pdf,
                      arena_printf(page->arena, "%d oplysninger mere er udeladt.", left_out));
    pdf_heading(page->pdf, "Om dette CV");
    pdf_paragraph(page->pdf,
                  arena_printf(page->arena,
                               "Sendt fra emnebanken med kandidatens ja, til jobordren »%s«. Det "
                               "må kun bruges til at besætte dette job, og det skal slettes, når "
                               "kandidaten trækker sit ja tilbage.",
                               text_of(document, "order_title")));
}

int cv_pdf(struct buffer *bytes, const char *data, const struct person *person, int64_t released)
{
    struct page page = {.arena = arena_create(0)};
    struct buffer text;
    struct json_fault fault;
    json_t *document = NULL;
    buffer_init(&text, CV_CAP);
    cv_write(&text, data, person);
    int error =
        buffer_full(&text) ? ERROR_LIMIT : json_read(text.data, text.length, &document, &fault);
    if (error == 0) {
        page.pdf = pdf_create(
            &(struct pdf_options){.title = arena_printf(page.arena, "CV – %s", person->name),
                                  .footer = FOOTER,
                                  .created = released});
        write_all(&page, document);
        error = pdf_write(page.pdf, bytes);
    }
    pdf_destroy(&page.pdf);
    json_decref(document);
    buffer_deinit(&text);
    arena_destroy(&page.arena);
    return error;
}
