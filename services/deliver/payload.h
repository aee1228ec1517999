/*
 * The bytes of an event: {"type", "timestamp", "schema_version", "version", "data"}. They are made
 * when the event is sent (B4), by a streaming writer; the database renders `data`, and for a CV the
 * opened name, phone and mail are put in here. At most 256 KiB (B5).
 */
#pragma once

#include "common/base/buffer.h"
#include "common/domain/person.h"

#define PAYLOAD_CAP ((size_t)262144)
#define PAYLOAD_SCHEMA_VERSION 1

struct payload {
    const char *type;            /* "cv.released" */
    const char *timestamp;       /* of the event, RFC 3339 */
    int64_t version;             /* grows with each event of one subject (B11) */
    const char *data;            /* a JSON object; of a CV as event_cv has it */
    const struct person *person; /* NULL for what is no CV, or ids alone */
};

/* Appends to `bytes`, whose cap is PAYLOAD_CAP; check buffer_full after it. */
void payload_write(struct buffer *bytes, const struct payload *payload);
