#include "services/match/engine/survivors.h"

#include "services/match/engine/holders.h"
#include "services/match/engine/lists.h"
#include "services/match/engine/passage.h"

#include <string.h>

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
    const size_t count = look->segment->blocks[look->block].count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        look->survivors[kept] = (uint16_t)i;
        kept += look->open[i];
    }
    look->count = kept;
    memset(look->lacks, ENGINE_LACKS_NONE, count);
}

/* Whoever meets one of two musts, and what they then lack. */
static void holders_of_either(struct look *look, size_t one, size_t other)
{
    uint64_t left[BLOCK_CAP / 64] = {0};
    uint64_t right[BLOCK_CAP / 64] = {0};
    lists_holder_bits(look, one, left);
    lists_holder_bits(look, other, right);
    const uint8_t lacks[] = {ENGINE_LACKS_NONE, (uint8_t)other, (uint8_t)one, ENGINE_LACKS_NONE};
    size_t count = 0;
    for (size_t word = 0; word < BLOCK_CAP / 64; word++) {
        for (uint64_t rest = left[word] | right[word]; rest != 0; rest &= rest - 1) {
            const unsigned bit = (unsigned)__builtin_ctzll(rest);
            const unsigned meets = (left[word] >> bit & 1) | (right[word] >> bit & 1) << 1;
            const uint16_t local = (uint16_t)(word * 64 + bit);
            look->survivors[count++] = local;
            look->lacks[local] = lacks[meets];
        }
    }
    look->count = count;
}

/* Also those who lack it and nothing else. */
static void keep_those_near(struct look *look, size_t part)
{
    lists_best(look, part);
    const size_t count = look->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t local = look->survivors[i];
        const uint8_t lacks = look->lacks[local];
        const bool meets = look->best[local] > 0;
        look->survivors[kept] = local;
        look->lacks[local] = meets ? lacks : (uint8_t)part;
        kept += (meets | (lacks == ENGINE_LACKS_NONE)) ? 1 : 0;
    }
    look->count = kept;
}

void survivors_find(struct look *look, enum engine_mode mode)
{
    struct must musts[ENGINE_PARTS_CAP];
    look->count = 0;
    look->doubt_count = 0;
    if (!sort_musts(look, mode, musts)) {
        return;
    }
    const size_t seeds = 1 + may_lack(mode); /* lists that everybody sought is in one of */
    const bool seeded = look->must_count >= seeds;
    size_t length = 0;
    for (size_t i = 0; seeded && i < seeds; i++) {
        length += musts[i].length;
    }
    /* Asked first when the gates are a stream anyway: far fewer are left to search for. */
    look->streams = !seeded || passage_streams(look, length);
    if (look->streams) {
        passage_open(look);
    }
    if (!seeded) {
        everybody(look);
    } else if (seeds == 1) {
        holders_find(look, musts[0].part);
    } else {
        holders_of_either(look, musts[0].part, musts[1].part);
    }
    for (size_t i = seeded ? seeds : 0; i < look->must_count && look->count > 0; i++) {
        if (mode == ENGINE_STRICT) {
            holders_keep(look, musts[i].part);
        } else {
            keep_those_near(look, musts[i].part);
        }
    }
    if (!look->streams) {
        passage_filter(look);
    }
    holders_settle(look);
}
