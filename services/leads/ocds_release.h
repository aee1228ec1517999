/* The inner contract between ocds.c, which finds releases in files, and ocds_award.c, which turns
 * each award of one into a notice. */
#pragma once

#include "common/json/json.h"
#include "services/leads/notice_resolve.h"
#include "services/leads/ocds.h"

struct ocds_reader {
    struct arena *arena;
    struct ocds_file *file;
    struct raw_list notices; /* struct notice */
    struct raw_list lines;   /* struct ocds_line */
    size_t at;               /* the line of the file in hand */
    size_t used_before;      /* of the arena */
    bool overflow;
};

struct ocds_release {
    const json_t *json;
    const json_t *tender;
    const json_t *awards; /* arrays, or NULL */
    const json_t *contracts;
    const char *ocid;
    const char *id;
    const char *date; /* day */
    const char *tag;  /* "award, contract" */
    int version;
};

/* False, and overflow, when no more may be added. */
bool ocds_room(struct ocds_reader *reader, const struct raw_list *list);
void ocds_line_add(struct ocds_reader *reader, const struct ocds_release *release,
                   enum notice_severity severity, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A member as text in the arena, trimmed and cut at NOTICE_TEXT_CAP; integers too, as some write
 * ids; NULL when there is none. */
const char *ocds_text(struct arena *arena, const json_t *object, const char *name);
/* The day of a member that is a date-time, as written; NULL and a line when it is none. */
const char *ocds_day(struct resolver *resolver, const json_t *object, const char *name,
                     const char *what);

/* The country of an address: DNK of "DK", "DNK", "Denmark" and "Danmark"; three letters where they
 * are known, else as it is; NULL when there is none. */
const char *ocds_country(struct arena *arena, const json_t *address);

/* The company that a supplier or buyer refers to, with what is odd about it as lines. Never NULL.
 */
const struct notice_company *ocds_company(struct resolver *resolver,
                                          const struct ocds_release *release,
                                          const json_t *reference, const char *lot);

void ocds_award_read(struct ocds_reader *reader, const struct ocds_release *release,
                     const json_t *award);
