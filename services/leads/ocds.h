/*
 * OCDS, the Open Contracting Data Standard 1.0-1.2: release packages, record packages, a bare
 * release or record, an array of them, or JSON Lines of any. Pure: bytes in, notices out.
 *
 * OCDS tells a process in releases that each say what is new, and merges them by the ids of their
 * parts. So one *award* is one notice here, "ocid/award-id": a later release of it changes its
 * leads, a cancelled one takes them off the list, and a release that is silent about it changes
 * nothing. Its version is the minute of the release's date (since 1970), for OCDS has none. In a
 * record the compiled release speaks; without it the releases do, the latest last.
 *
 * A day is the one that is written, whatever the offset behind it. OCDS has no days, so a publisher
 * that knows no more writes 00:00:00, and 23:59:59 where a period ends, with "Z" or an offset of
 * its own (OCDS 1.2, Release Reference, "Date"; its examples all do): moved to Danish time, every
 * such last day would be the day after. Who moves Danish midnights to UTC instead ("22:00:00Z")
 * breaks that rule, and is read as a day early. Versions are moments, by their offset.
 *
 * Suppliers are the winners, all of one award together (OCDS: a consortium); tenderers are not.
 * What became no lead, or is odd, is a line, as in notice.h. Contact points are never read.
 */
#pragma once

#include "services/leads/notice.h"

#define OCDS_DOCUMENT_CAP LEAD_FILES_JSON_CAP
#define OCDS_LINE_CAP LEAD_FILES_JSON_LINE_CAP
#define OCDS_VALUES_CAP ((size_t)200000)   /* JSON values of one document or line */
#define OCDS_MEMORY_CAP ((size_t)33554432) /* taken from the arena */
#define OCDS_RELEASES_CAP ((size_t)5000)

/* A line that belongs to no award. */
struct ocds_line {
    size_t at;           /* line of the file in JSON Lines, from 1; else 0 */
    const char *release; /* its id, or NULL */
    struct notice_line line;
};

struct ocds_file {
    const char *form; /* release_package, record_package, release, record, releases, lines, other */
    size_t releases;
    size_t refused;               /* lines of JSON Lines that are no JSON, or no releases */
    const struct notice *notices; /* one per award; the oldest release's first */
    size_t notices_count;
    const struct ocds_line *lines;
    size_t lines_count;
};

/*
 * The whole of a source; `lines`: it is JSON Lines. Everything returned lives in the arena.
 * ERROR_INVALID: no JSON; of JSON Lines a line that is none is a line in the answer instead.
 * ERROR_LIMIT: a cap was reached. A negative answer of the source is passed on. Each fills `fault`.
 */
MUST_CHECK int ocds_parse(struct arena *arena, notice_source *read, void *source, bool lines,
                          struct ocds_file *file, struct notice_fault *fault);
MUST_CHECK int ocds_parse_memory(struct arena *arena, const void *bytes, size_t length, bool lines,
                                 struct ocds_file *file, struct notice_fault *fault);
