/* A database of one's own for tests of the vocabulary: the owner's session, and the team's and a
 * municipality's by the API's role. */
#pragma once

#include "common/json/json.h"
#include "common/pg/session.h"

struct scene {
    const char *conninfo;
    struct session *owner; /* superuser, with the schema's names in its path */
    struct session *front; /* emnebank_front */
};

void scene_open(struct scene *scene, const char *name);
void scene_close(struct scene *scene);
/* Another session of the API's role. */
struct session *scene_front(const struct scene *scene);

/* One value as text, "" for NULL; in static memory that the next few calls leave alone. */
const char *scene_value(struct scene *scene, const char *query);
#define scene_expect(scene_, query_, value_)                                                       \
    assert_string_equal(scene_value(scene_, query_), value_)

/* Begins a transaction as the team. */
void scene_begin(struct session *front);
/* One statement as the team, committed when it succeeds: its first column, or the problem's slug.
 */
const char *scene_ask(struct session *front, const char *statement);

#define SCENE_TEAM "00000000-0000-4000-8000-0000000000aa"
#define SCENE_AARHUS "00000000-0000-4000-8000-000000000751"
