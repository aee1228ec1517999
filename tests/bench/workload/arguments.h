/* The options that all programs of the benchmark understand; unknown ones are errors. */
#pragma once

#include "tests/bench/workload/workload.h"

struct arguments {
    uint64_t size;
    enum workload_region region;
    uint64_t seed;
    uint32_t open;       /* open orders, for reverse matching */
    uint32_t changed;    /* candidates that have changed since the pool was loaded */
    const char *classes; /* separated by commas */
    const char *folder;  /* where files go or are, or NULL */
};

/* False: a line on stderr has said what is wrong. */
bool arguments_read(int argc, char **argv, struct arguments *arguments);
bool arguments_has_class(const struct arguments *arguments, const char *name);
