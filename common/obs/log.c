#include "common/obs/log.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

/* POSIX writes up to PIPE_BUF (4096 on Linux) in one piece, so lines of threads never mix. */
#define LINE_CAP ((size_t)4096)

static atomic_int lowest = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&lowest, (int)level);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARNING:
        return "warning";
    case LOG_ERROR:
        break;
    }
    return "error";
}

static void write_head(struct buffer *line, enum log_level level, const char *event)
{
    char time[CLOCK_TEXT_SIZE];

    clock_text(clock_now(), time);
    buffer_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", time, level_name(level));
    buffer_json(line, event);
}

static void write_field(struct buffer *line, const struct log_field *field)
{
    buffer_char(line, ',');
    buffer_json(line, field->name);
    buffer_char(line, ':');
    if (field->kind == LOG_KIND_INTEGER)
        buffer_printf(line, "%lld", (long long)field->integer);
    else if (field->text)
        buffer_json(line, field->text);
    else
        buffer_text(line, "null");
}

static void write_line(const struct buffer *line)
{
    const char *at = line->data;
    size_t left = line->length;

    while (left > 0) {
        ssize_t written = write(STDERR_FILENO, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* there is nowhere to complain */
        at += written;
        left -= (size_t)written;
    }
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    if ((int)level < atomic_load(&lowest))
        return;

    int saved = errno;
    struct buffer line;

    buffer_init(&line, LINE_CAP);
    write_head(&line, level, event);
    for (; fields->kind != LOG_END; fields++)
        write_field(&line, fields);
    buffer_text(&line, "}\n");
    if (buffer_full(&line)) { /* half a line is no JSON: say only that it happened */
        buffer_clear(&line);
        write_head(&line, level, event);
        buffer_text(&line, ",\"truncated\":true}\n");
    }
    write_line(&line);
    buffer_deinit(&line);
    errno = saved;
}
