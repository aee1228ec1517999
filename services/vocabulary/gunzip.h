/* A file packed with gzip (RFC 1952), in memory; over zlib, the only place that includes it. Pure.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/base/error.h"

bool gunzip_packed(const char *bytes, size_t length); /* begins as a packed file does */

/* Appends what was packed. ERROR_INVALID: not packed, cut off, or something else follows.
 * ERROR_LIMIT: more than the buffer's cap. */
MUST_CHECK int gunzip(const char *bytes, size_t length, struct buffer *plain);
