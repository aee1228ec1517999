/*
 * Text without what people write differently: lower case, no accents, æ ø å as ae oe aa (ä ö as ae
 * oe). For finding words, never for showing them. Pure.
 */
#pragma once

#include "common/base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* The code point at `bytes`, valid UTF-8 of `size` bytes (str_utf8_step). */
uint32_t fold_point(const char *bytes, size_t size);

/* What that letter or digit is folded to: in `out`, or a constant. NULL for what is neither.
 * Letters of other scripts stay as they are. */
const char *fold_letter(uint32_t point, const char *bytes, size_t size, char out[5]);

/* The words of a text with one space between, in the arena: "Jord- og  BETON" is "jord og beton".
 * Empty when it has none. What is not UTF-8 separates words. */
const char *fold_text(struct arena *arena, const char *text);
