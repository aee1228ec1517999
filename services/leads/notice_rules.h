/* Which element goes where: a dialect is the one table that knows a format's paths, and the records
 * that its values are put into. */
#pragma once

#include "services/leads/notice_raw.h"

enum action {
    ACTION_BEGIN,      /* a new record, into its list in the parent */
    ACTION_TEXT,       /* const char *: the first that is not empty */
    ACTION_NAME,       /* struct raw_name, its white space made one */
    ACTION_AMOUNT,     /* struct raw_amount */
    ACTION_APPEND,     /* struct raw_list of const char * */
    ACTION_ATTRIBUTE,  /* const char *: the attribute's value, the first that is not empty */
    ACTION_ATTRIBUTES, /* struct raw_list of const char *: likewise, of each element */
    ACTION_SEEN,       /* bool: the element is there */
};

/* Several rules may fit one element: all that take attributes, and the first that takes its text. A
 * text has that of the elements inside it too, unless a rule wants them. */
struct rule {
    const char *path; /* local names below the root; "*" is any one name */
    unsigned record;  /* of the dialect; 0 is the root's */
    enum action action;
    size_t offset;         /* of the field in the record */
    const char *attribute; /* whose value is taken; of other actions NULL, or: only with this… */
    const char *value;     /* …of this value */
};

struct record_kind {
    size_t size;
    unsigned parent;
    size_t list; /* offset of the raw_list in the parent */
};

#define DIALECT_RECORDS_CAP 16

struct dialect {
    const struct rule *rules;
    size_t rules_count;
    const struct record_kind *records; /* that of the root is not read */
};

extern const struct dialect eforms_dialect; /* of a struct raw_notice */
extern const struct dialect ted_dialect;    /* of a struct ted_export */

#define RULE(path_, record_, action_, type_, field_)                                               \
    {                                                                                              \
        path_, record_, action_, offsetof(struct type_, field_), NULL, NULL                        \
    }
#define RULE_IF(path_, record_, action_, type_, field_, attribute_, value_)                        \
    {                                                                                              \
        path_, record_, action_, offsetof(struct type_, field_), attribute_, value_                \
    }
#define RULE_OF(path_, record_, type_, field_, attribute_)                                         \
    {                                                                                              \
        path_, record_, ACTION_ATTRIBUTE, offsetof(struct type_, field_), attribute_, NULL         \
    }
#define RULE_BEGIN(path_, record_)                                                                 \
    {                                                                                              \
        path_, record_, ACTION_BEGIN, 0, NULL, NULL                                                \
    }
