/* All that queries of one thread need, kept between them. */
#pragma once

#include "services/match/engine/look.h"
#include "services/match/engine/top.h"

struct engine_scratch {
    struct look look;
    struct top top;
    struct engine_answer answer;
    struct engine_standing *standings;
    size_t standing_room;
    /* For the census: eligible ones by municipality; of a block's candidates which rules about the
     * person exclude, how a must stands, the first rule that excludes and its part, and whether
     * several do. */
    uint32_t by_municipality[UINT16_MAX + 1]; /* zero between one census and the next */
    uint16_t municipality_low, municipality_high;
    uint16_t failures[BLOCK_CAP];
    uint8_t standing[BLOCK_CAP], reason[BLOCK_CAP], part[BLOCK_CAP], several[BLOCK_CAP];
};
