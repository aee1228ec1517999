/*
 * What people call languages, in Danish and English, and how well they say they speak them. Pure
 * tables: what is not in them is not known, and nobody guesses. `folded` texts are fold_text's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct language_name {
    const char *name; /* folded: "dansk", "danish" */
    const char *code; /* ISO 639-1 */
};

/* Ends with a NULL name. */
extern const struct language_name language_names[];

/* The code of a language by its name or its code; NULL when it is none of ours. */
const char *language_code(const char *folded);

/* A1 to C2 as 1 to 6, from such a level ("b2", "b2 niveau") or words that name one ("modersmaal",
 * "professional working proficiency"); 0 when the words name none. Words that leave room mean the
 * lower: "flydende" is C1, "basic" is A1. */
int language_level(const char *folded);
