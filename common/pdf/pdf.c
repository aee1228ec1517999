/* Gathers the blocks of a document, and hands the pages to cairo. */
#include "common/pdf/pdf.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/pdf/internal.h"

#include <cairo-pdf.h>

#define FAMILY "DejaVu Sans"
#define BULLET_WIDTH 14.0
#define COLUMN_LEFT 150.0
#define COLUMN_GAP 12.0

/* What the sanitizers cannot see of libraries that are not built with them. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* fontconfig keeps the list of fonts for as long as the process lives, behind offsets instead of
 * pointers. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig.so\n";
}
#elif defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
/* glib's locks are futexes of its own: to the sanitizer, what they guard is not guarded. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libfontconfig.so\nrace:libcairo.so\nrace:libpango\nrace:libharfbuzz\n"
           "race:libglib-2.0.so\n";
}
#endif

/* --- text --- */

/* Nothing of how a screen draws letters: the layout is the same whatever it is looked at with. */
static void set_options(PangoContext *context)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72); /* a unit is a point */
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("da"));
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
}

PangoLayout *pdf_layout(struct pdf *pdf, const char *text, double size, bool bold, double width)
{
    struct buffer clean;
    PangoLayout *layout = pango_layout_new(pdf->context);
    PangoAttrList *looks = pango_attr_list_new();
    PangoFontDescription *font = pango_font_description_from_string(FAMILY);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_attr_list_insert(
        looks, pango_attr_font_features_new("liga=0, clig=0")); /* "fi" is copied as two letters */
    pango_layout_set_attributes(layout, looks);
    pango_attr_list_unref(looks);
    buffer_init(&clean, 3 * (size_t)PDF_TEXT_CAP);
    pdf_clean(&clean, text);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_auto_dir(layout, FALSE); /* a name that reads to the left stands at the left */
    pango_layout_set_line_spacing(layout, 1.1F);
    pango_layout_set_text(layout, clean.data, (int)clean.length);
    buffer_deinit(&clean);
    return layout;
}

/* --- a document --- */

struct pdf *pdf_create(const struct pdf_options *options)
{
    struct pdf *pdf = mem_zalloc(sizeof *pdf);
    pdf->fonts =
        pango_cairo_font_map_get_default(); /* this thread's own, which keeps what it found */
    pdf->context = pango_font_map_create_context(pdf->fonts);
    set_options(pdf->context);
    pdf->title = mem_strdup(options->title != NULL ? options->title : "");
    pdf->footer = mem_strdup(options->footer != NULL ? options->footer : "");
    pdf->created = options->created;
    return pdf;
}

void pdf_destroy(struct pdf **pdf)
{
    struct pdf *gone = *pdf;
    if (gone == NULL)
        return;
    for (size_t i = 0; i < gone->count; i++) {
        g_object_unref(gone->blocks[i].cells[0]);
        g_clear_object(&gone->blocks[i].cells[1]);
    }
    mem_free(gone->blocks);
    mem_free(gone->title);
    mem_free(gone->footer);
    g_object_unref(gone->context);
    mem_free(gone);
    *pdf = NULL;
}

/* A place for one more block, or NULL and the document is full. */
static struct pdf_block *add(struct pdf *pdf, enum pdf_kind kind, const char *text)
{
    if (pdf->count == PDF_BLOCKS_CAP || strlen(text) > PDF_TEXT_CAP)
        pdf->full = true;
    if (pdf->full)
        return NULL;
    if (pdf->count == pdf->allocated) {
        pdf->allocated = pdf->allocated == 0 ? 32 : 2 * pdf->allocated;
        pdf->blocks = mem_resize(pdf->blocks, pdf->allocated, sizeof *pdf->blocks);
    }
    struct pdf_block *block = &pdf->blocks[pdf->count++];
    *block = (struct pdf_block){.kind = kind, .left = {PDF_MARGIN}};
    return block;
}

static void add_single(struct pdf *pdf, enum pdf_kind kind, const char *text, double size,
                       bool bold)
{
    const char *given = text != NULL ? text : "";
    struct pdf_block *block = add(pdf, kind, given);
    if (block != NULL)
        block->cells[0] = pdf_layout(pdf, given, size, bold, PDF_INNER);
}

static void add_double(struct pdf *pdf, enum pdf_kind kind, const char *first, const char *second,
                       double column, double gap)
{
    const char *given = second != NULL ? second : "";
    struct pdf_block *block = add(pdf, kind, strlen(first) > strlen(given) ? first : given);
    if (block == NULL)
        return;
    block->cells[0] = pdf_layout(pdf, first, 10, false, column - gap);
    block->cells[1] = pdf_layout(pdf, given, 10, false, PDF_INNER - column);
    block->left[1] = PDF_MARGIN + column;
}

void pdf_title(struct pdf *pdf, const char *text)
{
    add_single(pdf, PDF_TITLE, text, 20, true);
}

void pdf_heading(struct pdf *pdf, const char *text)
{
    add_single(pdf, PDF_HEADING, text, 12, true);
}

void pdf_paragraph(struct pdf *pdf, const char *text)
{
    add_single(pdf, PDF_PARAGRAPH, text, 10, false);
}

void pdf_item(struct pdf *pdf, const char *text)
{
    add_double(pdf, PDF_ITEM, "•", text, BULLET_WIDTH, 0);
}

void pdf_row(struct pdf *pdf, const char *left, const char *right)
{
    add_double(pdf, PDF_ROW, left != NULL ? left : "", right, COLUMN_LEFT, COLUMN_GAP);
}

/* --- bytes --- */

static cairo_status_t take(void *closure, const unsigned char *bytes, unsigned length)
{
    struct buffer *buffer = closure;
    buffer_append(buffer, bytes, length);
    return buffer_full(buffer) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void set_properties(cairo_surface_t *surface, const struct pdf *pdf)
{
    char created[CLOCK_TEXT_SIZE];
    struct buffer title;
    buffer_init(&title, 3 * (size_t)PDF_TEXT_CAP);
    pdf_clean(&title, pdf->title);
    clock_text(pdf->created, created);
    memcpy(created + sizeof "2026-11-22T05:51:10" - 1, "Z", sizeof "Z");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.data);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "emnebank");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
    buffer_deinit(&title);
}

static bool has_font(struct pdf *pdf)
{
    PangoFontDescription *wanted = pango_font_description_from_string(FAMILY " 10");
    PangoFont *font = pango_font_map_load_font(pdf->fonts, pdf->context, wanted);
    pango_font_description_free(wanted);
    const bool found = font != NULL;
    g_clear_object(&font);
    return found;
}

int pdf_write(struct pdf *pdf, struct buffer *bytes)
{
    if (pdf->full)
        return ERROR_LIMIT;
    if (!has_font(pdf))
        return ERROR_UNAVAILABLE;
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take, bytes, PDF_WIDTH, PDF_HEIGHT);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    set_properties(surface, pdf);
    cairo_t *cairo = cairo_create(surface);
    const int pages = pdf_pages(pdf, cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    const cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (pages == 0 || buffer_full(bytes))
        return ERROR_LIMIT;
    return status == CAIRO_STATUS_SUCCESS ? 0 : ERROR_INTERNAL;
}
