#include "common/sheet/workbook.h"

#include "common/base/mem.h"
#include "common/sheet/messages.h"
#include "common/sheet/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define AWAY "Regnearket kan ikke læses lige nu; prøv igen."
#define TAKEN "Mange regneark læses lige nu; prøv igen."

const struct workbook_limits workbook_limits = {
    {WORKBOOK_SECONDS, WORKBOOK_MEMORY, WORKBOOK_OUTPUT}, WORKBOOK_WALL_MS, WORKBOOK_PATIENCE_MS};

struct workbook {
    struct messages *messages; /* what the helper has written */
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
    struct messages *messages = NULL;
    if (error == 0 && messages_create(rows, &messages) != 0)
        error = away("messages", detail);
    if (error != 0) {
        places_release();
        return error;
    }
    *workbook = mem_zalloc(sizeof **workbook);
    (*workbook)->messages = messages;
    return 0;
}

int workbook_next(struct workbook *workbook, struct arena *arena, struct sheet_reader_row *row,
                  struct error_detail *detail)
{
    return messages_next(workbook->messages, arena, row, detail);
}

void workbook_destroy(struct workbook **workbook)
{
    if (*workbook == NULL)
        return;
    messages_destroy(&(*workbook)->messages);
    places_release();
    mem_free(*workbook);
    *workbook = NULL;
}
