#include "services/match/engine/survivors.h"

#include "services/match/engine/lists.h"
#include "services/match/engine/passage.h"

/* How many musts somebody may lack. */
static size_t may_lack(enum engine_mode mode)
{
    return mode == ENGINE_NEAR_MISS ? 1 : 0;
}

bool survivors_possible(struct look *look, enum engine_mode mode)
{
    size_t absent = 0;
    for (size_t i = 0; i < look->must_count; i++) {
        look_sight(look, look->musts[i]);
        absent += look->parts[look->musts[i]].count == 0 ? 1 : 0;
        if (absent > may_lack(mode)) {
            return false;
        }
    }
    return true;
}

/* ---- the musts, shortest lists first ---- */

struct must {
    size_t part;
    size_t length;
};

/* False when more of them than may be lacking have nobody in the block. */
static bool sort_musts(const struct look *look, enum engine_mode mode, struct must *musts)
{
    size_t empty = 0;
    for (size_t i = 0; i < look->must_count; i++) {
        const struct must must = {.part = look->musts[i],
                                  .length = lists_length(look, look->musts[i])};
        empty += must.length == 0 ? 1 : 0;
        if (empty > may_lack(mode)) {
            return false;
        }
        size_t at = i;
        for (; at > 0 && musts[at - 1].length > must.length; at--) {
            musts[at] = musts[at - 1];
        }
        musts[at] = must;
    }
    return true;
}

static void everybody(struct look *look)
{
    look->count = look->segment->blocks[look->block].count;
    for (size_t i = 0; i < look->count; i++) {
        look->survivors[i] = (struct survivor){.local = (uint16_t)i, .lacks = ENGINE_LACKS_NONE};
    }
}

static void holders(struct look *look, size_t part)
{
    look->count = lists_holders(look, part, look->holders[0]);
    for (size_t i = 0; i < look->count; i++) {
        look->survivors[i] =
            (struct survivor){.local = look->holders[0][i], .lacks = ENGINE_LACKS_NONE};
    }
}

/* Whoever meets one of two musts, and what they then lack. */
static void holders_of_either(struct look *look, size_t one, size_t other)
{
    const uint16_t *left = look->holders[0];
    const uint16_t *right = look->holders[1];
    const uint16_t *const left_end = left + lists_holders(look, one, look->holders[0]);
    const uint16_t *const right_end = right + lists_holders(look, other, look->holders[1]);
    look->count = 0;
    while (left < left_end || right < right_end) {
        struct survivor *survivor = &look->survivors[look->count++];
        if (right == right_end || (left < left_end && *left < *right)) {
            *survivor = (struct survivor){.local = *left++, .lacks = (uint8_t)other};
        } else if (left == left_end || *right < *left) {
            *survivor = (struct survivor){.local = *right++, .lacks = (uint8_t)one};
        } else {
            *survivor = (struct survivor){.local = *left++, .lacks = ENGINE_LACKS_NONE};
            right++;
        }
    }
}

/* Those who meet the must, and of the others those who may lack it and lack nothing yet. */
static void keep(struct look *look, size_t part, enum engine_mode mode)
{
    lists_best(look, part);
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        struct survivor survivor = look->survivors[i];
        if (look->best[survivor.local] == 0) {
            if (mode == ENGINE_STRICT || survivor.lacks != ENGINE_LACKS_NONE) {
                continue;
            }
            survivor.lacks = (uint8_t)part;
        }
        look->survivors[kept++] = survivor;
    }
    look->count = kept;
}

void survivors_find(struct look *look, enum engine_mode mode)
{
    struct must musts[ENGINE_PARTS_CAP];
    look->count = 0;
    if (!sort_musts(look, mode, musts)) {
        return;
    }
    const size_t seeds = 1 + may_lack(mode); /* lists that everybody sought is in one of */
    if (look->must_count < seeds) {
        everybody(look);
        passage_filter(look); /* far fewer are left to look up */
        if (look->must_count == 1) {
            keep(look, musts[0].part, mode);
        }
        return;
    }
    if (seeds == 1) {
        holders(look, musts[0].part);
    } else {
        holders_of_either(look, musts[0].part, musts[1].part);
    }
    for (size_t i = seeds; i < look->must_count && look->count > 0; i++) {
        keep(look, musts[i].part, mode);
    }
    passage_filter(look);
}
