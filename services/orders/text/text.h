/*
 * What an employer writes ("Vi mangler 3 struktører med epoxy til letbanen fra 1. marts, gerne
 * kørekort C") → what it says of a job order, each piece with where it stands, and all that was not
 * understood. Rules and the vocabulary's own words alone: nothing is learned, and nothing is taken
 * for meant that is not written. README.md has the rules.
 *
 * Pure: words and text in, findings out; no file, no database, no clock. The same words in any
 * order, the same text and the same day give the same reading. The index of words is built once and
 * then only read, by any number of threads; a reading stands in the caller's arena. Cost: 3,000
 * labels are indexed in a few milliseconds, an ordinary text is read in less than one.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/domain/calendar.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_CAP                                                                                   \
    ((size_t)32768) /* bytes; of a longer text the rest is not read and counts as not understood   \
                     */
#define TEXT_SURE 1000

/* --- the words
 * ---------------------------------------------------------------------------------------------- */

struct text_words;

struct text_words *text_words_create(void);
void text_words_destroy(struct text_words **words);
/* A text that names a code of the kinds competence, certificate, licence and occupation, 0-100 how
 * much it is the code's own name. Copies. What cannot be a word (empty, not UTF-8, of another kind,
 * more than 8 words) is passed over. */
void text_words_label(struct text_words *words, const char *kind, const char *code,
                      const char *label, int weight);
/* A postcode and the place's name. */
void text_words_place(struct text_words *words, const char *postcode, const char *name);
/* After the last word and before the first reading. */
void text_words_settle(struct text_words *words);

/* --- a reading
 * ---------------------------------------------------------------------------------------------- */

enum text_field {
    TEXT_ASIDE, /* understood, and an order has no place for it; the note says why */
    TEXT_POSTS,
    TEXT_OCCUPATION,
    TEXT_REQUIREMENT,
    TEXT_START,
    TEXT_END,
    TEXT_POSTCODE,
    TEXT_RADIUS,
    TEXT_KIND,
    TEXT_CVR,
    TEXT_EMPLOYER,
};

/* One piece of the text and what it says. */
struct text_finding {
    size_t start, end; /* bytes of the text */
    enum text_field field;
    const char *kind; /* of a requirement: competence, certificate, licence, language, occupation */
    const char *value; /* code, date (YYYY-MM-DD), postcode, kind of work, CVR number, name; what
                          was seen for TEXT_ASIDE */
    int number;        /* posts, kilometres; the level of a competence or language, 0: none said */
    bool nice;         /* of a requirement: a wish, not a must */
    int confidence;    /* 1 to TEXT_SURE: 1000 is said in so many words */
    const char *note;  /* Danish: what is uncertain, or why it stands aside; NULL: nothing to say */
};

struct text_gap {
    size_t start, end; /* bytes */
};

struct text_reading {
    struct text_finding *findings; /* by start */
    size_t finding_count;
    struct text_gap *gaps; /* what was not understood, by start; words that say nothing ("vi søger")
                              are in no gap */
    size_t gap_count;
};

/* `today`: dates without a year are the next such date, that day at the earliest. `text` is UTF-8.
 */
void text_read(struct arena *arena, const struct text_words *words, const char *text, size_t length,
               struct calendar_date today, struct text_reading *reading);
