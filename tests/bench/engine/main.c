/*
 * bench_engine --size N [--region dk|eu] [--seed S] [--open N]: our engine behind the protocol of
 * the peers (tests/bench/README.md). Classes besides theirs:
 *
 *     explained   strict, and every entry explained, part by part
 *     delta       strict, on the pool after the changes of the line `delta COUNT`
 *
 * `counters CLASS` prints what one pass over the class touched in memory, as JSON.
 */
#include "tests/bench/engine/pool.h"
#include "tests/bench/engine/reverse.h"
#include "tests/bench/peers/serve.h"
#include "tests/bench/workload/arguments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define K 20
#define DELTA_BATCH 100 /* changes per pool version: an import, not one at a time */

struct peer {
    const struct workload *workload;
    uint64_t size;
    struct engine_snapshot *clean, *delta;
    struct engine_scratch *scratch;
    struct reverse *reverse;
    struct pool_changes *single; /* what `change` applies */
    struct workload_order orders[WORKLOAD_CLASSES][WORKLOAD_ORDERS];
};

static int complain(int error)
{
    if (error != 0) {
        fprintf(stderr, "engine: %s\n", error_name(error));
    }
    return error;
}

static int explain_all(struct peer *peer, const struct engine_order *order, size_t count)
{
    struct engine_entry entry;
    struct engine_part parts[ENGINE_PARTS_CAP];
    unsigned points = 0;
    for (size_t i = 0; i < count; i++) {
        engine_explain(peer->clean, order, peer->scratch, i, &entry, parts);
        for (size_t part = 0; part <= order->requirement_count; part++) {
            points += parts[part].points;
        }
        points -= entry.score;
    }
    return points == 0 ? 0 : ERROR_INTERNAL; /* the points shown sum to the score shown */
}

static enum workload_class class_of(const char *name)
{
    if (strcmp(name, "broad") == 0) {
        return WORKLOAD_BROAD;
    }
    return strcmp(name, "near-miss") == 0 ? WORKLOAD_NEAR_MISS : WORKLOAD_STRICT;
}

static int ask(void *context, const char *name, unsigned number, struct serve_answer *answer)
{
    struct peer *peer = context;
    if (strcmp(name, "reverse") == 0) {
        return reverse_ask(peer->reverse, number, answer);
    }
    const enum workload_class class = class_of(name);
    const struct engine_order *order = &peer->orders[class][number].order;
    const bool on_delta = strcmp(name, "delta") == 0;
    const struct engine_answer *found = NULL;
    int error = engine_query(on_delta ? peer->delta : peer->clean, order,
                             class == WORKLOAD_NEAR_MISS ? ENGINE_NEAR_MISS : ENGINE_STRICT, K,
                             peer->scratch, &found);
    for (size_t i = 0; error == 0 && i < found->count; i++) {
        const struct engine_standing *standing = &found->standings[i];
        serve_add(answer, workload_number(standing->id), standing->score,
                  standing->lacks == ENGINE_LACKS_NONE ? -1 : standing->lacks);
    }
    if (error == 0 && strcmp(name, "explained") == 0) {
        error = explain_all(peer, order, found->count);
    }
    return complain(error);
}

/* The snapshots that the changes make are dropped: the next call does the same again. */
static int change(void *context, unsigned count, uint64_t *aside)
{
    struct peer *peer = context;
    struct engine_snapshot *last = NULL;
    (void)count; /* what was made ready at the start */
    const int error = pool_change(peer->clean, peer->single, 1, &last, aside);
    engine_snapshot_destroy(&last);
    return complain(error);
}

static int make_delta(struct peer *peer, size_t count)
{
    struct pool_changes *changes = pool_changes_create(peer->workload, peer->size, count);
    uint64_t aside = 0; /* nobody asks */
    const int error = changes == NULL
                          ? ERROR_LIMIT
                          : pool_change(peer->clean, changes, DELTA_BATCH, &peer->delta, &aside);
    pool_changes_destroy(&changes);
    return complain(error);
}

static int count_touched(struct peer *peer, const char *name)
{
    static struct serve_answer answer;
    const struct engine_counters before = engine_scratch_counters(peer->scratch);
    for (unsigned number = 0; number < WORKLOAD_ORDERS; number++) {
        answer.count = 0;
        const int error = ask(peer, name, number, &answer);
        if (error != 0) {
            return error;
        }
    }
    const struct engine_counters after = engine_scratch_counters(peer->scratch);
    printf("{\"queries\": %" PRIu64 ", \"blocks\": %" PRIu64 ", \"bytes_streamed\": %" PRIu64
           ", \"random_lines\": %" PRIu64 ", \"scored\": %" PRIu64 "}\n",
           after.queries - before.queries, after.blocks - before.blocks,
           after.bytes_streamed - before.bytes_streamed, after.random_lines - before.random_lines,
           after.scored - before.scored);
    return 0;
}

static int other(void *context, const char *line)
{
    struct peer *peer = context;
    char name[32];
    size_t count = 0;
    if (sscanf(line, "counters %31s", name) == 1) {
        return count_touched(peer, name);
    }
    if (sscanf(line, "delta %zu", &count) == 1 && peer->delta == NULL) {
        return make_delta(peer, count);
    }
    return -1;
}

static int set_up(struct peer *peer, const struct workload *workload,
                  const struct arguments *arguments)
{
    peer->workload = workload;
    peer->size = arguments->size;
    for (int class = 0; class < WORKLOAD_CLASSES; class ++) {
        for (uint32_t number = 0; number < WORKLOAD_ORDERS; number++) {
            workload_order(workload, (enum workload_class) class, number,
                           &peer->orders[class][number]);
        }
    }
    peer->clean = pool_load(workload, arguments->size);
    peer->scratch = engine_scratch_create();
    peer->single = pool_changes_create(workload, arguments->size, arguments->changed);
    peer->reverse = reverse_create(workload, arguments->open);
    return peer->clean == NULL || peer->scratch == NULL || peer->single == NULL ||
                   peer->reverse == NULL
               ? ERROR_INTERNAL
               : 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments)) {
        return 2;
    }
    struct workload *workload = workload_create(arguments.region, arguments.seed);
    struct peer *peer = calloc(1, sizeof *peer);
    int error = workload == NULL || peer == NULL ? ERROR_LIMIT : 0;
    if (error == 0) {
        error = complain(set_up(peer, workload, &arguments));
    }
    if (error == 0) {
        const struct serve_peer served = {
            .context = peer, .ask = ask, .change = change, .other = other};
        serve_ready(engine_snapshot_bytes(peer->clean), "this tree");
        error = serve(&served);
    }
    if (peer != NULL) {
        reverse_destroy(&peer->reverse);
        pool_changes_destroy(&peer->single);
        engine_scratch_destroy(&peer->scratch);
        engine_snapshot_destroy(&peer->delta);
        engine_snapshot_destroy(&peer->clean);
        free(peer);
    }
    workload_destroy(&workload);
    return error == 0 ? 0 : 1;
}
