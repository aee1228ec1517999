/*
 * Configuration: one INI file (read with inih), one table of keys per room, unknown keys are
 * errors. Every fault is named at once with its line. Sections are rooms: `[http] listen =
 * 127.0.0.1:8080`. The sample file and the reference page come from the tables. Values are
 * immutable after load.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type {
    CONF_TEXT,
    CONF_INTEGER,
    CONF_BOOL,
    CONF_DURATION /* "20s", "5m", "2h", "1d" → microseconds */
};

struct conf_key {
    const char *section;
    const char *name;
    enum conf_type type;
    const char *unit;         /* for people: "connections", "bytes"; NULL for none */
    const char *fallback;     /* as it would stand in the file; NULL: required */
    int64_t minimum, maximum; /* CONF_INTEGER and CONF_DURATION */
    bool secret;              /* never printed */
    const char *help;         /* one sentence */
};

struct conf_table {
    const struct conf_key *keys;
    size_t count;
};

struct conf;

/* Loads `path` (NULL: only fallbacks). Faults are appended to `faults`, a line each, "file:line:
 * what is wrong, what would be right". ERROR_INVALID when there is any. */
MUST_CHECK int conf_load(const char *path, const struct conf_table *const *tables, size_t count,
                         struct conf **conf, struct buffer *faults);
/* The same from memory; `name` stands for the file in the faults. */
MUST_CHECK int conf_parse(const char *name, const char *bytes, size_t length,
                          const struct conf_table *const *tables, size_t count, struct conf **conf,
                          struct buffer *faults);
void conf_destroy(struct conf **conf);

/* The key must be in one of the tables (asserted). */
const char *conf_text(const struct conf *conf, const char *section, const char *name);
int64_t conf_integer(const struct conf *conf, const char *section, const char *name);
bool conf_bool(const struct conf *conf, const char *section, const char *name);
int64_t conf_duration(const struct conf *conf, const char *section, const char *name);

/* Writes a commented sample file of all keys. */
void conf_sample(const struct conf_table *const *tables, size_t count, struct buffer *text);
