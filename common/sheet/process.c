#include "common/sheet/process.h"

#include "common/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER "emnebank-sheet"

/* The streams and nothing else. What liborcus says on standard error is nobody's. */
static int arrange(posix_spawn_file_actions_t *actions, int source, int target)
{
    return posix_spawn_file_actions_adddup2(actions, source, STDIN_FILENO) ||
           posix_spawn_file_actions_adddup2(actions, target, STDOUT_FILENO) ||
           posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) ||
           posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/* Signals as a program begins with them: this one ignores some. */
static int calm(posix_spawnattr_t *attributes)
{
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) ||
           posix_spawnattr_setsigdefault(attributes, &all) ||
           posix_spawnattr_setsigmask(attributes, &none);
}

static int spawn(const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, const struct confine_limits *limits,
                 pid_t *process)
{
    char name[] = HELPER, seconds[24], memory[24], output[24];
    char *const arguments[] = {name, seconds, memory, output, NULL};
    char *const environment[] = {NULL};

    snprintf(seconds, sizeof seconds, "%u", limits->seconds);
    snprintf(memory, sizeof memory, "%zu", limits->memory);
    snprintf(output, sizeof output, "%zu", limits->output);
    return posix_spawn(process, path, actions, attributes, arguments, environment);
}

/* Where an installed helper stands: in this program's own folder. */
static bool beside(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size);
    char *slash = length > 0 && (size_t)length < size ? memrchr(path, '/', (size_t)length) : NULL;

    if (slash == NULL || size - (size_t)(slash + 1 - path) < sizeof HELPER)
        return false;
    memcpy(slash + 1, HELPER, sizeof HELPER);
    return true;
}

int process_start(const char *path, int source, int target, const struct confine_limits *limits,
                  pid_t *process)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char own[PATH_MAX];
    int error;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return ERROR_IO;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ERROR_IO;
    }
    error = arrange(&actions, source, target) || calm(&attributes) ? EINVAL : ENOENT;
    if (error == ENOENT && path != NULL) {
        error = spawn(path, &actions, &attributes, limits, process);
    } else if (error == ENOENT) {
        if (beside(own, sizeof own))
            error = spawn(own, &actions, &attributes, limits, process);
        if (error == ENOENT)
            error = spawn(SHEET_HELPER_BUILT, &actions, &attributes, limits, process);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? 0 : ERROR_IO;
}

/* True when it has ended by itself. */
static bool ends(pid_t process, int wall_ms)
{
    const int64_t deadline = clock_monotonic() + wall_ms * CLOCK_MILLISECOND;
    struct pollfd handle = {.fd = pidfd_open(process, 0), .events = POLLIN};
    int ready = -1;

    for (int64_t left = wall_ms; handle.fd >= 0 && left >= 0;
         left = (deadline - clock_monotonic()) / CLOCK_MILLISECOND) {
        ready = poll(&handle, 1, (int)left);
        if (ready >= 0 || errno != EINTR)
            break;
    }
    if (handle.fd >= 0)
        close(handle.fd);
    return ready == 1;
}

static enum process_end end_of(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_EXIT_DONE)
        return PROCESS_DONE;
    if (WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_EXIT_AWAY)
        return PROCESS_AWAY;
    if (WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_EXIT_MEMORY)
        return PROCESS_MEMORY;
    if ((WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_EXIT_OUTPUT) ||
        (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ))
        return PROCESS_OUTPUT;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? PROCESS_TIME : PROCESS_BROKEN;
}

enum process_end process_wait(pid_t process, int wall_ms)
{
    const bool ended = ends(process, wall_ms);
    int status = 0;

    if (!ended)
        (void)kill(process, SIGKILL);
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR)
            return PROCESS_BROKEN;
    }
    return ended ? end_of(status) : PROCESS_LATE;
}
