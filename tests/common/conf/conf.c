#include "common/conf/conf.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct conf_key http_keys[] = {
    {.section = "http",
     .name = "listen",
     .type = CONF_TEXT,
     .fallback = "127.0.0.1:8080",
     .help = "Address and port."},
    {.section = "http",
     .name = "connections",
     .type = CONF_INTEGER,
     .unit = "connections",
     .fallback = "512",
     .minimum = 1,
     .maximum = 4096,
     .help = "At most so many at once."},
    {.section = "http",
     .name = "head_deadline",
     .type = CONF_DURATION,
     .fallback = "10s",
     .minimum = CLOCK_SECOND,
     .maximum = CLOCK_MINUTE,
     .help = "Time for a request's head."},
};

static const struct conf_key pg_keys[] = {
    {.section = "pg",
     .name = "conninfo",
     .type = CONF_TEXT,
     .secret = true,
     .help = "How to reach PostgreSQL."},
    {.section = "pg",
     .name = "statement_log",
     .type = CONF_BOOL,
     .fallback = "false",
     .help = "Log each statement's name."},
    {.section = "pg",
     .name = "cap",
     .type = CONF_INTEGER,
     .fallback = "-1",
     .minimum = -1,
     .maximum = 9,
     .help = "Connections."},
};

static const struct conf_table http_table = {http_keys, 3};
static const struct conf_table pg_table = {pg_keys, 3};
static const struct conf_table *const tables[] = {&http_table, &pg_table};

struct fixture {
    char path[64];
    struct buffer faults;
    struct conf *conf;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.path, "/tmp/emnebank-conf-XXXXXX");
    int file = mkstemp(fixture.path);
    if (file < 0)
        return -1;
    close(file);
    buffer_init(&fixture.faults, 100000);
    fixture.conf = NULL;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    conf_destroy(&fixture->conf);
    buffer_deinit(&fixture->faults);
    return unlink(fixture->path);
}

static int load_bytes(struct fixture *fixture, const char *bytes, size_t length)
{
    FILE *file = fopen(fixture->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    conf_destroy(&fixture->conf);
    buffer_clear(&fixture->faults);
    return conf_load(fixture->path, tables, 2, &fixture->conf, &fixture->faults);
}

static int load(struct fixture *fixture, const char *text)
{
    return load_bytes(fixture, text, strlen(text));
}

static void assert_loads(struct fixture *fixture, const char *text)
{
    if (load(fixture, text))
        fail_msg("%s", fixture->faults.data);
    assert_string_equal(fixture->faults.data, "");
}

/* The faults with the file's own name taken out. */
static void assert_faults(struct fixture *fixture, const char *text, const char *expected)
{
    struct buffer plain;
    const char *at;

    assert_int_equal(load(fixture, text), ERROR_INVALID);
    assert_null(fixture->conf);
    buffer_init(&plain, 100000);
    for (at = fixture->faults.data; *at; at += strcspn(at, "\n") + 1) {
        size_t prefix = strlen(fixture->path);
        assert_int_equal(strncmp(at, fixture->path, prefix), 0);
        buffer_append(&plain, at + prefix, strcspn(at, "\n") + 1 - prefix);
    }
    assert_string_equal(plain.data, expected);
    buffer_deinit(&plain);
}

static void reads_values_by_their_type(void **state)
{
    struct fixture *fixture = *state;

    assert_loads(fixture, "# emnebank\n; more\n\n[http]\nlisten = [::1]:443 ; comment\r\n"
                          "connections=7\nhead_deadline : 1m\n[pg]\n"
                          "conninfo = host=a,b user=emnebank_front\nstatement_log = true\n");
    assert_string_equal(conf_text(fixture->conf, "http", "listen"), "[::1]:443");
    assert_int_equal(conf_integer(fixture->conf, "http", "connections"), 7);
    assert_int_equal(conf_duration(fixture->conf, "http", "head_deadline"), CLOCK_MINUTE);
    assert_string_equal(conf_text(fixture->conf, "pg", "conninfo"), "host=a,b user=emnebank_front");
    assert_true(conf_bool(fixture->conf, "pg", "statement_log"));
    assert_int_equal(conf_integer(fixture->conf, "pg", "cap"), -1);
}

static void falls_back_where_nothing_stands(void **state)
{
    static const struct conf_table *const http_only[] = {&http_table};
    struct fixture *fixture = *state;

    assert_int_equal(conf_load(NULL, http_only, 1, &fixture->conf, &fixture->faults), 0);
    assert_string_equal(conf_text(fixture->conf, "http", "listen"), "127.0.0.1:8080");
    assert_int_equal(conf_integer(fixture->conf, "http", "connections"), 512);
    assert_int_equal(conf_duration(fixture->conf, "http", "head_deadline"), 10 * CLOCK_SECOND);
    conf_destroy(&fixture->conf);
    assert_int_equal(conf_load(NULL, tables, 2, &fixture->conf, &fixture->faults), ERROR_INVALID);
    assert_string_equal(fixture->faults.data,
                        "(no file): [pg] conninfo is missing: How to reach PostgreSQL.\n");
}

static void names_every_fault_with_its_line(void **state)
{
    assert_faults(*state,
                  "[http]\n"
                  "connections = 0\n"
                  "head_deadline = 10\n"
                  "lissten = x\n"
                  "what is this\n"
                  "[pg\n"
                  "this = is not judged\n"
                  "[pg]\n"
                  "statement_log = yes\n"
                  "statement_log = true\n"
                  "listen = y\n"
                  "[nowhere]\n"
                  "x = 1\n"
                  "and this\n",
                  ":5: neither [section] nor name = value\n"
                  ":6: neither [section] nor name = value\n"
                  ":14: neither [section] nor name = value\n"
                  ":2: [http] connections: must be a whole number from 1 to 4096, in connections\n"
                  ":3: [http] head_deadline: must be a duration such as 20s, 5m, 2h or 1d, from 1s "
                  "to 1m\n"
                  ":4: unknown key lissten in [http]; known there: listen, connections, "
                  "head_deadline\n"
                  ":9: [pg] statement_log: must be true or false\n"
                  ":10: [pg] statement_log: stands on line 9 already; give it once\n"
                  ":11: unknown key listen in [pg]; there is one in [http]\n"
                  ":13: unknown key x in [nowhere]\n"
                  ": [pg] conninfo is missing: How to reach PostgreSQL.\n");
}

static void refuses_values_out_of_their_range(void **state)
{
    static const char *const bad[] = {
        "connections = 4097",
        "connections = -1",
        "connections = 1e3",
        "connections = ",
        "connections = 0x10",
        "head_deadline = 61s",
        "head_deadline = 1h",
        "head_deadline = s",
        "head_deadline = 1 m",
        "head_deadline = -1s",
        "head_deadline = 999ms",
        "head_deadline = 99999999999999999999s",
        "head_deadline = 9223372036854775807d",
        "head_deadline = 1060202062678488d", /* 1.6 s, had it wrapped */
    };
    char text[200];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "[pg]\nconninfo = x\n[http]\n%s\n", bad[i]);
        if (load(*state, text) != ERROR_INVALID)
            fail_msg("accepted %s", bad[i]);
    }
    assert_loads(*state, "[pg]\nconninfo=x\n[http]\nhead_deadline=1000ms\nconnections=4096\n");
}

static void never_repeats_a_value(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(load(fixture, "[pg]\nconninfo = hemmelig1\nconninfo = hemmelig2\n"
                                   "statement_log = hemmelig3\nhemmelig4\n"),
                     ERROR_INVALID);
    assert_null(strstr(fixture->faults.data, "hemmelig"));
    assert_faults(fixture, "[pg]\nconninfo =\n",
                  ":2: [pg] conninfo: must be text that is not empty\n");
}

static void names_a_line_that_is_too_long(void **state)
{
    struct fixture *fixture = *state;
    char text[400];

    snprintf(text, sizeof text, "[pg]\nconninfo = %0187d\n", 0);
    assert_loads(fixture, text);
    assert_int_equal(strlen(conf_text(fixture->conf, "pg", "conninfo")), 187);
    snprintf(text, sizeof text, "[pg]\nstatement_log = true\nconninfo = %0188d\n[http]\nx=1\n", 0);
    assert_faults(fixture, text,
                  ":3: 199 bytes long; a line has at most 198\n"
                  ":5: unknown key x in [http]; known there: listen, connections, head_deadline\n"
                  ": [pg] conninfo is missing: How to reach PostgreSQL.\n");
}

static void refuses_what_is_no_text(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(load_bytes(fixture, "[pg]\nconninfo=\0x\n", 17), ERROR_INVALID);
    assert_non_null(strstr(fixture->faults.data, "UTF-8 without NUL"));
    assert_int_equal(load(fixture, "[pg]\nconninfo=\xE6\n"), ERROR_INVALID);
    assert_non_null(strstr(fixture->faults.data, "UTF-8 without NUL"));
    assert_int_equal(conf_load("/nonexistent/x", tables, 2, &fixture->conf, &fixture->faults),
                     ERROR_INVALID);
    assert_non_null(strstr(fixture->faults.data, "/nonexistent/x: No such file"));
    assert_int_equal(conf_load("/tmp", tables, 2, &fixture->conf, &fixture->faults), ERROR_INVALID);
    assert_non_null(strstr(fixture->faults.data, "/tmp: Is a directory"));
}

static void sample_is_a_file_that_loads(void **state)
{
    struct fixture *fixture = *state;
    struct buffer sample;

    buffer_init(&sample, 100000);
    conf_sample(tables, 2, &sample);
    assert_non_null(strstr(sample.data, "[http]\n\n# Address and port.\n# text\n"
                                        "# listen = 127.0.0.1:8080\n"));
    assert_non_null(strstr(sample.data, "\n# head_deadline = 10s\n"));
    assert_non_null(
        strstr(sample.data, "# text that is not empty; secret; required\nconninfo =\n"));
    /* All that it lacks is what is required. */
    assert_int_equal(load(fixture, sample.data), ERROR_INVALID);
    assert_non_null(
        strstr(fixture->faults.data, "[pg] conninfo: must be text that is not empty\n"));
    assert_ptr_equal(strchr(fixture->faults.data, '\n'),
                     fixture->faults.data + fixture->faults.length - 1);

    /* And with every default uncommented it is still right. */
    for (char *at = sample.data; (at = strstr(at, "\n# ")); at++)
        if (strcspn(at + 3, " =") + 1 == strcspn(at + 3, "=") && strchr(at + 3, '='))
            memcpy(at, "\n  ", 3);
    char *required = strstr(sample.data, "conninfo =");
    memcpy(required, "conninfo=x", 10);
    char *unindented = sample.data; /* inih takes an indented line for a continuation */
    for (char *at = sample.data; *at; at++)
        if (!(*at == ' ' && unindented > sample.data && unindented[-1] == '\n'))
            *unindented++ = *at;
    *unindented = '\0';
    assert_null(strstr(sample.data, "# listen"));
    assert_loads(fixture, sample.data);
    buffer_deinit(&sample);
}

#define TEST(function_) cmocka_unit_test_setup_teardown(function_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_values_by_their_type),      TEST(falls_back_where_nothing_stands),
        TEST(names_every_fault_with_its_line), TEST(refuses_values_out_of_their_range),
        TEST(never_repeats_a_value),           TEST(names_a_line_that_is_too_long),
        TEST(refuses_what_is_no_text),         TEST(sample_is_a_file_that_loads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
