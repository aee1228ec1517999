#include "common/json/json.h"
#include "services/deliver/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_event(void **state)
{
    (void)state;
    struct buffer bytes;
    buffer_init(&bytes, PAYLOAD_CAP);
    payload_write(&bytes, &(struct payload){.type = "entry.changed",
                                            .timestamp = "2026-11-22T06:00:00.000Z",
                                            .version = 7,
                                            .data = "{\"entry_id\": \"x\"}"});
    assert_string_equal(bytes.data,
                        "{\"type\":\"entry.changed\",\"timestamp\":\"2026-11-22T06:00:00.000Z\","
                        "\"schema_version\":1,\"version\":7,\"data\":{\"entry_id\": \"x\"}}");
    buffer_clear(&bytes);
    payload_write(&bytes, &(struct payload){.type = "a", .timestamp = "b", .data = "{}"});
    assert_string_equal(
        bytes.data,
        "{\"type\":\"a\",\"timestamp\":\"b\",\"schema_version\":1,\"version\":0,\"data\":{}}");
    buffer_deinit(&bytes);
}

/* Name, phone and mail alone; whatever stands in them stays a string. */
static void test_cv(void **state)
{
    (void)state;
    const struct person person = {.name = "Åse \"Æ\" Ø\\\n (fiktiv)",
                                  .phone = "+45 00 00 00 00",
                                  .address = "Hemmelig Vej 1",
                                  .note = "hemmelig note",
                                  .cpr = "0101901234"};
    /* Whatever stands in a text, the person goes where the basics really are. */
    const char *data_text = "{\"cv\": {\"work\": [{\"position\": \"\\\"basics\\\": {\"}], "
                            "\"basics\": {\"label\": \"Struktør\"}}, \"release_id\": \"r\"}";
    struct buffer bytes;
    struct json_fault fault;
    json_t *value = NULL;
    buffer_init(&bytes, PAYLOAD_CAP);
    payload_write(&bytes, &(struct payload){.type = "cv.released",
                                            .timestamp = "2026-11-22T06:00:00.000Z",
                                            .data = data_text,
                                            .person = &person});
    assert_int_equal(json_read(bytes.data, bytes.length, &value, &fault), 0);
    const json_t *data = json_object_get(value, "data");
    const json_t *basics = json_object_get(json_object_get(data, "cv"), "basics");
    assert_string_equal(json_string_value(json_object_get(basics, "name")), person.name);
    assert_string_equal(json_string_value(json_object_get(basics, "phone")), person.phone);
    assert_string_equal(json_string_value(json_object_get(basics, "label")), "Struktør");
    assert_int_equal(json_object_size(basics), 3); /* what is not known is not there */
    assert_string_equal(json_string_value(json_object_get(data, "release_id")), "r");
    assert_null(strstr(bytes.data, "emmelig"));
    assert_null(strstr(bytes.data, "010190"));
    json_decref(value);
    buffer_deinit(&bytes);
}

static void test_cap(void **state)
{
    (void)state;
    static char data[PAYLOAD_CAP + 1];
    struct buffer bytes;
    memset(data, ' ', PAYLOAD_CAP);
    data[0] = '{';
    data[PAYLOAD_CAP - 1] = '}';
    buffer_init(&bytes, PAYLOAD_CAP);
    payload_write(&bytes, &(struct payload){.type = "a", .timestamp = "b", .data = data});
    assert_true(buffer_full(&bytes));
    buffer_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_cv),
        cmocka_unit_test(test_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
