#include "services/match/engine/lists.h"

#include "services/match/engine/passage.h"
#include "services/match/engine/points.h"
#include "services/match/engine/seek.h"

size_t lists_length(const struct look *look, size_t part)
{
    const struct sighted_part *sighted = &look->parts[part];
    size_t length = 0;
    for (size_t t = 0; t < sighted->count; t++) {
        length += lists_of(look, &sighted->terms[t]).count;
    }
    return length;
}

/* ---- facts that their packed byte does not tell enough of ---- */

static struct engine_part judge_at(const struct look *look, size_t part, const struct term *term,
                                   uint32_t position, uint16_t local)
{
    const struct segment *segment = look->segment;
    const uint32_t candidate = segment->blocks[look->block].first + local;
    const struct engine_fact fact = segment_fact(segment, term->row, position, candidate);
    return points_judge(&look->plan, part, term->key, &fact);
}

/* What the table cannot say: most often only on which side of the day asked about the fact is. */
static bool told_by_day(const struct look *look, uint32_t position)
{
    const unsigned bucket = look->segment->packed[position] & PACKED_BUCKET_MASK;
    return bucket != PACKED_EXACT && bucket != PACKED_NO_DAY;
}

/* The day that decided the fact's bucket. */
static int32_t day_of(const struct look *look, uint32_t position, uint16_t local)
{
    const struct segment *segment = look->segment;
    if (segment->days[position] != 0) {
        return segment->days[position];
    }
    if (segment->stated != NULL && segment->stated[position] != 0) {
        return segment->stated[position];
    }
    return segment->attributes[segment->blocks[look->block].first + local].stated_on;
}

static uint16_t graded_by_day(const struct look *look, const struct term *term, uint32_t position,
                              uint16_t local)
{
    return grade_on(term->grades, look->segment->packed[position], day_of(look, position, local));
}

/* Several facts of one candidate with one key lie side by side and are all PACKED_EXACT. */
static bool continues_run(const struct look *look, struct list list, uint32_t position)
{
    const uint16_t *locals = look->segment->locals;
    return !list.dense && position > list.from && locals[position - 1] == locals[position];
}

static bool in_run(const struct look *look, struct list list, uint32_t position, uint16_t local)
{
    return position < list.from + list.count && look->segment->locals[position] == local;
}

uint16_t lists_exact(const struct look *look, size_t part, const struct term *term,
                     struct list list, uint32_t position, uint16_t local)
{
    if (told_by_day(look, position)) {
        return graded_by_day(look, term, position, local);
    }
    if (continues_run(look, list, position)) {
        return 0; /* the first of them has earned for all */
    }
    uint16_t most = 0;
    for (; in_run(look, list, position, local); position++) {
        const uint16_t points = judge_at(look, part, term, position, local).points;
        most = points > most ? points : most;
    }
    return most;
}

/* ---- one list ---- */

size_t lists_search(struct look *look, struct list list)
{
    const uint16_t *locals = look->segment->locals + list.from;
    const size_t count = look->count;
    size_t found = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < count && at < list.count; i++) {
        const uint16_t local = look->survivors[i];
        at = seek_from(locals, at, list.count, local);
        look->aside[found] = (uint16_t)at;
        found += at < list.count && locals[at] == local ? 1 : 0;
    }
    look_charge(look, 2 * count, list.count * LISTS_PLACE);
    return found;
}

enum use { ADD_TO_SCORE, SET_BEST, RAISE_BEST };

static inline uint16_t *cells_for(struct look *look, enum use use)
{
    return use == ADD_TO_SCORE ? look->score : look->best;
}

/* The loops that read lists branch on nothing but whether the byte says it all, as nine in ten do;
 * any other branch would be as good as random. */
static inline void earn(uint16_t *cell, enum use use, uint16_t points)
{
    const uint16_t sum = (uint16_t)(*cell + points);
    const uint16_t most = *cell > points ? *cell : points;
    *cell = use == ADD_TO_SCORE ? sum : use == SET_BEST ? points : most;
}

/* Puts aside a place whose byte does not say, and has memory bring the day that decides. Where it
 * is known who is open, no others: nobody reads what they earn. */
static inline size_t put_aside(struct look *look, size_t aside, uint32_t position, uint16_t place,
                               uint16_t local)
{
    __builtin_prefetch(look->segment->days + position);
    look->aside[aside] = place;
    return aside + (look->streams ? look->open[local] : 1);
}

/* Those put aside, in a loop of their own: it waits for memory. They may be several facts of one
 * candidate. */
static inline void earn_exactly(struct look *look, enum use use, size_t part,
                                const struct term *term, struct list list, uint32_t from,
                                size_t aside)
{
    for (size_t i = 0; i < aside; i++) {
        const uint16_t place = look->aside[i];
        const uint32_t position = from + place;
        const uint16_t local = list.dense ? place : look->segment->locals[position];
        earn(&cells_for(look, use)[local], use == SET_BEST ? RAISE_BEST : use,
             lists_exact(look, part, term, list, position, local));
    }
}

static inline void read_dense(struct look *look, enum use use, size_t part, const struct term *term,
                              struct list list)
{
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *of = term->grades->of;
    uint16_t *cells = cells_for(look, use);
    const size_t count = look->count;
    size_t aside = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t local = look->survivors[i];
        const uint16_t points = of[packed[local]];
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            aside = put_aside(look, aside, list.from + local, local, local);
        } else {
            earn(&cells[local], use, points);
        }
    }
    earn_exactly(look, use, part, term, list, list.from, aside);
    look_charge(look, count, list.count);
}

/* At most BLOCK_CAP places of a list, from a position on. Those who are not survivors earn too;
 * nobody reads what. */
static inline void read_places(struct look *look, enum use use, size_t part,
                               const struct term *term, struct list list, uint32_t from,
                               uint32_t count)
{
    const uint16_t *locals = look->segment->locals + from;
    const uint8_t *packed = look->segment->packed + from;
    const uint16_t *of = term->grades->of;
    uint16_t *cells = cells_for(look, use);
    size_t aside = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint16_t points = of[packed[i]];
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            aside = put_aside(look, aside, from + i, (uint16_t)i, locals[i]);
        } else {
            earn(&cells[locals[i]], use, points);
        }
    }
    earn_exactly(look, use, part, term, list, from, aside);
    look->counters.bytes_streamed += count * LISTS_PLACE;
}

/* A list is longer than its block only when many have several facts in it. */
static inline void read_through(struct look *look, enum use use, size_t part,
                                const struct term *term, struct list list)
{
    for (uint32_t read = 0; read < list.count; read += BLOCK_CAP) {
        const uint32_t left = list.count - read;
        read_places(look, use, part, term, list, list.from + read,
                    left < BLOCK_CAP ? left : BLOCK_CAP);
    }
}

/* Survivor after survivor: first where they are, then what those who are there earn. */
static inline void gallop(struct look *look, enum use use, size_t part, const struct term *term,
                          struct list list)
{
    const uint16_t *locals = look->segment->locals + list.from;
    const uint8_t *packed = look->segment->packed + list.from;
    const uint16_t *of = term->grades->of;
    uint16_t *cells = cells_for(look, use);
    const size_t found = lists_search(look, list);
    for (size_t i = 0; i < found; i++) {
        const uint32_t at = look->aside[i];
        const uint16_t local = locals[at];
        uint16_t points = of[packed[at]];
        if (points == GRADE_EXACT) {
            points = lists_exact(look, part, term, list, list.from + at, local);
        }
        earn(&cells[local], use, points);
    }
}

static inline void read_list(struct look *look, enum use use, size_t part, const struct term *term)
{
    const struct list list = lists_of(look, term);
    if (list.dense) {
        read_dense(look, use, part, term, list);
    } else if (lists_read_through(look, list)) {
        read_through(look, use, part, term, list);
    } else {
        gallop(look, use, part, term, list);
    }
}

/* ---- a part's lists ---- */

/* Lines of a list's numbers that are asked for in advance; more are streamed by the machine itself.
 * Packed bytes only of a list so short that it is likely to be read through: of a longer or a dense
 * one, those of a few survivors are. */
#define FETCH_LINES 12
#define FETCH_PACKED 512 /* places at most */

static void fetch_list(const struct segment *segment, struct list list)
{
    const char *locals = (const char *)(segment->locals + list.from);
    const char *packed = (const char *)(segment->packed + list.from);
    for (size_t i = 0; i < FETCH_LINES && i * LOOK_LINE < list.count * sizeof(uint16_t); i++) {
        __builtin_prefetch(locals + i * LOOK_LINE);
    }
    for (size_t at = 0; list.count <= FETCH_PACKED && at < list.count; at += LOOK_LINE) {
        __builtin_prefetch(packed + at);
    }
}

void lists_fetch(const struct look *look, size_t part, uint32_t block)
{
    const struct sighted_part *sighted = &look->parts[part];
    for (size_t t = 0; t < sighted->count; t++) {
        const struct list list = segment_list(look->segment, sighted->terms[t].row, block);
        if (!list.dense) {
            fetch_list(look->segment, list);
        }
    }
}

void lists_best(struct look *look, size_t part)
{
    const struct sighted_part *sighted = &look->parts[part];
    for (size_t i = 0; i < look->count; i++) {
        look->best[look->survivors[i]] = 0;
    }
    for (size_t t = 0; t < sighted->count; t++) {
        if (t == 0) {
            read_list(look, SET_BEST, part, &sighted->terms[t]);
        } else {
            read_list(look, RAISE_BEST, part, &sighted->terms[t]);
        }
    }
}

void lists_add(struct look *look, size_t part)
{
    const struct sighted_part *sighted = &look->parts[part];
    if (sighted->count == 1) {
        read_list(look, ADD_TO_SCORE, part, &sighted->terms[0]);
        return;
    }
    if (lists_length(look, part) == 0) {
        return;
    }
    lists_best(look, part);
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        look->score[local] = (uint16_t)(look->score[local] + look->best[local]);
    }
}

static inline uint16_t points_at(const struct look *look, size_t part, const struct term *term,
                                 struct list list, uint32_t position, uint16_t local)
{
    const uint16_t points = term->grades->of[look->segment->packed[position]];
    return points == GRADE_EXACT ? lists_exact(look, part, term, list, position, local) : points;
}

static size_t holders_of_all(const struct look *look, size_t part, const struct term *term,
                             struct list list, uint16_t *holders)
{
    const uint16_t *locals = look->segment->locals + list.from;
    size_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const uint16_t local = list.dense ? (uint16_t)i : locals[i];
        holders[count] = local; /* stays only if they earn */
        count += points_at(look, part, term, list, list.from + i, local) > 0 ? 1 : 0;
    }
    return count;
}

/* Puts aside which of at most BLOCK_CAP places of a list, from a position on, are of those who are
 * open; returns how many. */
static size_t sieve(struct look *look, const uint16_t *locals, uint32_t count)
{
    size_t aside = 0;
    for (uint32_t i = 0; i < count; i++) {
        look->aside[aside] = (uint16_t)i;
        aside += look->open[locals[i]];
    }
    return aside;
}

/* The same of a dense list. */
static size_t sieve_dense(struct look *look, uint32_t count)
{
    size_t aside = 0;
    for (uint32_t i = 0; i < count; i += 64) {
        for (uint64_t left = passage_bits(look, i); left != 0; left &= left - 1) {
            look->aside[aside++] = (uint16_t)(i + (unsigned)__builtin_ctzll(left));
        }
    }
    return aside;
}

static inline size_t holders_aside(struct look *look, size_t part, const struct term *term,
                                   struct list list, uint32_t from, size_t aside, uint16_t *holders)
{
    const uint16_t *locals = look->segment->locals + from;
    const uint8_t *packed = look->segment->packed + from;
    const uint16_t *of = term->grades->of;
    size_t count = 0;
    for (size_t i = 0; i < aside; i++) {
        const uint32_t place = look->aside[i];
        const uint16_t local = list.dense ? (uint16_t)place : locals[place];
        uint16_t points = of[packed[place]];
        if (__builtin_expect(points == GRADE_EXACT, 0)) {
            points = lists_exact(look, part, term, list, from + place, local);
        }
        holders[count] = local; /* stays only if they earn */
        count += points > 0 ? 1 : 0;
    }
    return count;
}

static size_t holders_among_open(struct look *look, size_t part, const struct term *term,
                                 struct list list, uint16_t *holders)
{
    if (list.dense) {
        const size_t aside = sieve_dense(look, list.count);
        return holders_aside(look, part, term, list, list.from, aside, holders);
    }
    size_t count = 0;
    for (uint32_t read = 0; read < list.count; read += BLOCK_CAP) {
        const uint32_t from = list.from + read;
        const uint32_t left = list.count - read;
        const size_t aside =
            sieve(look, look->segment->locals + from, left < BLOCK_CAP ? left : BLOCK_CAP);
        count += holders_aside(look, part, term, list, from, aside, holders + count);
    }
    return count;
}

static size_t holders_of_one(struct look *look, size_t part, const struct term *term,
                             uint16_t *holders)
{
    const struct list list = lists_of(look, term);
    look->counters.bytes_streamed += list.count * (list.dense ? 1 : LISTS_PLACE);
    return look->streams ? holders_among_open(look, part, term, list, holders)
                         : holders_of_all(look, part, term, list, holders);
}

void lists_holders(struct look *look, size_t part)
{
    const struct sighted_part *sighted = &look->parts[part];
    if (sighted->count == 1) {
        look->count = holders_of_one(look, part, &sighted->terms[0], look->survivors);
        return;
    }
    uint64_t bits[BLOCK_CAP / 64] = {0};
    lists_holder_bits(look, part, bits);
    look->count = 0;
    for (size_t word = 0; word < BLOCK_CAP / 64; word++) {
        for (uint64_t left = bits[word]; left != 0; left &= left - 1) {
            look->survivors[look->count++] = (uint16_t)(word * 64 + (size_t)__builtin_ctzll(left));
        }
    }
}

void lists_holder_bits(struct look *look, size_t part, uint64_t bits[BLOCK_CAP / 64])
{
    const struct sighted_part *sighted = &look->parts[part];
    for (size_t t = 0; t < sighted->count; t++) {
        const size_t count = holders_of_one(look, part, &sighted->terms[t], look->holders);
        for (size_t i = 0; i < count; i++) {
            bits[look->holders[i] / 64] |= UINT64_C(1) << (look->holders[i] % 64);
        }
    }
}

/* ---- for the census and for explanations ---- */

static void list_standings(struct look *look, size_t part, const struct term *term,
                           uint8_t *standings)
{
    const struct list list = lists_of(look, term);
    const uint8_t *packed = look->segment->packed + list.from;
    for (uint32_t i = 0; i < list.count; i++) {
        const uint16_t local = list.dense ? (uint16_t)i : look->segment->locals[list.from + i];
        uint16_t standing = term->grades->of[packed[i]];
        if (standing == GRADE_EXACT && told_by_day(look, list.from + i)) {
            standing = graded_by_day(look, term, list.from + i, local);
        } else if (standing == GRADE_EXACT) {
            const struct engine_part judged = judge_at(look, part, term, list.from + i, local);
            standing = (uint16_t)grade_standing(&judged);
        }
        if (standing > standings[local]) {
            standings[local] = (uint8_t)standing;
        }
    }
    look->counters.bytes_streamed += list.count * LISTS_PLACE;
}

void lists_standings(struct look *look, size_t part, uint8_t *standings)
{
    const struct sighted_part *sighted = &look->parts[part];
    for (size_t t = 0; t < sighted->count; t++) {
        list_standings(look, part, &sighted->terms[t], standings);
    }
}

void lists_locate(struct look *look, size_t part, uint16_t local)
{
    const struct segment *segment = look->segment;
    const struct sighted_part *sighted = &look->parts[part];
    for (size_t t = 0; t < sighted->count; t++) {
        struct term *term = &sighted->terms[t];
        const struct list list = lists_of(look, term);
        const uint32_t place =
            list.dense ? local : seek_alone(segment->locals + list.from, list.count, local);
        term->at = list.from + place;
        __builtin_prefetch(&segment->packed[term->at]);
        __builtin_prefetch(&segment->days[term->at]);
    }
}

struct engine_part lists_explain(const struct look *look, size_t part, uint16_t local)
{
    const struct segment *segment = look->segment;
    const struct sighted_part *sighted = &look->parts[part];
    struct engine_part best = {.status = ENGINE_MISSING, .of = look->plan.parts[part].of};
    for (size_t t = 0; t < sighted->count; t++) {
        const struct term *term = &sighted->terms[t];
        const struct list list = lists_of(look, term);
        for (uint32_t at = term->at;
             in_run(look, list, at, local) && segment->packed[at] != PACKED_ABSENT; at++) {
            const struct engine_part judged = judge_at(look, part, term, at, local);
            if (!best.has_fact || points_better(&judged, &best)) {
                best = judged;
            }
        }
    }
    return best;
}
