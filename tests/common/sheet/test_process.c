/* The helper program has nothing of ours, can do nothing but read, write and think, and dies at its
 * limits. */
#include "common/sheet/process.h"
#include "common/sheet/workbook.h"
#include "tests/common/sheet/secret.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct confine_limits wide = {30, (size_t)1 << 28, 1 << 20};

struct run {
    enum process_end end;
    char text[64]; /* what it wrote */
};

static struct run run_bytes(const char *path, const char *bytes, size_t length,
                            const struct confine_limits *limits, int wall_ms)
{
    int source = memfd_create("source", MFD_CLOEXEC), target = memfd_create("target", MFD_CLOEXEC);
    struct run run = {0};
    pid_t process;

    assert_int_equal(write(source, bytes, length), length);
    assert_int_equal(lseek(source, 0, SEEK_SET), 0);
    assert_int_equal(process_start(path, source, target, limits, &process), 0);
    run.end = process_wait(process, wall_ms);
    assert_true(pread(target, run.text, sizeof run.text - 1, 0) >= 0);
    close(source);
    close(target);
    return run;
}

static struct run run_probe(char what, const struct confine_limits *limits)
{
    return run_bytes(SHEET_PROBE, &what, 1, limits, 60000);
}

static void test_calls_that_are_shut(void **state)
{
    static const char shut[] = "osuefpkxwrd";
    (void)state;

    assert_int_equal(run_probe('.', &wide).end, PROCESS_DONE);
    assert_string_equal(run_probe('.', &wide).text, "1");
    if (CONFINE_LIMITS_ONLY)
        skip();
    for (const char *what = shut; *what != '\0'; what++) {
        const struct run run = run_probe(*what, &wide);
        if (run.end != PROCESS_BROKEN || run.text[0] != '\0')
            fail_msg("'%c' ended as %d and said \"%s\"", *what, (int)run.end, run.text);
    }
}

static void test_limits(void **state)
{
    struct confine_limits limits = wide;
    (void)state;

    limits.seconds = 1;
    assert_int_equal(run_probe('c', &limits).end, PROCESS_TIME);
    assert_int_equal(run_bytes(SHEET_PROBE, "c", 1, &wide, 50).end, PROCESS_LATE);
    limits = wide;
    limits.output = 10000;
    assert_int_equal(run_probe('b', &limits).end, PROCESS_OUTPUT);
    if (CONFINE_LIMITS_ONLY)
        skip(); /* a sanitizer's malloc ends the process itself */
    limits = wide;
    assert_int_equal(run_probe('m', &limits).end, PROCESS_MEMORY);
}

/* No descriptor but the three, no environment, none of this process's memory; and the search for
 * the latter would find it. */
static void test_nothing_of_ours(void **state)
{
    char asked[1 + SECRET_SIZE] = "I";
    char *secret = malloc(SECRET_SIZE);
    int left_open = open("/dev/null", O_RDONLY); /* as a descriptor without O_CLOEXEC would */
    (void)state;

    for (size_t i = 0; i < SECRET_SIZE; i++)
        asked[1 + i] = secret[i] = (char)secret_byte(i);
    assert_true(secret_stands(secret) && left_open > STDERR_FILENO && getenv("PATH") != NULL);
    assert_string_equal(run_probe('i', &wide).text, "3 0 0");
    const struct run told = run_bytes(SHEET_PROBE, asked, sizeof asked, &wide, 60000);
    assert_non_null(strstr(told.text, "3 0 "));
    assert_true(CONFINE_LIMITS_ONLY || strcmp(told.text, "3 0 0") != 0);
    close(left_open);
    free(secret);
}

static void test_a_helper_that_cannot_begin(void **state)
{
    const struct confine_limits none = {0};
    pid_t process;
    (void)state;

    assert_int_equal(process_start("/nowhere/at/all", 0, 1, &wide, &process), ERROR_IO);
    assert_int_equal(run_bytes(NULL, "", 0, &none, 60000).end, PROCESS_AWAY);
}

static bool stands_in(pid_t process, const char *file, const char *line)
{
    char path[64], text[4096] = "";

    snprintf(path, sizeof path, "/proc/%ld/%s", (long)process, file);
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    const size_t got = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[got] = '\0';
    return strstr(text, line) != NULL;
}

/* emnebank-sheet itself: shut in while it still waits for the first byte. */
static void test_the_helper_is_shut_in_before_it_reads(void **state)
{
    const time_t deadline = time(NULL) + 30;
    int ends[2], target = memfd_create("target", MFD_CLOEXEC);
    pid_t process;
    (void)state;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(process_start(NULL, ends[0], target, &workbook_limits.helper, &process), 0);
    close(ends[0]);
    bool shut = false;
    while (!shut && time(NULL) < deadline)
        shut = stands_in(process, "status", "NoNewPrivs:\t1") &&
               (CONFINE_LIMITS_ONLY || stands_in(process, "status", "Seccomp:\t2"));
    assert_true(shut);
    assert_true(stands_in(process, "limits", "Max cpu time              60 "));
    close(ends[1]);
    assert_int_equal(process_wait(process, 60000), PROCESS_DONE); /* nothing is no XLSX, it says */
    assert_int_equal(lseek(target, 0, SEEK_END), 16);
    close(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_that_are_shut),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nothing_of_ours),
        cmocka_unit_test(test_a_helper_that_cannot_begin),
        cmocka_unit_test(test_the_helper_is_shut_in_before_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
