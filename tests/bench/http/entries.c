#include "tests/bench/http/entries.h"

#include "common/base/mem.h"
#include "tests/bench/peers/serve.h"

#include <stdio.h>

#define BODIES_CAP ((size_t)1 << 20)
#define ANSWER_CAP ((size_t)4 << 20)
#define UNDER_WAY                                                                                  \
    16 /* answers that the server has handed over and not yet sent: its connections                \
        */
#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)

struct entries {
    struct shop *shop;
    struct answer_writer *writer;
    struct arena *arena;
    struct buffer bodies; /* each with a NUL behind it */
    struct buffer answers[UNDER_WAY];
    size_t next; /* of the answers */
};

static void collect(struct entries *entries)
{
    struct buffer body;
    buffer_init(&body, BODIES_CAP);
    for (uint32_t number = 0; shop_next_body(entries->shop, entries->arena, &number, &body);) {
        buffer_append(&entries->bodies, body.data, body.length + 1);
    }
    buffer_deinit(&body);
}

/* Ranks the order, and says how many nanoseconds its answer took after that. The ranking is not
 * timed, but it is done each time, so that the caches hold what they hold in the server; and the
 * answers stand in as many buffers in turn as there. */
static int answer_one(struct entries *entries, const char *body, size_t length, uint64_t *spent)
{
    struct buffer *answer = &entries->answers[entries->next++ % UNDER_WAY];
    struct shop_ranked ranked;
    arena_reset(entries->arena);
    buffer_clear(answer);
    const int error = shop_rank(entries->shop, entries->arena, body, length, &ranked);
    if (error != 0) {
        return error;
    }
    const uint64_t began = serve_now();
    answer_write(entries->writer, entries->shop, &ranked, answer);
    *spent += serve_now() - began;
    return buffer_full(answer) ? ERROR_LIMIT : 0;
}

static int pass_over(struct entries *entries, uint64_t *spent, uint64_t *count)
{
    const char *const end = entries->bodies.data + entries->bodies.length;
    for (const char *body = entries->bodies.data; body < end;) {
        const size_t length = strlen(body);
        const int error = answer_one(entries, body, length, spent);
        if (error != 0) {
            return error;
        }
        body += length + 1;
        (*count)++;
    }
    return 0;
}

static int measure(struct entries *entries, unsigned milliseconds)
{
    const uint64_t end = serve_now() + milliseconds * NANOSECONDS_PER_MILLISECOND;
    uint64_t spent = 0;
    uint64_t count = 0;
    int error;
    do {
        error = pass_over(entries, &spent, &count);
    } while (error == 0 && serve_now() < end);
    if (error == 0) {
        printf("%.3f\n", (double)spent / (double)count / 1000);
        fflush(stdout);
    }
    return error;
}

int entries_measure(struct shop *shop, struct answer_writer *writer)
{
    struct entries entries = {.shop = shop, .writer = writer, .arena = arena_create(0)};
    unsigned milliseconds;
    buffer_init(&entries.bodies, BODIES_CAP);
    for (size_t i = 0; i < UNDER_WAY; i++) {
        buffer_init(&entries.answers[i], ANSWER_CAP);
    }
    collect(&entries);
    int error = buffer_full(&entries.bodies) ? ERROR_LIMIT
                : entries.bodies.length == 0 ? ERROR_NOT_FOUND
                                             : 0;
    if (error == 0) {
        puts("ready");
        fflush(stdout);
    }
    while (error == 0 && scanf("%u", &milliseconds) == 1) {
        error = measure(&entries, milliseconds);
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        buffer_deinit(&entries.answers[i]);
    }
    buffer_deinit(&entries.bodies);
    arena_destroy(&entries.arena);
    return error;
}
