/*
 * Older TED XML (TED_EXPORT, R2.0.9, 2014-2024): the forms of results, F03, F06, F25 and the award
 * notices among F21-F23, and F15, voluntary ex-ante transparency. As it is written, and its way
 * into a raw_notice, where it is resolved as eForms is.
 *
 * One file has the same form once per language; exactly one of them counts: the original. The lots
 * are named as TED's own converter names them: LOT-0000 where nothing is divided, LOT-0003 for
 * LOT_NO 3. Contact persons are never read.
 */
#pragma once

#include "services/leads/notice_raw.h"

struct ted_address {
    const char *name;
    const char *id; /* NATIONALID */
    const char *postal_code;
    const char *city;
    const char *country; /* two letters: DK, UK, EL */
    const char *nuts;
};

/* OBJECT_DESCR: one lot, or the whole. */
struct ted_object {
    const char *item;
    const char *lot_no;
    struct raw_name title;
    struct raw_list more_cpv; /* const char * */
    struct raw_list nuts;     /* const char * */
    const char *start;
    const char *end;
};

/* AWARD_CONTRACT */
struct ted_award {
    struct raw_list lots; /* const char *: LOT_NO, each perhaps several, "1, 2" */
    bool awarded;
    bool unsuccessful; /* no (acceptable) tenders */
    bool discontinued;
    bool group;                  /* the contractors won together */
    bool framework;              /* the form says so: set by ted_resolve */
    const char *decided;         /* by the jury of a design contest */
    struct raw_list contractors; /* struct ted_address */
    const char *date;            /* of the contract */
    struct raw_amount value;
    const char *low; /* where the notice tells only the lowest and the highest tender */
    const char *high;
    const char *range_currency;
};

struct ted_form {
    const char *form;       /* F03 */
    const char *category;   /* ORIGINAL, TRANSLATION */
    const char *language;   /* DA */
    const char *type;       /* F21-F23: AWARD_CONTRACT, CONTRACT … */
    struct raw_list buyers; /* struct ted_address */
    struct raw_name title;
    const char *cpv;
    const char *nature; /* WORKS */
    struct raw_amount total;
    bool framework;
    const char *tender_notice; /* 2019/S 109-267097 */
    const char *sent;          /* DATE_DISPATCH_NOTICE */
    struct raw_list objects;   /* struct ted_object */
    struct raw_list awards;    /* struct ted_award */
};

struct ted_export {
    const char *publication; /* DOC_ID: 154292-2020 */
    struct raw_list forms;   /* struct ted_form */
};

struct resolver;

/* Fills resolver->raw, all but root and ted, from its `ted`; lines where that loses something. */
void ted_resolve(struct resolver *resolver);
/* Why a TED_EXPORT is no award, as a line. */
void ted_other_told(struct resolver *resolver);
/* "DK" to "DNK"; of a country that is not known here the text itself. */
const char *ted_country(const char *two_letters);
