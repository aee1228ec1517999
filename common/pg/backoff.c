#include "common/pg/backoff.h"

#include "common/base/clock.h"
#include "common/base/random.h"

#define FIRST (100 * CLOCK_MILLISECOND)
#define CAP (4 * CLOCK_SECOND) /* a new primary is used within seconds of its promotion (C11) */

int64_t pg_backoff(unsigned failures)
{
    int64_t whole = FIRST;

    for (unsigned i = 0; i < failures && whole < CAP; i++) {
        whole *= 2;
    }
    whole = whole < CAP ? whole : CAP;
    return whole / 2 + (int64_t)random_below((uint64_t)whole / 2 + 1);
}
