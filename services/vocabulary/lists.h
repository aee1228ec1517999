/*
 * The official lists, read into what the database keeps of them: terms (what a list calls a
 * concept) and arcs (how two concepts hang together). A list is known by the columns of its
 * heading; its language and release by its file's name, as its publisher names it
 * ("occupations_da_v1.0.8.csv"). Every fault of a file is told, with its line, its column and what
 * would be right. Pure.
 */
#pragma once

#include "common/base/error.h"

#include <stddef.h>

#define LIST_NAME_SIZE 48
#define LIST_RELEASE_SIZE 24

struct list_term {
    const char *kind; /* of the concept: "esco-occupation", … (sql/migrations/0012) */
    const char *code;
    const char *notation; /* its code in the list, or "" */
    const char *language; /* "da" or "en" */
    const char *text;
    int place; /* 0: the preferred label; 1: another; 2: one that is searched but not shown */
};

struct list_arc {
    const char *kind;
    const char *code;
    const char
        *relation; /* "broader", "essential", "optional", "exact", "close", "broad", "narrow" */
    const char *related_kind;
    const char *related;
};

struct list_fault {
    size_t line;
    const char *column; /* "" when it is of the whole row */
    const char *code;   /* as in the API: HEADING, REQUIRED, FORMAT, … */
    const char *detail; /* Danish; never the input */
};

/* What takes the rows; the texts are valid during the call. */
struct list_sink {
    void (*term)(void *argument, const struct list_term *term);
    void (*arc)(void *argument, const struct list_arc *arc);
    void (*fault)(void *argument, const struct list_fault *fault);
    void *argument;
};

struct list_summary {
    char name[LIST_NAME_SIZE];       /* "esco-occupations-da"; two files of one name are one list */
    char release[LIST_RELEASE_SIZE]; /* "1.0.8", or "" when the file's name has none */
    size_t rows;
    size_t faults;
};

/* Reads a whole file. ERROR_NOT_FOUND: no list has such a heading, and the sink was told nothing.
 * Faults of rows are no error here: `summary` counts them. `path` gives the name alone. */
MUST_CHECK int list_read(const char *path, const char *bytes, size_t length,
                         const struct list_sink *sink, struct list_summary *summary);
