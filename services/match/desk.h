/*
 * Questions to the engine about one job order. A question is asked on a front's thread and answered
 * from the match's, so it passes between the two:
 *
 *     front: may the caller ask (SQL) → match: order, pool new enough → worker: engine, words
 *         → match → front: the answer
 *
 * One desk per match holds every question that is out. A question is the match's from desk_ask
 * until it is answered, then the front's, which frees it. A front that ends first takes its calls
 * back (match_door_destroy); the match then frees the question, or the desk does when it ends.
 */
#pragma once

#include "common/rest/rest.h"
#include "services/match/explain.h"
#include "services/match/match.h"

struct desk;
struct desk_question;

/* What is asked. One constant per operation. */
struct desk_kind {
    const char *failed;  /* the event that is logged when the answer cannot be worked out */
    const char *missing; /* 404 in Danish, when `answer` says ERROR_NOT_FOUND */
    /* On a worker thread: writes the answer. 0 or an error. */
    int (*answer)(struct desk_question *question, const struct explain *explain,
                  const struct engine_order *order);
    /* On the front's thread, with the answer written; NULL: it is the reply. The question is gone
     * when this returns. */
    void (*reply)(struct rest_call *call, const struct desk_question *question);
};

struct desk_question {
    const struct desk_kind *kind;
    struct match *match;
    struct arena *arena;  /* everything of the question, and the question itself */
    const char *order;    /* its id; NULL: `demand` is given and not read from the database */
    int64_t pool_version; /* answer on this or newer */
    struct demand demand;
    void *state;          /* the kind's own; in the arena */
    struct buffer answer; /* JSON */

    struct desk_passage *passage; /* the desk's own */
};

struct desk *desk_create(void);
/* After the match's loop and workers have ended, and all doors are closed. */
void desk_destroy(struct desk **desk);

/* False, and a problem sent, when the call's room has no match to ask. */
bool desk_open(struct rest_call *call);
/* A question that this call waits for; the caller fills what it asks, then hands it over. */
struct desk_question *desk_question(struct rest_call *call, const struct desk_kind *kind);
void desk_ask(struct desk_question *question);
/* Instead of that: nothing is asked. */
void desk_forget(struct desk_question *question);

/* The members that every answer begins with: "ruleset", "pool_version", "as_of". */
void desk_members(const struct explain *explain, struct writer *json);
/* For `answer` of a kind that counts the whole pool: the census of the order, handed to `write`. */
int desk_census(struct desk_question *question, const struct explain *explain,
                const struct engine_order *order,
                void (*write)(struct desk_question *question, const struct explain *explain,
                              const struct engine_census *census));
