/*
 * The command line `emnebank`: a table of commands, each with its options. Human text by default,
 * --json for machines, faults on stderr.
 *
 * Exit codes: 0 done · 1 refused (the problem is printed) · 2 wrong usage · 3 the server, the
 * database or whatever takes the answer is away · 4 done in part (an import with rejected rows).
 */
#pragma once

#include "common/base/arena.h"
#include "common/json/json.h"
#include "common/pg/session.h"

#include <stdbool.h>
#include <stddef.h>

enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_AWAY = 3, EXIT_PARTLY = 4 };

#define COMMAND_OPTIONS_CAP 12
#define COMMAND_WORDS_CAP 1024

struct command_option {
    const char *name;  /* without the dashes */
    const char *value; /* what the value is, for the help; NULL: it takes none */
    const char *help;
    bool required;
};

struct context;

struct command {
    const char *words;     /* "order post" */
    const char *arguments; /* "FILE", "" for none */
    const char *help;
    size_t least, most; /* positional arguments */
    struct command_option options[COMMAND_OPTIONS_CAP];
    int (*run)(struct context *context);
};

struct context {
    struct arena *arena;
    const struct command *command;
    const char *database; /* --database */
    const char *api;      /* --api */
    const char *key_file; /* --key-file */
    bool json;            /* --json */
    const char *values[COMMAND_OPTIONS_CAP];
    const char *words[COMMAND_WORDS_CAP]; /* the positional arguments */
    size_t word_count;
};

/* The value of one of the command's own options, or NULL. */
const char *command_value(const struct context *context, const char *name);

/* Opens --database (or EMNEBANK_DATABASE); prints why not and returns EXIT_AWAY or EXIT_USAGE. */
MUST_CHECK int command_session(const struct context *context, struct session **session);

/* Prints the public text, or the private one where there is no other, and gives the exit code of
 * the error. */
int command_failed(int error, const struct error_detail *detail);
/* The same for an error of the database itself, whose texts are in English: says it in Danish. */
int command_database_failed(int error, const struct error_detail *detail);

/* The whole of a file, NUL-terminated, in the arena; "-" is standard input. Prints why not. */
MUST_CHECK int command_read_file(const struct context *context, const char *path, size_t cap,
                                 char **bytes, size_t *length);

int command_main(int argc, char **argv, const struct command *commands, size_t count);
