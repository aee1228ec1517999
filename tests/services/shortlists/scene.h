/*
 * A small world to play job orders in: the team, two municipalities with candidates, an employer, a
 * key for each who acts. All people are made up. Statements run as the daemon's role
 * `emnebank_front` in the name of an actor, one transaction each; a statement that fails where it
 * should not ends the test with the reason.
 */
#pragma once

#include "common/base/arena.h"
#include "common/pg/session.h"

#include <stddef.h>

enum actor {
    TEAM,         /* Tea, consultant (fiktiv) */
    TEAM_MACHINE, /* a key that no person holds */
    AARHUS,       /* a machine's */
    AARHUS_PERSON,
    HORSENS,
    HORSENS_PERSON,
    EMPLOYER,
    NOBODY /* no tenant set */
};

#define TEAM_ID "00000000-0000-4000-8000-000000000001"
#define AARHUS_ID "00000000-0000-4000-8000-000000000751"
#define HORSENS_ID "00000000-0000-4000-8000-000000000615"
#define EMPLOYER_ID "00000000-0000-4000-8000-00000000e001"
#define EMPLOYER_CVR "12345674"

struct scene {
    const char *conninfo;
    struct session *root;  /* superuser: sets the scene, is bound by triggers alone */
    struct session *front; /* emnebank_front */
    struct session *match; /* emnebank_match */
    struct arena *arena;
};

struct scene *scene_open(const char *name);
void scene_close(struct scene **scene);
/* The same as cmocka's group fixtures. */
int scene_teardown(void **state);

const char *scene_organisation(enum actor actor);
const char *scene_key(enum actor actor);
struct pg_context scene_context(enum actor actor);

/* Candidates 1 to 20 live in Aarhus, 21 to 40 in Horsens; reference "AA-nn" and "HO-nn". */
const char *scene_candidate(struct scene *scene, int number);

/* The first cell, as text in the scene's arena; "" for NULL or no row. */
const char *scene_get(struct scene *scene, enum actor actor, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *scene_root(struct scene *scene, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Fails the test unless the statement is refused with a text that starts with `expected`: a
 * problem's slug, or "the database refused (42501". */
void scene_refused(struct scene *scene, enum actor actor, const char *expected, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

/* An open order of the team's, by the employer. */
const char *scene_order(struct scene *scene);
/* Stores a shortlist of candidates `first` to `last` for the order's version 1, as the engine. */
const char *scene_store(struct scene *scene, const char *order, int first, int last);
const char *scene_store_version(struct scene *scene, const char *order, int version, int first,
                                int last);
/* The same, and puts all of them forward, whatever else they are on. */
const char *scene_shortlist(struct scene *scene, const char *order, int first, int last);
/* The entry of a candidate on the order's newest shortlist. */
const char *scene_entry(struct scene *scene, const char *order, int candidate);
/* An order with one entry (candidate `number`) that has come as far as `state`. */
const char *scene_entry_in(struct scene *scene, int number, const char *state);
