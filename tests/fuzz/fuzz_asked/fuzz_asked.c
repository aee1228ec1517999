/* Any bytes as the stored input of a ranking: what is taken is written back and taken again as the
 * same bytes, and the engine takes it or says why not. */
#include "services/match/asked.h"
#include "tests/fuzz/require.h"

#include <string.h>

#define JSON_CAP ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void rank(const struct asked *asked, struct arena *arena)
{
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    struct engine_order order;

    require(engine_apply(NULL, 1, NULL, 0, &snapshot) == 0);
    if (asked_order(asked, vocabulary, arena, &order) == 0 &&
        engine_rank(snapshot, &order, asked->k, &ranking) == 0)
        require(ranking->part_count == asked->part_count);
    engine_ranking_destroy(&ranking);
    engine_snapshot_destroy(&snapshot);
    engine_vocabulary_destroy(&vocabulary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_create(0);
    struct buffer first, second;
    struct asked asked;

    buffer_init(&first, JSON_CAP);
    buffer_init(&second, JSON_CAP);
    if (asked_read((const char *)bytes, length, arena, &asked) == 0) {
        asked_write(&asked, &first);
        require(!buffer_full(&first));
        require(asked_read(first.data, first.length, arena, &asked) == 0);
        asked_write(&asked, &second);
        require(first.length == second.length &&
                memcmp(first.data, second.data, first.length) == 0);
        rank(&asked, arena);
    }
    buffer_deinit(&second);
    buffer_deinit(&first);
    arena_destroy(&arena);
    return 0;
}
