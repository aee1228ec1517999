#include "tests/services/match/model.h"

#include "common/base/mem.h"
#include "tests/services/match/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct model *model_create(void)
{
    struct model *model = mem_zalloc(sizeof *model);
    model->highest_code = (UINT32_C(1) << SEGMENT_CODE_BITS) - 1;
    return model;
}

void model_destroy(struct model **model)
{
    mem_free(*model);
    *model = NULL;
}

struct model *model_copy(const struct model *model)
{
    struct model *copy = model_create();
    *copy = *model;
    for (size_t i = 0; i < MODEL_PEOPLE; i++) {
        copy->people[i].facts = copy->facts[i];
    }
    return copy;
}

/* ---- changing ---- */

/* Ids that differ in one byte alone, at the start or at the end. */
static void fill_id(size_t person, uint8_t id[ENGINE_ID_SIZE])
{
    memset(id, 0x5f, ENGINE_ID_SIZE);
    id[person % 2 == 0 ? 0 : 15] = (uint8_t)(person / 2);
    id[person % 2 == 0 ? 1 : 14] = (uint8_t)(person / 2 >> 8);
}

static int32_t day(uint64_t *state)
{
    static const int32_t edges[] = {ENGINE_NO_DAY, ENGINE_NO_DAY, INT32_MIN + 1, -1,       0, 1,
                                    65534,         65535,         65536,         INT32_MAX};
    if (generate_below(state, 12) == 0) {
        return edges[generate_below(state, sizeof edges / sizeof edges[0])];
    }
    return generate_below(state, 3) == 0 ? ENGINE_NO_DAY
                                         : 16000 + (int32_t)generate_below(state, 8000);
}

static struct engine_fact fact(uint64_t *state, bool plain, uint32_t highest_code)
{
    const uint64_t codes = generate_below(state, 2) == 0 ? 3 : 3000;
    struct engine_fact made = {
        .kind = (enum engine_kind)generate_below(state, ENGINE_KIND_COUNT),
        .code = (uint32_t)generate_below(state, codes),
        .level = (uint8_t)generate_below(state, 7),
        .years = ENGINE_YEARS_UNKNOWN,
        .valid_until = ENGINE_NO_DAY,
        .last_used = ENGINE_NO_DAY,
        .stated_on = 20000,
    };
    if (plain) {
        return made;
    }
    made.valid_until = day(state);
    made.last_used = day(state);
    made.stated_on = generate_below(state, 2) == 0 ? 20000 : day(state);
    made.years = (uint8_t)generate_below(state, 256);
    if (generate_below(state, 30) == 0) {
        made.level = (uint8_t)generate_below(state, 256);
        made.code = highest_code;
    }
    return made;
}

static struct engine_place place(uint64_t *state)
{
    switch (generate_below(state, 12)) {
    case 0:
        return ENGINE_NO_PLACE;
    case 1:
        return (struct engine_place){.latitude = 90000000, .longitude = -180000000};
    case 2:
        return (struct engine_place){.latitude = 56000000, .longitude = INT32_MIN};
    case 3:
        return (struct engine_place){.latitude = 56000000, .longitude = 10000000};
    default:
        return (struct engine_place){
            .latitude = 55000000 + (int32_t)generate_below(state, 2500) * 1000,
            .longitude = 8000000 + (int32_t)generate_below(state, 4000) * 1000};
    }
}

static void renew(struct model *model, uint64_t *state, size_t person)
{
    struct engine_candidate *who = &model->people[person];
    const bool plain = generate_below(state, 4) == 0;
    *who = (struct engine_candidate){
        .municipality = (uint16_t)generate_below(state, 65536),
        .place = place(state),
        .max_travel_km = generate_below(state, 2) == 0 ? 0 : (uint16_t)generate_below(state, 65536),
        .available_from = day(state),
        .work = (uint8_t)generate_below(state, 256),
        .screening_until = day(state),
        .is_protected = generate_below(state, 9) == 0,
        .withdrawn = generate_below(state, 9) == 0,
        .facts = model->facts[person],
        .fact_count = generate_below(state, MODEL_FACTS + 1),
    };
    fill_id(person, who->id);
    for (size_t f = 0; f < who->fact_count; f++) {
        model->facts[person][f] = fact(state, plain, model->highest_code);
    }
    if (who->fact_count > 0) { /* one that most have, and hardly anybody twice */
        model->facts[person][0].kind = ENGINE_LANGUAGE;
        model->facts[person][0].code = 2999;
    }
    model->count += model->here[person] ? 0 : 1;
    model->here[person] = true;
}

static void leave(struct model *model, size_t person, struct engine_candidate *changed)
{
    *changed = (struct engine_candidate){.removed = true};
    fill_id(person, changed->id);
    model->count -= model->here[person] ? 1 : 0;
    model->here[person] = false;
}

void model_change(struct model *model, uint64_t *state, size_t count,
                  struct engine_candidate *changed)
{
    /* A stride that has no factor in common with the number of people meets each of them once. */
    static const size_t strides[] = {1, 7, 11, 13, 77, 299};
    const size_t stride = strides[generate_below(state, sizeof strides / sizeof strides[0])];
    size_t person = generate_below(state, MODEL_PEOPLE);
    for (size_t i = 0; i < count; i++) {
        if (generate_below(state, 4) == 0) {
            leave(model, person, &changed[i]);
        } else {
            renew(model, state, person);
            changed[i] = model->people[person];
        }
        person = (person + stride) % MODEL_PEOPLE;
    }
}

/* ---- checking: what was put in ---- */

static int compare_facts(const void *left, const void *right)
{
    const struct engine_fact *l = left;
    const struct engine_fact *r = right;
    const int64_t fields[][2] = {{l->kind, r->kind},
                                 {l->code, r->code},
                                 {l->level, r->level},
                                 {l->years, r->years},
                                 {l->valid_until, r->valid_until},
                                 {l->last_used, r->last_used},
                                 {l->stated_on, r->stated_on}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i][0] != fields[i][1]) {
            return fields[i][0] < fields[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static void check_facts(const struct engine_candidate *expected,
                        const struct engine_snapshot *snapshot)
{
    struct engine_fact wanted[MODEL_FACTS];
    struct engine_fact found[MODEL_FACTS];
    size_t count = 0;
    assert_int_equal(engine_snapshot_facts(snapshot, expected->id, found, MODEL_FACTS, &count), 0);
    assert_int_equal(count, expected->fact_count);
    for (size_t i = 1; i < count; i++) {
        assert_true(segment_key(found[i - 1].kind, found[i - 1].code) <=
                    segment_key(found[i].kind, found[i].code));
    }
    if (count > 0) {
        memcpy(wanted, expected->facts, count * sizeof *wanted);
        qsort(wanted, count, sizeof *wanted, compare_facts);
        qsort(found, count, sizeof *found, compare_facts);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(compare_facts(&wanted[i], &found[i]), 0);
    }
}

static void check_person(const struct model *model, size_t person,
                         const struct engine_snapshot *snapshot)
{
    uint8_t id[ENGINE_ID_SIZE];
    struct snapshot_at at;
    fill_id(person, id);
    assert_int_equal(snapshot_find(snapshot, id, &at), model->here[person] ? 0 : ERROR_NOT_FOUND);
    if (!model->here[person]) {
        return;
    }
    const struct engine_candidate *expected = &model->people[person];
    const struct engine_candidate found = snapshot_plain(snapshot, at);
    assert_memory_equal(found.id, id, ENGINE_ID_SIZE);
    assert_int_equal(found.municipality, expected->municipality);
    assert_int_equal(found.place.latitude, expected->place.latitude);
    assert_int_equal(found.place.longitude, expected->place.longitude);
    assert_int_equal(found.max_travel_km, expected->max_travel_km);
    assert_int_equal(found.available_from, expected->available_from);
    assert_int_equal(found.work, expected->work);
    assert_int_equal(found.screening_until, expected->screening_until);
    assert_int_equal(found.is_protected, expected->is_protected);
    assert_int_equal(found.withdrawn, expected->withdrawn);
    check_facts(expected, snapshot);
}

/* ---- checking: how it lies ---- */

static void check_block(const struct segment *segment, const struct block *block)
{
    assert_in_range(block->count, 1, BLOCK_CAP);
    for (uint32_t i = block->first; i < block->first + block->count; i++) {
        const struct attributes *who = &segment->attributes[i];
        if (who->latitude == INT32_MIN || who->longitude == INT32_MIN) {
            assert_true(block->place_unknown);
        } else {
            assert_true(who->latitude >= block->south && who->latitude <= block->north);
            assert_true(who->longitude >= block->west && who->longitude <= block->east);
        }
        assert_true(who->max_travel_km == 0 ? block->unlimited_travel
                                            : who->max_travel_km <= block->longest_travel_km);
    }
}

/* A posting's packed byte says what its fact says, as far as it says anything. */
static void check_packed(const struct segment *segment, uint32_t row, uint32_t position,
                         uint32_t candidate)
{
    const struct engine_fact fact_there = segment_fact(segment, row, position, candidate);
    const unsigned bucket = segment->packed[position] & PACKED_BUCKET_MASK;
    if (bucket == PACKED_EXACT) {
        return;
    }
    assert_int_equal(segment->packed[position] >> PACKED_LEVEL_SHIFT, fact_there.level);
    assert_true(!segment_by_use(fact_there.kind) || fact_there.valid_until == ENGINE_NO_DAY);
    int32_t counts = fact_there.valid_until;
    if (segment_by_use(fact_there.kind)) {
        counts =
            fact_there.last_used != ENGINE_NO_DAY ? fact_there.last_used : fact_there.stated_on;
    }
    if (bucket == PACKED_NO_DAY) {
        assert_int_equal(counts, ENGINE_NO_DAY);
        return;
    }
    const struct buckets *buckets = &segment->buckets[fact_there.kind];
    assert_in_range(bucket, 1, PACKED_BUCKETS);
    const int32_t begins = buckets->first_day + ((int32_t)bucket - 1) * buckets->width;
    assert_true(bucket == 1 || counts >= begins);
    assert_true(bucket == PACKED_BUCKETS || counts < begins + buckets->width);
}

static size_t check_list(const struct segment *segment, uint32_t row, uint32_t block)
{
    const struct list list = segment_list(segment, row, block);
    size_t facts = 0;
    assert_true(!list.dense || list.count == segment->blocks[block].count);
    for (uint32_t i = 0; i < list.count; i++) {
        const uint32_t position = list.from + i;
        const uint16_t local = segment->locals[position];
        assert_true(local < segment->blocks[block].count);
        if (list.dense) {
            assert_int_equal(local, i);
        } else {
            assert_true(i == 0 || segment->locals[position - 1] <= local);
        }
        if (segment->packed[position] == PACKED_ABSENT) {
            assert_true(list.dense);
            continue;
        }
        check_packed(segment, row, position, segment->blocks[block].first + local);
        if (!list.dense && i > 0 && segment->locals[position - 1] == local) {
            assert_int_equal(segment->packed[position - 1] & PACKED_BUCKET_MASK, PACKED_EXACT);
            assert_int_equal(segment->packed[position] & PACKED_BUCKET_MASK, PACKED_EXACT);
        }
        facts++;
    }
    return facts;
}

/* Returns how many of the piece live in the snapshot. */
static uint32_t check_piece(const struct engine_snapshot *snapshot, uint32_t index)
{
    const struct snapshot_piece *piece = &snapshot->pieces[index];
    const struct segment *segment = piece->segment;
    uint64_t room[BLOCK_CAP / 64];
    uint32_t next = 0;
    uint32_t not_buried = 0;
    uint32_t live = 0;
    for (uint32_t b = 0; b < segment->block_count; b++) {
        const struct block *block = &segment->blocks[b];
        assert_int_equal(block->first, next);
        check_block(segment, block);
        const uint64_t *dead = snapshot_dead_bits(snapshot, index, b, room);
        for (uint32_t i = 0; i < block->count; i++) {
            not_buried += piece_dead(piece, b, i) ? 0 : 1;
            live += dead != NULL && (dead[i / 64] >> (i % 64) & 1) != 0 ? 0 : 1;
            assert_int_equal(segment_find(segment, segment->ids[next + i]), next + i);
            assert_int_equal(segment_block_of(segment, next + i), b);
        }
        next += block->count;
    }
    assert_int_equal(next, segment->count);
    assert_int_equal(not_buried, piece->live);
    for (uint32_t row = 0; row < segment->row_count; row++) {
        size_t facts = 0;
        assert_true(row == 0 || segment->row_keys[row - 1] < segment->row_keys[row]);
        assert_int_equal(segment_row(segment, segment->row_keys[row]), row);
        for (uint32_t b = 0; b < segment->block_count; b++) {
            facts += check_list(segment, row, b);
        }
        assert_true(facts > 0);
    }
    assert_int_equal(segment_row(segment, segment_key(ENGINE_OCCUPATION, 123456)), SEGMENT_NO_ROW);
    return live;
}

void model_check(const struct model *model, const struct engine_snapshot *snapshot)
{
    size_t live = 0;
    for (uint32_t i = 0; i < snapshot->piece_count; i++) {
        live += check_piece(snapshot, i);
        assert_true(i == 0 ||
                    snapshot->pieces[i - 1].segment->count >= snapshot->pieces[i].segment->count);
    }
    size_t tail = 0;
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        tail += snapshot_tail_dead(snapshot, i) ? 0 : 1;
    }
    assert_int_equal(tail, snapshot->tail_living);
    live += tail;
    assert_int_equal(live, model->count);
    assert_int_equal(engine_snapshot_count(snapshot), model->count);
    for (size_t person = 0; person < MODEL_PEOPLE; person++) {
        check_person(model, person, snapshot);
    }
}
