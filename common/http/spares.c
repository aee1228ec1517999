/* Memory that answers stand in, counted and used again. */
#include "common/http/spares.h"

#include "common/base/mem.h"

#include <stdlib.h>

#define KEPT ((size_t)16)
#define LARGEST_KEPT ((size_t)262144) /* one huge answer is no reason to keep so much */

struct memory {
    char *bytes;
    size_t size;
};

struct spares {
    struct memory kept[KEPT];
    size_t count;
    size_t sending; /* loans that libevent has not given back */
    bool gone;      /* the server was destroyed */
};

/* What libevent holds until it has sent the bytes. */
struct loan {
    struct spares *spares;
    struct memory memory;
};

struct spares *spares_create(void)
{
    return mem_zalloc(sizeof(struct spares));
}

void spares_destroy(struct spares **spares)
{
    struct spares *gone = *spares;
    if (gone == NULL)
        return;
    *spares = NULL;
    while (gone->count > 0)
        mem_free(gone->kept[--gone->count].bytes);
    gone->gone = true;
    if (gone->sending == 0)
        mem_free(gone);
}

static void give_back(const void *bytes, size_t length, void *argument)
{
    struct loan *loan = argument;
    struct spares *spares = loan->spares;
    (void)bytes;
    (void)length;
    if (!spares->gone && spares->count < KEPT && loan->memory.size <= LARGEST_KEPT)
        spares->kept[spares->count++] = loan->memory;
    else
        mem_free(loan->memory.bytes);
    mem_free(loan);
    if (--spares->sending == 0 && spares->gone)
        mem_free(spares);
}

/* The latest that came back: it is in the processor's cache. */
static void refill(struct spares *spares, struct buffer *buffer)
{
    const size_t cap = buffer->cap;
    if (spares->count == 0) {
        buffer_init(buffer, cap);
        return;
    }
    const struct memory memory = spares->kept[--spares->count];
    *buffer = (struct buffer){
        .data = memory.bytes,
        .allocated = memory.size <= cap ? memory.size : cap + 1, /* its writer keeps to the cap */
        .cap = cap,
    };
    buffer_clear(buffer);
}

void spares_send(struct spares *spares, struct buffer *buffer, struct evbuffer *output)
{
    struct loan *loan = mem_alloc(sizeof *loan);
    *loan = (struct loan){spares, {buffer->data, buffer->allocated}};
    if (evbuffer_add_reference(output, buffer->data, buffer->length, give_back, loan) != 0)
        abort();
    spares->sending++;
    refill(spares, buffer);
}
