#include "services/vocabulary/suggest/index.h"

#include "common/base/mem.h"

#include <string.h>

void list_push(struct list *list, uint32_t item)
{
    if (list->count == list->room) {
        list->room = list->room > 0 ? 2 * list->room : 256;
        list->items = mem_resize(list->items, list->room, sizeof *list->items);
    }
    list->items[list->count++] = item;
}

void list_free(struct list *list)
{
    mem_free(list->items);
    *list = (struct list){0};
}

void postings_build(struct postings *postings, uint32_t count, const struct list *keys,
                    const struct list *items)
{
    uint32_t *next = mem_array((size_t)count + 1, sizeof *next);

    postings->count = count;
    postings->start = mem_array((size_t)count + 1, sizeof *postings->start);
    postings->items = mem_array(items->count + 1, sizeof *postings->items);
    for (size_t i = 0; i < keys->count; i++)
        postings->start[keys->items[i] + 1]++;
    for (uint32_t key = 0; key < count; key++)
        postings->start[key + 1] += postings->start[key];
    memcpy(next, postings->start, count * sizeof *next);
    for (size_t i = 0; i < keys->count; i++)
        postings->items[next[keys->items[i]]++] = items->items[i];
    mem_free(next);
}

void postings_free(struct postings *postings)
{
    mem_free(postings->start);
    mem_free(postings->items);
    *postings = (struct postings){0};
}
