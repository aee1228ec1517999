#include "common/base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static struct {
    atomic_bool faked;
    _Atomic int64_t hands;
} fake;

static int64_t machine(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int64_t clock_now(void)
{
    return atomic_load(&fake.faked) ? atomic_load(&fake.hands) : machine(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return atomic_load(&fake.faked) ? atomic_load(&fake.hands) : machine(CLOCK_MONOTONIC);
}

void clock_fake(int64_t now)
{
    atomic_store(&fake.hands, now);
    atomic_store(&fake.faked, true);
}

void clock_advance(int64_t step)
{
    assert(atomic_load(&fake.faked));
    atomic_fetch_add(&fake.hands, step);
}

void clock_real(void)
{
    atomic_store(&fake.faked, false);
}

void clock_text(int64_t time, char text[CLOCK_TEXT_SIZE])
{
    int64_t rest = time % CLOCK_SECOND;
    time_t seconds = (time_t)(time / CLOCK_SECOND);
    struct tm utc;

    if (rest < 0) { /* before 1970, towards the earlier second */
        rest += CLOCK_SECOND;
        seconds--;
    }
    gmtime_r(&seconds, &utc);
    size_t length = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, CLOCK_TEXT_SIZE - length, ".%03uZ",
             (unsigned)(rest / CLOCK_MILLISECOND) % 1000);
}
