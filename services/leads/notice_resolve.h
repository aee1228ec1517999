/* The inner contract between the parts of the resolver: notice.c reads the notice's own fields,
 * notice_award.c turns results, tenders and contracts into leads. */
#pragma once

#include "services/leads/notice_raw.h"

struct index_entry {
    const char *id;
    void *item;
    size_t order; /* the first of equal ids wins */
};

struct index {
    struct index_entry *entries;
    size_t count;
};

/* A company and whether its oddities have been told. */
struct known_company {
    struct notice_company company;
    bool told;
};

struct resolver {
    struct arena *arena;
    struct raw_notice *raw;
    struct notice *notice;
    struct raw_list leads; /* struct notice_lead */
    struct raw_list lines; /* struct notice_line */
    struct index lots;     /* → struct raw_lot */
    struct index tenders;
    struct index contracts;
    struct index settled; /* id of a tender → struct raw_contract that names it */
    struct index parties;
    struct index companies;       /* → struct known_company; touch points too */
    struct notice_lot *read_lots; /* notice->lots, in the order of raw->lots */
    size_t used_before;           /* of the arena */
    bool overflow;                /* a cap was reached */
};

/* False, and overflow, when no more may be added to the list. */
bool resolver_room(struct resolver *resolver, const struct raw_list *list);
/* Danish; printf-style. `lot` may be NULL. */
void resolver_line(struct resolver *resolver, enum notice_severity severity, const char *code,
                   const char *lot, const char *format, ...) __attribute__((format(printf, 5, 6)));
void *index_find(const struct index *index, const char *id);
/* The day, or NULL and a line when the text is not a date. */
const char *resolver_date(struct resolver *resolver, const char *lot, const char *what,
                          const char *text);
/* The amount; a line when the text is none. */
struct notice_amount resolver_amount(struct resolver *resolver, const char *lot, const char *what,
                                     const struct raw_amount *raw);
/* The eight digits of a CPV code, or NULL and a line. */
const char *resolver_cpv(struct resolver *resolver, const char *lot, const char *text);
/* The lot as read; NULL when the notice does not define it. */
const struct notice_lot *resolver_lot(const struct resolver *resolver, const char *id);

/* What is odd about a winner, once per notice. */
void resolver_company_told(struct resolver *resolver, struct known_company *known, const char *lot);
/* A line when nothing says where the work is. */
void resolver_place_told(struct resolver *resolver, const struct notice_lead *lead);
/* Leads and lines into the notice. */
void resolver_finish(struct resolver *resolver);

void resolve_award(struct resolver *resolver);
