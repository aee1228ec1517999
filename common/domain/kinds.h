/*
 * The closed lists that several rooms share. Each is NULL-terminated, in the order of the contract
 * (proto/openapi.yaml), so that json_check_choice can name them all.
 */
#pragma once

#include <stdbool.h>

extern const char *const work_kinds[]; /* permanent, temporary, seasonal, … */
extern const char *const fact_kinds[]; /* competence, certificate, licence, language, occupation */
extern const char *const fact_sources[];     /* interview, cv, certificate_seen, register, self */
extern const char *const protections[];      /* none, address, name_and_address */
extern const char *const withdraw_reasons[]; /* employed, moved, own_wish, other */

extern const char *const entry_states[]; /* of an entry of a shortlist: reserve, proposed, … */
extern const char *const entry_state_words[]; /* what a consultant calls them, in that order */

/* The place of `text` in a list, or -1. */
int kind_index(const char *const *list, const char *text);

/* The word for `text`, of a list of words in the order of the codes; `text` itself when it is none
 * of them. */
const char *kind_word(const char *const *codes, const char *const *words, const char *text);

/* Highest level of a fact of this kind: 5 for a competence, 6 for a language (CEFR A1-C2), 0 where
 * a level has no meaning. */
int fact_level_maximum(const char *kind);
