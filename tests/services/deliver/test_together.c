/* Ends that are told together (0035): each is fenced by its own token, and what means more than its
 * delivery is not ended so. */
#include "common/base/arena.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOBODYS "00000000-0000-4000-8000-000000000000"

/* Claims what is due into the table `taken`; the ends' answers follow its order. */
static void claim(struct scene *scene)
{
    scene_sql(scene, "DROP TABLE IF EXISTS taken");
    scene_sql(scene,
              "CREATE TABLE taken AS SELECT row_number() OVER (ORDER BY delivery_id) AS number,"
              " delivery_id, token FROM delivery_claim(10, 10, 10, '30 s')");
}

static const char *finish(struct scene *scene)
{
    return scene_sql(
        scene,
        "SELECT delivery_finish_delivered(array_agg(delivery_id ORDER BY number),"
        " array_agg(token ORDER BY number), array_agg('answered'::text),"
        " array_agg(200 + number::int ORDER BY number), array_agg(77), array_agg('taget'::text),"
        " array_agg(4711::bigint), array_agg('nogle'::text)) FROM taken");
}

static void test_each_by_its_token(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    for (int i = 0; i < 3; i++)
        scene_put(scene, "entry.changed", SCENE_TEAM);
    claim(scene);
    scene_sql(scene, "UPDATE taken SET token = '" NOBODYS "' WHERE number = 2");
    assert_string_equal(finish(scene), "{t,f,t}");
    assert_string_equal(
        scene_sql(
            scene,
            "SELECT string_agg(concat_ws(' ', d.state, d.lease_token IS NULL, d.lease_until IS"
            " NULL, d.finished_at IS NOT NULL, a.finished_at IS NOT NULL, a.status,"
            " a.class, a.bytes, a.excerpt, a.duration_us, a.signed_by), '; ' ORDER BY"
            " d.id) FROM delivery d JOIN delivery_attempt a ON a.delivery_id = d.id"),
        "delivered t t t t 201 answered 77 taget 4711 nogle; leased f f f f; "
        "delivered t t t t 203 answered 77 taget 4711 nogle");
    assert_string_equal(finish(scene), "{f,f,f}"); /* once */
}

/* An earlier attempt keeps what became of it. */
static void test_the_last_attempt_alone(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    scene_put(scene, "entry.changed", SCENE_TEAM);
    scene_sql(scene, "SELECT delivery_claim(10, 10, 10, '30 s')");
    scene_sql(scene, "SELECT delivery_finish(id, lease_token, 'retry', 'x', 0, 0, 'timeout', 0, 5,"
                     " NULL, 'x') FROM delivery");
    scene_sql(scene, "UPDATE delivery SET next_at = now()");
    claim(scene);
    assert_string_equal(finish(scene), "{t}");
    assert_string_equal(scene_sql(scene, "SELECT string_agg(class, ' ' ORDER BY number) FROM"
                                         " delivery_attempt"),
                        "timeout answered");
}

/* What has come to another end meanwhile keeps it. */
static void test_what_has_ended_is_left_alone(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    scene_put(scene, "entry.changed", SCENE_TEAM);
    claim(scene);
    scene_sql(scene, "UPDATE delivery SET state = 'dead'");
    assert_string_equal(finish(scene), "{f}");
    assert_string_equal(scene_sql(scene, "SELECT state FROM delivery"), "dead");
}

static void test_success_closes_the_breaker(void **state)
{
    static const char *const since[] = {"now()", "NULL"};
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    for (size_t i = 0; i < sizeof since / sizeof *since; i++) {
        scene_put(scene, "entry.changed", SCENE_TEAM);
        claim(scene);
        scene_sql(scene,
                  "UPDATE endpoint SET breaker = 'half_open', failing_since = %s WHERE id = '%s'",
                  since[i], endpoint);
        assert_string_equal(finish(scene), "{t}");
        assert_string_equal(scene_sql(scene,
                                      "SELECT concat_ws(' ', breaker, failing_since IS NULL)"
                                      " FROM endpoint WHERE id = '%s'",
                                      endpoint),
                            "closed t");
    }
}

/* A CV's arrival is written to its home's chain, a recall's and a challenge's mean more, too: by
 * delivery_finish. */
static void test_what_means_more(void **state)
{
    static const char *const kinds[] = {"cv.released", "cv.recalled", "endpoint.verify"};
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released,cv.recalled}");
    scene_send(scene, scene_release(scene));
    claim(scene);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        scene_sql(scene, "UPDATE delivery SET kind = '%s'", kinds[i]);
        assert_string_equal(finish(scene), "{f}");
        assert_string_equal(scene_sql(scene, "SELECT state FROM delivery"), "leased");
    }
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_each_by_its_token),
        SCENE(test_the_last_attempt_alone),
        SCENE(test_what_has_ended_is_left_alone),
        SCENE(test_success_closes_the_breaker),
        SCENE(test_what_means_more),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
