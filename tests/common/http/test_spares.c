/* Memory that answers stand in: handed over, given back, and counted to the last. */
#include "common/http/spares.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define CAP ((size_t)1 << 20)

static void write_body(struct buffer *buffer, size_t length)
{
    char *room = buffer_room(buffer, length);
    assert_non_null(room);
    memset(room, 'x', length);
    buffer_wrote(buffer, length);
}

static void bytes_are_handed_over_and_come_back(void **state)
{
    struct spares *spares = spares_create();
    struct evbuffer *output = evbuffer_new();
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, CAP);
    write_body(&buffer, 5000);
    const char *bytes = buffer.data;
    spares_send(spares, &buffer, output);
    assert_int_equal(evbuffer_get_length(output), 5000);
    assert_ptr_equal(evbuffer_pullup(output, -1), bytes);
    assert_ptr_not_equal(buffer.data, bytes);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(buffer.cap, CAP);
    evbuffer_drain(output, 5000);

    write_body(&buffer, 10);
    spares_send(spares, &buffer, output);
    assert_ptr_equal(buffer.data, bytes); /* with its room */
    assert_true(buffer.allocated >= 5000);
    assert_string_equal(buffer.data, "");
    buffer_deinit(&buffer);
    evbuffer_free(output);
    spares_destroy(&spares);
    assert_null(spares);
}

static void a_cap_holds_in_larger_memory(void **state)
{
    struct spares *spares = spares_create();
    struct evbuffer *output = evbuffer_new();
    struct buffer large;
    struct buffer small;
    (void)state;
    buffer_init(&large, CAP);
    write_body(&large, 5000);
    spares_send(spares, &large, output);
    evbuffer_drain(output, 5000);
    buffer_init(&small, 100);
    write_body(&small, 100);
    spares_send(spares, &small, output);
    assert_null(buffer_room(&small, 101));
    assert_true(buffer_full(&small));
    buffer_clear(&small);
    write_body(&small, 100);
    buffer_deinit(&small);
    buffer_deinit(&large);
    evbuffer_free(output);
    spares_destroy(&spares);
}

/* More than are kept, and one that is too large to keep: the sanitizer counts. */
static void none_is_lost_whoever_goes_first(void **state)
{
    (void)state;
    for (int server_first = 0; server_first < 2; server_first++) {
        struct spares *spares = spares_create();
        struct evbuffer *output = evbuffer_new();
        struct buffer buffer;
        buffer_init(&buffer, CAP);
        for (int i = 0; i < 20; i++) {
            write_body(&buffer, i == 7 ? CAP / 2 : 1000);
            spares_send(spares, &buffer, output);
        }
        evbuffer_drain(output, 3500);
        buffer_deinit(&buffer);
        if (server_first)
            spares_destroy(&spares);
        evbuffer_free(output);
        spares_destroy(&spares);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_handed_over_and_come_back),
        cmocka_unit_test(a_cap_holds_in_larger_memory),
        cmocka_unit_test(none_is_lost_whoever_goes_first),
    };
    return cmocka_run_group_tests_name("common/http spares", tests, NULL, NULL);
}
