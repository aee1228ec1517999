/*
 * Words of a job order that Danish law keeps out of a job ad: phrase, rule, suggestion. A pure
 * library: a text in, findings out; no file, no database, no clock. It reads what is written, not
 * what is meant: it is a reader's aid with known misses (the corpus in tests/services/orders/linter
 * says how many), never a legal decision, and a named person may go on with a legal basis.
 *
 * The law, and what a finding names:
 *
 *   Forskelsbehandlingsloven (lovbekendtgørelse nr. 1001 af 24. august 2017 med senere ændringer)
 *     § 1      the grounds: race, hudfarve, religion eller tro, politisk anskuelse, seksuel
 *              orientering, kønsidentitet, kønsudtryk, kønskarakteristika, alder, handicap,
 * national, social eller etnisk oprindelse; direct and indirect § 2      no employer may choose
 * between applicants by them; § 2 a: adjustments for disabled § 4      nor ask about race, colour,
 * faith, politics, orientation or origin § 5      an ad must not say that people of such a ground
 * are sought or preferred (stk. 1), nor may age be asked for with the application (stk. 2, lov nr.
 * 372 af 28. marts 2022) § 5 a    age limits and pay of the young in collective agreements may
 * stand § 6      exceptions: employers whose stated purpose is a political or religious view (stk.
 * 1); a ground that is decisive for the work, by leave of the minister (stk. 2) § 9      measures
 * that better the chances of a group, of older people and of the disabled Ligebehandlingsloven § 6:
 * an ad must not say that one sex is sought or preferred; § 1, stk. 2, and § 2: pregnancy, marriage
 * and family; § 13: exceptions Foreningsfrihedsloven (lovbekendtgørelse nr. 424 af 8. maj 2006) §§
 * 1-2: membership of a union Helbredsoplysningsloven (lov nr. 286 af 24. april 1996) § 2: what may
 * be asked about health
 *
 * REFUSE is what those say outright. WARN is what is unlawful unless the work itself asks for it
 * (indirect), or what reads as if: the order goes on, and the finding stands beside it.
 *
 * How it reads: lower case, aa, ae and oe as å, æ and ø, soft hyphens and marks without width left
 * out, then words. A table of phrases (phrases.c) is looked for at each word; what a phrase of
 * innocent words covers ("ung beton", "mandskabsvogn", "uanset køn og alder") is left alone. All
 * rows are data: a second table, for other texts and other rules, needs no other code (`book`).
 *
 * Threads: a linter never changes once made; any number may ask it at once. Cost: some 20 µs for a
 * title (15,000 instructions a word); linear in the words of the text. Two allocations per call.
 */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define LINTER_TEXT_CAP ((size_t)65536) /* bytes; more is ERROR_LIMIT, not a clean bill */
#define LINTER_FINDINGS_CAP 100         /* of one text; a reader has seen enough by then */

enum linter_rule {
    LINTER_AGE,
    LINTER_SEX,
    LINTER_FAMILY,   /* pregnancy, children, marriage */
    LINTER_ORIGIN,   /* race, colour, nation, ethnic background */
    LINTER_LANGUAGE, /* "modersmål", accent: origin by another name */
    LINTER_RELIGION,
    LINTER_UNION,
    LINTER_HEALTH,      /* and disability */
    LINTER_ORIENTATION, /* and gender identity */
    LINTER_POLITICS,
    LINTER_RULES
};

enum linter_severity { LINTER_WARN, LINTER_REFUSE };

/* What is said of a rule, in Danish but for its code. */
struct linter_ground {
    const char *code;       /* "age" */
    const char *name;       /* "alder" */
    const char *law;        /* the paragraph */
    const char *suggestion; /* where the phrase has none of its own */
    const char *exceptions; /* the legal bases that there may be */
};

struct linter_phrase {
    enum linter_rule rule;
    enum linter_severity severity;
    const char *pattern;          /* see phrases.c */
    const char *suggestion, *law; /* NULL: the rule's */
};

struct linter_book {
    const struct linter_phrase *phrases;
    size_t phrase_count;
    const char *const *innocent; /* patterns; what they cover no phrase may touch */
    size_t innocent_count;
};

struct linter_finding {
    enum linter_rule rule;
    enum linter_severity severity;
    size_t start, end;            /* bytes of the text, at the borders of words */
    const char *law, *suggestion; /* static */
};

struct linter;

extern const struct linter_book linter_orders; /* the one for job orders */

/* The book must outlive the linter. */
struct linter *linter_create(const struct linter_book *book);
void linter_destroy(struct linter **linter);

/*
 * What the text says, by where it begins; of one rule no two findings overlap. `count` is at most
 * `cap`, which is at most LINTER_FINDINGS_CAP. ERROR_LIMIT: longer than LINTER_TEXT_CAP;
 * ERROR_INVALID: not UTF-8.
 */
MUST_CHECK int linter_find(const struct linter *linter, const char *text, size_t length,
                           struct linter_finding *findings, size_t cap, size_t *count);

const struct linter_ground *linter_ground(enum linter_rule rule);
const char *linter_severity_name(enum linter_severity severity); /* "warn", "refuse" */
