/*
 * A CV from what the database says of it (event_cv, sql/migrations/0031_cv.sql) and the opened
 * person: as JSON, a JSON Resume with what belongs to the release around it, and the same as PDF.
 * Never an address, a CPR number, a birth date, a note, a reference or a pseudonym: they are not in
 * what comes in. Pure, but for cv_person, which needs the keys.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/domain/person.h"
#include "common/pg/pg.h"

struct deliver;

/* B5: what a CV takes by default, and what nothing passes. */
#define CV_USUAL 20480
#define CV_CAP ((size_t)262144)

/* Opens name, phone and mail of a row; the texts lie in the arena. From `column` on it has
 * municipality, reference, wrapped key, name, phone and mail. ERROR_NOT_FOUND, ERROR_DENIED: a key
 * is not there or does not fit; `reason` is a code for the log. */
MUST_CHECK int cv_person(struct arena *arena, const struct deliver *deliver,
                         const struct pg_result *rows, size_t row, size_t column,
                         struct person *person, const char **reason);

/* Appends the document with the person put into it. `data` is jsonb's text of event_cv. */
void cv_write(struct buffer *bytes, const char *data, const struct person *person);

/* Appends the same for people to read. `released`: microseconds, the document's date. The same
 * arguments give the same bytes (common/pdf). ERROR_LIMIT, ERROR_UNAVAILABLE as pdf_write. Takes
 * milliseconds: not on an event loop. */
MUST_CHECK int cv_pdf(struct buffer *bytes, const char *data, const struct person *person,
                      int64_t released);
