/*
 * Who has seen a candidate, as a page for that person: what was sent, what happened, who looked
 * and why. Pure. Staff stands nowhere in what is given, and so nowhere here.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/json/json.h"

#include <stdbool.h>

#define OVERVIEW_CAP ((size_t)2097152)

/* The whole style, for the hash in Content-Security-Policy. */
extern const char overview_style[];

/* `accesses` as GET …/accesses answers it in JSON; `more`: there are older ones. Appends to
 * `bytes`, whose cap is OVERVIEW_CAP. */
void overview_write(struct buffer *bytes, const json_t *accesses, bool more);
