/*
 * The guard: a pure parser of one HTTP/1.1 request head (RFC 9110, RFC 9112) that refuses whatever
 * two parsers could read differently. No I/O, no allocation, no clock. evhttp is only told of what
 * passed here, in words of our own, so no byte of a client reaches evhttp's lenient parser.
 *
 * Refused, with the status and then the end of the connection: control characters, NUL, bare CR or
 * LF, obs-fold, bad or empty header names, every Transfer-Encoding (411; with Content-Length 400),
 * a Content-Length that is not 1-10 digits exactly once, a body on a method without one, no Host or
 * two, anything but origin-form, other versions, Expect other than 100-continue (417), a repeated
 * header that may stand once only, and sizes beyond the caps below.
 */
#pragma once

#include "common/http/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_TARGET_CAP ((size_t)4096)  /* 414 */
#define GUARD_FIELDS_CAP ((size_t)16384) /* the header lines together: 431 */
#define GUARD_FIELDS ((size_t)100)       /* 431 */
#define GUARD_LINE_CAP (GUARD_TARGET_CAP + 64)
/* No head is longer: a caller that holds this much has a verdict. */
#define GUARD_HEAD_CAP (GUARD_LINE_CAP + GUARD_FIELDS_CAP + 16)

enum guard_verdict { GUARD_MORE, GUARD_PASSED, GUARD_REFUSED };

/* A part of the head, as offsets into its bytes. */
struct guard_span {
    uint16_t at;
    uint16_t length;
};

struct guard_field {
    struct guard_span name;
    struct guard_span value; /* without the white space around it */
};

struct guard {
    /* How far we are. */
    size_t scanned;
    size_t line;   /* where the current line starts */
    size_t fields; /* where the header lines start; 0 before */
    bool blank_skipped;

    /* After GUARD_REFUSED: static texts. `slug` names the problem type. */
    int status;
    const char *slug;
    const char *reason; /* for the log; English */

    /* After GUARD_PASSED. */
    enum http_method method;
    struct guard_span method_text;
    struct guard_span target; /* path and query, as sent */
    int minor;                /* of HTTP/1.x: 0 or 1 */
    size_t head_length;       /* with the blank line; the body follows */
    uint64_t content_length;  /* 0 when there is none */
    bool keep_alive;
    bool expects_continue;
    struct guard_field field[GUARD_FIELDS];
    size_t count;

    /* What was met on the way. */
    bool has_length;
    bool has_transfer_encoding;
    bool has_connection_close;
};

void guard_init(struct guard *guard);
/* `bytes` is the head from its first byte on, the same as before and perhaps longer. Looks at new
 * bytes only. After a verdict other than GUARD_MORE it must not be called again before guard_init.
 */
enum guard_verdict guard_scan(struct guard *guard, const char *bytes, size_t length);
