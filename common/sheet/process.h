/*
 * The helper program that reads what a hostile file may break: begun anew (exec), so it has nothing
 * of this process's memory, no environment, and of its descriptors none but these: the file on
 * standard input, the answer on standard output. Its limits are its arguments (helper.c), and what
 * a file does to it ends with it.
 */
#pragma once

#include "common/sheet/confine.h"

#include <sys/types.h>

enum process_end {
    PROCESS_DONE,   /* it has said what it had to say */
    PROCESS_BROKEN, /* it fell over the file */
    PROCESS_MEMORY,
    PROCESS_TIME, /* of the processor */
    PROCESS_OUTPUT,
    PROCESS_LATE, /* not done when its time by the wall was over */
    PROCESS_AWAY, /* it could not begin: it is not there, or could not shut itself in */
};

/* What the helper ends with. */
#define PROCESS_EXIT_DONE 0
#define PROCESS_EXIT_AWAY 3
#define PROCESS_EXIT_MEMORY 4
#define PROCESS_EXIT_OUTPUT 5

/* `path` NULL: the helper beside this program, else the one that was built with it. ERROR_IO: it
 * did not begin. */
MUST_CHECK int process_start(const char *path, int source, int target,
                             const struct confine_limits *limits, pid_t *process);
/* Waits, for wall_ms at most, and stops it then: no process is left. Not for an event loop. */
enum process_end process_wait(pid_t process, int wall_ms);
