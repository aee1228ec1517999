/*
 * A first walk over JSON text, before jansson sees it: what jansson would let through or would
 * spend memory on is refused here with its place. That is the size, a byte order mark, NUL bytes,
 * nesting deeper than JSON_DEPTH_CAP, integers beyond ±(2^53-1) and noncharacters, raw or escaped
 * (RFC 7493 section 2). It is no parser: what it accepts may still be no JSON. Pure, no allocation,
 * linear in length.
 */
#pragma once

#include "common/base/error.h"

#include <stddef.h>

struct json_fault;

/* `cap` in bytes; `values` as json_read_capped counts them. */
MUST_CHECK int json_scan(const char *bytes, size_t length, size_t cap, size_t values,
                         struct json_fault *fault);
