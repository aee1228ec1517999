/*
 * A pure, streaming reader of eForms notices (EU 2019/1780; UBL 2.3 ContractAwardNotice with the
 * eForms extensions): bytes in, one notice with its leads and lines out. No network, no external
 * entities, no DTD: a DOCTYPE is refused, so nothing can be expanded. Input at most 64 MiB, UTF-8,
 * depth at most 128, records and texts capped; memory follows the number of records, not the size
 * of the input.
 *
 * Nothing is lost: whatever cannot become a lead, and whatever a consultant must know about a lead,
 * is a line in Danish that names the lot. Nothing is guessed: a value that does not parse stays as
 * raw text. Contact persons and beneficial owners are never read.
 *
 * Everything returned lives in the caller's arena. Texts are UTF-8 and may be NULL where the notice
 * is silent. Threads: independent calls may run at once, after one call of notice_prepare.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/domain/lead_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NOTICE_SIZE_CAP LEAD_FILES_XML_CAP
#define NOTICE_DEPTH_CAP 128
#define NOTICE_RECORD_CAP ((size_t)5000)     /* of each kind, and of leads and lines */
#define NOTICE_MEMORY_CAP ((size_t)50331648) /* taken from the arena */
#define NOTICE_TEXT_CAP ((size_t)2000)       /* bytes; longer texts end in … */

enum notice_kind {
    NOTICE_AWARD,   /* subtypes 29-37, and E4, its counterpart below the EU thresholds */
    NOTICE_EX_ANTE, /* subtypes 25-28: voluntary ex-ante transparency, a contract yet to be made */
    NOTICE_OTHER,   /* not an award: no leads, one line that says what it is */
};

enum notice_severity {
    NOTICE_NOTE,     /* the lead stands; know this about it */
    NOTICE_UNUSABLE, /* this part of the notice became no lead */
};

struct notice_line {
    enum notice_severity severity;
    const char *code; /* UPPER_SNAKE, stable */
    const char *lot;  /* NULL: concerns the notice */
    const char *text; /* Danish; may name companies, which are public in the notice */
};

struct notice_amount {
    const char *raw;      /* as written */
    const char *currency; /* ISO 4217, or NULL */
    int64_t minor;        /* hundredths; -1 when there is none or it does not parse */
};

struct notice_company {
    const char *reference; /* ORG-0001 */
    const char *name;
    const char *id;  /* CompanyID as written */
    const char *cvr; /* eight digits, only where it truly is a CVR number of a Danish company */
    const char *postal_code;
    const char *city;
    const char *country; /* three letters: DNK */
    const char *nuts;
    bool natural_person;
};

struct notice_place {
    const char *nuts;
    const char *country;
    const char *postal_code;
    const char *city;
    const char *region; /* anyw, anyw-cou, anyw-eea */
};

/* What is bought: of the procedure as a whole, or of one lot. */
struct notice_project {
    const char *name;
    const char *nature; /* works, services, supplies */
    const char *cpv;
    const char *const *more_cpv;
    size_t more_cpv_count;
    const struct notice_place *places;
    size_t places_count;
    const char *start; /* YYYY-MM-DD */
    const char *end;
};

struct notice_lot {
    const char *id;
    struct notice_project project;
    bool framework;
};

enum notice_role { NOTICE_SOLE, NOTICE_LEADER, NOTICE_MEMBER };
enum notice_value_kind {
    NOTICE_VALUE_UNKNOWN,
    NOTICE_VALUE_TENDER,  /* of the tender: shared by all members of a consortium */
    NOTICE_VALUE_CEILING, /* a framework's ceiling, perhaps repeated per winner: never to be summed
                           */
};

/* One company that won one lot. A consortium gives one lead per member. */
struct notice_lead {
    const char *lot;                      /* LOT-0001 */
    const struct notice_project *project; /* of the lot, else of the procedure */
    const char *tender;                   /* TEN-0001 */
    const char *contract;                 /* CON-0001 or NULL */
    const struct notice_company *winner;
    enum notice_role role;
    const char *const *members; /* names of the whole tendering party, the winner among them */
    size_t members_count;       /* 1 unless a consortium */
    struct notice_amount value;
    enum notice_value_kind value_kind;
    bool framework;
    struct notice_amount framework_max; /* of the lot, else of the notice */
    const char *award_date;             /* the choice of winner, YYYY-MM-DD */
    const char *contract_date;          /* the contract's conclusion */
};

struct notice {
    enum notice_kind kind;
    const char *root;        /* ContractAwardNotice, ContractNotice, TED_EXPORT … */
    const char *id;          /* UUID */
    int version;             /* 1, 2 …; 0 when missing */
    const char *publication; /* 154292-2020 */
    const char *changes;     /* id of the notice that this one corrects */
    const char *subtype;
    const char *issue_date; /* YYYY-MM-DD, the zone suffix dropped */
    const char *language;
    const char *procedure; /* ContractFolderID */
    struct notice_project project;
    struct notice_amount total;
    struct notice_amount framework_max;
    const struct notice_company *const *buyers;
    size_t buyers_count;
    const struct notice_lot *lots;
    size_t lots_count;
    const struct notice_lead *leads;
    size_t leads_count;
    const struct notice_line *lines;
    size_t lines_count;
};

/* Where and why the input could not be read. The text is Danish and holds nothing of the input. */
struct notice_fault {
    size_t line; /* from 1; 0 when unknown */
    size_t column;
    char text[160];
};

/* The next bytes; 0 at the end; a negative error. */
typedef ssize_t notice_source(void *source, void *bytes, size_t size);

/* Bytes in memory as a source. */
struct notice_memory {
    const char *bytes;
    size_t left;
};
ssize_t notice_memory_read(void *memory, void *bytes, size_t size);

/* Once, before threads parse. */
void notice_prepare(void);

/*
 * ERROR_INVALID: not well-formed XML in UTF-8, or with a DOCTYPE; ERROR_LIMIT: a cap was reached;
 * a negative answer of the source is passed on. Each fills `fault`.
 */
MUST_CHECK int notice_parse(struct arena *arena, notice_source *read, void *source,
                            struct notice *notice, struct notice_fault *fault);
MUST_CHECK int notice_parse_memory(struct arena *arena, const void *bytes, size_t length,
                                   struct notice *notice, struct notice_fault *fault);
