#include "common/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void gives_zeroed_memory_on_sixteen_bytes(void **state)
{
    struct arena *arena = arena_create(0);

    (void)state;
    for (size_t size = 1; size < 5000; size += 37) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xAA, size);
    }
    arena_destroy(&arena);
    assert_null(arena);
    arena_destroy(&arena);
}

static void reset_gives_the_memory_again_zeroed(void **state)
{
    struct arena *arena = arena_create(1024);

    (void)state;
    for (int round = 0; round < 100; round++) {
        unsigned char *memory = arena_alloc(arena, 1000);
        assert_int_equal(memory[0] | memory[999], 0);
        memset(memory, 0xAA, 1000);
        assert_true(arena_used(arena) >= 1000);
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_destroy(&arena);
}

static void copies_texts(void **state)
{
    struct arena *arena = arena_create(0);

    (void)state;
    assert_string_equal(arena_strdup(arena, "stillads"), "stillads");
    assert_string_equal(arena_strndup(arena, "stillads", 5), "still");
    assert_string_equal(arena_strndup(arena, "still", 50), "still");
    assert_string_equal(arena_printf(arena, "%d af %s", 4, "ti"), "4 af ti");

    char *large = arena_printf(arena, "%9000d", 7);
    assert_int_equal(strlen(large), 9000);
    assert_int_equal(large[8999], '7');
    arena_destroy(&arena);
}

static void takes_one_piece_larger_than_any_block(void **state)
{
    struct arena *arena = arena_create(0);

    (void)state;
    char *small = arena_strdup(arena, "x");
    char *large = arena_array(arena, 3, 1000000);
    large[2999999] = 'z';
    assert_string_equal(small, "x");
    arena_destroy(&arena);
}

/* Runs `act` in a child; true when the child aborted. */
static int aborts(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL); /* cmocka catches it otherwise */
        close(STDERR_FILENO);
        act();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void pass_the_cap(void)
{
    struct arena *arena = arena_create(100);

    arena_alloc(arena, 64);
    arena_alloc(arena, 37);
}

static void overflow(void)
{
    struct arena *arena = arena_create(0);

    arena_array(arena, SIZE_MAX / 2, 3);
}

static void reach_the_cap(void)
{
    struct arena *arena = arena_create(100);

    arena_alloc(arena, 64);
    arena_alloc(arena, 36);
    arena_destroy(&arena);
}

static void ends_the_process_beyond_the_cap_only(void **state)
{
    (void)state;
    assert_true(aborts(pass_the_cap));
    assert_true(aborts(overflow));
    assert_false(aborts(reach_the_cap));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory_on_sixteen_bytes),
        cmocka_unit_test(reset_gives_the_memory_again_zeroed),
        cmocka_unit_test(copies_texts),
        cmocka_unit_test(takes_one_piece_larger_than_any_block),
        cmocka_unit_test(ends_the_process_beyond_the_cap_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
