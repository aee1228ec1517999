/*
 * The import of official lists: files are read and checked (lists.h), staged in the database and
 * merged there in one transaction, all of them or none. Blocking, on a session of a user who is a
 * member of emnebank_owner; for the command line.
 */
#pragma once

#include "common/json/json.h"
#include "common/pg/session.h"

#define IMPORT_FILE_CAP ((size_t)64 << 20) /* bytes, also of what a packed file holds */
#define IMPORT_FAULTS_CAP 1000             /* more are counted */

struct import_file {
    const char *path; /* its last part is the list's name for people */
    const char *bytes;
    size_t length;
    bool named; /* the operator named it: when it is no list, that is a fault */
};

struct import_options {
    const char *release; /* for all files; NULL: as their names say */
    bool dry_run;        /* everything but the commit */
};

/*
 * `*report` is the caller's to json_decref, also when faults were found:
 *
 *     {"changed": bool, "version": n, "dry_run": bool, "faults": [{"file", "line", "column",
 * "code", "detail"}], "faults_more": n, "passed_over": ["file"], "lists": [{"list", "file",
 * "release", "release_before", "rows", "added": [{"code", "label"}], "relabelled": [{"code",
 * "label", "label_before"}], "gone": […], "gone_in_use": [{"code", "label", "used": [{"what",
 * "count", "codes"}]}], "synonyms_added": n, "synonyms_removed", "relations_added",
 * "relations_removed"}]}
 *
 * ERROR_INVALID: faults, and nothing was changed. Other errors are the database's, and no report.
 */
MUST_CHECK int import_lists(struct session *session, const struct import_file *files, size_t count,
                            const struct import_options *options, json_t **report,
                            struct error_detail *detail);
