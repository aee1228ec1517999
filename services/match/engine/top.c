#include "services/match/engine/top.h"

#include "common/base/mem.h"
#include "services/match/engine/tie.h"

#include <string.h>

#define CLOSED (ENGINE_POINTS + 1) /* a bar that nobody reaches */

bool standing_before(const struct standing *left, const struct standing *right)
{
    if (left->score != right->score) {
        return left->score > right->score;
    }
    if (left->tie != right->tie) {
        return left->tie < right->tie;
    }
    return memcmp(left->id, right->id, ENGINE_ID_SIZE) < 0;
}

void top_reset(struct top *top, const uint8_t order[ENGINE_ID_SIZE], size_t cap)
{
    if (cap > top->room) {
        top->standings = mem_resize(top->standings, cap, sizeof *top->standings);
        top->room = cap;
    }
    top->tie_of_order = tie_of_order(order);
    top->count = 0;
    top->cap = cap;
    top->bar = cap > 0 ? 0 : CLOSED;
    top->found = 0;
    memset(top->counts, 0, sizeof top->counts);
}

void top_deinit(struct top *top)
{
    mem_free(top->standings);
    top->standings = NULL;
}

static void sift_up(struct standing *heap, size_t at)
{
    const struct standing moved = heap[at];
    while (at > 0 && standing_before(&heap[(at - 1) / 2], &moved)) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
}

static void sift_down(struct standing *heap, size_t count)
{
    const struct standing moved = heap[0];
    size_t at = 0;
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && standing_before(&heap[child], &heap[child + 1])) {
            child++;
        }
        if (!standing_before(&moved, &heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

void top_offer(struct top *top, struct standing standing)
{
    standing.tie = tie_with(top->tie_of_order, standing.id);
    if (top->count < top->cap) {
        top->standings[top->count++] = standing;
        sift_up(top->standings, top->count - 1);
    } else if (standing_before(&standing, &top->standings[0])) {
        top->standings[0] = standing;
        sift_down(top->standings, top->count);
    }
    if (top->count == top->cap && top->standings[0].score > top->bar) {
        top->bar = top->standings[0].score;
    }
}

void top_raise_bar(struct top *top)
{
    size_t reaching = 0;
    uint32_t score = ENGINE_POINTS + 1;
    while (score > top->bar && reaching < top->cap) {
        score--;
        reaching += top->counts[0][score] + top->counts[1][score];
    }
    top->bar = reaching >= top->cap ? score : top->bar;
}

/* The last one goes to the end of the heap, which then is one shorter. In place: nothing to
 * allocate. */
void top_sort(struct top *top)
{
    for (size_t score = 0; score <= ENGINE_POINTS; score++) {
        top->with_score[score] = top->counts[0][score] + top->counts[1][score];
    }
    for (size_t left = top->count; left > 1; left--) {
        const struct standing last = top->standings[0];
        top->standings[0] = top->standings[left - 1];
        sift_down(top->standings, left - 1);
        top->standings[left - 1] = last;
    }
}
