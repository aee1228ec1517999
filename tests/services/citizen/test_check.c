/* What no single key of the configuration can say. */
#include "services/citizen/citizen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct conf_key daemon_key = {.section = "daemon",
                                           .name = "environment",
                                           .type = CONF_TEXT,
                                           .fallback = "production",
                                           .help = "As services/daemon has it."};
static const struct conf_table daemon_conf = {&daemon_key, 1};

static int check(const char *environment, const char *url)
{
    static const struct conf_table *const tables[] = {&daemon_conf, &citizen_conf};
    struct error_detail detail = {0};
    struct conf *conf = NULL;
    struct buffer faults;
    char text[400];

    snprintf(text, sizeof text, "[daemon]\nenvironment = %s\n[citizen]\npublic_url = %s\n",
             environment, url);
    buffer_init(&faults, 4096);
    if (conf_parse("test", text, strlen(text), tables, 2, &conf, &faults) != 0)
        fail_msg("%s", faults.data);
    const int error = citizen_check(conf, &detail);
    assert_int_equal(error != 0, strstr(detail.public_text, "[citizen] public_url") != NULL);
    conf_destroy(&conf);
    buffer_deinit(&faults);
    return error;
}

static void the_address_is_a_host_over_tls(void **state)
{
    static const char *const good[] = {"https://emnebank.example.dk", "https://emnebank.dk:8443",
                                       ""};
    static const char *const bad[] = {"http://emnebank.example.dk",
                                      "emnebank.example.dk",
                                      "https://",
                                      "https://emnebank.example.dk/",
                                      "https://emnebank.dk/svar",
                                      "https://a.dk?x",
                                      "https://bruger@emnebank.dk",
                                      "https://Emnebank.dk",
                                      "ftp://emnebank.dk",
                                      "javascript:alert(1)",
                                      "https://a.dk b"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(check("production", good[i]), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(check("production", bad[i]), ERROR_INVALID);
    assert_int_equal(check("demo", "http://127.0.0.1:8480"), 0);
    assert_int_equal(check("test", "http://127.0.0.1:8480/"), ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_is_a_host_over_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
