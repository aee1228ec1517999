#include "services/orders/draft.h"

#include "common/base/str.h"

#include <string.h>

#define TITLE_CAP 200 /* characters, as order_body.c */
#define OCCUPATIONS_CAP 20
#define REQUIREMENTS_CAP 50
#define KINDS_CAP 7
#define POSTS_MAX 500
#define GAPS_CAP 200
#define SPANS_CAP 2000 /* a posting of 256 KiB can say a hundred thousand things */
#define TITLE_GAP 40   /* bytes between a number and its trade */
#define WEIGHT_MUST 5
#define WEIGHT_NICE 3
#define SECOND_NOTE "Teksten siger allerede noget andet om det; det første er brugt."

struct draft {
    struct arena *arena;
    const struct text_words *words;
    struct calendar_date today;
    json_t *body, *spans, *gaps, *remarks, *sources;
    bool more_gaps; /* than are listed */
    bool more_spans;
    size_t counted;     /* how many times a number of posts was said */
    bool posts_settled; /* said as a value: texts add nothing */
    const char *title;  /* as a text suggests it */
    const char *title_source;
    size_t title_start, title_end; /* code points */
};

struct draft *draft_create(struct arena *arena, const struct text_words *words,
                           struct calendar_date today)
{
    struct draft *draft = arena_alloc(arena, sizeof *draft);

    draft->arena = arena;
    draft->words = words;
    draft->today = today;
    draft->body = json_object();
    draft->spans = json_array();
    draft->gaps = json_array();
    draft->remarks = json_array();
    draft->sources = json_array();
    return draft;
}

/* --- where something came from
 * ------------------------------------------------------------------------------- */

struct piece {
    const char *source, *text;
    size_t start, end; /* code points of the source */
};

/* Code points before a byte of the text, asked for from its beginning to its end: a text of many
 * pieces is gone through once. */
struct ruler {
    const char *text;
    size_t at, points;
};

static size_t ruler_points(struct ruler *ruler, size_t at)
{
    if (at < ruler->at)
        *ruler = (struct ruler){.text = ruler->text};
    for (; ruler->at < at && ruler->text[ruler->at] != '\0'; ruler->at++)
        ruler->points += ((unsigned char)ruler->text[ruler->at] & 0xc0) != 0x80;
    return ruler->points;
}

static json_t *place_of(const struct piece *piece)
{
    return json_pack("{s:s, s:I, s:I, s:s}", "source", piece->source, "start",
                     (json_int_t)piece->start, "end", (json_int_t)piece->end, "text", piece->text);
}

/* Steals `value`; what is beyond the cap is remarked in the end. `field` NULL: an order has no
 * place for it. */
static void add_span(struct draft *draft, const struct piece *piece, const char *field,
                     json_t *value, int confidence, const char *note)
{
    if (json_array_size(draft->spans) == SPANS_CAP) {
        json_decref(value);
        draft->more_spans = true;
        return;
    }
    json_t *span = place_of(piece);

    json_object_set_new(span, "field", field != NULL ? json_string(field) : json_null());
    json_object_set_new(span, "value", value);
    json_object_set_new(span, "confidence", json_integer(confidence));
    json_object_set_new(span, "note", note != NULL ? json_string(note) : json_null());
    json_array_append_new(draft->spans, span);
}

static void add_gap(struct draft *draft, const struct piece *piece)
{
    if (json_array_size(draft->gaps) < GAPS_CAP)
        json_array_append_new(draft->gaps, place_of(piece));
    else
        draft->more_gaps = true;
}

static void add_remark(struct draft *draft, const char *code, const char *text)
{
    json_array_append_new(draft->remarks, json_pack("{s:s, s:s}", "code", code, "text", text));
}

static void add_source(struct draft *draft, const char *source, const char *text)
{
    json_array_append_new(draft->sources, json_pack("{s:s, s:s}", "source", source, "text", text));
}

/* The member's text whole. */
static struct piece whole(struct draft *draft, const char *source, const char *text)
{
    add_source(draft, source, text);
    return (struct piece){source, text, 0, str_utf8_count(text)};
}

/* --- putting things in
 * ---------------------------------------------------------------------------------------- */

/* The object that holds the last name of `field`, and that name: only the employer is an object of
 * its own. */
static json_t *holder(const struct draft *draft, const char *field, const char **name, bool make)
{
    if (!str_starts(field, "/employer/")) {
        *name = field + 1;
        return draft->body;
    }
    json_t *employer = json_object_get(draft->body, "employer");
    *name = field + strlen("/employer/");
    if (employer == NULL && make) {
        employer = json_object();
        json_object_set_new(draft->body, "employer", employer);
    }
    return employer;
}

bool draft_has(const struct draft *draft, const char *field)
{
    const char *name;
    const json_t *object = holder(draft, field, &name, false);

    return object != NULL && json_object_get(object, name) != NULL;
}

static bool put(struct draft *draft, const struct piece *piece, const char *field, json_t *value,
                int confidence, const char *note)
{
    const char *name;
    json_t *object = holder(draft, field, &name, true);
    const json_t *before = json_object_get(object, name);
    const bool same = before != NULL && json_equal(before, value);

    if (before != NULL && !same) {
        add_span(draft, piece, NULL, value, confidence, SECOND_NOTE);
        return false;
    }
    if (before == NULL)
        json_object_set(object, name, value);
    add_span(draft, piece, field, value, confidence, note);
    return true;
}

static json_t *list_of(struct draft *draft, const char *name)
{
    json_t *list = json_object_get(draft->body, name);

    if (list == NULL) {
        list = json_array();
        json_object_set_new(draft->body, name, list);
    }
    return list;
}

/* Where `item` stands in the list, put there when it is new; the list's length when there is no
 * room. */
static size_t list_place(json_t *list, const char *item, size_t cap)
{
    size_t at = 0;

    while (at < json_array_size(list) &&
           !str_equal(json_string_value(json_array_get(list, at)), item))
        at++;
    if (at == json_array_size(list) && at < cap)
        json_array_append_new(list, json_string(item));
    return at;
}

static void put_item(struct draft *draft, const struct piece *piece, const char *list,
                     const char *item, int confidence, const char *note)
{
    const size_t cap = str_equal(list, "/kinds") ? KINDS_CAP : OCCUPATIONS_CAP;
    const size_t at = list_place(list_of(draft, list + 1), item, cap);
    const char *field = at < cap ? arena_printf(draft->arena, "%s/%zu", list, at) : NULL;

    add_span(draft, piece, field, json_string(item), confidence, note);
}

bool draft_value(struct draft *draft, const char *source, const char *text, const char *field,
                 json_t *value, int confidence, const char *note)
{
    const struct piece piece = whole(draft, source, text);

    if (str_equal(field, "/posts"))
        draft->posts_settled = true;
    return put(draft, &piece, field, value, confidence, note);
}

void draft_item(struct draft *draft, const char *source, const char *text, const char *list,
                const char *item, int confidence, const char *note)
{
    const struct piece piece = whole(draft, source, text);

    put_item(draft, &piece, list, item, confidence, note);
}

void draft_aside(struct draft *draft, const char *source, const char *text, const char *value,
                 const char *note)
{
    const struct piece piece = whole(draft, source, text);

    add_span(draft, &piece, NULL, json_string(value), TEXT_SURE, note);
}

void draft_unknown(struct draft *draft, const char *source, const char *text)
{
    const struct piece piece = whole(draft, source, text);

    add_gap(draft, &piece);
}

/* --- findings of a text
 * ---------------------------------------------------------------------------------------- */

/* Said in two places: a must is stronger than a wish, a higher level than a lower one. */
static void merge_requirement(json_t *before, const struct text_finding *found)
{
    if (!found->nice) {
        json_object_set_new(before, "necessity", json_string("must"));
        json_object_set_new(before, "weight", json_integer(WEIGHT_MUST));
    }
    if (found->number > json_integer_value(json_object_get(before, "minimum_level")))
        json_object_set_new(before, "minimum_level", json_integer(found->number));
}

static json_t *requirement_of(const struct text_finding *found)
{
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:i}", "kind", found->kind, "code", found->value, "necessity",
                  found->nice ? "nice" : "must", "weight", found->nice ? WEIGHT_NICE : WEIGHT_MUST);

    if (found->number > 0)
        json_object_set_new(made, "minimum_level", json_integer(found->number));
    return made;
}

static void put_requirement(struct draft *draft, const struct piece *piece,
                            const struct text_finding *found)
{
    json_t *list = list_of(draft, "requirements");
    size_t at = 0;

    for (; at < json_array_size(list); at++) {
        json_t *before = json_array_get(list, at);
        if (str_equal(json_string_value(json_object_get(before, "kind")), found->kind) &&
            str_equal(json_string_value(json_object_get(before, "code")), found->value)) {
            merge_requirement(before, found);
            break;
        }
    }
    if (at == json_array_size(list) && at < REQUIREMENTS_CAP)
        json_array_append_new(list, requirement_of(found));
    const char *field =
        at < REQUIREMENTS_CAP ? arena_printf(draft->arena, "/requirements/%zu", at) : NULL;
    add_span(draft, piece, field, requirement_of(found), found->confidence, found->note);
}

/* "2 tømrere og 3 murere" are five posts. */
static void put_posts(struct draft *draft, const struct piece *piece,
                      const struct text_finding *found)
{
    const json_int_t before = json_integer_value(json_object_get(draft->body, "posts"));
    const bool fits = !draft->posts_settled && before + found->number <= POSTS_MAX;

    if (fits) {
        json_object_set_new(draft->body, "posts", json_integer(before + found->number));
        draft->counted++;
    }
    add_span(draft, piece, fits ? "/posts" : NULL, json_integer(found->number), found->confidence,
             fits ? found->note : SECOND_NOTE);
}

static void put_finding(struct draft *draft, const struct piece *piece,
                        const struct text_finding *found)
{
    static const char *const fields[] = {
        [TEXT_START] = "/start_date",  [TEXT_END] = "/end_date",
        [TEXT_POSTCODE] = "/postcode", [TEXT_RADIUS] = "/radius_km",
        [TEXT_CVR] = "/employer/cvr",  [TEXT_EMPLOYER] = "/employer/name"};

    switch (found->field) {
    case TEXT_ASIDE:
        add_span(draft, piece, NULL, json_string(found->value), found->confidence, found->note);
        break;
    case TEXT_POSTS:
        put_posts(draft, piece, found);
        break;
    case TEXT_OCCUPATION:
        put_item(draft, piece, "/occupations", found->value, found->confidence, found->note);
        break;
    case TEXT_KIND:
        put_item(draft, piece, "/kinds", found->value, found->confidence, found->note);
        break;
    case TEXT_REQUIREMENT:
        put_requirement(draft, piece, found);
        break;
    case TEXT_RADIUS:
        (void)put(draft, piece, fields[found->field], json_integer(found->number),
                  found->confidence, found->note);
        break;
    case TEXT_START:
    case TEXT_END:
    case TEXT_POSTCODE:
    case TEXT_CVR:
    case TEXT_EMPLOYER:
        (void)put(draft, piece, fields[found->field], json_string(found->value), found->confidence,
                  found->note);
        break;
    }
}

static struct piece piece_of(struct draft *draft, const char *source, struct ruler *ruler,
                             size_t start, size_t end)
{
    const size_t first = ruler_points(ruler, start);
    const char *text = arena_strndup(draft->arena, ruler->text + start, end - start);

    return (struct piece){source, text, first, first + str_utf8_count(text)};
}

static bool good_title(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    return str_utf8_count(text) <= TITLE_CAP;
}

/* The first trade with its number is what a person would call the order: "3 struktører". */
static void suggest_title(struct draft *draft, const char *source, const char *text,
                          const struct text_reading *reading)
{
    const struct text_finding *trade = NULL, *posts = NULL;

    for (size_t i = 0; i < reading->finding_count && trade == NULL; i++) {
        const struct text_finding *found = &reading->findings[i];
        if (found->field == TEXT_OCCUPATION)
            trade = found;
        else if (found->field == TEXT_POSTS)
            posts = found;
    }
    if (trade == NULL || draft->title != NULL)
        return;
    struct ruler ruler = {.text = text};
    const bool counted = posts != NULL && trade->start - posts->end <= TITLE_GAP &&
                         memchr(text + posts->end, '\n', trade->start - posts->end) == NULL;
    const struct piece piece =
        piece_of(draft, source, &ruler, counted ? posts->start : trade->start, trade->end);
    if (!good_title(piece.text))
        return;
    draft->title = piece.text;
    draft->title_source = source;
    draft->title_start = piece.start;
    draft->title_end = piece.end;
}

void draft_text(struct draft *draft, const char *source, const char *text)
{
    struct ruler ruler = {.text = text};
    struct text_reading reading;

    add_source(draft, source, text);
    text_read(draft->arena, draft->words, text, strlen(text), draft->today, &reading);
    for (size_t i = 0; i < reading.finding_count; i++) {
        const struct text_finding *found = &reading.findings[i];
        const struct piece piece = piece_of(draft, source, &ruler, found->start, found->end);
        put_finding(draft, &piece, found);
    }
    for (size_t i = 0; i < reading.gap_count; i++) {
        const struct piece piece =
            piece_of(draft, source, &ruler, reading.gaps[i].start, reading.gaps[i].end);
        add_gap(draft, &piece);
    }
    suggest_title(draft, source, text, &reading);
}

/* --- the end
 * ----------------------------------------------------------------------------------------------------
 */

static void settle_title(struct draft *draft)
{
    if (draft->title == NULL || draft_has(draft, "/title"))
        return;
    const struct piece piece = {draft->title_source, draft->title, draft->title_start,
                                draft->title_end};
    (void)put(draft, &piece, "/title", json_string(draft->title), 700,
              "Titlen er faget, som det står i teksten.");
}

/* A start that has passed may be what was meant; a person is told. An end before the start is none.
 */
static void settle_period(struct draft *draft)
{
    const char *start = json_string_value(json_object_get(draft->body, "start_date"));
    const char *end = json_string_value(json_object_get(draft->body, "end_date"));
    const struct calendar_date day = draft->today;
    const char *today = arena_printf(draft->arena, "%04d-%02d-%02d", day.year, day.month, day.day);

    if (start != NULL && strcmp(start, today) < 0)
        add_remark(draft, "START_PASSED", "Startdatoen i teksten er passeret.");
    if (start == NULL || end == NULL || strcmp(end, start) >= 0)
        return;
    json_object_del(draft->body, "end_date");
    add_remark(draft, "END_BEFORE_START",
               "Slutdatoen i teksten ligger før startdatoen og er ikke taget med.");
}

static bool kind_ends(const struct draft *draft)
{
    static const char *const ending[] = {"temporary", "seasonal", "job_rotation", "work_trial"};
    const json_t *list = json_object_get(draft->body, "kinds");

    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t e = 0; e < sizeof ending / sizeof ending[0]; e++)
            if (str_equal(json_string_value(json_array_get(list, i)), ending[e]))
                return true;
    return false;
}

static json_t *missing_of(const struct draft *draft)
{
    static const char *const needed[] = {"/employer/cvr", "/employer/name", "/title",
                                         "/posts",        "/occupations",   "/postcode",
                                         "/start_date",   "/kinds"};
    json_t *missing = json_array();

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!draft_has(draft, needed[i]))
            json_array_append_new(missing, json_string(needed[i]));
    if (kind_ends(draft) && !draft_has(draft, "/end_date"))
        json_array_append_new(missing, json_string("/end_date"));
    return missing;
}

json_t *draft_finish(struct draft **draft)
{
    struct draft *done = *draft;

    settle_title(done);
    settle_period(done);
    if (done->counted > 1 && json_array_size(json_object_get(done->body, "occupations")) > 1)
        add_remark(
            done, "SEVERAL_TRADES",
            "Teksten nævner flere fag med hvert sit antal. Del den i en jobordre for hvert fag.");
    if (done->more_spans)
        add_remark(done, "MORE_UNDERSTOOD",
                   "Der er mere, som blev forstået, end de første 2000 steder, der er nævnt.");
    if (done->more_gaps)
        add_remark(done, "MORE_NOT_UNDERSTOOD",
                   "Der er mere, som ikke blev forstået, end de første 200 steder, der er nævnt.");
    json_object_set_new(done->body, "draft", json_true());
    json_t *missing = missing_of(done);
    *draft = NULL;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "draft", done->body, "missing", missing,
                     "spans", done->spans, "not_understood", done->gaps, "remarks", done->remarks,
                     "sources", done->sources);
}
