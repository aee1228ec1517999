/*
 * The file of `emnebank vocabulary suggest --labels`: one code, a tabulator and one label on each
 * line, UTF-8, a code on as many lines as it has labels. Empty lines are passed over; a byte order
 * mark and Windows line ends are no fault.
 */
#pragma once

#include "services/vocabulary/suggest/suggest.h"

/* Every line that cannot be taken, with what would be right, in Danish. */
typedef void suggest_labels_fault(void *state, size_t line, const char *text);

/* Adds all good lines and returns how many were bad. `bytes` is NUL-terminated and is cut up. */
size_t suggest_labels_read(char *bytes, size_t length, struct suggest_build *build,
                           suggest_labels_fault *fault, void *state);
