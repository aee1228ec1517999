#include "services/match/engine/holders.h"

#include "services/match/engine/lists.h"

/* ---- doubts ---- */

/* Of those whom a loop has put aside: their places in the part's list. */
static void note_doubts(struct look *look, size_t part, struct list list, size_t aside)
{
    for (size_t i = 0; i < aside; i++) {
        const uint16_t place = look->aside[i];
        const uint32_t position = list.from + place;
        look->doubts[look->doubt_count++] =
            (struct doubt){.position = position,
                           .local = list.dense ? place : look->segment->locals[position],
                           .part = (uint16_t)part};
    }
}

static bool meets(const struct look *look, const struct doubt *doubt)
{
    const struct term *term = &look->parts[doubt->part].terms[0];
    return lists_exact(look, doubt->part, term, lists_of(look, term), doubt->position,
                       doubt->local) > 0;
}

static void keep_marked(struct look *look, uint16_t stamp)
{
    const size_t count = look->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t local = look->survivors[i];
        look->survivors[kept] = local;
        kept += look->marks[local] == stamp ? 1 : 0;
    }
    look->count = kept;
}

void holders_settle(struct look *look)
{
    if (look->doubt_count == 0) {
        return;
    }
    const uint16_t stamp = look_stamp(look);
    size_t wrong = 0;
    for (size_t i = 0; i < look->count; i++) {
        look->marks[look->survivors[i]] = stamp;
    }
    for (size_t i = 0; i < look->doubt_count; i++) {
        const struct doubt *doubt = &look->doubts[i];
        if (look->marks[doubt->local] == stamp && !meets(look, doubt)) {
            look->marks[doubt->local] = 0;
            wrong++;
        }
    }
    if (wrong > 0) {
        keep_marked(look, stamp);
    }
    look->doubt_count = 0;
}

/* The part's one term, when its list can be read with doubts left open. NULL: another key may meet
 * the must as well, so that a doubt would not decide; or some have several facts in the list. */
static const struct term *only_term(struct look *look, size_t part)
{
    const struct sighted_part *sighted = &look->parts[part];
    if (sighted->count != 1 || lists_of(look, &sighted->terms[0]).count > BLOCK_CAP) {
        return NULL;
    }
    if (look->doubt_count > LOOK_DOUBTS_CAP - BLOCK_CAP) {
        holders_settle(look);
    }
    return &sighted->terms[0];
}

/* Several facts of one candidate lie side by side, all with a byte that does not say: they are in
 * doubt once, all together. */
static inline bool first_of_theirs(const uint16_t *locals, uint32_t place)
{
    return place == 0 || locals[place - 1] != locals[place];
}

/* ---- the first must ---- */

void holders_find(struct look *look, size_t part)
{
    look->doubt_count = 0;
    const struct term *term = look->streams ? NULL : only_term(look, part);
    if (term == NULL) {
        lists_holders(look, part);
        return;
    }
    const struct list list = lists_of(look, term);
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *locals = look->segment->locals + list.from;
    const uint16_t *of = term->grades->of;
    size_t count = 0;
    size_t aside = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const uint16_t points = of[packed[i]];
        look->survivors[count] = locals[i];
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            if (first_of_theirs(locals, i)) {
                look->aside[aside++] = (uint16_t)i;
                count++;
            }
        } else {
            count += points > 0 ? 1 : 0;
        }
    }
    look->count = count;
    note_doubts(look, part, list, aside);
    look->counters.bytes_streamed += list.count * (list.dense ? 1 : LISTS_PLACE);
}

/* ---- the others ---- */

static void keep_in_dense(struct look *look, size_t part, const struct term *term, struct list list)
{
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *of = term->grades->of;
    const size_t count = look->count;
    size_t kept = 0;
    size_t aside = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t local = look->survivors[i];
        const uint16_t points = of[packed[local]];
        look->survivors[kept] = local;
        kept += points > 0 ? 1 : 0;
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            look->aside[aside++] = local;
        }
    }
    look->count = kept;
    note_doubts(look, part, list, aside);
    look_charge(look, count, list.count);
}

static void keep_by_reading(struct look *look, size_t part, const struct term *term,
                            struct list list)
{
    const uint16_t *locals = look->segment->locals + list.from;
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *of = term->grades->of;
    const uint16_t stamp = look_stamp(look);
    size_t aside = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const uint16_t points = of[packed[i]];
        look->marks[locals[i]] = points > 0 ? stamp : 0;
        if (__builtin_expect(points == GRADE_EXACT, 0) && first_of_theirs(locals, i)) {
            look->aside[aside++] = (uint16_t)i;
        }
    }
    note_doubts(look, part, list, aside);
    keep_marked(look, stamp);
    look->counters.bytes_streamed += list.count * LISTS_PLACE;
}

static void keep_by_searching(struct look *look, size_t part, const struct term *term,
                              struct list list)
{
    const uint16_t *locals = look->segment->locals + list.from;
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *of = term->grades->of;
    const size_t found = lists_search(look, list);
    size_t kept = 0;
    size_t aside = 0;
    for (size_t i = 0; i < found; i++) {
        const uint16_t at = look->aside[i];
        const uint16_t points = of[packed[at]];
        look->survivors[kept] = locals[at];
        kept += points > 0 ? 1 : 0;
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            look->aside[aside++] = at;
        }
    }
    look->count = kept;
    note_doubts(look, part, list, aside);
}

/* Without doubts: by the points of the best fact. */
static void keep_by_points(struct look *look, size_t part)
{
    lists_best(look, part);
    const size_t count = look->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t local = look->survivors[i];
        look->survivors[kept] = local;
        kept += look->best[local] > 0 ? 1 : 0;
    }
    look->count = kept;
}

void holders_keep(struct look *look, size_t part)
{
    const struct term *term = only_term(look, part);
    if (term == NULL) {
        keep_by_points(look, part);
        return;
    }
    const struct list list = lists_of(look, term);
    if (list.dense) {
        keep_in_dense(look, part, term, list);
    } else if (lists_read_through(look, list)) {
        keep_by_reading(look, part, term, list);
    } else {
        keep_by_searching(look, part, term, list);
    }
}
