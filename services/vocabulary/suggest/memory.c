#include "services/vocabulary/suggest/index.h"

static size_t postings_memory(const struct postings *postings)
{
    return (postings->count + 2 +
            (postings->start != NULL ? (size_t)postings->start[postings->count] : 0)) *
           sizeof *postings->items;
}

size_t suggest_memory(const struct suggest *suggest)
{
    const struct symbols *const symbols[] = {suggest->words,  suggest->strict, suggest->pieces,
                                             suggest->stems,  suggest->grams,  suggest->exact,
                                             suggest->joined, suggest->bag};
    const struct postings *const postings[] = {&suggest->by_gram,   &suggest->by_stem,
                                               &suggest->by_group,  &suggest->by_exact,
                                               &suggest->by_joined, &suggest->by_bag};
    size_t bytes =
        sizeof *suggest + arena_used(suggest->arena) + lexicon_memory(suggest->lexicon) +
        compound_memory(suggest->compound) + suggest->label_count * sizeof *suggest->labels +
        suggest->code_count * sizeof *suggest->codes +
        symbols_count(suggest->pieces) * (sizeof *suggest->piece_of + sizeof *suggest->stem_of) +
        symbols_count(suggest->grams) * sizeof *suggest->gram_weight;

    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        bytes += symbols_memory(symbols[i]);
    for (size_t i = 0; i < sizeof postings / sizeof postings[0]; i++)
        bytes += postings_memory(postings[i]);
    for (uint32_t i = 0; i < suggest->label_count; i++)
        bytes += (suggest->labels[i].word_count + 2 * (size_t)suggest->labels[i].piece_count) *
                 sizeof *suggest->label_words;
    return bytes;
}
