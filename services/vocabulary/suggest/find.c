/* A question asked: the labels that may be meant, by two quick looks; then each looked at closely.
 */
#include "services/vocabulary/suggest/align.h"
#include "services/vocabulary/suggest/number.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES 160
#define QUESTION_GRAMS_CAP 4096

#define QUICK_GRAM 10  /* parts of the quick look: the letters, … */
#define QUICK_PIECE 10 /* … and the pieces */

#define SCORE_EXACT 1000
#define SCORE_JOINED 985
#define SCORE_STEMS 970
#define SCORE_OTHER 960 /* the most for what is not the same words */

struct candidate {
    const struct suggest *suggest;
    uint32_t label;
    uint32_t cosine; /* of the grams, in thousandths */
    uint32_t rank;   /* of the quick look */
    int score;
};

struct suggest_scratch {
    struct question question;
    uint32_t *gram_sum;   /* by label */
    uint32_t *piece_sum;  /* by label */
    uint32_t *piece_last; /* by label: the piece that was added last, + 1 */
    uint32_t grams[QUESTION_GRAMS_CAP];
    size_t gram_count, gram_unknown;
    struct candidate candidates[CANDIDATES];
    size_t candidate_count;
    char key[PHRASE_KEY_CAP];
};

struct suggest_scratch *suggest_scratch_create(const struct suggest *suggest)
{
    struct suggest_scratch *scratch = mem_zalloc(sizeof *scratch);
    const size_t count = (size_t)suggest->label_count + 1;

    scratch->gram_sum = mem_array(count, sizeof *scratch->gram_sum);
    scratch->piece_sum = mem_array(count, sizeof *scratch->piece_sum);
    scratch->piece_last = mem_array(count, sizeof *scratch->piece_last);
    return scratch;
}

void suggest_scratch_destroy(struct suggest_scratch **scratch)
{
    if (*scratch == NULL)
        return;
    mem_free((*scratch)->gram_sum);
    mem_free((*scratch)->piece_sum);
    mem_free((*scratch)->piece_last);
    mem_free(*scratch);
    *scratch = NULL;
}

/* --- quick look: letters --------------------------------------------------------------------- */

struct gram_looker {
    const struct suggest *suggest;
    struct suggest_scratch *scratch;
};

static void look_up_gram(void *state, const char *bytes, size_t length)
{
    struct gram_looker *looker = state;
    struct suggest_scratch *scratch = looker->scratch;
    const uint32_t gram = symbols_find(looker->suggest->grams, bytes, length);

    if (gram == SYMBOLS_NONE)
        scratch->gram_unknown++;
    else if (scratch->gram_count < QUESTION_GRAMS_CAP)
        scratch->grams[scratch->gram_count++] = gram;
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Adds up what the grams in common weigh, and returns the length of the question's vector. */
static uint32_t sum_grams(const struct suggest *suggest, struct suggest_scratch *scratch)
{
    struct gram_looker looker = {suggest, scratch};
    uint64_t square;

    scratch->gram_count = scratch->gram_unknown = 0;
    gram_each(&scratch->question.phrase, false, look_up_gram, &looker);
    qsort(scratch->grams, scratch->gram_count, sizeof *scratch->grams, compare_numbers);
    square = (uint64_t)scratch->gram_unknown * suggest->weight_most * suggest->weight_most / 2;
    for (size_t i = 0; i < scratch->gram_count; i++) {
        const uint32_t gram = scratch->grams[i];
        if (i > 0 && gram == scratch->grams[i - 1])
            continue;
        const uint32_t weight = suggest->gram_weight[gram];
        const uint32_t end = suggest->by_gram.start[gram + 1];
        square += (uint64_t)weight * weight;
        for (uint32_t p = suggest->by_gram.start[gram]; p < end; p++)
            scratch->gram_sum[suggest->by_gram.items[p]] += weight * weight;
    }
    return number_root(square);
}

/* --- quick look: pieces ---------------------------------------------------------------------- */

static void add_stem(const struct suggest *suggest, struct suggest_scratch *scratch, uint32_t piece,
                     uint32_t stem, uint32_t points)
{
    const uint32_t end = suggest->by_stem.start[stem + 1];

    for (uint32_t p = suggest->by_stem.start[stem]; p < end; p++) {
        const uint32_t label = suggest->by_stem.items[p];
        if (scratch->piece_last[label] == piece + 1)
            continue;
        scratch->piece_last[label] = piece + 1;
        scratch->piece_sum[label] += points;
    }
}

/* The stem itself first, then what means nearly the same. */
static void sum_pieces(const struct suggest *suggest, struct suggest_scratch *scratch)
{
    const struct question *question = &scratch->question;

    for (uint32_t i = 0; i < question->piece_count; i++) {
        const struct question_piece *piece = &question->pieces[i];
        if (piece->stem != SYMBOLS_NONE)
            add_stem(suggest, scratch, i, piece->stem, piece->weight);
        for (size_t g = 0; g < piece->groups.count; g++) {
            const uint16_t group = piece->groups.group[g];
            const uint32_t points = piece->weight * lexicon_strength(group) / 1000;
            const uint32_t end = suggest->by_group.start[group + 1];
            for (uint32_t s = suggest->by_group.start[group]; s < end; s++)
                add_stem(suggest, scratch, i, suggest->by_group.items[s], points);
        }
    }
}

/* --- the candidates -------------------------------------------------------------------------- */

static bool ranks_before(const struct candidate *left, const struct candidate *right)
{
    return left->rank != right->rank ? left->rank > right->rank : left->label < right->label;
}

/* A heap with the worst at its top. */
static void sift_down(struct candidate *heap, size_t count)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && ranks_before(&heap[child], &heap[child + 1]))
            child++;
        if (!ranks_before(&heap[at], &heap[child]))
            return;
        const struct candidate held = heap[at];
        heap[at] = heap[child];
        heap[child] = held;
        at = child;
    }
}

static void sift_up(struct candidate *heap, size_t at)
{
    while (at > 0 && ranks_before(&heap[(at - 1) / 2], &heap[at])) {
        const struct candidate held = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = held;
        at = (at - 1) / 2;
    }
}

static void offer(struct suggest_scratch *scratch, const struct candidate *candidate)
{
    struct candidate *heap = scratch->candidates;

    if (scratch->candidate_count < CANDIDATES) {
        heap[scratch->candidate_count] = *candidate;
        sift_up(heap, scratch->candidate_count++);
    } else if (ranks_before(candidate, &heap[0])) {
        heap[0] = *candidate;
        sift_down(heap, CANDIDATES);
    }
}

static bool of_kind(const struct suggest *suggest, uint32_t label, const char *kind)
{
    const struct index_code *code = &suggest->codes[suggest->labels[label].code];

    return kind != NULL ? strcmp(code->kind, kind) == 0 : !code->aside;
}

static void choose(const struct suggest *suggest, struct suggest_scratch *scratch, const char *kind,
                   uint32_t norm)
{
    const uint32_t asked = scratch->question.weight;

    scratch->candidate_count = 0;
    for (uint32_t i = 0; i < suggest->label_count; i++) {
        const uint32_t grams = scratch->gram_sum[i], pieces = scratch->piece_sum[i];
        if (grams == 0 && pieces == 0)
            continue;
        scratch->gram_sum[i] = scratch->piece_sum[i] = scratch->piece_last[i] = 0;
        if (!of_kind(suggest, i, kind))
            continue;
        const struct index_label *label = &suggest->labels[i];
        const uint64_t length = (uint64_t)norm * label->gram_norm;
        const uint32_t cosine = length > 0 ? (uint32_t)(UINT64_C(1000) * grams / length) : 0;
        const uint32_t shared =
            (uint32_t)(UINT64_C(2000) * pieces / (asked + label->piece_weight + 1));
        const struct candidate candidate = {.suggest = suggest,
                                            .label = i,
                                            .cosine = cosine,
                                            .rank = QUICK_GRAM * cosine + QUICK_PIECE * shared};
        offer(scratch, &candidate);
    }
}

/* --- the same words -------------------------------------------------------------------------- */

static void raise(struct suggest_scratch *scratch, const struct symbols *keys,
                  const struct postings *postings, size_t length, int score)
{
    const uint32_t key = symbols_find(keys, scratch->key, length);

    if (key == SYMBOLS_NONE)
        return;
    for (uint32_t p = postings->start[key]; p < postings->start[key + 1]; p++)
        for (size_t i = 0; i < scratch->candidate_count; i++)
            if (scratch->candidates[i].label == postings->items[p] &&
                scratch->candidates[i].score < score)
                scratch->candidates[i].score = score;
}

static void raise_same(const struct suggest *suggest, struct suggest_scratch *scratch)
{
    const struct phrase *phrase = &scratch->question.phrase;

    raise(scratch, suggest->exact, &suggest->by_exact, phrase_key_exact(phrase, scratch->key),
          SCORE_EXACT);
    raise(scratch, suggest->joined, &suggest->by_joined, phrase_key_joined(phrase, scratch->key),
          SCORE_JOINED);
    raise(scratch, suggest->bag, &suggest->by_bag, phrase_key_stems(phrase, scratch->key),
          SCORE_STEMS);
}

/* --- the answer ------------------------------------------------------------------------------ */

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    const struct suggest *suggest = a->suggest;
    const struct index_label *label_a = &suggest->labels[a->label];
    const struct index_label *label_b = &suggest->labels[b->label];

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (label_a->weight != label_b->weight)
        return label_a->weight > label_b->weight ? -1 : 1;
    const struct index_code *code_a = &suggest->codes[label_a->code];
    const struct index_code *code_b = &suggest->codes[label_b->code];
    const int by_code = strcmp(code_a->code, code_b->code);
    if (by_code != 0)
        return by_code;
    const int by_kind = strcmp(code_a->kind, code_b->kind);
    return by_kind != 0 ? by_kind : (a->label > b->label) - (a->label < b->label);
}

static bool told(const struct suggest *suggest, const uint32_t *codes, size_t count, uint32_t label)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == suggest->labels[label].code)
            return true;
    return false;
}

static size_t answer(const struct suggest *suggest, struct suggest_scratch *scratch, size_t limit,
                     struct suggest_hit *hits)
{
    uint32_t codes[SUGGEST_LIMIT_CAP];
    size_t count = 0;

    qsort(scratch->candidates, scratch->candidate_count, sizeof *scratch->candidates,
          compare_candidates);
    for (size_t i = 0; i < scratch->candidate_count && count < limit; i++) {
        const struct candidate *candidate = &scratch->candidates[i];
        if (candidate->score <= 0 || told(suggest, codes, count, candidate->label))
            continue;
        const struct index_label *label = &suggest->labels[candidate->label];
        const struct index_code *code = &suggest->codes[label->code];
        codes[count] = label->code;
        hits[count++] = (struct suggest_hit){code->kind, code->code, code->shown, label->text,
                                             candidate->score};
    }
    return count;
}

size_t suggest_find(const struct suggest *suggest, struct suggest_scratch *scratch,
                    const char *text, size_t length, const char *kind, size_t limit,
                    struct suggest_hit *hits)
{
    question_read(suggest, text, length, &scratch->question);
    if (scratch->question.word_count == 0)
        return 0;
    const uint32_t norm = sum_grams(suggest, scratch);
    sum_pieces(suggest, scratch);
    choose(suggest, scratch, kind, norm);
    for (size_t i = 0; i < scratch->candidate_count; i++)
        align_meet(suggest, &scratch->question, scratch->candidates[i].label);
    align_weigh(&scratch->question);
    for (size_t i = 0; i < scratch->candidate_count; i++) {
        struct candidate *candidate = &scratch->candidates[i];
        candidate->score =
            align_score(suggest, &scratch->question, candidate->label, candidate->cosine);
    }
    raise_same(suggest, scratch);
    return answer(suggest, scratch, limit < SUGGEST_LIMIT_CAP ? limit : SUGGEST_LIMIT_CAP, hits);
}
