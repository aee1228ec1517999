/* The command line of emnebankd. */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>

struct options {
    const char *config; /* --config; NULL: fallbacks alone */
    const char
        *address_file; /* --address-file: where the bound addresses are written; NULL: nowhere */
    bool check;        /* --check-config */
    bool sample;       /* --sample-config */
    bool help;         /* --help */
};

/* ERROR_INVALID: the fault was printed. */
MUST_CHECK int options_parse(int argc, char **argv, struct options *options);
void options_help(void);
