#include "tests/services/vocabulary/scene.h"

#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ACTOR "00000000-0000-4000-8000-0000000000cc"
#define KEPT 32
#define KEPT_SIZE 4096

/* Each thread has its own, so that two may ask at once. */
static const char *keep(const char *text)
{
    static _Thread_local char texts[KEPT][KEPT_SIZE];
    static _Thread_local unsigned next;
    char *place = texts[next++ % KEPT];

    snprintf(place, KEPT_SIZE, "%s", text);
    return place;
}

void scene_open(struct scene *scene, const char *name)
{
    scene->conninfo = pg_cluster_database(name);
    assert_int_equal(session_open(scene->conninfo, NULL, &scene->owner, NULL), 0);
    assert_int_equal(
        session_exec(scene->owner,
                     "SET search_path TO emnebank, public;"
                     "INSERT INTO organisation (id, kind, name) VALUES ('" SCENE_TEAM
                     "', 'team', 'Team');"
                     "INSERT INTO organisation (id, kind, name, municipality_code) VALUES"
                     " ('" SCENE_AARHUS "', 'municipality', 'Aarhus', '0751')",
                     NULL),
        0);
    scene->front = scene_front(scene);
}

struct session *scene_front(const struct scene *scene)
{
    struct session *front;

    assert_int_equal(session_open(scene->conninfo, "emnebank_front", &front, NULL), 0);
    return front;
}

void scene_close(struct scene *scene)
{
    session_close(&scene->front);
    session_close(&scene->owner);
}

const char *scene_value(struct scene *scene, const char *query)
{
    const struct pg_result *result;
    struct error_detail detail = {{0}, {0}};

    if (session_query(scene->owner, query, NULL, 0, &result, &detail) != 0)
        fail_msg("%s: %s", query, detail.private_text);
    assert_int_equal(pg_rows(result), 1);
    return keep(pg_text(result, 0, 0));
}

void scene_begin(struct session *front)
{
    const struct pg_context context = {
        .tenant = SCENE_TEAM, .actor = ACTOR, .request = "test", .purpose = "prøve"};

    assert_int_equal(session_exec(front, "BEGIN", NULL), 0);
    assert_int_equal(session_context(front, &context, NULL), 0);
}

const char *scene_ask(struct session *front, const char *statement)
{
    const struct pg_result *result;
    struct error_detail detail = {{0}, {0}};

    scene_begin(front);
    const int error = session_query(front, statement, NULL, 0, &result, &detail);
    const char *answer = keep(error == 0 ? pg_text(result, 0, 0) : detail.public_text);
    const char *state = error == 0 ? "" : keep(session_sqlstate(front));
    assert_int_equal(session_exec(front, error == 0 ? "COMMIT" : "ROLLBACK", NULL), 0);
    return error == 0 ? answer : state;
}
