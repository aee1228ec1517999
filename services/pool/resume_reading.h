/* Between the files that read a resume. */
#pragma once

#include "services/pool/body.h"
#include "services/pool/resume.h"

#define RESUME_YEARS_MAX 60

struct resume_fact {
    const char *kind, *code;
    int64_t level, years;  /* 0 and -1: not said */
    const char *last_used; /* NULL: not said; so below */
    const char *valid_until;
};

struct resume_reading {
    struct arena *arena;        /* gone when the resume is read */
    struct json_check pointers; /* makes them in it */
    const json_t *resume;
    const json_t *own; /* meta.emnebank, or NULL */
    const json_t *defaults;
    const struct resume_words *words;
    const char *today;
    const char *stated_on; /* NULL: nobody says */
    struct json_check *check;
    json_t *gaps;
    size_t gap_count;
    struct resume_fact facts[POOL_FACTS_CAP];
    size_t fact_count;
};

/* The pointer of a member. */
const char *resume_place(struct resume_reading *reading, const char *base, const char *name);

/* Lists a piece as not understood; `text` may be NULL. */
void resume_gap(struct resume_reading *reading, const char *pointer, const char *text,
                const char *reason);

/* A text that says something; NULL otherwise, and listed where it is neither text nor null. */
const char *resume_text(struct resume_reading *reading, const json_t *object, const char *base,
                        const char *name);

/* The items of a section, at most RESUME_ITEMS_CAP; the others are listed as one. */
size_t resume_items(struct resume_reading *reading, const json_t *object, const char *base,
                    const char *name, const json_t **list);

/* What the text at `pointer` names, of the first of `kinds` (NULL-terminated) that has it; NULL
 * when it is listed. `kind` may be NULL. */
const char *resume_word(struct resume_reading *reading, const char *const *kinds, const char *text,
                        const char *pointer, const char **kind);

/* A whole number within limits as the item says it; `absent` where it does not, and listed where it
 * says something else. */
int64_t resume_number(struct resume_reading *reading, const json_t *object, const char *base,
                      const char *name, int64_t minimum, int64_t maximum, int64_t absent);

/* Keeps a fact. One that is there already stands; what says otherwise is listed as repeated. */
void resume_keep(struct resume_reading *reading, struct resume_fact fact, const char *pointer,
                 const char *text);

/* "skills", "certificates", "licences" of our own CVs, "languages". */
void resume_read_skills(struct resume_reading *reading);
/* "work" and "basics.label": trades, with the years and the last day that the dates make sure. */
void resume_read_work(struct resume_reading *reading);
