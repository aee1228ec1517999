#include "services/match/engine/look.h"

#include "services/match/engine/distance.h"

#include <string.h>

int look_begin(struct look *look, const struct engine_order *order)
{
    const int error = plan_make(order, &look->plan);
    if (error != 0) {
        return error;
    }
    look->must_count = 0;
    look->nice_count = 0;
    for (size_t part = 0; part < look->plan.part_count; part++) {
        if (look->plan.parts[part].must) {
            look->musts[look->must_count++] = (uint8_t)part;
        } else {
            look->nices[look->nice_count++] = (uint8_t)part;
        }
        for (size_t halvings = 0; halvings < GRADE_HALVINGS; halvings++) {
            grades_forget(&look->grades[part][halvings]);
        }
    }
    look->piece = NULL;
    return 0;
}

void look_at_piece(struct look *look, const struct engine_snapshot *snapshot, uint32_t piece)
{
    look->snapshot = snapshot;
    look->piece = &snapshot->pieces[piece];
    look->piece_index = piece;
    look->segment = look->piece->segment;
    look->term_count = 0;
    for (size_t part = 0; part < look->plan.part_count; part++) {
        look->parts[part].done = false;
    }
}

typedef void make_grades(const struct plan *plan, size_t part, const struct plan_key *key,
                         const struct buckets *buckets, struct grades *grades);

static void sight(struct look *look, size_t part, make_grades *make)
{
    const struct plan_part *asked = &look->plan.parts[part];
    struct sighted_part *sighted = &look->parts[part];
    if (sighted->done) {
        return;
    }
    sighted->done = true;
    sighted->terms = look->terms + look->term_count;
    sighted->count = 0;
    for (size_t k = 0; k < asked->key_count; k++) {
        const struct plan_key *key = &asked->keys[k];
        const uint32_t row = segment_row(look->segment, key->key);
        if (row == SEGMENT_NO_ROW) {
            continue;
        }
        struct grades *grades = &look->grades[part][key->halvings];
        make(&look->plan, part, key, &look->segment->buckets[asked->kind], grades);
        sighted->terms[sighted->count++] = (struct term){.key = key, .grades = grades, .row = row};
    }
    look->term_count += sighted->count;
    look->counters.random_lines += asked->key_count + sighted->count; /* slot and key */
}

void look_sight(struct look *look, size_t part)
{
    sight(look, part, grades_points);
}

void look_sight_standings(struct look *look, size_t part)
{
    sight(look, part, grades_standings);
}

uint16_t look_stamp(struct look *look)
{
    if (look->stamp == UINT16_MAX) {
        memset(look->marks, 0, sizeof look->marks);
        look->stamp = 0;
    }
    return ++look->stamp;
}

bool look_reaches(const struct look *look, uint32_t index)
{
    const struct engine_order *order = look->plan.order;
    const struct block *block = &look->segment->blocks[index];
    if (!distance_known(order->place) || (order->radius_km == 0 && block->unlimited_travel)) {
        return true; /* distance decides nothing, or not for everybody */
    }
    /* Who passes has a known place (R6), within the order's limit and within the widest of theirs.
     */
    uint32_t limit_km = block->unlimited_travel ? UINT32_MAX : block->longest_travel_km;
    if (order->radius_km > 0 && order->radius_km < limit_km) {
        limit_km = order->radius_km;
    }
    const struct distance_box box = {
        .south = block->south, .north = block->north, .west = block->west, .east = block->east};
    return box.south <= box.north && distance_box_within(&box, order->place, limit_km);
}
