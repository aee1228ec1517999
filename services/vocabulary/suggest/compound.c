#include "services/vocabulary/suggest/compound.h"

#include "common/base/mem.h"
#include "services/vocabulary/suggest/fold.h"
#include "services/vocabulary/suggest/number.h"

#include <string.h>

#define PIECE_LEAST 3
#define ROUNDS 3
#define BIT 16 /* costs are in sixteenths of a bit */
#define LETTER_BITS 5
#define NEVER UINT32_MAX
#define BEGINNING_PENALTY (10 * BIT)
#define BEGINNING_OF_LEAST 2 /* words that a piece must be in to be recognised by its beginning */

struct compound {
    struct symbols *pieces;
    uint32_t *counts; /* words that have the piece; 0: it is none after all */
    uint32_t room;
    uint32_t total;
    struct symbols *beginnings; /* of known pieces: "arb" */
    uint32_t *beginning_counts; /* of the most common piece that begins so */
};

struct compound *compound_create(void)
{
    struct compound *compound = mem_zalloc(sizeof *compound);

    compound->pieces = symbols_create();
    compound->beginnings = symbols_create();
    return compound;
}

void compound_destroy(struct compound **compound)
{
    struct compound *gone = *compound;

    if (gone == NULL)
        return;
    symbols_destroy(&gone->pieces);
    symbols_destroy(&gone->beginnings);
    mem_free(gone->counts);
    mem_free(gone->beginning_counts);
    mem_free(gone);
    *compound = NULL;
}

/* --- dividing -------------------------------------------------------------------------------- */

static bool sounds(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (memchr("aeiouy", word[i], 6) != NULL || (unsigned char)word[i] >= 0x80)
            return true;
    return false;
}

static uint32_t cost_of_count(const struct compound *compound, uint32_t count, size_t length)
{
    const uint32_t rare = number_log2(2 * (uint64_t)compound->total + 2);

    if (count == 0)
        return rare + (uint32_t)length * 2 * LETTER_BITS * BIT;
    return rare - number_log2(2 * (uint64_t)count) + (uint32_t)length * LETTER_BITS * BIT / count;
}

static uint32_t count_of(const struct compound *compound, const char *word, size_t length)
{
    const uint32_t piece = symbols_find(compound->pieces, word, length);

    return piece != SYMBOLS_NONE && piece < compound->room ? compound->counts[piece] : 0;
}

/* What the letters from `start` to `end` cost as one piece. */
static uint32_t piece_cost(const struct compound *compound, const char *word, size_t length,
                           size_t start, size_t end, bool *known)
{
    const size_t size = end - start;
    const uint32_t count = count_of(compound, word + start, size);
    const bool whole = size == length;

    *known = count > 0;
    if (size < PIECE_LEAST && !whole && (count == 0 || start > 0))
        return NEVER;
    if (count == 0 && !whole && !sounds(word + start, size))
        return NEVER;
    uint32_t cost = cost_of_count(compound, count, size);
    if (count == 0 && end == length && size >= PIECE_LEAST && compound->beginning_counts != NULL) {
        const uint32_t beginning = symbols_find(compound->beginnings, word + start, size);
        if (beginning != SYMBOLS_NONE) {
            const uint32_t as_beginning =
                cost_of_count(compound, compound->beginning_counts[beginning], size) +
                BEGINNING_PENALTY;
            cost = as_beginning < cost ? as_beginning : cost;
        }
    }
    return cost;
}

struct best {
    uint32_t cost;
    uint8_t from;
    uint8_t pieces;
    bool known;
};

static bool letter_begins(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80; /* not in the middle of another script's letter */
}

static void find_best(const struct compound *compound, const char *word, size_t length,
                      struct best *best)
{
    best[0] = (struct best){0};
    for (size_t end = 1; end <= length; end++) {
        best[end] = (struct best){.cost = NEVER};
        if (end < length && !letter_begins(word[end]))
            continue;
        for (size_t start = 0; start < end; start++) {
            bool known;
            if (best[start].cost == NEVER || best[start].pieces == COMPOUND_PIECES_CAP)
                continue;
            const uint32_t cost = piece_cost(compound, word, length, start, end, &known);
            if (cost == NEVER || best[start].cost + cost >= best[end].cost)
                continue;
            best[end] = (struct best){best[start].cost + cost, (uint8_t)start,
                                      (uint8_t)(best[start].pieces + 1), known};
        }
    }
}

size_t compound_split(const struct compound *compound, const char *word, size_t length,
                      struct compound_piece pieces[COMPOUND_PIECES_CAP])
{
    struct best best[FOLD_WORD_CAP + 1];

    if (length == 0 || length > FOLD_WORD_CAP)
        return 0;
    find_best(compound, word, length, best);
    const size_t count = best[length].pieces;
    size_t end = length;
    for (size_t i = count; i > 0; i--) {
        pieces[i - 1] = (struct compound_piece){best[end].from, (uint8_t)(end - best[end].from),
                                                best[end].known};
        end = best[end].from;
    }
    return count;
}

/* --- learning -------------------------------------------------------------------------------- */

static void count_one(struct compound *compound, const char *word, size_t length, uint32_t step)
{
    const uint32_t piece = symbols_add(compound->pieces, word, length);

    if (piece >= compound->room) {
        const uint32_t room = 2 * piece + 64;
        compound->counts = mem_resize(compound->counts, room, sizeof *compound->counts);
        memset(compound->counts + compound->room, 0,
               (room - compound->room) * sizeof *compound->counts);
        compound->room = room;
    }
    compound->counts[piece] += step;
    compound->total += step;
}

/* First guess: a word is a piece, and so is what stands before or behind a word in another. */
static void guess(struct compound *compound, const struct symbols *words, const char *word,
                  size_t length)
{
    count_one(compound, word, length, 1);
    for (size_t at = PIECE_LEAST; at + PIECE_LEAST <= length; at++) {
        if (!letter_begins(word[at]))
            continue;
        const bool left = symbols_find(words, word, at) != SYMBOLS_NONE;
        const bool right = symbols_find(words, word + at, length - at) != SYMBOLS_NONE;
        if (!left && !right)
            continue;
        count_one(compound, word, at, 1);
        count_one(compound, word + at, length - at, 1);
    }
}

/* Divides every word with what is known, and counts the pieces anew. */
static void recount(struct compound *compound, const struct symbols *words)
{
    const uint32_t room = compound->room;
    uint32_t *fresh = mem_array(room + 1, sizeof *fresh);
    uint32_t total = 0;

    for (uint32_t i = 0; i < symbols_count(words); i++) {
        struct compound_piece pieces[COMPOUND_PIECES_CAP];
        size_t length;
        const char *word = symbols_bytes(words, i, &length);
        const size_t count = compound_split(compound, word, length, pieces);
        for (size_t p = 0; p < count; p++) {
            const uint32_t piece =
                symbols_find(compound->pieces, word + pieces[p].start, pieces[p].length);
            if (piece == SYMBOLS_NONE)
                continue;
            fresh[piece]++;
            total++;
        }
    }
    mem_free(compound->counts);
    compound->counts = fresh;
    compound->total = total;
}

static void learn_beginnings(struct compound *compound)
{
    uint32_t room = 0;
    uint32_t *counts = NULL;

    for (uint32_t i = 0; i < symbols_count(compound->pieces) && i < compound->room; i++) {
        const uint32_t count = compound->counts[i];
        size_t length;
        const char *word = symbols_bytes(compound->pieces, i, &length);
        for (size_t size = PIECE_LEAST; count >= BEGINNING_OF_LEAST && size < length; size++) {
            const uint32_t known = symbols_count(compound->beginnings);
            const uint32_t beginning = symbols_add(compound->beginnings, word, size);
            if (beginning >= room) {
                room = 2 * beginning + 64;
                counts = mem_resize(counts, room, sizeof *counts);
            }
            if (beginning == known || counts[beginning] < count)
                counts[beginning] = count;
        }
    }
    compound->beginning_counts = counts;
}

void compound_learn(struct compound *compound, const struct symbols *words)
{
    for (uint32_t i = 0; i < symbols_count(words); i++) {
        size_t length;
        const char *word = symbols_bytes(words, i, &length);
        guess(compound, words, word, length);
    }
    for (int round = 0; round < ROUNDS; round++)
        recount(compound, words);
    learn_beginnings(compound);
}

size_t compound_memory(const struct compound *compound)
{
    return sizeof *compound + symbols_memory(compound->pieces) +
           symbols_memory(compound->beginnings) +
           (compound->room + symbols_count(compound->beginnings)) * sizeof *compound->counts;
}
