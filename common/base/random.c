#include "common/base/random.h"

#include "common/base/str.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static struct {
    pthread_mutex_t lock;
    bool faked;
    uint64_t state;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* SplitMix64 (Steele, Lea, Flood 2014): good enough to repeat a test run, never a secret. */
static uint64_t fake_next(void)
{
    uint64_t mixed = fake.state += UINT64_C(0x9E3779B97F4A7C15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static bool fake_bytes(unsigned char *at, size_t length)
{
    pthread_mutex_lock(&fake.lock);
    bool faked = fake.faked;
    while (faked && length > 0) {
        uint64_t word = fake_next();
        size_t part = length < sizeof word ? length : sizeof word;
        memcpy(at, &word, part);
        at += part;
        length -= part;
    }
    pthread_mutex_unlock(&fake.lock);
    return faked;
}

void random_bytes(void *bytes, size_t length)
{
    unsigned char *at = bytes;

    if (fake_bytes(at, length))
        return;
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) { /* without randomness there are no secrets; nothing sane remains */
            fprintf(stderr, "emnebank: getrandom: %s\n", strerror(errno));
            abort();
        }
        at += got;
        length -= (size_t)got;
    }
}

uint64_t random_below(uint64_t bound)
{
    assert(bound > 0);
    /* The first 2^64 mod bound values are thrown away, so that each rest is equally likely. */
    uint64_t floor = (0 - bound) % bound;
    uint64_t word;

    do
        random_bytes(&word, sizeof word);
    while (word < floor);
    return word % bound;
}

void random_uuid(char text[RANDOM_UUID_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    unsigned char bytes[16];
    const unsigned char *at = bytes;

    random_bytes(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (i > 0)
            *text++ = '-';
        str_hex(at, groups[i], text);
        text += 2 * groups[i];
        at += groups[i];
    }
}

static void set_fake(bool faked, uint64_t seed)
{
    pthread_mutex_lock(&fake.lock);
    fake.faked = faked;
    fake.state = seed;
    pthread_mutex_unlock(&fake.lock);
}

void random_fake(uint64_t seed)
{
    set_fake(true, seed);
}

void random_real(void)
{
    set_fake(false, 0);
}
