/* What stands on stderr is read back as JSON. */
#include "common/obs/log.h"

#include "common/base/clock.h"
#include "common/json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    FILE *file;
    int stderr_copy;
} capture;

static void begin_capture(void)
{
    capture.file = tmpfile();
    capture.stderr_copy = dup(STDERR_FILENO);
    fcntl(fileno(capture.file), F_SETFL, O_APPEND);
    dup2(fileno(capture.file), STDERR_FILENO);
}

/* The lines as JSON values; checks that each line is one. */
static json_t *end_capture(void)
{
    char line[10000];
    json_t *lines = json_array();

    dup2(capture.stderr_copy, STDERR_FILENO);
    close(capture.stderr_copy);
    rewind(capture.file);
    while (fgets(line, sizeof line, capture.file)) {
        struct json_fault fault;
        json_t *value;
        size_t length = strlen(line);
        assert_true(length <= 4096 && line[length - 1] == '\n');
        if (json_read(line, length, &value, &fault))
            fail_msg("%s: %s", fault.text, line);
        json_array_append_new(lines, value);
    }
    fclose(capture.file);
    return lines;
}

static const char *text_of(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static void writes_one_json_line(void **state)
{
    (void)state;
    clock_fake(INT64_C(1795326670123000));
    begin_capture();
    errno = EBUSY;
    log_event(LOG_INFO, "http.listening", LOG_TEXT("address", "[::1]:8080"), LOG_INT("threads", 4));
    assert_int_equal(errno, EBUSY);
    log_event(LOG_ERROR, "pg.lost");
    json_t *lines = end_capture();
    clock_real();

    assert_int_equal(json_array_size(lines), 2);
    const json_t *line = json_array_get(lines, 0);
    assert_string_equal(text_of(line, "time"), "2026-11-22T05:51:10.123Z");
    assert_string_equal(text_of(line, "level"), "info");
    assert_string_equal(text_of(line, "event"), "http.listening");
    assert_string_equal(text_of(line, "address"), "[::1]:8080");
    assert_int_equal(json_integer_value(json_object_get(line, "threads")), 4);
    line = json_array_get(lines, 1);
    assert_string_equal(text_of(line, "level"), "error");
    assert_int_equal(json_object_size(line), 3);
    json_decref(lines);
}

static void cannot_be_broken_by_a_value(void **state)
{
    static const char nasty[] = "a\"b\\c\r\n{\"level\":\"error\"}\x01\xFF\xC3";

    (void)state;
    begin_capture();
    log_event(LOG_WARNING, "x", LOG_TEXT("id", nasty), LOG_TEXT("none", NULL));
    json_t *lines = end_capture();

    assert_int_equal(json_array_size(lines), 1);
    const json_t *line = json_array_get(lines, 0);
    assert_string_equal(text_of(line, "level"), "warning");
    assert_string_equal(text_of(line, "id"),
                        "a\"b\\c\r\n{\"level\":\"error\"}\x01\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_true(json_is_null(json_object_get(line, "none")));
    json_decref(lines);
}

static void replaces_a_line_that_is_too_long(void **state)
{
    char large[5000];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    begin_capture();
    log_event(LOG_INFO, "big", LOG_TEXT("text", large));
    json_t *lines = end_capture();

    const json_t *line = json_array_get(lines, 0);
    assert_string_equal(text_of(line, "event"), "big");
    assert_true(json_is_true(json_object_get(line, "truncated")));
    json_decref(lines);
}

static void holds_back_what_is_below_the_level(void **state)
{
    (void)state;
    begin_capture();
    log_event(LOG_DEBUG, "hidden");
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "shown");
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "hidden");
    log_set_level(LOG_INFO);
    json_t *lines = end_capture();

    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(text_of(json_array_get(lines, 0), "event"), "shown");
    json_decref(lines);
}

static void *write_many(void *argument)
{
    for (int i = 0; i < 500; i++)
        log_event(LOG_INFO, "line", LOG_TEXT("thread", argument), LOG_INT("number", i));
    return NULL;
}

static void lines_of_threads_never_mix(void **state)
{
    static char names[4][8] = {"one", "two", "three", "four"};
    pthread_t threads[4];

    (void)state;
    begin_capture();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, names[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    json_t *lines = end_capture(); /* asserts that each is whole */

    assert_int_equal(json_array_size(lines), 2000);
    json_decref(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_json_line),
        cmocka_unit_test(cannot_be_broken_by_a_value),
        cmocka_unit_test(replaces_a_line_that_is_too_long),
        cmocka_unit_test(holds_back_what_is_below_the_level),
        cmocka_unit_test(lines_of_threads_never_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
