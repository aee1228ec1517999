/*
 * Stands in for emnebank-sheet in test_process.c: begun as it is, shut in as it is, and then does
 * what the first byte of its standard input asks for. "1" on standard output says that the call
 * came back. 'i' and 'I' ask what it holds: "descriptors, words of the environment, copies of the
 * secret".
 */
#include "common/base/str.h"
#include "common/sheet/confine.h"
#include "common/sheet/process.h"
#include "tests/common/sheet/secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -1; /* the folder's own */

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count - 2; /* "." and ".." */
}

static int words(void)
{
    int count = 0;

    while (environ != NULL && environ[count] != NULL)
        count++;
    return count;
}

/* How often the secret stands in the memory of this process. A sanitizer's is too wide to look
 * through. */
static int secrets(void)
{
    FILE *maps = CONFINE_LIMITS_ONLY ? NULL : fopen("/proc/self/maps", "r");
    char line[512];
    int count = 0;

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' ||
            strstr(line, "[v") != NULL)
            continue;
        for (const char *at = (const char *)from; at + SECRET_SIZE <= (const char *)to; at++)
            count += secret_stands(at);
    }
    if (maps != NULL)
        fclose(maps);
    return count;
}

static void answer(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

/* Until a limit is met. */
static void exhaust(char what)
{
    char page[4096] = {0};
    volatile unsigned long turns = 0;

    while (what == 'c')
        turns++;
    while (what == 'm' && malloc(1 << 20) != NULL)
        turns++;
    while (what == 'b' && write(STDOUT_FILENO, page, sizeof page) > 0)
        turns++;
    if (what == 'm')
        _exit(PROCESS_EXIT_MEMORY);
}

static void ask(char what)
{
    char *const none[] = {NULL};
    char byte;

    switch (what) {
    case 'o':
        (void)!open("/dev/null", O_RDONLY);
        break;
    case 's':
        (void)!socket(AF_INET, SOCK_STREAM, 0);
        break;
    case 'u':
        (void)!socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0});
        break;
    case 'e':
        execve("/bin/true", none, none);
        break;
    case 'f':
        if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
            _exit(0);
        break;
    case 'p':
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        break;
    case 'k':
        (void)kill(getppid(), 0);
        break;
    case 'x':
        (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        break;
    case 'w':
        (void)!write(7, "x", 1);
        break;
    case 'r':
        (void)!read(7, &byte, 1);
        break;
    case 'd':
        (void)!unlink("/nowhere/at/all");
        break;
    default: /* what it may */
        free(malloc(1 << 22));
        break;
    }
}

int main(int count, char **texts)
{
    struct confine_limits limits;
    int64_t seconds, memory, output;
    char what[1 + SECRET_SIZE], text[64];

    if (count != 4 || str_int64(texts[1], 0, 3600, &seconds) != 0 ||
        str_int64(texts[2], 0, INT64_MAX, &memory) != 0 ||
        str_int64(texts[3], 0, INT64_MAX, &output) != 0)
        return 1;
    limits = (struct confine_limits){(unsigned)seconds, (size_t)memory, (size_t)output};
    const ssize_t got = read(STDIN_FILENO, what, sizeof what);
    if (got >= 1 && (what[0] == 'i' || what[0] == 'I')) {
        snprintf(text, sizeof text, "%d %d %d", descriptors(), words(), secrets());
        answer(text);
        return 0;
    }
    if (got < 1 || confine(&limits) != 0)
        return PROCESS_EXIT_AWAY;
    exhaust(what[0]);
    ask(what[0]);
    answer("1");
    _exit(0);
}
