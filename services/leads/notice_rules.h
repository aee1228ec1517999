/* Which element goes where: the one table that knows eForms' paths. */
#pragma once

#include "services/leads/notice_raw.h"

enum record {
    RECORD_NOTICE,
    RECORD_PLACE, /* of the procedure */
    RECORD_LOT,
    RECORD_LOT_PLACE,
    RECORD_RESULT,
    RECORD_TENDER,
    RECORD_CONTRACT,
    RECORD_PARTY,
    RECORD_TENDERER,
    RECORD_COMPANY,
    RECORD_COUNT
};

enum action {
    ACTION_BEGIN,  /* a new record, into its list in the parent */
    ACTION_TEXT,   /* const char *: the first that is not empty */
    ACTION_NAME,   /* struct raw_name */
    ACTION_AMOUNT, /* struct raw_amount */
    ACTION_APPEND, /* struct raw_list of const char * */
};

struct rule {
    const char *path; /* local names below the root */
    enum record record;
    enum action action;
    size_t offset;         /* of the field in the record */
    const char *attribute; /* NULL, or: only with this attribute… */
    const char *value;     /* …of this value */
};

struct record_kind {
    size_t size;
    enum record parent;
    size_t list; /* offset of the raw_list in the parent */
};

extern const struct rule eforms_rules[];
extern const size_t eforms_rules_count;
extern const struct record_kind eforms_records[RECORD_COUNT];
