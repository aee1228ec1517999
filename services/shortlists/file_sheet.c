/* A shortlist as a table for Danish Excel: a row per entry, each with what it is a row of. */
#include "common/base/sheet.h"
#include "services/shortlists/file.h"

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static void number_field(struct sheet *sheet, const json_t *object, const char *name)
{
    if (json_is_integer(json_object_get(object, name)))
        sheet_integer(sheet, file_number(object, name));
    else
        sheet_empty(sheet);
}

static void entry_fields(struct sheet *sheet, const struct file *file, const struct file_row *row)
{
    const json_t *entry = row->entry;

    number_field(sheet, entry, "rank");
    number_field(sheet, entry, "score");
    sheet_text(sheet, file_state(entry));
    sheet_text(sheet, file_text(json_object_get(entry, "candidate"), "id"));
    sheet_text(sheet, file_text(entry, "external_ref"));
    sheet_text(sheet, row->name);
    sheet_text(sheet, file_text(entry, "municipality"));
    sheet_text(sheet, row->home);
    sheet_text(sheet, file_why(file, entry));
    sheet_text(sheet, file_reason(entry));
    sheet_text(sheet, file_text(entry, "decline_text"));
    sheet_text(sheet, file_stale(entry));
    sheet_text(sheet, file_moment(file, file_text(entry, "changed_at")));
}

static void list_fields(struct sheet *sheet, const struct file *file)
{
    const json_t *list = file->list;

    sheet_text(sheet, file_text(list, "order_id"));
    sheet_text(sheet, file_text(list, "title"));
    sheet_text(sheet, file_text(list, "employer"));
    sheet_text(sheet, file_day(file, file_text(list, "as_of")));
    sheet_integer(sheet, file_number(list, "ruleset"));
    sheet_integer(sheet, file_number(list, "pool_version"));
    sheet_integer(sheet, file_number(list, "entries"));
}

void file_sheet(const struct file *file, struct buffer *bytes)
{
    static const char *const heads[] = {"Plads",
                                        "Point",
                                        "Tilstand",
                                        "Kandidat",
                                        "Reference",
                                        "Navn",
                                        "Kommunekode",
                                        "Hjemkommune",
                                        "Hvorfor",
                                        "Grund",
                                        "Bemærkning",
                                        "Skal bekræftes",
                                        "Ændret",
                                        "Jobordre",
                                        "Titel",
                                        "Arbejdsgiver",
                                        "Beregnet på",
                                        "Regelsæt",
                                        "Emnebankens version",
                                        "Emner i alt"};
    struct sheet sheet;

    sheet_init(&sheet, bytes);
    for (size_t i = 0; i < COUNT(heads); i++)
        sheet_text(&sheet, heads[i]);
    sheet_end_row(&sheet);
    for (size_t i = 0; i < file->count; i++) {
        entry_fields(&sheet, file, &file->rows[i]);
        list_fields(&sheet, file);
        sheet_end_row(&sheet);
    }
}
