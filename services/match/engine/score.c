#include "services/match/engine/score.h"

#include "services/match/engine/lists.h"

void score_survivors(struct look *look)
{
    uint16_t musts = 0; /* met, each earns its share */
    for (size_t i = 0; i < look->must_count; i++) {
        musts = (uint16_t)(musts + look->plan.parts[look->musts[i]].of);
    }
    for (size_t i = 0; i < look->count; i++) {
        const struct survivor survivor = look->survivors[i];
        const uint16_t lost =
            survivor.lacks == ENGINE_LACKS_NONE ? 0 : look->plan.parts[survivor.lacks].of;
        look->score[survivor.local] = (uint16_t)(musts - lost);
    }
    for (size_t i = 0; i < look->nice_count; i++) {
        look_sight(look, look->nices[i]);
        lists_add(look, look->nices[i]);
    }
    look->counters.scored += look->count;
}
