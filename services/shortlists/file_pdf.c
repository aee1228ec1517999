/* A shortlist for people to read and print, in Danish. */
#include "common/base/clock.h"
#include "common/pdf/pdf.h"
#include "services/shortlists/file.h"

#define FOOTER "Kandidatliste fra emnebanken · Indeholder personoplysninger"

static void number_row(struct pdf *pdf, const struct file *file, const char *label,
                       const char *name)
{
    pdf_row(pdf, label,
            arena_printf(file->arena, "%lld", (long long)file_number(file->list, name)));
}

static void write_head(struct pdf *pdf, const struct file *file)
{
    const json_t *list = file->list;
    const long long entries = file_number(list, "entries");
    char taken[CLOCK_TEXT_SIZE];

    clock_text(file->taken, taken);
    pdf_title(pdf, arena_printf(file->arena, "Kandidatliste: %s", file_text(list, "title")));
    pdf_row(pdf, "Jobordre", file_text(list, "order_id"));
    pdf_row(pdf, "Arbejdsgiver", file_text(list, "employer"));
    pdf_row(pdf, "Start", file_day(file, file_text(list, "start_date")));
    pdf_row(pdf, "Arbejdssted", file_text(list, "postcode"));
    pdf_row(pdf, "Beregnet på", file_day(file, file_text(list, "as_of")));
    number_row(pdf, file, "Regelsæt", "ruleset");
    number_row(pdf, file, "Emnebankens version", "pool_version");
    pdf_row(pdf, "Hentet", file_moment(file, taken));
    if (entries > (long long)file->count)
        pdf_paragraph(pdf, arena_printf(file->arena, "Listen har %lld emner. Her er de første %zu.",
                                        entries, file->count));
}

/* Who: by name, by the home's own reference, or by the beginning of the pseudonym. */
static const char *who(const struct file *file, const struct file_row *row)
{
    const char *reference = file_text(row->entry, "external_ref");

    if (row->name != NULL)
        return arena_printf(file->arena, "%s (%s)", row->name, reference);
    if (reference[0] != '\0')
        return reference;
    return arena_printf(file->arena, "Kandidat %.8s",
                        file_text(json_object_get(row->entry, "candidate"), "id"));
}

static const char *joined(const struct file *file, const char *first, const char *second)
{
    return second[0] == '\0' ? first : arena_printf(file->arena, "%s · %s", first, second);
}

static void write_entry(struct pdf *pdf, const struct file *file, const struct file_row *row)
{
    const json_t *entry = row->entry;
    const bool ranked = json_is_integer(json_object_get(entry, "rank"));
    const char *stale = file_stale(entry);
    const char *told = joined(file, row->home, file_reason(entry));

    told = joined(file, told, file_text(entry, "decline_text"));
    if (stale[0] != '\0')
        told = joined(file, told, arena_printf(file->arena, "skal bekræftes: %s", stale));
    pdf_heading(pdf, ranked ? arena_printf(file->arena, "%lld. %s",
                                           (long long)file_number(entry, "rank"), who(file, row))
                            : who(file, row));
    pdf_row(pdf,
            ranked ? arena_printf(file->arena, "%lld point", (long long)file_number(entry, "score"))
                   : "uden point",
            file_why(file, entry));
    pdf_row(pdf, file_state(entry), told);
}

int file_pdf(const struct file *file, struct buffer *bytes)
{
    struct pdf *pdf = pdf_create(&(struct pdf_options){
        .title = arena_printf(file->arena, "Kandidatliste – %s", file_text(file->list, "title")),
        .footer = FOOTER,
        .created = file->taken});

    write_head(pdf, file);
    if (file->count == 0)
        pdf_paragraph(pdf, "Der er ingen emner på listen.");
    for (size_t i = 0; i < file->count; i++)
        write_entry(pdf, file, &file->rows[i]);
    const int error = pdf_write(pdf, bytes);
    pdf_destroy(&pdf);
    return error;
}
