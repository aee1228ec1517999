/* The loop, its timers, its door for other threads, and the worker pool. */
#include "common/base/clock.h"
#include "common/ev/loop.h"
#include "common/ev/worker.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POSTS 1000
#define POSTERS 4

struct scene {
    struct loop *loop;
    struct loop_timer *first;
    struct loop_timer *second;
    struct worker_pool *pool;
    pthread_t owner;
    size_t posted;
    int order;
    int first_at;
    int second_at;
    size_t done;
    atomic_size_t worked;
    pthread_mutex_t gate;
};

static int scene_setup(void **state)
{
    static struct scene scene;
    scene = (struct scene){.owner = pthread_self()};
    pthread_mutex_init(&scene.gate, NULL);
    scene.loop = loop_create();
    *state = &scene;
    return 0;
}

static int scene_teardown(void **state)
{
    struct scene *scene = *state;
    loop_destroy(&scene->loop);
    assert_null(scene->loop);
    pthread_mutex_destroy(&scene->gate);
    return 0;
}

static void count_post(void *argument)
{
    struct scene *scene = argument;
    assert_true(pthread_equal(pthread_self(), scene->owner));
    if (++scene->posted == (size_t)POSTS * POSTERS)
        loop_stop(scene->loop);
}

static void *post_many(void *argument)
{
    struct scene *scene = argument;
    for (int i = 0; i < POSTS; i++)
        loop_post(scene->loop, count_post, scene);
    return NULL;
}

static void posts_from_other_threads_all_run_on_the_loop(void **state)
{
    struct scene *scene = *state;
    pthread_t threads[POSTERS];
    for (int i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, scene), 0);
    loop_run(scene->loop);
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(scene->posted, POSTS * POSTERS);
}

static void a_stop_before_run_is_not_lost(void **state)
{
    struct scene *scene = *state;
    loop_stop(scene->loop);
    loop_post(scene->loop, count_post, scene);
    loop_run(scene->loop);
    assert_int_equal(scene->posted, 0);
}

static void first_fired(void *argument)
{
    struct scene *scene = argument;
    scene->first_at = ++scene->order;
    loop_timer_destroy(&scene->first); /* a timer may destroy itself */
}

static void second_fired(void *argument)
{
    struct scene *scene = argument;
    scene->second_at = ++scene->order;
    if (scene->second_at < 3)
        loop_timer_arm(scene->second, CLOCK_MILLISECOND);
    else
        loop_stop(scene->loop);
}

static void never(void *argument)
{
    (void)argument;
    fail_msg("a disarmed timer fired");
}

static void timers_fire_in_order_and_once_per_arming(void **state)
{
    struct scene *scene = *state;
    struct loop_timer *disarmed = loop_timer_create(scene->loop, never, scene);
    scene->first = loop_timer_create(scene->loop, first_fired, scene);
    scene->second = loop_timer_create(scene->loop, second_fired, scene);
    /* So long that the next line runs before it is due, however busy the machine. */
    loop_timer_arm(scene->second, 500 * CLOCK_MILLISECOND);
    loop_timer_arm(scene->first, CLOCK_MILLISECOND);
    loop_timer_arm(disarmed, CLOCK_MILLISECOND);
    loop_timer_disarm(disarmed);
    loop_run(scene->loop);
    assert_int_equal(scene->first_at, 1);
    assert_int_equal(scene->second_at, 3);
    assert_null(scene->first);
    loop_timer_destroy(&scene->second);
    loop_timer_destroy(&disarmed);
}

static void work(void *argument)
{
    struct scene *scene = argument;
    pthread_mutex_lock(&scene->gate);
    pthread_mutex_unlock(&scene->gate);
    assert_false(pthread_equal(pthread_self(), scene->owner));
    atomic_fetch_add(&scene->worked, 1);
}

static void work_done(void *argument)
{
    struct scene *scene = argument;
    assert_true(pthread_equal(pthread_self(), scene->owner));
    if (++scene->done == atomic_load(&scene->worked) && scene->done >= 4)
        loop_stop(scene->loop);
}

static void a_full_queue_pushes_back_and_destroy_finishes_the_rest(void **state)
{
    struct scene *scene = *state;
    struct worker_pool *pool = worker_pool_create(1, 4);
    size_t accepted = 0;
    int error = 0;
    pthread_mutex_lock(&scene->gate); /* the one thread cannot finish its first job */
    while ((error = worker_submit(pool, scene->loop, work, work_done, scene)) == 0)
        accepted++;
    assert_int_equal(error, ERROR_LIMIT);
    assert_in_range(accepted, 4, 5);
    pthread_mutex_unlock(&scene->gate);
    worker_pool_destroy(&pool);
    assert_null(pool);
    assert_int_equal(atomic_load(&scene->worked), accepted);
    loop_run(scene->loop);
    assert_int_equal(scene->done, accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(posts_from_other_threads_all_run_on_the_loop, scene_setup,
                                        scene_teardown),
        cmocka_unit_test_setup_teardown(a_stop_before_run_is_not_lost, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(timers_fire_in_order_and_once_per_arming, scene_setup,
                                        scene_teardown),
        cmocka_unit_test_setup_teardown(a_full_queue_pushes_back_and_destroy_finishes_the_rest,
                                        scene_setup, scene_teardown),
    };
    return cmocka_run_group_tests_name("common/ev", tests, NULL, NULL);
}
