#include "tests/common/fetch/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void scene_open(struct scene *scene, struct fetch_options options)
{
    int64_t *const deadlines[] = {&options.connect_deadline, &options.head_deadline,
                                  &options.body_deadline, &options.total_deadline};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        if (*deadlines[i] == 0)
            *deadlines[i] = PATIENCE;
    }
    *scene = (struct scene){.loop = loop_create()};
    scene->client = fetch_client_create(scene->loop, &options);
    scene->receiver = receiver_create();
}

void scene_close(struct scene *scene)
{
    fetch_client_destroy(&scene->client);
    receiver_destroy(&scene->receiver);
    loop_destroy(&scene->loop);
}

static void answered(const struct fetch_answer *answer, void *argument)
{
    struct scene *scene = argument;
    scene->answer = *answer;
    if (answer->body != NULL)
        memcpy(scene->body, answer->body, answer->body_length + 1);
    if (++scene->done == scene->expected)
        loop_stop(scene->loop);
}

static bool may_begin(void *argument)
{
    const struct scene *scene = argument;
    return !scene->held;
}

void scene_start(struct scene *scene, struct fetch_request request)
{
    request.may_begin = may_begin;
    fetch_start(scene->client, &request, answered, scene);
}

void scene_wait(struct scene *scene, size_t expected)
{
    scene->expected = expected;
    loop_run(scene->loop);
    assert_int_equal(scene->done, expected);
    scene->done = 0;
    scene->expected = 0;
}

const struct fetch_answer *scene_fetch(struct scene *scene, struct fetch_request request)
{
    scene_start(scene, request);
    scene_wait(scene, 1);
    return &scene->answer;
}
