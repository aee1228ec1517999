#include "services/match/explain_heads.h"

#include "common/base/mem.h"

#define PIECES_CAP ((size_t)4 << 20)
#define NAMES_CAP ((size_t)512 << 10) /* then all names are forgotten */
#define LABEL_CAP ((size_t)256 << 10) /* of a part, which may name many occupations */

/* ---- pieces ---- */

/* What was written into `pieces` from `from` on. */
static struct head_text taken(struct explain_heads *heads, size_t from)
{
    const size_t to = heads->pieces.length;
    buffer_room(&heads->pieces, PEN_SLACK); /* a copy of it reaches beyond its end */
    return (struct head_text){.from = (uint32_t)from, .length = (uint32_t)(to - from)};
}

static struct head_text take_text(struct explain_heads *heads, const char *text, size_t length)
{
    const size_t from = heads->pieces.length;
    if (heads->form == EXPLAIN_PLAIN) {
        buffer_append(&heads->pieces, text, length);
        return taken(heads, from);
    }
    buffer_json_bytes(&heads->pieces, text, length);
    struct head_text quoted = taken(heads, from);
    quoted.from += 1;
    quoted.length -= buffer_full(&heads->pieces) ? quoted.length : 2;
    return quoted;
}

static void append_piece(struct explain_heads *heads, struct head_text text)
{
    char *room = buffer_room(&heads->pieces, text.length);
    if (room != NULL) {
        memcpy(room, heads->pieces.data + text.from, text.length);
        buffer_wrote(&heads->pieces, text.length);
    }
}

/* ---- a part ---- */

static void write_json(struct explain_heads *heads, size_t index, struct head_part *part)
{
    struct buffer *pieces = &heads->pieces;
    size_t from = pieces->length;
    buffer_text(pieces, "{\"part\":");
    buffer_unsigned(pieces, index);
    buffer_text(pieces, ",\"status\":\"");
    part->opening = taken(heads, from);

    from = pieces->length;
    append_piece(heads, part->opening);
    buffer_text(pieces, "missing\",\"points\":0}");
    part->missing = taken(heads, from);

    from = pieces->length;
    buffer_text(pieces, ",\"relation\":\"exact\",\"fact\":{\"code\":");
    const size_t code = pieces->length;
    buffer_json(pieces, heads->explain->asked->parts[index].codes[0].code);
    part->exact = taken(heads, from);
    part->code = taken(heads, code);
}

static void write_text(struct explain_heads *heads, size_t index, struct head_part *part)
{
    struct buffer *pieces = &heads->pieces;
    buffer_clear(&heads->draft);
    explain_label(heads->explain, index, &heads->draft);
    part->label = take_text(heads, heads->draft.data, heads->draft.length);

    size_t from = pieces->length;
    buffer_text(pieces, " af ");
    buffer_unsigned(pieces, part->share);
    buffer_text(pieces, " point.");
    part->of = taken(heads, from);

    from = pieces->length;
    buffer_text(pieces, "Mangler: ");
    append_piece(heads, part->label);
    buffer_text(pieces, ": 0");
    append_piece(heads, part->of);
    part->absent = taken(heads, from);
}

void explain_heads_write(struct explain_heads *heads, const struct explain *explain)
{
    const struct asked *asked = explain->asked;
    uint16_t shares[ENGINE_PARTS_CAP];
    explain_shares(explain, shares);
    heads->explain = explain;
    buffer_clear(&heads->pieces);
    memset(heads->names, 0, sizeof heads->names);
    for (size_t i = 0; i < asked->part_count; i++) {
        struct head_part *part = &heads->parts[i];
        part->share = shares[i];
        write_json(heads, i, part);
        write_text(heads, i, part);
        part->room = (size_t)part->opening.length + part->exact.length + part->absent.length;
    }
    heads->fixed = heads->pieces.length;
}

/* ---- codes and days ---- */

const struct head_name *heads_name(struct explain_heads *heads, const struct engine_fact *fact)
{
    struct head_name *name = &heads->names[fact->code % HEADS_NAMES];
    if (name->code == fact->code && name->kind == fact->kind) {
        return name;
    }
    if (heads->pieces.length - heads->fixed > NAMES_CAP) {
        heads->pieces.length = heads->fixed;
        memset(heads->names, 0, sizeof heads->names);
    }
    const struct explain *explain = heads->explain;
    const char *code = engine_vocabulary_text(explain->vocabulary, fact->code);
    const char *label = words_label(explain->words, fact->kind, code != NULL ? code : "");
    const size_t from = heads->pieces.length;
    buffer_json(&heads->pieces, code != NULL ? code : "");
    name->json = taken(heads, from);
    name->label = take_text(heads, label, strlen(label));
    name->code = fact->code;
    name->kind = fact->kind;
    return name;
}

void heads_write_day(struct head_day *known, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    known->day = day;
    day_iso(day, text);
    memcpy(known->iso, text, DAY_LENGTH);
    memcpy(known->danish,
           (const char[DAY_LENGTH]){text[8], text[9], '.', text[5], text[6], '.', text[0], text[1],
                                    text[2], text[3]},
           DAY_LENGTH);
}

/* ---- life ---- */

struct explain_heads *explain_heads_create(enum explain_form form)
{
    struct explain_heads *heads = mem_zalloc(sizeof *heads);
    heads->form = form;
    buffer_init(&heads->pieces, PIECES_CAP);
    buffer_init(&heads->draft, LABEL_CAP);
    for (size_t i = 0; i < HEADS_DAYS; i++) {
        heads->days[i].day = ENGINE_NO_DAY; /* which has no text */
    }
    return heads;
}

void explain_heads_destroy(struct explain_heads **heads)
{
    if (*heads == NULL) {
        return;
    }
    buffer_deinit(&(*heads)->draft);
    buffer_deinit(&(*heads)->pieces);
    mem_free(*heads);
    *heads = NULL;
}

/* Half a label is no answer. */
bool explain_heads_full(const struct explain_heads *heads)
{
    return buffer_full(&heads->pieces) || buffer_full(&heads->draft);
}
