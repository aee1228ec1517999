#include "services/match/engine/radix.h"

#include "common/base/mem.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)
#define FEW 48 /* as quick by insertion */

static void ends_of(uint32_t counts[DIGITS])
{
    uint32_t sum = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        const uint32_t count = counts[d];
        counts[d] = sum;
        sum += count;
    }
}

void radix_sort_keys(uint32_t *keys, size_t count)
{
    uint32_t *spare = mem_array(count, sizeof *spare);
    uint32_t *from = keys;
    uint32_t *to = spare;
    /* An even number of passes leaves the result where it began. */
    for (unsigned shift = 0; shift < 4 * DIGIT_BITS; shift += DIGIT_BITS) {
        uint32_t next[DIGITS] = {0};
        for (size_t i = 0; i < count; i++) {
            next[((uint64_t)from[i] >> shift) % DIGITS]++;
        }
        ends_of(next);
        for (size_t i = 0; i < count; i++) {
            to[next[((uint64_t)from[i] >> shift) % DIGITS]++] = from[i];
        }
        uint32_t *const kept = from;
        from = to;
        to = kept;
    }
    mem_free(spare);
}

static void insert_postings(struct posting *postings, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct posting posting = postings[i];
        size_t to = i;
        for (; to > 0 && postings[to - 1].at > posting.at; to--) {
            postings[to] = postings[to - 1];
        }
        postings[to] = posting;
    }
}

void radix_sort_postings(struct posting *postings, struct posting *spare, size_t count,
                         uint32_t bound)
{
    if (count <= FEW) {
        insert_postings(postings, count);
        return;
    }
    struct posting *from = postings;
    struct posting *to = spare;
    for (unsigned shift = 0; shift < 32 && (bound - 1) >> shift != 0; shift += DIGIT_BITS) {
        uint32_t next[DIGITS] = {0};
        for (size_t i = 0; i < count; i++) {
            next[(from[i].at >> shift) % DIGITS]++;
        }
        ends_of(next);
        for (size_t i = 0; i < count; i++) {
            to[next[(from[i].at >> shift) % DIGITS]++] = from[i];
        }
        struct posting *const kept = from;
        from = to;
        to = kept;
    }
    if (from != postings) {
        memcpy(postings, from, count * sizeof *postings);
    }
}
