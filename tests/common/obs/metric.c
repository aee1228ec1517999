#include "common/obs/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct metric requests = METRIC_COUNTER("emnebank_requests_total", "Requests answered.");
static struct metric waiting = METRIC_GAUGE("emnebank_waiting", "Back\\slash and\nnew line.");

static void *count(void *argument)
{
    for (int i = 0; i < 10000; i++)
        metric_add(argument, 1);
    return NULL;
}

static void loses_no_count(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, &requests), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    metric_set(&waiting, -7);
}

static void writes_prometheus_text(void **state)
{
    struct metric *const metrics[] = {&requests, &waiting};
    struct buffer text;

    (void)state;
    buffer_init(&text, 10000);
    metric_write(metrics, 2, &text);
    assert_string_equal(text.data, "# HELP emnebank_requests_total Requests answered.\n"
                                   "# TYPE emnebank_requests_total counter\n"
                                   "emnebank_requests_total 40000\n"
                                   "# HELP emnebank_waiting Back\\\\slash and\\nnew line.\n"
                                   "# TYPE emnebank_waiting gauge\n"
                                   "emnebank_waiting -7\n");
    buffer_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_no_count),
        cmocka_unit_test(writes_prometheus_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
