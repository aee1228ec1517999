#include "services/match/engine/score.h"

#include "services/match/engine/lists.h"

/* A must that is met earns its share, one that is lacking nothing. */
static void start_with_musts(struct look *look, enum engine_mode mode)
{
    const struct plan_part *parts = look->plan.parts;
    uint16_t lost[UINT8_MAX + 1];
    uint16_t musts = 0;
    lost[ENGINE_LACKS_NONE] = 0;
    for (size_t i = 0; i < look->must_count; i++) {
        const uint8_t part = look->musts[i];
        lost[part] = parts[part].of;
        musts = (uint16_t)(musts + parts[part].of);
    }
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        look->score[local] =
            mode == ENGINE_STRICT ? musts : (uint16_t)(musts - lost[look->lacks[local]]);
    }
}

void score_survivors(struct look *look, enum engine_mode mode)
{
    for (size_t i = 0; i < look->nice_count; i++) {
        look_sight(look, look->nices[i]);
        lists_fetch(look, look->nices[i], look->block);
    }
    start_with_musts(look, mode);
    for (size_t i = 0; i < look->nice_count; i++) {
        lists_add(look, look->nices[i]);
    }
    look->counters.scored += look->count;
}
