/*
 * A JSON Resume (jsonresume.org, schema 1.0.0) as the JSON body that PUT /v1/candidates takes.
 * FILES.md has what becomes of each member. Nothing is guessed: a skill, paper, language or trade
 * is taken where its text is exactly a label or a synonym of the vocabulary (letters' case, accents
 * and punctuation aside), or where the item has a code of ours beside it, as the CVs have that we
 * send, or names a licence's category ("Kørekort B"); all else is listed as not understood. Pure.
 */
#pragma once

#include "common/json/json.h"

#define RESUME_ITEMS_CAP 100  /* of a section; of a skill's keywords too */
#define RESUME_GAPS_CAP 200   /* of what is listed as not understood; one more says that */
#define RESUME_GAP_TEXT 200   /* characters of a listed text */
#define RESUME_WORD_BYTES 300 /* longer texts are no word */

/* Labels and codes, by kind of fact. Read by any number of threads once made. */
struct resume_words;

/* `rows`: [{"kind", "code", "label", "weight"?}] of competence, certificate, licence, language and
 * occupation, several of one code being synonyms. Where a label names two codes of a kind the one
 * with the greater weight is meant, neither when the weights are equal. Rows without the three
 * texts are passed over. Copies. */
struct resume_words *resume_words_create(const json_t *rows);
void resume_words_destroy(struct resume_words **words);

enum resume_found { RESUME_FOUND, RESUME_UNKNOWN, RESUME_AMBIGUOUS };
/* The code that `text` names; *code lives as long as the words. The arena is for work. */
enum resume_found resume_words_find(const struct resume_words *words, struct arena *arena,
                                    const char *kind, const char *text, const char **code);
/* The words' own copy of a code; NULL when there is none of that kind. */
const char *resume_words_code(const struct resume_words *words, const char *kind, const char *code);

/*
 * A new reference: the object that a line of NDJSON is, good as far as the resume could be read, or
 * NULL when it is no object. `today` is YYYY-MM-DD. `defaults` may be NULL: members of
 * meta.emnebank for a resume that does not have them. Faults of reading stand in `check` with
 * pointers into the resume; what PUT needs and nobody says is for pool_body_check to name.
 *
 * `not_understood` is an array that gets {"pointer", "text", "reason"} for each piece of the resume
 * that is not in the body, where the reason is one of unknown_word, ambiguous, level, date, format,
 * repeated, no_place and too_many. Texts are those of skills, papers, languages and titles of work;
 * a section that a candidate has no place for is listed once, without text.
 */
json_t *resume_body(const json_t *resume, const struct resume_words *words, const char *today,
                    const json_t *defaults, struct json_check *check, json_t *not_understood);

/* Where a resume says what `pointer` of the body says: "/postcode" is
 * "/basics/location/postalCode". Facts, which come from many places, stay as they are. */
const char *resume_pointer(struct arena *arena, const char *pointer);
