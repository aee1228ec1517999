#include "services/deliver/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct conf_key daemon_key = {.section = "daemon",
                                           .name = "environment",
                                           .type = CONF_TEXT,
                                           .fallback = "production",
                                           .help = "As services/daemon has it."};
static const struct conf_table daemon_conf = {&daemon_key, 1};

static int check(const char *text, struct error_detail *detail)
{
    static const struct conf_table *const tables[] = {&daemon_conf, &deliver_conf};
    char path[] = "/tmp/emnebank-conf.XXXXXX";
    struct conf *conf = NULL;
    struct buffer faults;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    buffer_init(&faults, 4096);
    int loaded = conf_load(path, tables, 2, &conf, &faults);
    unlink(path);
    if (loaded != 0)
        fail_msg("%s", faults.data);
    int error = deliver_check(conf, detail);
    conf_destroy(&conf);
    buffer_deinit(&faults);
    return error;
}

static void test_production_refuses_loopback(void **state)
{
    (void)state;
    struct error_detail detail = {0};
    assert_int_equal(check("", &detail), 0);
    assert_int_equal(check("[deliver]\nallow_loopback = true\n", &detail), ERROR_INVALID);
    assert_non_null(strstr(detail.public_text, "allow_loopback"));
    assert_int_equal(
        check("[daemon]\nenvironment = demo\n[deliver]\nallow_loopback = true\n", &detail), 0);
    assert_int_equal(
        check("[daemon]\nenvironment = test\n[deliver]\nallow_loopback = true\n", &detail), 0);
}

/* C4: whoever holds a lease is done, or has given up, before another may take it. */
static void test_lease_outlasts_deadline(void **state)
{
    (void)state;
    struct error_detail detail = {0};
    assert_int_equal(check("[deliver]\nlease = 30s\ndeadline = 20s\n", &detail), 0);
    assert_int_equal(check("[deliver]\nlease = 29s\ndeadline = 20s\n", &detail), ERROR_INVALID);
    assert_non_null(strstr(detail.public_text, "lease"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_production_refuses_loopback),
        cmocka_unit_test(test_lease_outlasts_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
