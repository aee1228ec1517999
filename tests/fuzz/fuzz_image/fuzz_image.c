/*
 * Any bytes as the image of a pool. They are given the right length and checksum first, so that
 * what is behind those is tried as well. What is read can be asked, changed and written again.
 */
#include "services/match/engine/checksum.h"
#include "services/match/engine/image.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int count_bytes(void *argument, const void *bytes, size_t length)
{
    (void)bytes;
    *(size_t *)argument += length;
    return 0;
}

static void sign(uint8_t *image, size_t length)
{
    struct checksum checksum;
    const uint64_t whole = length;
    memcpy(image + offsetof(struct image_header, length), &whole, sizeof whole);
    checksum_init(&checksum);
    checksum_add(&checksum, image, length - sizeof whole);
    const uint64_t value = checksum_value(&checksum);
    memcpy(image + length - sizeof value, &value, sizeof value);
}

static void require(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void ask(const struct engine_snapshot *snapshot)
{
    const uint32_t occupation = 1;
    const struct engine_requirement requirements[] = {
        {.kind = ENGINE_COMPETENCE, .code = 2, .must = true, .weight = 3, .minimum_level = 2},
        {.kind = ENGINE_CERTIFICATE, .code = 3, .weight = 2, .expires = true},
        {.kind = ENGINE_LANGUAGE, .code = 4, .weight = 1}};
    const struct engine_order order = {.occupations = &occupation,
                                       .occupation_count = 1,
                                       .requirements = requirements,
                                       .requirement_count = 3,
                                       .place = {.latitude = 56000000, .longitude = 10000000},
                                       .radius_km = 50,
                                       .start = 20800,
                                       .end = ENGINE_NO_DAY,
                                       .work = 127,
                                       .as_of = 20790};
    struct engine_ranking *ranking = NULL;
    require(engine_rank(snapshot, &order, 5, &ranking) == 0);
    require(ranking->pool == engine_snapshot_count(snapshot));
    engine_ranking_destroy(&ranking);
}

static void use(const struct engine_snapshot *snapshot, struct engine_vocabulary *vocabulary)
{
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    size_t written = 0;
    ask(snapshot);
    require(engine_compaction_run(snapshot, true, &compaction) == 0);
    require(engine_compaction_adopt(snapshot, compaction, &next) == 0);
    require(engine_snapshot_count(next) == engine_snapshot_count(snapshot));
    ask(next);
    require(engine_image_write(next, vocabulary, "", count_bytes, &written) == 0);
    engine_compaction_destroy(&compaction);
    engine_snapshot_destroy(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const size_t whole = length / CHECKSUM_STRIPE * CHECKSUM_STRIPE + sizeof(uint64_t);
    if (whole < sizeof(struct image_header)) {
        return 0;
    }
    char origin[ENGINE_ORIGIN_SIZE];
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    struct engine_snapshot *snapshot = NULL;
    uint8_t *image = calloc(1, whole);
    memcpy(image, bytes, whole < length ? whole : length);
    sign(image, whole);
    if (engine_image_read(image, whole, vocabulary, origin, &snapshot) == 0) {
        use(snapshot, vocabulary);
    }
    engine_snapshot_destroy(&snapshot);
    engine_vocabulary_destroy(&vocabulary);
    free(image);
    return 0;
}
