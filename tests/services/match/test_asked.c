/* What a ruleset lets count in place of what an order asks for (RANKING.md, Relations). */
#include "common/base/arena.h"
#include "services/match/asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct arena *arena;
    struct words *words;
};

static int set_up(void **state)
{
    static struct scene scene;
    scene.arena = arena_create((size_t)1 << 20);
    scene.words = words_create(1);
    words_relate(scene.words, ENGINE_COMPETENCE, "formwork", "concrete-pouring", ENGINE_CLOSE);
    words_relate(scene.words, ENGINE_COMPETENCE, "formwork", "carpentry", ENGINE_SHARED_OCCUPATION);
    words_relate(scene.words, ENGINE_OCCUPATION, "7114.8", "7114.9", ENGINE_UNIT);
    words_relate(scene.words, ENGINE_LICENCE, "B", "CE", ENGINE_IMPLIED);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    words_release(&scene->words);
    arena_destroy(&scene->arena);
    return 0;
}

static struct asked ask(struct scene *scene, int ruleset, struct demand_requirement *requirements,
                        size_t count)
{
    static const char *occupations[] = {"7114.8"};
    const struct demand demand = {
        .id = "0192a000-0000-7000-8000-000000000001",
        .minimum = 4,
        .occupations = occupations,
        .occupation_count = 1,
        .requirements = requirements,
        .requirement_count = count,
    };
    struct asked asked;
    assert_int_equal(asked_make(&demand, ruleset, scene->words, scene->arena, &asked), 0);
    return asked;
}

static bool related_to(const struct asked *asked, size_t part, const char *code)
{
    for (size_t i = 0; i < asked->parts[part].related_count; i++) {
        if (strcmp(asked->parts[part].related[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void what_is_asked_for_itself_is_not_related(void **state)
{
    struct demand_requirement requirements[] = {
        {.kind = ENGINE_COMPETENCE, .code = "formwork", .weight = 3},
        {.kind = ENGINE_COMPETENCE, .code = "concrete-pouring", .weight = 3},
    };
    const struct asked alone = ask(*state, 3, requirements, 1);
    assert_true(related_to(&alone, 1, "concrete-pouring"));
    const struct asked both = ask(*state, 3, requirements, 2);
    assert_false(related_to(&both, 1, "concrete-pouring"));
    assert_true(related_to(&both, 1, "carpentry"));
}

static void the_first_rulesets_keep_a_unit_that_is_asked_for(void **state)
{
    struct demand_requirement requirements[] = {
        {.kind = ENGINE_OCCUPATION, .code = "7114.9", .weight = 3},
    };
    const struct asked first = ask(*state, 1, requirements, 1);
    assert_true(related_to(&first, 0, "7114.9"));
    const struct asked newest = ask(*state, 3, requirements, 1);
    assert_false(related_to(&newest, 0, "7114.9"));
}

static void a_licence_that_includes_another_counts_although_asked_for(void **state)
{
    struct demand_requirement requirements[] = {
        {.kind = ENGINE_LICENCE, .code = "B", .weight = 3},
        {.kind = ENGINE_LICENCE, .code = "CE", .weight = 3},
    };
    const struct asked asked = ask(*state, 3, requirements, 2);
    assert_true(related_to(&asked, 1, "CE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_asked_for_itself_is_not_related, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_rulesets_keep_a_unit_that_is_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_licence_that_includes_another_counts_although_asked_for,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
