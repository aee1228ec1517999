#include "common/domain/kinds.h"

#include "common/base/str.h"

#include <stddef.h>

const char *const work_kinds[] = {"permanent",    "temporary",  "seasonal", "job_rotation",
                                  "wage_subsidy", "work_trial", "flex",     NULL};
const char *const fact_kinds[] = {"competence", "certificate", "licence",
                                  "language",   "occupation",  NULL};
const char *const fact_sources[] = {"interview", "cv",   "certificate_seen",
                                    "register",  "self", NULL};
const char *const protections[] = {"none", "address", "name_and_address", NULL};
const char *const withdraw_reasons[] = {"employed", "moved", "own_wish", "other", NULL};

const char *const entry_states[] = {
    "reserve",   "proposed",     "confirmed", "asked",    "yes",      "approved",
    "released",  "interview",    "hired",     "declined", "replaced", "no",
    "no_answer", "not_relevant", "withdrawn", "obsolete", NULL};
const char *const entry_state_words[] = {
    "i reserve",  "foreslået",     "bekræftet",       "spurgt",     "ja",        "godkendt",
    "frigivet",   "samtale",       "ansat",           "afvist",     "erstattet", "nej",
    "intet svar", "ikke relevant", "trukket tilbage", "bortfaldet", NULL};

_Static_assert(sizeof entry_states == sizeof entry_state_words, "a word for each state");

int kind_index(const char *const *list, const char *text)
{
    for (int i = 0; list[i] != NULL; i++) {
        if (str_equal(list[i], text))
            return i;
    }
    return -1;
}

const char *kind_word(const char *const *codes, const char *const *words, const char *text)
{
    const int place = kind_index(codes, text);

    return place < 0 ? text : words[place];
}

int fact_level_maximum(const char *kind)
{
    if (str_equal(kind, "competence"))
        return 5;
    return str_equal(kind, "language") ? 6 : 0;
}
