/* A snapshot that was written is read back as it was, and nothing else is read at all. */
#include "common/base/mem.h"
#include "services/match/engine/checksum.h"
#include "services/match/engine/image.h"
#include "tests/services/match/generate.h"
#include "tests/services/match/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CODES 3000
#define ORIGIN "emnebank-prøve/1"

struct bytes {
    uint8_t *data;
    size_t length;
    size_t room; /* the sink says that the disk is full beyond it; 0: never */
};

static int append(void *argument, const void *bytes, size_t length)
{
    struct bytes *to = argument;
    if (to->room != 0 && to->length + length > to->room) {
        return ERROR_IO;
    }
    to->data = mem_resize(to->data, to->length + length, 1);
    memcpy(to->data + to->length, bytes, length);
    to->length += length;
    return 0;
}

static struct engine_vocabulary *vocabulary_of(unsigned codes)
{
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    for (unsigned i = 1; i <= codes; i++) {
        char key[32];
        snprintf(key, sizeof key, "nøgle-%u", i);
        assert_int_equal(engine_vocabulary_add(vocabulary, key), i);
    }
    return vocabulary;
}

static struct bytes written(const struct engine_snapshot *snapshot, unsigned codes)
{
    struct bytes image = {0};
    struct engine_vocabulary *vocabulary = vocabulary_of(codes);
    assert_int_equal(engine_image_write(snapshot, vocabulary, ORIGIN, append, &image), 0);
    engine_vocabulary_destroy(&vocabulary);
    return image;
}

static int read_back(struct bytes image, struct engine_snapshot **snapshot)
{
    char origin[ENGINE_ORIGIN_SIZE];
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    const int error = engine_image_read(image.data, image.length, vocabulary, origin, snapshot);
    engine_vocabulary_destroy(&vocabulary);
    return error;
}

/* ---- round trips ---- */

static void next_step(struct model *model, uint64_t *state, struct engine_snapshot **snapshot)
{
    static struct engine_candidate changed[MODEL_PEOPLE];
    struct engine_snapshot *next = NULL;
    const size_t count = generate_below(state, 3) == 0 ? generate_below(state, MODEL_PEOPLE)
                                                       : generate_below(state, 6);
    model_change(model, state, count, changed);
    assert_int_equal(
        engine_apply(*snapshot, engine_snapshot_version(*snapshot) + 1, changed, count, &next), 0);
    engine_snapshot_destroy(snapshot);
    *snapshot = next;
}

static void what_was_written_is_read_and_goes_on(void **unused)
{
    (void)unused;
    for (uint64_t round = 0; round < 40; round++) {
        uint64_t state = round;
        struct model *model = model_create();
        struct engine_snapshot *snapshot = NULL;
        model->highest_code = CODES;
        assert_int_equal(engine_apply(NULL, -5, NULL, 0, &snapshot), 0);
        for (size_t step = 0; step < 12; step++) {
            struct engine_snapshot *again = NULL;
            struct bytes image = written(snapshot, CODES);
            assert_int_equal(read_back(image, &again), 0);
            assert_int_equal(engine_snapshot_version(again), engine_snapshot_version(snapshot));
            model_check(model, again);
            mem_free(image.data);
            engine_snapshot_destroy(&snapshot);
            snapshot = again;
            next_step(model, &state, &snapshot);
        }
        engine_snapshot_destroy(&snapshot);
        model_destroy(&model);
    }
}

static void the_keys_come_back_with_their_codes(void **unused)
{
    (void)unused;
    struct engine_snapshot *snapshot = NULL;
    struct engine_snapshot *again = NULL;
    char origin[ENGINE_ORIGIN_SIZE];
    assert_int_equal(engine_apply(NULL, 7, NULL, 0, &snapshot), 0);
    struct bytes image = written(snapshot, 1000);
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    assert_int_equal(engine_image_read(image.data, image.length, vocabulary, origin, &again), 0);
    assert_string_equal(origin, ORIGIN);
    assert_int_equal(engine_vocabulary_find(vocabulary, "nøgle-1000"), 1000);
    assert_string_equal(engine_vocabulary_text(vocabulary, 1), "nøgle-1");
    assert_null(engine_vocabulary_text(vocabulary, 1001));
    engine_snapshot_destroy(&again);
    assert_int_equal(engine_image_read(image.data, image.length, vocabulary, origin, &again),
                     ERROR_CONFLICT);
    engine_vocabulary_destroy(&vocabulary);
    engine_snapshot_destroy(&snapshot);
    mem_free(image.data);
}

/* ---- what cannot be written ---- */

/* A pool with a piece, dead in it, a smaller piece and a tail. */
static struct engine_snapshot *varied(struct model *model, uint64_t *state)
{
    static struct engine_candidate changed[MODEL_PEOPLE];
    static const size_t counts[] = {60, 300, 3, 5};
    struct engine_snapshot *snapshot = NULL;
    model->highest_code = CODES;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct engine_snapshot *next = NULL;
        model_change(model, state, counts[i], changed);
        assert_int_equal(engine_apply(snapshot, (int64_t)i, changed, counts[i], &next), 0);
        engine_snapshot_destroy(&snapshot);
        snapshot = next;
    }
    return snapshot;
}

static void a_sink_that_fails_ends_it(void **unused)
{
    (void)unused;
    uint64_t state = 3;
    struct model *model = model_create();
    struct engine_snapshot *snapshot = varied(model, &state);
    struct engine_vocabulary *vocabulary = vocabulary_of(CODES);
    struct bytes full = {.room = 50000};
    assert_int_equal(engine_image_write(snapshot, vocabulary, ORIGIN, append, &full), ERROR_IO);
    mem_free(full.data);
    engine_vocabulary_destroy(&vocabulary);
    engine_snapshot_destroy(&snapshot);
    model_destroy(&model);
}

static void a_code_without_a_key_is_not_written(void **unused)
{
    (void)unused;
    uint64_t state = 3;
    struct model *model = model_create();
    struct engine_snapshot *snapshot = varied(model, &state);
    struct engine_vocabulary *vocabulary = vocabulary_of(CODES / 2);
    struct bytes image = {0};
    char long_origin[ENGINE_ORIGIN_SIZE + 1];
    assert_int_equal(engine_image_write(snapshot, vocabulary, ORIGIN, append, &image),
                     ERROR_INVALID);
    assert_null(image.data);
    memset(long_origin, 'x', ENGINE_ORIGIN_SIZE);
    long_origin[ENGINE_ORIGIN_SIZE] = '\0';
    assert_int_equal(engine_image_write(snapshot, vocabulary, long_origin, append, &image),
                     ERROR_INVALID);
    engine_vocabulary_destroy(&vocabulary);
    engine_snapshot_destroy(&snapshot);
    model_destroy(&model);
}

/* ---- damage ---- */

static void every_flipped_bit_is_noticed(void **unused)
{
    (void)unused;
    struct engine_snapshot *snapshot = NULL;
    struct engine_snapshot *again = NULL;
    const struct engine_fact facts[] = {{.kind = ENGINE_COMPETENCE, .code = 1, .stated_on = 20000},
                                        {.kind = ENGINE_LICENCE, .code = 2, .stated_on = -1}};
    const struct engine_candidate who = {.id = {1}, .facts = facts, .fact_count = 2};
    assert_int_equal(engine_apply(NULL, 1, &who, 1, &snapshot), 0);
    struct bytes image = written(snapshot, 2);
    assert_int_equal(read_back(image, &again), 0);
    engine_snapshot_destroy(&again);
    for (size_t bit = 0; bit < image.length * 8; bit++) {
        image.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(read_back(image, &again), ERROR_INVALID);
        image.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    engine_snapshot_destroy(&snapshot);
    mem_free(image.data);
}

static void an_image_cut_short_or_too_long_is_refused(void **unused)
{
    (void)unused;
    uint64_t state = 5;
    struct model *model = model_create();
    struct engine_snapshot *snapshot = varied(model, &state);
    struct engine_snapshot *again = NULL;
    const struct bytes image = written(snapshot, CODES);
    for (size_t length = 0; length < image.length; length += length < 300 ? 1 : 997) {
        /* A buffer of exactly that size, so that a sanitizer sees what is read beyond it. */
        struct bytes cut = {.data = mem_alloc(length), .length = length};
        memcpy(cut.data, image.data, length);
        assert_int_equal(read_back(cut, &again), ERROR_INVALID);
        mem_free(cut.data);
    }
    struct bytes longer = {.data = mem_zalloc(image.length + 32), .length = image.length + 32};
    memcpy(longer.data, image.data, image.length);
    assert_int_equal(read_back(longer, &again), ERROR_INVALID);
    mem_free(longer.data);
    mem_free(image.data);
    engine_snapshot_destroy(&snapshot);
    model_destroy(&model);
}

static void sign(struct bytes image)
{
    struct checksum checksum;
    const size_t signed_length = image.length - sizeof(uint64_t);
    checksum_init(&checksum);
    checksum_add(&checksum, image.data, signed_length);
    const uint64_t value = checksum_value(&checksum);
    memcpy(image.data + signed_length, &value, sizeof value);
}

/* Whatever passes the checks can be read, changed and compacted without a fault. */
static void use(struct engine_snapshot **snapshot)
{
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    for (size_t p = 0; p < (*snapshot)->piece_count; p++) {
        const struct segment *segment = (*snapshot)->pieces[p].segment;
        for (uint32_t i = 0; i < segment->count; i += 7) {
            struct engine_fact facts[MODEL_FACTS];
            (void)segment_facts(segment, i, facts, MODEL_FACTS);
            (void)segment_plain(segment, i);
        }
    }
    assert_int_equal(engine_compaction_run(*snapshot, true, &compaction), 0);
    assert_int_equal(engine_compaction_adopt(*snapshot, compaction, &next), 0);
    assert_int_equal(engine_snapshot_count(next), engine_snapshot_count(*snapshot));
    engine_compaction_destroy(&compaction);
    engine_snapshot_destroy(&next);
    engine_snapshot_destroy(snapshot);
}

static void damage_with_a_right_checksum_does_no_harm(void **unused)
{
    (void)unused;
    uint64_t state = 11;
    struct model *model = model_create();
    struct engine_snapshot *snapshot = varied(model, &state);
    const struct bytes image = written(snapshot, CODES);
    struct bytes damaged = {.data = mem_alloc(image.length), .length = image.length};
    size_t refused = 0;
    for (size_t i = 0; i < 3000; i++) {
        memcpy(damaged.data, image.data, image.length);
        for (uint64_t left = 1 + generate_below(&state, 3); left > 0; left--) {
            const uint64_t at = generate_below(&state, image.length);
            damaged.data[at] = (uint8_t)generate_below(&state, 256);
        }
        sign(damaged);
        struct engine_snapshot *again = NULL;
        const int error = read_back(damaged, &again);
        if (error == 0) {
            use(&again);
        } else {
            assert_int_equal(error, ERROR_INVALID);
            refused++;
        }
    }
    assert_in_range(refused, 300, 2900);
    mem_free(damaged.data);
    mem_free(image.data);
    engine_snapshot_destroy(&snapshot);
    model_destroy(&model);
}

/* ---- each promise of segment.h, broken alone ---- */

/* Each breaks one thing in the largest piece; image_sound must see it. */
static uint32_t first_wide(const struct segment *s)
{
    assert_true(s->wide_count > 1);
    return s->wide[0].position;
}

/* A list of at least two places that is `dense` or not. */
static uint32_t some_list(const struct segment *s, bool dense)
{
    for (uint32_t row = 0; row < s->row_count; row++) {
        const struct list list = segment_list(s, row, 0);
        if (list.count > 1 && list.dense == dense) {
            return list.from;
        }
    }
    fail();
    return 0;
}

static void local_beyond(struct segment *s)
{
    s->locals[some_list(s, false) + 1] = (uint16_t)s->blocks[0].count;
}
static void local_before(struct segment *s)
{
    const uint32_t at = some_list(s, false);
    const uint16_t kept = s->locals[at];
    s->locals[at] = s->locals[at + 1];
    s->locals[at + 1] = kept;
}
static void local_dense(struct segment *s)
{
    s->locals[some_list(s, true)] = 1;
}
static void absent_in_sparse(struct segment *s)
{
    s->packed[some_list(s, false)] = PACKED_ABSENT;
}
static void exact_without_wide(struct segment *s)
{
    const uint32_t at = some_list(s, true);
    s->packed[at] = s->packed[at] == PACKED_EXACT ? 1 : PACKED_EXACT;
}
static void wide_without_exact(struct segment *s)
{
    s->packed[first_wide(s)] = 1;
}
static void wide_elsewhere(struct segment *s)
{
    s->wide[0].position = s->posting_count;
}
static void wide_out_of_order(struct segment *s)
{
    s->wide[1].position = s->wide[0].position;
}
static void wide_level(struct segment *s)
{
    s->wide[0].level = 256;
}
static void offset_beyond(struct segment *s)
{
    s->offsets[1] = s->posting_count + 1;
}
static void offset_back(struct segment *s)
{
    s->offsets[(size_t)s->row_count * (s->block_count + 1) - 2] = 0;
}
static void offset_gap(struct segment *s)
{
    s->offsets[0] += 1;
}
static void offset_short(struct segment *s)
{
    s->offsets[(size_t)s->row_count * (s->block_count + 1) - 1] -= 1;
}
static void dense_but_short(struct segment *s)
{
    for (size_t i = 0; i < s->row_count; i++) {
        if (segment_list(s, (uint32_t)i, 0).count < s->blocks[0].count) {
            s->offsets[i * (s->block_count + 1)] |= LIST_DENSE;
        }
    }
}
static void keys_out_of_order(struct segment *s)
{
    s->row_keys[1] = s->row_keys[0];
}
static void kind_unknown(struct segment *s)
{
    s->row_keys[s->row_count - 1] = segment_key(ENGINE_KIND_COUNT, 1);
}
static void flag_unknown(struct segment *s)
{
    s->attributes[3].flags = 4;
}
static void place_impossible(struct segment *s)
{
    s->attributes[3].latitude = 90000001;
}
static void bucket_of_no_days(struct segment *s)
{
    s->buckets[2].width = 0;
}
static void bucket_too_wide(struct segment *s)
{
    s->buckets[2].width = INT32_MAX;
}
static void bucket_before_time(struct segment *s)
{
    s->buckets[2].first_day = -1;
}
static void block_of_nobody(struct segment *s)
{
    s->blocks[0].count = 0;
}
static void block_too_large(struct segment *s)
{
    s->blocks[0].count += 1;
}
static void same_id(struct segment *s)
{
    memcpy(s->ids[1], s->ids[0], ENGINE_ID_SIZE);
}

static void every_broken_promise_is_noticed(void **unused)
{
    (void)unused;
    static void (*const breakers[])(struct segment *) = {
        local_beyond,       local_before,       local_dense,       absent_in_sparse,
        wide_without_exact, exact_without_wide, wide_elsewhere,    wide_out_of_order,
        wide_level,         offset_beyond,      offset_back,       offset_gap,
        offset_short,       dense_but_short,    keys_out_of_order, kind_unknown,
        flag_unknown,       place_impossible,   bucket_of_no_days, bucket_too_wide,
        bucket_before_time, block_of_nobody,    block_too_large,   same_id};
    for (size_t i = 0; i < sizeof breakers / sizeof breakers[0]; i++) {
        uint64_t state = 17;
        struct model *model = model_create();
        struct engine_snapshot *snapshot = varied(model, &state);
        struct engine_snapshot *again = NULL;
        struct bytes image = written(snapshot, CODES);
        assert_int_equal(read_back(image, &again), 0);
        mem_free(image.data);
        engine_snapshot_destroy(&again);
        breakers[i](snapshot->pieces[0].segment);
        image = (struct bytes){0};
        struct engine_vocabulary *vocabulary = vocabulary_of(CODES);
        assert_int_equal(engine_image_write(snapshot, vocabulary, ORIGIN, append, &image), 0);
        engine_vocabulary_destroy(&vocabulary);
        if (read_back(image, &again) != ERROR_INVALID) {
            print_error("promise number %zu is not kept by anybody\n", i);
            fail();
        }
        mem_free(image.data);
        engine_snapshot_destroy(&snapshot);
        model_destroy(&model);
    }
}

static void nobody_lives_in_two_pieces(void **unused)
{
    (void)unused;
    uint64_t state = 23;
    struct model *model = model_create();
    struct engine_snapshot *snapshot = varied(model, &state);
    struct engine_snapshot *again = NULL;
    /* The tail's people come back to life in the piece. */
    snapshot->grave_count = 0;
    dead_release(&snapshot->ground->pieces[0].dead);
    struct bytes image = written(snapshot, CODES);
    assert_int_equal(read_back(image, &again), ERROR_INVALID);
    mem_free(image.data);
    engine_snapshot_destroy(&snapshot);
    model_destroy(&model);
}

/* ---- the checksum ---- */

static void the_checksum_is_xxh64(void **unused)
{
    (void)unused;
    struct checksum checksum;
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    checksum_init(&checksum);
    assert_true(checksum_value(&checksum) == UINT64_C(0xEF46DB3751D8E999));
    checksum_add(&checksum, bytes, 32);
    assert_true(checksum_value(&checksum) == UINT64_C(0xCBF59C5116FF32B4));
    checksum_add(&checksum, bytes + 32, 32);
    assert_true(checksum_value(&checksum) == UINT64_C(0xF7C67301DB6713F0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_and_goes_on),
        cmocka_unit_test(the_keys_come_back_with_their_codes),
        cmocka_unit_test(a_sink_that_fails_ends_it),
        cmocka_unit_test(a_code_without_a_key_is_not_written),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(an_image_cut_short_or_too_long_is_refused),
        cmocka_unit_test(damage_with_a_right_checksum_does_no_harm),
        cmocka_unit_test(every_broken_promise_is_noticed),
        cmocka_unit_test(nobody_lives_in_two_pieces),
        cmocka_unit_test(the_checksum_is_xxh64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
