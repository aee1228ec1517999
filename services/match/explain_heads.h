/*
 * For those who explain entry after entry (explain_json.c, explain_text.c): what is the same in
 * every entry of a ranking, written once, ready to be copied. For this room's own files; others
 * take explain.h.
 */
#pragma once

#include "services/match/day.h"
#include "services/match/explain.h"
#include "services/match/pen.h"

#define DAY_LENGTH 10
#define HEADS_NAMES 256 /* a power of two */
#define HEADS_DAYS 2048 /* a power of two: more than five years, and what certificates add */

/* A text in `pieces`, which may move. */
struct head_text {
    uint32_t from;
    uint32_t length;
};

/* Per part. The label is in the form of the heads. */
struct head_part {
    uint16_t share;
    struct head_text opening; /* {"part":1,"status":" */
    struct head_text code;    /* "epoxy", in its quotes; not of part 0 */
    struct head_text exact;   /* ,"relation":"exact","fact":{"code":"epoxy"; not of part 0 */
    struct head_text missing; /* {"part":1,"status":"missing","points":0} */
    struct head_text label;   /* Epoxy og isocyanater */
    struct head_text of;      /*  af 143 point. */
    struct head_text absent;  /* Mangler: Epoxy og isocyanater: 0 af 143 point. */
    size_t room;              /* that these take when all are written */
};

/* A code that is not simply the one asked for: how it is written, and called. */
struct head_name {
    uint32_t code; /* the vocabulary's; 0: nothing here yet */
    enum engine_kind kind;
    struct head_text json; /* with its quotes */
    struct head_text label;
};

struct head_day {
    int32_t day;
    char iso[DAY_LENGTH];    /* 2026-02-03 */
    char danish[DAY_LENGTH]; /* 03.02.2026 */
};

struct explain_heads {
    enum explain_form form;
    const struct explain *explain;
    struct buffer pieces;
    size_t fixed;        /* bytes of `pieces` that the parts have; names follow */
    struct buffer draft; /* a label on its way into `pieces` */
    struct head_part parts[ENGINE_PARTS_CAP];
    struct head_name names[HEADS_NAMES]; /* what was looked up last, by code */
    struct head_day days[HEADS_DAYS];    /* the same, by day */
};

void heads_write_day(struct head_day *known, int32_t day);
/* A fact's code and label; they stand until the next are asked for. */
const struct head_name *heads_name(struct explain_heads *heads, const struct engine_fact *fact);
/* It stands until the next is asked for. */
static inline const struct head_day *heads_day(struct explain_heads *heads, int32_t day)
{
    struct head_day *known = &heads->days[(uint32_t)day % HEADS_DAYS];
    if (known->day != day) {
        heads_write_day(known, day);
    }
    return known;
}

/* Whether the part's fact has another code than the one that `exact` and `label` say. */
static inline bool heads_looked_up(const struct engine_part *part, size_t index)
{
    return index == 0 || part->relation != ENGINE_EXACT;
}

/* Room in `text` for pieces that are all there; NULL: half of them are missing, or there is none.
 */
static inline char *heads_room(const struct explain_heads *heads, struct buffer *text, size_t size)
{
    text->full = text->full || heads->pieces.full || heads->draft.full;
    return buffer_room(text, size);
}

static inline struct piece heads_piece(const struct explain_heads *heads, struct head_text text)
{
    return (struct piece){.bytes = heads->pieces.data + text.from, .length = text.length};
}
