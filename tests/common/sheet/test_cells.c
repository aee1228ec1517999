#include "common/sheet/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_create(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static enum cells_outcome read_text(const char *text, struct cells *cells)
{
    return cells_read(arena, ';', text, strlen(text), true, cells);
}

static void cells_stand_between_semicolons(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        const char *cells[4];
    } table[] = {
        {"a;b;c\r\n", 3, {"a", "b", "c"}},
        {"a;b;c\n", 3, {"a", "b", "c"}},
        {"a;b;c", 3, {"a", "b", "c"}},
        {";;\r\n", 3, {"", "", ""}},
        {"a;\n", 2, {"a", ""}},
        {"\"a;b\";c\n", 2, {"a;b", "c"}},
        {"\"a \"\"b\"\" c\";d\n", 2, {"a \"b\" c", "d"}},
        {"\"\";x\n", 2, {"", "x"}},
        {" a ; b\n", 2, {"a", "b"}},
        {"\" a \";b\n", 2, {" a ", "b"}},
        {"a,b;c\n", 2, {"a,b", "c"}},
        {"æ;ø;å\n", 3, {"æ", "ø", "å"}},
        {"\n", 0, {0}},
        {" \t\r\n", 0, {0}},
        {"", 0, {0}},
    };
    struct cells cells;
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(read_text(table[i].text, &cells), CELLS_RECORD);
        if (cells.count != table[i].count)
            fail_msg("row %zu of the table has %zu cells", i, cells.count);
        for (size_t j = 0; j < cells.count; j++)
            assert_string_equal(cells.texts[j], table[i].cells[j]);
        assert_int_equal(cells.lines, 1);
        assert_int_equal(cells.bytes, strlen(table[i].text));
    }
}

static void a_cell_in_quotes_may_hold_lines(void **state)
{
    static const char text[] = "\"one\r\ntwo\";x\r\nnext;row\r\n";
    struct cells cells;
    (void)state;

    assert_int_equal(read_text(text, &cells), CELLS_RECORD);
    assert_int_equal(cells.lines, 2);
    assert_string_equal(cells.texts[0], "one\ntwo");
    assert_int_equal(read_text(text + cells.bytes, &cells), CELLS_RECORD);
    assert_string_equal(cells.texts[0], "next");
}

static void a_forgotten_quote_costs_one_line(void **state)
{
    static const char *const table[] = {
        "\"a;b\nc;d\ne;f\n", "a;\"b\nc;d\n", "a\"b;c\nd;e\n", "\"a\"b;c\nd;e\n", "\"",
    };
    struct cells cells;
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const size_t line = strcspn(table[i], "\n");
        assert_int_equal(read_text(table[i], &cells), CELLS_QUOTES);
        assert_int_equal(cells.lines, 1);
        assert_int_equal(cells.bytes, line + (table[i][line] == '\n'));
    }
}

static void more_is_asked_for_only_while_there_may_be_more(void **state)
{
    struct cells cells;
    (void)state;

    assert_int_equal(cells_read(arena, ';', "a;b", 3, false, &cells), CELLS_MORE);
    assert_int_equal(cells_read(arena, ';', "", 0, false, &cells), CELLS_MORE);
    assert_int_equal(cells_read(arena, ';', "\"a\nb", 4, false, &cells), CELLS_MORE);
    assert_int_equal(cells_read(arena, ';', "a;b\n", 4, false, &cells), CELLS_RECORD);
}

static void what_is_not_utf8_is_said(void **state)
{
    struct cells cells;
    (void)state;

    assert_int_equal(read_text("S\xf8ren;b\nc\n", &cells), CELLS_ENCODING);
    assert_int_equal(cells.bytes, 8);
    assert_int_equal(cells_read(arena, ';', "a\0b;c\n", 6, true, &cells), CELLS_ENCODING);
}

static void caps_hold(void **state)
{
    char *text = malloc(3 * CELLS_RECORD_CAP);
    struct cells cells;
    (void)state;

    memset(text, ';', CELLS_COLUMNS_CAP);
    strcpy(text + CELLS_COLUMNS_CAP, "\n");
    assert_int_equal(read_text(text, &cells), CELLS_COLUMNS);
    strcpy(text + CELLS_COLUMNS_CAP - 1, "\n");
    assert_int_equal(read_text(text, &cells), CELLS_RECORD);
    assert_int_equal(cells.count, CELLS_COLUMNS_CAP);

    memset(text, 'x', 3 * CELLS_RECORD_CAP);
    assert_int_equal(cells_read(arena, ';', text, 3 * CELLS_RECORD_CAP, false, &cells), CELLS_LONG);
    assert_int_equal(cells.bytes, 3 * CELLS_RECORD_CAP);
    text[0] = '"';
    text[9] = '\n';
    assert_int_equal(cells_read(arena, ';', text, 3 * CELLS_RECORD_CAP, false, &cells), CELLS_LONG);
    assert_int_equal(cells.bytes, 10);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cells_stand_between_semicolons, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cell_in_quotes_may_hold_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forgotten_quote_costs_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_is_asked_for_only_while_there_may_be_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_utf8_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(caps_hold, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
