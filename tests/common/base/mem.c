#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void gives_memory(void **state)
{
    char *zeroed = mem_array(100, 3);

    (void)state;
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(zeroed[i], 0);
    zeroed[0] = 'a';
    zeroed = mem_resize(zeroed, 1000, 5);
    assert_int_equal(zeroed[0], 'a');
    mem_wipe_free(zeroed, 5000);
    mem_wipe_free(NULL, 10);
    mem_free(NULL);

    void *nothing = mem_alloc(0);
    assert_non_null(nothing);
    mem_free(nothing);
    nothing = mem_zalloc(0);
    assert_non_null(nothing);
    mem_free(nothing);
}

/* Small arrays stay ordinary, large ones move: what was in them does not change. */
static void settles_arrays(void **state)
{
    static const size_t counts[] = {0, 1, 1000, 3000001};

    (void)state;
    for (size_t c = 0; c < 4; c++) {
        uint32_t *array = mem_array(counts[c] + 5, sizeof *array);
        for (size_t i = 0; i < counts[c]; i++)
            array[i] = (uint32_t)i;
        array = mem_settle(array, counts[c], sizeof *array);
        for (size_t i = 0; i < counts[c]; i += 999)
            assert_int_equal(array[i], i);
        mem_free(array);
    }
}

static void copies_texts(void **state)
{
    static const char unterminated[3] = {'a', 'b', 'c'};
    char *copy = mem_strdup("kloak");

    (void)state;
    assert_string_equal(copy, "kloak");
    mem_free(copy);
    copy = mem_strndup(unterminated, 3);
    assert_string_equal(copy, "abc");
    mem_free(copy);
    copy = mem_strndup("ab", 100);
    assert_string_equal(copy, "ab");
    mem_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_memory),
        cmocka_unit_test(settles_arrays),
        cmocka_unit_test(copies_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
