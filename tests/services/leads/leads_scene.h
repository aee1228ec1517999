/* The leads' tables on a real PostgreSQL for a test: the team, the ten municipalities, an employer
 * and two sources of exports, as the superuser and as the daemon's role. Include cmocka.h before.
 */
#pragma once

#include "common/base/arena.h"
#include "common/pg/session.h"
#include "tests/support/pg_cluster.h"

#define TEAM "00000000-0000-4000-8000-0000000000aa"
#define AARHUS "00000000-0000-4000-8000-000000000751"
#define EMPLOYER "00000000-0000-4000-8000-0000000000ee"
#define ACTOR "00000000-0000-4000-8000-0000000000cc"
#define CRM "11111111-0000-4000-8000-000000000001"
#define BCI "11111111-0000-4000-8000-000000000002"

struct fixture {
    struct arena *arena;
    struct session *owner; /* superuser, to set the scene and look behind it */
    struct session *front;
    char sqlstate[6]; /* of what was refused last */
};

static inline void leads_scene(void **state, const char *name, size_t memory)
{
    static struct fixture fixture;
    const char *database = pg_cluster_database(name);

    fixture.arena = arena_create(memory);
    assert_int_equal(session_open(database, NULL, &fixture.owner, NULL), 0);
    assert_int_equal(session_open(database, "emnebank_front", &fixture.front, NULL), 0);
    assert_int_equal(
        session_exec(
            fixture.owner,
            "SET search_path TO emnebank;"
            "INSERT INTO organisation (id, kind, name) VALUES ('" TEAM "', 'team', 'Team');"
            "INSERT INTO organisation (id, kind, name, cvr) VALUES ('" EMPLOYER
            "', 'employer', 'Arbejdsgiver (fiktiv)', '99300019');"
            "INSERT INTO organisation (id, kind, name, municipality_code)"
            " SELECT ('00000000-0000-4000-8000-00000000' || code)::uuid, 'municipality', name, code"
            " FROM municipality;"
            "INSERT INTO lead_source (id, name, mapping) VALUES ('" CRM "', 'CRM', '{}'), ('" BCI
            "', 'BCI', '{}')",
            NULL),
        0);
    *state = &fixture;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;

    session_close(&fixture->front);
    session_close(&fixture->owner);
    arena_destroy(&fixture->arena);
    return 0;
}
