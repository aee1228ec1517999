#include "common/sheet/confine.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Those that allocators, exceptions and abort() use. */
static const int allowed[] = {
    SCMP_SYS(brk),         SCMP_SYS(munmap),         SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(futex),       SCMP_SYS(getrandom),      SCMP_SYS(gettid),       SCMP_SYS(getpid),
    SCMP_SYS(sched_yield), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),        SCMP_SYS(exit_group),     SCMP_SYS(clock_gettime)};

static int allow_plain(scmp_filter_ctx filter)
{
    int error = 0;

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    return error;
}

/* Where the bits `mask` of an argument are `value`. */
static int allow_if(scmp_filter_ctx filter, int call, unsigned argument, uint64_t mask,
                    uint64_t value)
{
    const struct scmp_arg_cmp test = {argument, SCMP_CMP_MASKED_EQ, mask, value};

    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &test);
}

/* The streams, each in its direction; memory that is never code; a signal to itself. The kernel
 * looks at the lower half alone of a descriptor or a process. */
static int allow_some(scmp_filter_ctx filter)
{
    return allow_if(filter, SCMP_SYS(read), 0, UINT32_MAX, STDIN_FILENO) |
           allow_if(filter, SCMP_SYS(write), 0, UINT32_MAX, STDOUT_FILENO) |
           allow_if(filter, SCMP_SYS(write), 0, UINT32_MAX, STDERR_FILENO) |
           allow_if(filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0) |
           allow_if(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0) |
           allow_if(filter, SCMP_SYS(tgkill), 0, UINT32_MAX, (uint64_t)getpid());
}

static int shut(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int error = filter == NULL || allow_plain(filter) != 0 || allow_some(filter) != 0 ||
                seccomp_load(filter) != 0;

    if (filter != NULL)
        seccomp_release(filter);
    return error ? ERROR_IO : 0;
}

static int limit(int what, rlim_t most, rlim_t hard)
{
    struct rlimit now;

    if (getrlimit(what, &now) != 0)
        return ERROR_IO;
    if (now.rlim_max <= most)
        return 0;
    return setrlimit(what, &(struct rlimit){most, hard}) == 0 ? 0 : ERROR_IO;
}

/* Bytes that the process has mapped; 0 when that cannot be known. */
static rlim_t mapped(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, sizeof text - 1);

    if (file >= 0)
        close(file);
    return got <= 0 ? 0 : (rlim_t)strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

int confine(const struct confine_limits *limits)
{
    const rlim_t before = mapped();
    const rlim_t memory = before + limits->memory;

    if (before == 0 || limit(RLIMIT_CORE, 0, 0) != 0 || limit(RLIMIT_AS, memory, memory) != 0 ||
        limit(RLIMIT_CPU, limits->seconds, limits->seconds + (rlim_t)1) != 0 ||
        limit(RLIMIT_FSIZE, limits->output, limits->output) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ERROR_IO;
    if (CONFINE_LIMITS_ONLY)
        return 0;
    return limit(RLIMIT_NOFILE, 0, 0) == 0 ? shut() : ERROR_IO;
}
