/*
 * One structured event per thing that happened: a JSON line on stderr (RFC 3339 UTC, level, event,
 * fields). Fields are added by type, so nothing personal slips in through a format string: ids,
 * codes, counts and durations only. Thread-safe: one write(2) per line.
 */
#pragma once

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_kind { LOG_END, LOG_KIND_TEXT, LOG_KIND_INTEGER };

struct log_field {
    enum log_kind kind;
    const char *name;
    const char *text;
    int64_t integer;
};

#define LOG_TEXT(name_, value_)                                                                    \
    ((struct log_field){.kind = LOG_KIND_TEXT, .name = (name_), .text = (value_)})
#define LOG_INT(name_, value_)                                                                     \
    ((struct log_field){.kind = LOG_KIND_INTEGER, .name = (name_), .integer = (value_)})

void log_set_level(enum log_level level);
void log_fields(enum log_level level, const char *event, const struct log_field *fields);

/* log_event(LOG_INFO, "http.listening", LOG_TEXT("address", a), LOG_INT("threads", n)); */
#define log_event(level_, event_, ...)                                                             \
    log_fields((level_), (event_),                                                                 \
               (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.kind = LOG_END}})
