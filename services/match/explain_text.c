/* What an entry says, in plain Danish: its points, and part by part what the candidate has. */
#include "services/match/explain_heads.h"

#define LINE_ROOM 640 /* for what a line has beside its pieces and a name */

/* ---- the form ---- */

static char *put_line_break(const struct explain_heads *heads, char *at)
{
    return heads->form == EXPLAIN_JSON ? PEN(at, "\\n") : PEN(at, "\n");
}

static char *put_day(struct explain_heads *heads, char *at, int32_t day)
{
    memcpy(at, heads_day(heads, day)->danish, DAY_LENGTH);
    return at + DAY_LENGTH;
}

/* " 120 af 250 point." */
static char *put_points(char *at, unsigned points, struct piece of)
{
    at = pen_char(at, ' ');
    at = pen_unsigned(at, points);
    return pen_piece(at, of);
}

/* ---- a fact ---- */

static char *put_level_number(char *at, enum engine_kind kind, unsigned level)
{
    static const struct short_piece cefr[] = {
        SHORT_PIECE("A1"), SHORT_PIECE("A2"), SHORT_PIECE("B1"),
        SHORT_PIECE("B2"), SHORT_PIECE("C1"), SHORT_PIECE("C2"),
    };
    const unsigned within = level <= 6 ? level : 6;
    return kind == ENGINE_LANGUAGE ? pen_short(at, &cefr[within - 1]) : pen_unsigned(at, within);
}

static char *put_level(char *at, const struct engine_fact *fact, unsigned minimum)
{
    if (fact->level == ENGINE_LEVEL_UNKNOWN) {
        if (minimum == 0) {
            return at;
        }
        at = PEN(at, ", niveauet er ikke oplyst, mindst ");
    } else {
        at = PEN(at, ", niveau ");
        at = put_level_number(at, fact->kind, fact->level);
        if (minimum <= fact->level) {
            return at;
        }
        at = PEN(at, ", hvor mindst ");
    }
    at = put_level_number(at, fact->kind, minimum);
    return PEN(at, " ønskes");
}

static char *put_years(char *at, unsigned years)
{
    if (years == ENGINE_YEARS_UNKNOWN) {
        return at;
    }
    if (years == 0) {
        return PEN(at, ", under 1 års erfaring");
    }
    at = PEN(at, ", ");
    at = pen_unsigned(at, years);
    return PEN(at, " års erfaring");
}

static char *put_validity(struct explain_heads *heads, char *at, const struct engine_part *part,
                          const struct asked_part *wanted)
{
    const struct asked *asked = heads->explain->asked;
    if (part->fact.valid_until != ENGINE_NO_DAY) {
        at = PEN(at, ", gyldigt til ");
        at = put_day(heads, at, part->fact.valid_until);
    } else if (part->status == ENGINE_UNKNOWN && wanted->expires) {
        at = PEN(at, ", udløbsdatoen er ikke oplyst");
    }
    if (part->status == ENGINE_EXPIRED) {
        const bool to_the_end = wanted->through_period && asked->end != ENGINE_NO_DAY;
        at = PEN(at, ", skal gælde den ");
        at = put_day(heads, at, to_the_end ? asked->end : asked->start);
    }
    return at;
}

static char *put_long_ago(char *at, bool long_ago)
{
    return long_ago ? PEN(at, ", over fem år siden") : at;
}

/* When it was last used and when that was stated, and which of the two is long ago (R13). */
static char *put_age(struct explain_heads *heads, char *at, const struct engine_part *part)
{
    const struct engine_fact *fact = &part->fact;
    const bool used = fact->last_used != ENGINE_NO_DAY;
    if (used) {
        at = PEN(at, ", senest brugt ");
        at = put_day(heads, at, fact->last_used);
        at = put_long_ago(at, part->long_ago);
    }
    at = PEN(at, " (oplyst ");
    at = put_day(heads, at, fact->stated_on);
    at = put_long_ago(at, part->long_ago && !used);
    return pen_char(at, ')');
}

/* ---- what the fact is to what was asked for ---- */

/* ", beslægtet kompetence: Systemforskalling, halve point" */
static char *put_relation(char *at, const struct engine_part *part, struct piece held)
{
    static const struct short_piece nouns[ENGINE_KIND_COUNT] = {
        [ENGINE_COMPETENCE] = SHORT_PIECE("kompetence"),
        [ENGINE_CERTIFICATE] = SHORT_PIECE("bevis"),
        [ENGINE_LICENCE] = SHORT_PIECE("kørekort"),
        [ENGINE_LANGUAGE] = SHORT_PIECE("sprog"),
        [ENGINE_OCCUPATION] = SHORT_PIECE("fag"),
    };
    static const struct {
        struct short_piece before, after;
    } forms[ENGINE_RELATION_COUNT] = {
        [ENGINE_UNIT] = {SHORT_PIECE(", beslægtet "), SHORT_PIECE("")},
        [ENGINE_CLOSE] = {SHORT_PIECE(", beslægtet "), SHORT_PIECE("")},
        [ENGINE_BROADER] = {SHORT_PIECE(", bredere "), SHORT_PIECE("")},
        [ENGINE_NARROWER] = {SHORT_PIECE(", snævrere "), SHORT_PIECE("")},
        [ENGINE_GROUP] = {SHORT_PIECE(", "), SHORT_PIECE(" fra samme gruppe")},
        [ENGINE_SHARED_OCCUPATION] = {SHORT_PIECE(", "), SHORT_PIECE(" fra samme fag")},
    };
    if (part->relation == ENGINE_IMPLIED) {
        at = PEN(at, ", omfattet af ");
        return pen_piece(at, held);
    }
    at = pen_short(at, &forms[part->relation].before);
    at = pen_short(at, &nouns[part->fact.kind]);
    at = pen_short(at, &forms[part->relation].after);
    at = PEN(at, ": ");
    at = pen_piece(at, held);
    return engine_relation_halvings(part->relation) > 1 ? PEN(at, ", en fjerdedel af pointene")
                                                        : PEN(at, ", halve point");
}

/* A trade in the candidate's own words, if it is one of those wanted or stands beside them. */
static char *put_trade(char *at, const struct engine_part *part, struct piece wanted,
                       struct piece held)
{
    if (part->relation != ENGINE_EXACT && part->relation != ENGINE_UNIT) {
        at = pen_piece(at, wanted);
        return put_relation(at, part, held);
    }
    at = pen_piece(at, held);
    if (part->relation == ENGINE_UNIT) {
        at = PEN(at, ", beslægtet med ");
        at = pen_piece(at, wanted);
    }
    return at;
}

/* `name` is NULL where the code is the one asked for. */
static char *put_subject(struct explain_heads *heads, char *at, const struct engine_part *part,
                         size_t index, const struct head_name *name)
{
    const struct piece wanted = heads_piece(heads, heads->parts[index].label);
    if (name == NULL) {
        return pen_piece(at, wanted);
    }
    const struct piece held = heads_piece(heads, name->label);
    if (index == 0) {
        return put_trade(at, part, wanted, held);
    }
    at = pen_piece(at, wanted);
    return put_relation(at, part, held);
}

/* ---- lines ---- */

static char *put_line(struct explain_heads *heads, char *at, const struct engine_part *part,
                      size_t index, const struct head_name *name)
{
    static const struct short_piece openings[ENGINE_STATUS_COUNT] = {
        [ENGINE_MATCHED] = SHORT_PIECE("Opfylder: "),
        [ENGINE_PARTIAL] = SHORT_PIECE("Opfylder delvist: "),
        [ENGINE_EXPIRED] = SHORT_PIECE("Udløber for tidligt: "),
        [ENGINE_UNKNOWN] = SHORT_PIECE("Ikke oplyst: "),
        [ENGINE_MISSING] = SHORT_PIECE("For lavt niveau: "),
    };
    const struct asked_part *wanted = &heads->explain->asked->parts[index];
    const struct head_part *head = &heads->parts[index];
    at = put_line_break(heads, at);
    if (!part->has_fact) {
        return pen_piece(at, heads_piece(heads, head->absent));
    }
    at = pen_short(at, &openings[part->status]);
    at = put_subject(heads, at, part, index, name);
    at = put_level(at, &part->fact, wanted->minimum_level);
    at = put_years(at, part->fact.years);
    at = put_validity(heads, at, part, wanted);
    at = put_age(heads, at, part);
    at = pen_char(at, ':');
    return put_points(at, part->points, heads_piece(heads, head->of));
}

static void write_line(struct explain_heads *heads, const struct engine_part *part, size_t index,
                       struct buffer *text)
{
    const struct head_name *name =
        part->has_fact && heads_looked_up(part, index) ? heads_name(heads, &part->fact) : NULL;
    char *room =
        heads_room(heads, text,
                   heads->parts[index].room + (name != NULL ? name->label.length : 0) + LINE_ROOM);
    if (room != NULL) {
        buffer_wrote(text, (size_t)(put_line(heads, room, part, index, name) - room));
    }
}

static char *put_opening(const struct explain_heads *heads, char *at,
                         const struct engine_entry *entry)
{
    static const char of_all[PEN_STEP] = " af 1000 point.";
    if (heads->form == EXPLAIN_JSON) {
        at = pen_char(at, '"');
    }
    at = PEN(at, "Plads ");
    at = pen_unsigned(at, entry->rank);
    at = PEN(at, " med");
    return put_points(at, entry->score, (struct piece){of_all, strlen(of_all)});
}

static char *put_closing(const struct explain_heads *heads, char *at,
                         const struct engine_entry *entry)
{
    if (entry->has_distance) {
        at = put_line_break(heads, at);
        at = PEN(at, "Afstand til arbejdsstedet: ca. ");
        at = pen_unsigned(at, entry->road_km);
        at = PEN(at, " km ad vej.");
    }
    if (entry->tied) {
        at = put_line_break(heads, at);
        at = PEN(at, "Flere kandidater har ");
        at = pen_unsigned(at, entry->score);
        at = PEN(at, " point. Rækkefølgen mellem dem er afgjort ved lodtrækning ud fra "
                     "jobordrens og kandidatens id.");
    }
    return heads->form == EXPLAIN_JSON ? pen_char(at, '"') : at;
}

void explain_head_text(struct explain_heads *heads, const struct engine_entry *entry,
                       struct buffer *text)
{
    char *room = heads_room(heads, text, LINE_ROOM);
    if (room != NULL) {
        buffer_wrote(text, (size_t)(put_opening(heads, room, entry) - room));
    }
    for (size_t i = 0; i < heads->explain->asked->part_count; i++) {
        write_line(heads, &entry->parts[i], i, text);
    }
    room = heads_room(heads, text, LINE_ROOM);
    if (room != NULL) {
        buffer_wrote(text, (size_t)(put_closing(heads, room, entry) - room));
    }
}
