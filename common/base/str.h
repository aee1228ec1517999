/* Text: comparison, trimming, numbers, UTF-8, hex and base64. Pure functions, no locale. */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool str_equal(const char *left, const char *right); /* both may be NULL; NULL equals only NULL */
bool str_starts(const char *text, const char *prefix);
bool str_blank(const char *text); /* NULL, empty or white space alone */

/* Decimal digits with an optional minus, nothing else around them, within the bounds. */
MUST_CHECK int str_int64(const char *text, int64_t minimum, int64_t maximum, int64_t *value);

bool str_utf8_valid(const char *bytes, size_t length);
/* The bytes of the character at the start of `bytes`, which is not empty: 1 to 4, or 0 when what
 * stands there is not UTF-8 (RFC 3629: no overlong forms, no surrogates). */
size_t str_utf8_step(const char *bytes, size_t length);
size_t str_utf8_count(const char *text); /* code points of valid UTF-8 */

/* Lower-case hex; `text` has room for 2 * length + 1. */
void str_hex(const void *bytes, size_t length, char *text);
/* Returns ERROR_INVALID unless `text` is exactly 2 * length hex digits. */
MUST_CHECK int str_unhex(const char *text, void *bytes, size_t length);
