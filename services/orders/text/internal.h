/* Between the files of this folder: the text as tokens, and the passes that take them one after
 * another. */
#pragma once

#include "services/orders/text/text.h"

#include <stdint.h>

#define TOKENS_CAP 6000
#define FINDINGS_CAP 400
#define TOKEN_BYTES 96 /* of a folded word; the rest of a longer one is left out */
#define LABEL_TOKENS 8

enum token_flag {
    TOKEN_TIGHT = 1,     /* nothing or one sign alone stands between it and the one before */
    TOKEN_COMMA = 2,     /* a comma stands before it */
    TOKEN_BREAK = 4,     /* a sentence or a line begins with it */
    TOKEN_PARAGRAPH = 8, /* a blank line stands before it */
    TOKEN_COLON = 16,    /* a colon stands behind it */
    TOKEN_CAPITAL = 32,  /* begins with a capital letter */
    TOKEN_NUMBER = 64,   /* of digits alone, at most nine */
    TOKEN_DASH = 128,    /* a dash alone stands before it, on the same line */
};

/* A word or a number. Folded: lower case, without accents, æ ø å as ae oe aa; "&" is "og". */
struct token {
    uint32_t start, end; /* bytes of the text */
    uint8_t flags;
    char sign;        /* the one sign before it when tight: '-', '/', '.', '+'; 0: none */
    bool quiet;       /* tells nothing by itself, or has told it already */
    int16_t finding;  /* that it is part of; -1: none */
    int32_t number;   /* with TOKEN_NUMBER */
    const char *text; /* folded */
    size_t length;
};

/* Tokens in the arena; at most `cap`. Returns how many, and in `read` the bytes that they cover. */
size_t tokens_read(struct arena *arena, const char *text, size_t length, struct token *tokens,
                   size_t cap, size_t *read);
bool token_is(const struct token *token, const char *text);
/* One of a NULL-terminated list. */
bool token_among(const struct token *token, const char *const *list);

struct reader {
    struct arena *arena;
    const struct text_words *words;
    const char *text;
    struct token *tokens;
    size_t count;
    struct calendar_date today;
    struct text_finding *findings; /* as found; sorted at the end */
    size_t finding_count, room;
};

/* Whether token `at` exists and belongs to no finding. */
bool reader_free(const struct reader *reader, size_t at);
/* Whether it also goes on in the same sentence as the one before it. */
bool reader_goes_on(const struct reader *reader, size_t at);
/* Takes `count` tokens from `first`. NULL when there are too many findings. */
struct text_finding *reader_found(struct reader *reader, size_t first, size_t count,
                                  enum text_field field, const char *value, int confidence);
/* The same of a part of one token: the last piece of a compound. */
struct text_finding *reader_found_part(struct reader *reader, size_t at, size_t skip, size_t length,
                                       enum text_field field, const char *value, int confidence);
/* A whole number at `at`, in digits or words ("femogtyve"); 0 when there is none. */
int reader_number(const struct reader *reader, size_t at);

/* --- the words (words.c) --- */
struct label {
    const char *kind, *code;
    int weight;
    size_t count;
    const char *tokens[LABEL_TOKENS];
    bool commas; /* has a comma: "svejser, certificeret" */
};
struct place {
    const char *postcode;
    size_t count;
    const char *tokens[LABEL_TOKENS];
};

/* How like `word` is to the label's word: TEXT_SURE the same, less for another form of it, 0 not at
 * all. */
#define WORDS_SHORTER 920 /* the label is longer: "svejse", "svejser" */
int words_like(const char *word, const char *label);
/* Labels whose first word may be like `word`: from *first, as many as returned. */
size_t words_labels(const struct text_words *words, const char *word, const struct label **first);
size_t words_places(const struct text_words *words, const struct place **first);

/* --- the passes, in this order; each leaves alone what has been taken --- */
void employer_pass(struct reader *reader); /* CVR number, name of a company */
void time_pass(struct reader *reader); /* start, end, duration, experience, hours, pay, distance */
void places_pass(struct reader *reader);    /* postcodes and places */
void qualities_pass(struct reader *reader); /* driving licences, languages */
void trades_pass(struct reader *reader);    /* what the vocabulary has; kinds of work; how many */
void scope_pass(struct reader *reader);     /* must, wish or not asked for */

/* --- what stands before (around.c); all within the sentence unless said --- */
/* "ikke murere", "skal ikke bruge murere". */
bool around_denied(const struct reader *reader, size_t at);
/* "evt. fastansættelse", "mulighed for fastansættelse". */
bool around_possible(const struct reader *reader, size_t at);
/* A trade that somebody has who writes or is to be called: "Mvh tømrermester …", also on the line
 * below. */
bool around_person(const struct reader *reader, size_t at);
/* Whether the number at `number` is how many of what stands at `at`: not "25 lejligheder, murere",
 * "et par murere", the end of a telephone number, or "vi er 5 murere". */
bool around_counts(const struct reader *reader, size_t number, size_t at);

/* --- dates (dates.c) --- */
struct date_read {
    struct calendar_date date;
    struct calendar_date last; /* of a week: its Friday; else the same as `date` */
    size_t tokens;             /* how many it took; 0: no date */
    int confidence;
    bool asked_soon;  /* "snarest": not a date of its own */
    const char *note; /* of a start: why another year may be meant; NULL: nothing to say */
};
struct date_read date_at(const struct reader *reader, size_t at);
const char *date_text(struct arena *arena, struct calendar_date date);
struct calendar_date date_plus(struct calendar_date date, int months, int days);
/* The same day of the week of that number in the next year. */
struct calendar_date date_week_later(struct calendar_date date);
