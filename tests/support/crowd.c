#include "tests/support/crowd.h"

#include "common/base/str.h"

#include <stdarg.h>
#include <stdlib.h>

#define STATEMENT_MOST 2048
#define FAULTS_PRINTED 10

/* ---- asking ---- */

void crowd_fault(struct actor *actor, const char *what, const char *where)
{
    pthread_mutex_lock(&actor->crowd->lock);
    if (actor->crowd->faults++ < FAULTS_PRINTED)
        printf("FALSE %s: %s in %.300s\n", actor->part->name, what, where);
    pthread_mutex_unlock(&actor->crowd->lock);
}

const struct pg_result *crowd_ask(struct actor *actor, const char *allowed, const char *format, ...)
{
    char statement[STATEMENT_MOST];
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *result = NULL;
    va_list arguments;

    va_start(arguments, format);
    const int length = vsnprintf(statement, sizeof statement, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof statement)
        town_fail("too long: %.200s", statement);
    actor->acts++;
    for (int again = actor->crowd->again;; again--) {
        if (session_query(actor->session, statement, NULL, 0, &result, &detail) == 0)
            return result;
        if (!str_equal(session_sqlstate(actor->session), "40P01"))
            break;
        actor->deadlocks++;
        if (again <= 0)
            break;
    }
    const char *sqlstate = session_sqlstate(actor->session);
    actor->refusals++;
    if (!str_starts(sqlstate, "EB") && !(allowed && str_equal(sqlstate, allowed)))
        crowd_fault(actor, detail.private_text, statement);
    return NULL;
}

/* ---- rounds ---- */

static void *take_part(void *argument)
{
    struct actor *actor = argument;

    for (;;) {
        pthread_barrier_wait(&actor->crowd->start);
        if (actor->crowd->over)
            return NULL;
        for (int i = 0; i < actor->part->acts; i++)
            actor->part->act(actor);
        pthread_barrier_wait(&actor->crowd->end);
    }
}

static void open_actor(struct crowd *crowd, const char *conninfo, const struct part *part,
                       int number, uint64_t seed)
{
    struct actor *actor = &crowd->actors[crowd->count++];

    *actor = (struct actor){
        .crowd = crowd, .part = part, .number = number, .dice = {seed + (uint64_t)crowd->count}};
    actor->session = town_session(conninfo, part->role);
    actor->notes = town_session(conninfo, NULL);
    if (!part->role)
        town_ask(actor->session, "SET search_path TO emnebank, public");
}

void crowd_open(struct crowd *crowd, const char *conninfo, const struct part *parts, size_t count,
                uint64_t seed)
{
    int actors = 0;

    for (size_t p = 0; p < count; p++)
        actors += parts[p].actors;
    if (actors > CROWD_MOST)
        town_fail("%d actors are too many", actors);
    pthread_mutex_init(&crowd->lock, NULL);
    pthread_barrier_init(&crowd->start, NULL, (unsigned)actors + 1);
    pthread_barrier_init(&crowd->end, NULL, (unsigned)actors + 1);
    for (size_t p = 0; p < count; p++) {
        for (int i = 0; i < parts[p].actors; i++)
            open_actor(crowd, conninfo, &parts[p], i, seed);
    }
    for (int i = 0; i < crowd->count; i++) {
        if (pthread_create(&crowd->actors[i].thread, NULL, take_part, &crowd->actors[i]) != 0)
            town_fail("no thread for an actor");
    }
}

void crowd_round(struct crowd *crowd)
{
    pthread_barrier_wait(&crowd->start);
    pthread_barrier_wait(&crowd->end);
}

void crowd_close(struct crowd *crowd)
{
    crowd->over = true;
    pthread_barrier_wait(&crowd->start);
    for (int i = 0; i < crowd->count; i++) {
        pthread_join(crowd->actors[i].thread, NULL);
        session_close(&crowd->actors[i].session);
        session_close(&crowd->actors[i].notes);
    }
    pthread_barrier_destroy(&crowd->start);
    pthread_barrier_destroy(&crowd->end);
}

/* ---- telling ---- */

int64_t crowd_broken(struct session *session, const char *query)
{
    const struct pg_result *faults =
        town_ask(session,
                 "SELECT f.rule, count(*), string_agg(DISTINCT f.detail, E'\\n  ') FROM (%s) AS f"
                 " (rule, detail) GROUP BY f.rule ORDER BY f.rule",
                 query);

    for (size_t i = 0; i < pg_rows(faults); i++)
        printf("FALSE %s: %s times, as %.2000s\n", pg_text(faults, i, 0), pg_text(faults, i, 1),
               pg_is_null(faults, i, 2) ? "" : pg_text(faults, i, 2));
    return (int64_t)pg_rows(faults);
}

void crowd_report(const struct crowd *crowd, int rounds, double seconds, uint64_t seed,
                  struct session *session, const char *query)
{
    int64_t acts = 0, refusals = 0, deadlocks = 0;

    for (int i = 0; i < crowd->count; i++) {
        acts += crowd->actors[i].acts;
        refusals += crowd->actors[i].refusals;
        deadlocks += crowd->actors[i].deadlocks;
    }
    printf(
        "%d rounds in %.1f seconds, seed %llu: %lld acts, %lld of them refused, %lld deadlocks\n",
        rounds, seconds, (unsigned long long)seed, (long long)acts, (long long)refusals,
        (long long)deadlocks);
    const struct pg_result *counts = town_ask(session, "%s", query);
    for (size_t i = 0; i < pg_rows(counts); i++)
        printf("  %8s  %s\n", pg_text(counts, i, 1), pg_text(counts, i, 0));
}

static int usage(const struct crowd_options *options, FILE *out)
{
    fprintf(out,
            "usage: %s [--%s N] [--seed N]\n%s (%d), on a database of its own; needs the cluster "
            "of tests/support/pg\n(start it with: tests/support/pg start BUILD).\n",
            options->program, options->unit, options->what, options->much);
    return out == stdout ? 0 : 2;
}

bool crowd_options(struct crowd_options *options, int argc, char **argv, int *status)
{
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        const bool known = str_starts(argv[i], "--");
        if (value && known && str_equal(argv[i] + 2, options->unit) && atoi(value) > 0) {
            options->much = atoi(value);
        } else if (value && str_equal(argv[i], "--seed")) {
            options->seed = strtoull(value, NULL, 10);
        } else {
            *status = usage(options, str_equal(argv[i], "--help") ? stdout : stderr);
            return false;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return true;
}
