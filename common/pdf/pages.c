/*
 * From blocks to pages. They are laid out twice by the same code: once without drawing, to know how
 * many pages there are, and once on the surface. A block that does not fit goes on with its next
 * line on the next page; a short one moves there whole.
 */
#include "common/pdf/internal.h"

#include <stdio.h>

#define FOOT_SIZE 8.0
#define TOP PDF_MARGIN
#define BOTTOM (PDF_HEIGHT - PDF_MARGIN - 2 * FOOT_SIZE)
#define WHOLE ((BOTTOM - TOP) / 4) /* a block that is no higher is not parted */
#define LINES 28.0                 /* of a longer one, what has to fit on its first page */

/* One walk over the blocks. */
struct walk {
    struct pdf *pdf;
    cairo_t *cairo;    /* NULL: only counted */
    const char *group; /* the list or table that is open */
    double y;
    int page;  /* from 1 */
    int pages; /* in all; 0 while they are counted */
};

static const struct {
    double before;     /* points above, unless at the top of a page */
    const char *group; /* NULL: stands by itself */
    const char *block;
    const char *cells[2];
} looks[] = {
    [PDF_TITLE] = {0, NULL, "H1", {NULL, NULL}},    [PDF_HEADING] = {14, NULL, "H2", {NULL, NULL}},
    [PDF_PARAGRAPH] = {4, NULL, "P", {NULL, NULL}}, [PDF_ITEM] = {2, "L", "LI", {"Lbl", "LBody"}},
    [PDF_ROW] = {2, "Table", "TR", {"TH", "TD"}},
};

/* --- tags: what a part of the page is, for those who have it read aloud --- */

static void tag_open(const struct walk *walk, const char *tag)
{
    if (walk->cairo != NULL && tag != NULL)
        cairo_tag_begin(walk->cairo, tag, NULL);
}

static void tag_close(const struct walk *walk, const char *tag)
{
    if (walk->cairo != NULL && tag != NULL)
        cairo_tag_end(walk->cairo, tag);
}

/* Groups end with their page: cairo tags what stands on one. */
static void enter_group(struct walk *walk, const char *group)
{
    if (walk->group == group)
        return;
    tag_close(walk, walk->group);
    tag_open(walk, group);
    walk->group = group;
}

/* --- pages --- */

static double height_of(PangoLayout *layout)
{
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    return (double)logical.height / PANGO_SCALE;
}

static void draw_foot(const struct walk *walk)
{
    const double y = PDF_HEIGHT - PDF_MARGIN - FOOT_SIZE;
    char number[64];
    if (walk->cairo == NULL)
        return;
    snprintf(number, sizeof number, "Side %d af %d", walk->page, walk->pages);
    PangoLayout *left = pdf_layout(walk->pdf, walk->pdf->footer, FOOT_SIZE, false, PDF_INNER - 100);
    PangoLayout *right = pdf_layout(walk->pdf, number, FOOT_SIZE, false, 100);
    pango_layout_set_height(left, 0); /* one line */
    pango_layout_set_ellipsize(left, PANGO_ELLIPSIZE_END);
    pango_layout_set_alignment(right, PANGO_ALIGN_RIGHT);
    tag_open(walk, "P");
    cairo_set_source_rgb(walk->cairo, 0.35, 0.35, 0.35);
    cairo_move_to(walk->cairo, PDF_MARGIN, y);
    pango_cairo_show_layout(walk->cairo, left);
    cairo_move_to(walk->cairo, PDF_WIDTH - PDF_MARGIN - 100, y);
    pango_cairo_show_layout(walk->cairo, right);
    cairo_set_source_rgb(walk->cairo, 0, 0, 0);
    tag_close(walk, "P");
    g_object_unref(left);
    g_object_unref(right);
}

static void end_page(struct walk *walk)
{
    enter_group(walk, NULL);
    draw_foot(walk);
    if (walk->cairo != NULL)
        cairo_show_page(walk->cairo);
    walk->page++;
    walk->y = TOP;
}

/* --- blocks --- */

/* Draws the lines from `line` on that fit above the bottom, at least one at the top of a page, and
 * moves the iterator. Returns how far down they reach; *more: some are left. */
static double draw_lines(const struct walk *walk, PangoLayoutIter *line, double left, bool *more)
{
    double reached = walk->y;
    double shift = 0; /* from the layout's own height to the page's */
    bool first = true;
    do {
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(line, NULL, &logical);
        const double top = (double)logical.y / PANGO_SCALE;
        const double height = (double)logical.height / PANGO_SCALE;
        if (first)
            shift = walk->y - top;
        if (top + shift + height > BOTTOM && !(first && walk->y <= TOP)) {
            *more = true;
            return reached;
        }
        first = false;
        reached = top + shift + height;
        if (walk->cairo == NULL)
            continue;
        cairo_move_to(walk->cairo, left + (double)logical.x / PANGO_SCALE,
                      (double)pango_layout_iter_get_baseline(line) / PANGO_SCALE + shift);
        pango_cairo_show_layout_line(walk->cairo, pango_layout_iter_get_line_readonly(line));
    } while (pango_layout_iter_next_line(line));
    return reached;
}

static double block_height(const struct pdf_block *block)
{
    const double first = height_of(block->cells[0]);
    const double second = block->cells[1] != NULL ? height_of(block->cells[1]) : 0;
    return first > second ? first : second;
}

/* On this page as many lines of each cell as fit. Whether some are left. */
static bool draw_part(struct walk *walk, const struct pdf_block *block, PangoLayoutIter **lines,
                      bool *ended)
{
    double reached = walk->y;
    bool more = false;
    tag_open(walk, looks[block->kind].block);
    for (int i = 0; i < 2; i++) {
        if (lines[i] == NULL || ended[i])
            continue;
        bool left = false;
        tag_open(walk, looks[block->kind].cells[i]);
        const double down = draw_lines(walk, lines[i], block->left[i], &left);
        tag_close(walk, looks[block->kind].cells[i]);
        reached = down > reached ? down : reached;
        ended[i] = !left;
        more = more || left;
    }
    tag_close(walk, looks[block->kind].block);
    walk->y = reached;
    return more;
}

static void draw_block(struct walk *walk, const struct pdf_block *block)
{
    PangoLayoutIter *lines[2] = {pango_layout_get_iter(block->cells[0])};
    bool ended[2] = {false};
    if (block->cells[1] != NULL)
        lines[1] = pango_layout_get_iter(block->cells[1]);
    enter_group(walk, looks[block->kind].group);
    while (draw_part(walk, block, lines, ended)) {
        end_page(walk);
        enter_group(walk, looks[block->kind].group);
    }
    pango_layout_iter_free(lines[0]);
    if (lines[1] != NULL)
        pango_layout_iter_free(lines[1]);
}

/* What has to fit below the top of a block, so that it is parted only where it is long, and no
 * heading stands alone. */
static double needed_by(const struct pdf *pdf, size_t index)
{
    double needed = 0;
    for (; index < pdf->count; index++) {
        const struct pdf_block *block = &pdf->blocks[index];
        const double height = block_height(block);
        needed += height <= WHOLE ? height : LINES;
        if (block->kind != PDF_HEADING || needed > WHOLE)
            break;
        needed += index + 1 < pdf->count ? looks[pdf->blocks[index + 1].kind].before : 0;
    }
    return needed;
}

static void place_block(struct walk *walk, size_t index)
{
    const struct pdf_block *block = &walk->pdf->blocks[index];
    if (walk->y > TOP)
        walk->y += looks[block->kind].before;
    if (walk->y > TOP && walk->y + needed_by(walk->pdf, index) > BOTTOM)
        end_page(walk);
    draw_block(walk, block);
}

/* Returns how many pages there were. */
static int walk_all(struct pdf *pdf, cairo_t *cairo, int pages)
{
    struct walk walk = {.pdf = pdf, .cairo = cairo, .y = TOP, .page = 1, .pages = pages};
    for (size_t i = 0; i < pdf->count && walk.page <= PDF_PAGES_CAP; i++)
        place_block(&walk, i);
    end_page(&walk);
    return walk.page - 1;
}

int pdf_pages(struct pdf *pdf, cairo_t *cairo)
{
    const int pages = walk_all(pdf, NULL, 0);
    if (pages > PDF_PAGES_CAP)
        return 0;
    return walk_all(pdf, cairo, pages);
}
