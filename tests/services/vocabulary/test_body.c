/* What the team may call a word: it goes into lists with a line and columns for each. */
#include "services/vocabulary/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The pointer of the one fault of a new competence with these; "" when there is none. */
static const char *fault(const char *label, const char *field, const char *synonym)
{
    static char pointer[64];
    struct json_check check;
    json_t *body = json_pack("{s:s, s:s, s:s, s:[s]}", "key", "pile-gnawing", "label", label,
                             "field", field, "synonyms", synonym);
    struct arena *arena = arena_create(0);

    assert_non_null(body);
    json_check_init(&check, arena);
    word_body_check(&check, body, WORD_COMPETENCE_NEW);
    assert_true(check.count <= 1);
    snprintf(pointer, sizeof pointer, "%s", check.count > 0 ? check.errors[0].pointer : "");
    json_decref(body);
    arena_destroy(&arena);
    return pointer;
}

static void a_word_stands_on_one_line(void **state)
{
    static const char *const breaks[] = {"pæle\tgnav", "pæle\ngnav", "pæle\rgnav", "pæle\x7fgnav"};
    (void)state;
    assert_string_equal(fault("Pælegnavning", "Fundering", "snorkelgnavning"), "");
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        assert_string_equal(fault(breaks[i], "Fundering", "gnav"), "/label");
        assert_string_equal(fault("Pælegnavning", breaks[i], "gnav"), "/field");
        assert_string_equal(fault("Pælegnavning", "Fundering", breaks[i]), "/synonyms/0");
    }
    assert_string_equal(fault("Pælegnavning", "Fundering", "gnav\x1b"), "/synonyms/0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_word_stands_on_one_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
