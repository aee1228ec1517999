#include "common/sheet/workbook.h"

#include "common/base/mem.h"
#include "common/sheet/orcus_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXTS_CAP (SHEET_READER_ROW_CAP + 2 * SHEET_READER_COLUMNS_CAP)
#define UNREADABLE "Filen er ikke et XLSX-regneark, der kan læses."

struct workbook {
    pid_t child;
    FILE *messages;
    bool ended;
};

/* --- the child ---------------------------------------------------------------------------------
 */

static void limit(int what, rlim_t most)
{
    struct rlimit now;

    if (getrlimit(what, &now) == 0 && now.rlim_max > most)
        (void)setrlimit(what, &(struct rlimit){most, most});
}

/* Pages that the process has mapped already, and what it may have besides. */
static rlim_t memory_cap(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, sizeof text - 1);

    if (file >= 0)
        close(file);
    if (got <= 0)
        return RLIM_INFINITY;
    return (rlim_t)strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + WORKBOOK_MEMORY;
}

/* Keeps the pipe and nothing else of what the parent had open. */
_Noreturn static void work(const char *bytes, size_t length, int target, pid_t parent)
{
    int nothing = open("/dev/null", O_RDWR);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || nothing < 0 || dup2(nothing, STDERR_FILENO) < 0 ||
        dup2(nothing, STDIN_FILENO) < 0 || dup2(target, STDOUT_FILENO) < 0)
        _exit(EXIT_FAILURE);
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, WORKBOOK_SECONDS);
    limit(RLIMIT_AS, memory_cap());
    orcus_rows_write(bytes, length, STDOUT_FILENO);
    _exit(EXIT_SUCCESS);
}

/* --- the parent --------------------------------------------------------------------------------
 */

int workbook_read(const char *bytes, size_t length, struct workbook **workbook,
                  struct error_detail *detail)
{
    int ends[2];
    pid_t parent = getpid();

    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_detail_set(detail, "pipe", "Regnearket kan ikke læses lige nu.");
        return ERROR_UNAVAILABLE;
    }
    pid_t child = fork();
    if (child == 0)
        work(bytes, length, ends[1], parent);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        error_detail_set(detail, "fork", "Regnearket kan ikke læses lige nu.");
        return ERROR_UNAVAILABLE;
    }
    *workbook = mem_zalloc(sizeof **workbook);
    (*workbook)->child = child;
    (*workbook)->messages = fdopen(ends[0], "rb");
    return 0;
}

/* One message; its texts, NUL after them, in the arena. False when the child has said its last. */
static bool listen(struct workbook *workbook, struct arena *arena,
                   struct orcus_rows_message *message, char **texts)
{
    if (workbook->messages == NULL || fread(message, sizeof *message, 1, workbook->messages) != 1 ||
        message->bytes > TEXTS_CAP)
        return false;
    *texts = arena_alloc(arena, message->bytes + (size_t)1);
    return message->bytes == 0 || fread(*texts, message->bytes, 1, workbook->messages) == 1;
}

/* False when the message does not hold what it says. */
static bool spread(const struct orcus_rows_message *message, struct arena *arena, char *texts,
                   struct sheet_reader_row *row)
{
    const char **cells = arena_array(arena, message->count + (size_t)1, sizeof *cells);
    size_t at = 0;

    if (message->count > SHEET_READER_COLUMNS_CAP || message->fault > SHEET_READER_LENGTH)
        return false;
    for (size_t i = 0; i < message->count; i++) {
        if (at >= message->bytes)
            return false;
        cells[i] = texts + at;
        at += strlen(texts + at) + 1;
    }
    *row = (struct sheet_reader_row){.line = message->line,
                                     .fault = (enum sheet_reader_fault)message->fault,
                                     .count = message->count,
                                     .texts = cells};
    return true;
}

static int refuse(struct workbook *workbook, const char *text, struct error_detail *detail)
{
    workbook->ended = true;
    error_detail_set(detail, "workbook refused", "%s", text);
    return ERROR_INVALID;
}

int workbook_next(struct workbook *workbook, struct arena *arena, struct sheet_reader_row *row,
                  struct error_detail *detail)
{
    struct orcus_rows_message message;
    char *texts;

    if (workbook->ended)
        return 0;
    if (!listen(workbook, arena, &message, &texts))
        return refuse(workbook, UNREADABLE, detail);
    if (message.line > 0)
        return spread(&message, arena, texts, row) ? 1 : refuse(workbook, UNREADABLE, detail);
    if (message.count == ORCUS_ROWS_REFUSED)
        return refuse(workbook, texts, detail);
    workbook->ended = true;
    return 0;
}

void workbook_destroy(struct workbook **workbook)
{
    if (*workbook == NULL)
        return;
    if ((*workbook)->messages != NULL)
        fclose((*workbook)->messages);
    (void)kill((*workbook)->child, SIGKILL);
    while (waitpid((*workbook)->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    mem_free(*workbook);
    *workbook = NULL;
}
