/*
 * A notice as it is written: records with their references unresolved, in the order of the file.
 * The inner contract between the reader (notice_read.c) and the resolver (notice.c).
 */
#pragma once

#include "services/leads/notice.h"

/* Pointers in an arena, growing. */
struct raw_list {
    void **items;
    size_t count;
    size_t room;
};

struct raw_amount {
    const char *text;
    const char *currency;
};

/* One of several language versions: Danish if there is one, else the first. */
struct raw_name {
    const char *text;
    bool danish;
};

struct raw_place {
    const char *nuts;
    const char *country;
    const char *postal_code;
    const char *city;
    const char *region;
};

struct raw_project {
    struct raw_name name;
    const char *nature;
    const char *cpv;
    struct raw_list more_cpv; /* const char * */
    struct raw_list places;   /* struct raw_place */
    const char *start;
    const char *end;
};

struct raw_lot {
    const char *id; /* NULL for a part or a group of lots */
    const char *technique;
    struct raw_amount framework_max;
    struct raw_project project;
    bool settled;   /* a result or a contract speaks of it; set by the resolver */
    bool no_winner; /* likewise */
};

struct raw_result {
    const char *id;
    const char *code;
    const char *lot;
    struct raw_amount framework_max;
    struct raw_amount framework_estimate;
    struct raw_list tenders;   /* const char * */
    struct raw_list contracts; /* const char * */
};

struct raw_tender {
    const char *id;
    const char *lot;
    const char *party;
    const char *rank;
    struct raw_amount value;
    bool shared; /* the value is that of several tenders together */
    /* Of TED, where the value of a framework is the most that it may come to, whoever gets it:
     * section V.2.4 of the forms, Commission Implementing Regulation (EU) 2015/1986. */
    bool framework;
    bool used; /* its winners are leads or lines; set by the resolver */
};

struct raw_contract {
    const char *id;
    const char *award_date;
    const char *issue_date;
    const char *framework;
    struct raw_list tenders; /* const char * */
};

struct raw_tenderer {
    const char *company;
    const char *leader;
};

struct raw_party {
    const char *id;
    struct raw_list tenderers; /* struct raw_tenderer */
};

struct raw_company {
    const char *id;
    const char *touchpoint;
    struct raw_name name;
    const char *company_id;
    const char *postal_code;
    const char *city;
    const char *country;
    const char *nuts;
    const char *natural_person;
};

struct raw_notice {
    const char *root;
    bool award_schema;      /* the root is UBL's ContractAwardNotice */
    struct ted_export *ted; /* the root is TED_EXPORT: all of it is there, until ted_resolve */
    enum notice_kind kind;  /* set by the resolver */
    const char *id;
    const char *version;
    const char *publication;
    const char *changes;
    const char *subtype;
    const char *issue_date;
    const char *language;
    const char *procedure;
    struct raw_amount total;
    struct raw_amount framework_max;
    struct raw_project project;
    struct raw_list buyers; /* const char * */
    struct raw_list lots;
    struct raw_list results;
    struct raw_list tenders;
    struct raw_list contracts;
    struct raw_list parties;
    struct raw_list companies;
};

void raw_list_add(struct arena *arena, struct raw_list *list, void *item);

/* Errors and faults as notice_parse. */
MUST_CHECK int notice_read_raw(struct arena *arena, notice_source *read, void *source,
                               struct raw_notice *raw, struct notice_fault *fault);
