/*
 * Problem types (RFC 9457): one table of slug, status and title in Danish and English. `type` is
 * "/problems/<slug>", which the server answers with the title's page. Detail texts are Danish and
 * never hold input.
 */
#pragma once

#include <stddef.h>

struct problem_type {
    const char *slug;
    int status;
    const char *title_da;
    const char *title_en;
};

extern const struct problem_type problem_types[];
extern const size_t problem_types_count;

/* Falls back to "internal-error" (500) for an unknown slug. */
const struct problem_type *problem_find(const char *slug);
