/* Ids as text (RFC 9562), of any version: what a path or a body names must look like one before the
 * database is asked for it. */
#pragma once

#include <stdbool.h>

/* 8-4-4-4-12 hex digits of either case; NULL is not one. */
bool uuid_valid(const char *text);
