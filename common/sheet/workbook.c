#include "common/sheet/workbook.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/sheet/orcus_rows.h"
#include "common/sheet/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TEXTS_CAP (SHEET_READER_ROW_CAP + 2 * SHEET_READER_COLUMNS_CAP)
#define AWAY "Regnearket kan ikke læses lige nu; prøv igen."
#define TAKEN "Mange regneark læses lige nu; prøv igen."

const struct workbook_limits workbook_limits = {
    {WORKBOOK_SECONDS, WORKBOOK_MEMORY, WORKBOOK_OUTPUT}, WORKBOOK_WALL_MS, WORKBOOK_PATIENCE_MS};

struct workbook {
    FILE *messages; /* what the helper has written */
    size_t line;    /* of the last row */
    bool ended;
};

/* --- places ------------------------------------------------------------------------------------
 */

/* The machine's memory is what all readers of the process share, so these are counted for all. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    unsigned held;
    unsigned living;
} places = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static bool places_hold(void)
{
    pthread_mutex_lock(&places.lock);
    const bool held = places.held < WORKBOOK_HELD;
    places.held += held;
    pthread_mutex_unlock(&places.lock);
    return held;
}

static void places_release(void)
{
    pthread_mutex_lock(&places.lock);
    places.held--;
    pthread_mutex_unlock(&places.lock);
}

/* False when no helper has ended in time. */
static bool places_begin(int patience_ms)
{
    struct timespec deadline;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += patience_ms / 1000;
    pthread_mutex_lock(&places.lock);
    while (places.living == WORKBOOK_LIVING && error == 0)
        error = pthread_cond_clockwait(&places.freed, &places.lock, CLOCK_MONOTONIC, &deadline);
    const bool begun = places.living < WORKBOOK_LIVING;
    places.living += begun;
    pthread_mutex_unlock(&places.lock);
    return begun;
}

static void places_end(void)
{
    pthread_mutex_lock(&places.lock);
    places.living--;
    pthread_cond_signal(&places.freed);
    pthread_mutex_unlock(&places.lock);
}

/* --- the file to the helper --------------------------------------------------------------------
 */

static int away(const char *what, struct error_detail *detail)
{
    error_detail_set(detail, what, AWAY);
    return ERROR_UNAVAILABLE;
}

static int taken(struct error_detail *detail)
{
    error_detail_set(detail, "places taken", TAKEN);
    return ERROR_UNAVAILABLE;
}

static int write_all(int target, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t wrote = write(target, bytes + done, length - done);
        if (wrote < 0 && errno != EINTR)
            return ERROR_IO;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

/* All of the file. ERROR_LIMIT when it is more than an XLSX file may be. */
static int copy(sheet_reader_read *read, void *argument, int source, struct error_detail *detail)
{
    char *bytes = mem_alloc(SHEET_READER_WINDOW);
    size_t length = 0;
    int error = 0;

    while (error == 0) {
        ssize_t got = read(argument, bytes, SHEET_READER_WINDOW);
        if (got <= 0) {
            error = (int)got;
            break;
        }
        length += (size_t)got;
        if (length > SHEET_READER_FILE_CAP) {
            error_detail_set(detail, "file too large",
                             "Regnearket er større end 64 MiB; gem det som CSV.");
            error = ERROR_LIMIT;
        } else if (write_all(source, bytes, (size_t)got) != 0) {
            error = away("memory file", detail);
        }
    }
    mem_wipe_free(bytes, SHEET_READER_WINDOW);
    if (error == 0 && lseek(source, 0, SEEK_SET) != 0)
        error = away("memory file", detail);
    return error;
}

static int judge(enum process_end end, struct error_detail *detail)
{
    switch (end) {
    case PROCESS_DONE:
        return 0;
    case PROCESS_MEMORY:
        return refusal_say(REFUSAL_MEMORY, detail);
    case PROCESS_TIME:
        return refusal_say(REFUSAL_TIME, detail);
    case PROCESS_OUTPUT:
        return refusal_say(REFUSAL_OUTPUT, detail);
    case PROCESS_LATE:
        return away("helper too late", detail);
    case PROCESS_AWAY:
        return away("helper could not begin", detail);
    case PROCESS_BROKEN:
        break;
    }
    return refusal_say(REFUSAL_UNREADABLE, detail);
}

static int run(int source, int target, const struct workbook_limits *limits,
               struct error_detail *detail)
{
    enum process_end end = PROCESS_AWAY;
    pid_t process;

    if (!places_begin(limits->patience_ms))
        return taken(detail);
    if (process_start(NULL, source, target, &limits->helper, &process) == 0)
        end = process_wait(process, limits->wall_ms);
    places_end();
    const int error = judge(end, detail);
    return error == 0 && lseek(target, 0, SEEK_SET) != 0 ? away("memory file", detail) : error;
}

/* `*rows`: the descriptor that the helper has written to; negative with an error. */
static int read_rows(sheet_reader_read *read, void *argument, const struct workbook_limits *limits,
                     int *rows, struct error_detail *detail)
{
    int source = memfd_create("sheet", MFD_CLOEXEC);
    int target = memfd_create("rows", MFD_CLOEXEC);
    int error = source < 0 || target < 0 ? away("memory file", detail)
                                         : copy(read, argument, source, detail);

    if (error == 0)
        error = run(source, target, limits, detail);
    if (source >= 0)
        close(source);
    if (error != 0 && target >= 0)
        close(target);
    *rows = error == 0 ? target : -1;
    return error;
}

int workbook_read(sheet_reader_read *read, void *argument, const struct workbook_limits *limits,
                  struct workbook **workbook, struct error_detail *detail)
{
    int rows;

    if (!places_hold())
        return taken(detail);
    int error = read_rows(read, argument, limits, &rows, detail);
    FILE *messages = error == 0 ? fdopen(rows, "rb") : NULL;
    if (error == 0 && messages == NULL) {
        close(rows);
        error = away("fdopen", detail);
    }
    if (error != 0) {
        places_release();
        return error;
    }
    *workbook = mem_zalloc(sizeof **workbook);
    (*workbook)->messages = messages;
    return 0;
}

/* --- what it has said --------------------------------------------------------------------------
 */

/* One message; its texts, NUL after them, in the arena. False when there is none that is whole. */
static bool listen(struct workbook *workbook, struct arena *arena,
                   struct orcus_rows_message *message, char **texts)
{
    if (fread(message, sizeof *message, 1, workbook->messages) != 1 || message->bytes > TEXTS_CAP)
        return false;
    *texts = arena_alloc(arena, message->bytes + (size_t)1);
    return message->bytes == 0 || fread(*texts, message->bytes, 1, workbook->messages) == 1;
}

/* False when the message does not hold what it says: the helper is not to be believed. */
static bool spread(struct workbook *workbook, const struct orcus_rows_message *message,
                   struct arena *arena, char *texts, struct sheet_reader_row *row)
{
    size_t at = 0;

    if (message->count > SHEET_READER_COLUMNS_CAP || message->fault > SHEET_READER_LENGTH ||
        message->line <= workbook->line || message->line > SHEET_READER_ROWS_CAP ||
        (message->count == 0) != (message->fault != SHEET_READER_GOOD) ||
        !str_utf8_valid(texts, message->bytes))
        return false;
    const char **cells = arena_array(arena, message->count + (size_t)1, sizeof *cells);
    for (size_t i = 0; i < message->count; i++) {
        if (at >= message->bytes)
            return false;
        cells[i] = texts + at;
        at += strlen(texts + at) + 1;
    }
    workbook->line = message->line;
    *row = (struct sheet_reader_row){.line = message->line,
                                     .fault = (enum sheet_reader_fault)message->fault,
                                     .count = message->count,
                                     .texts = cells};
    return true;
}

int workbook_next(struct workbook *workbook, struct arena *arena, struct sheet_reader_row *row,
                  struct error_detail *detail)
{
    struct orcus_rows_message message;
    char *texts;

    if (workbook->ended)
        return 0;
    if (listen(workbook, arena, &message, &texts)) {
        if (message.line > 0 && spread(workbook, &message, arena, texts, row))
            return 1;
        workbook->ended = true;
        if (message.line == 0 && message.fault == REFUSAL_NONE)
            return 0;
        if (message.line == 0)
            return refusal_say(message.fault, detail);
    }
    workbook->ended = true;
    return refusal_say(REFUSAL_UNREADABLE, detail);
}

void workbook_destroy(struct workbook **workbook)
{
    if (*workbook == NULL)
        return;
    fclose((*workbook)->messages);
    places_release();
    mem_free(*workbook);
    *workbook = NULL;
}
