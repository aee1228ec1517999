#include "services/match/engine/orders_candidate.h"

#include "common/base/mem.h"
#include "services/match/engine/segment.h"

#include <string.h>

#define SEATS_LEAST 64
#define SEATS_PER_FACT 4 /* at least: hardly any two then want the same */

static void make_room(struct orders_candidate *candidate, size_t facts)
{
    if (facts > candidate->fact_room) {
        candidate->bytes +=
            (facts - candidate->fact_room) * (sizeof *candidate->keys + sizeof *candidate->next);
        candidate->keys = mem_resize(candidate->keys, facts, sizeof *candidate->keys);
        candidate->next = mem_resize(candidate->next, facts, sizeof *candidate->next);
        candidate->fact_room = facts;
    }
    uint32_t seats = candidate->seat_count > 0 ? candidate->seat_count : SEATS_LEAST;
    while (seats < SEATS_PER_FACT * facts) {
        seats *= 2;
    }
    if (seats > candidate->seat_count) {
        candidate->bytes += (seats - candidate->seat_count) * sizeof *candidate->seats;
        candidate->seats = mem_resize(candidate->seats, seats, sizeof *candidate->seats);
        candidate->seat_count = seats;
    }
}

static void add_fact(struct orders_candidate *candidate, uint32_t fact)
{
    const struct engine_fact *stated = &candidate->stated->facts[fact];
    if (stated->code == 0) {
        return; /* matches nothing */
    }
    const uint32_t key = segment_key(stated->kind, stated->code);
    const uint32_t mask = candidate->seat_count - 1;
    uint32_t at = orders_candidate_hash(key) >> 16 & mask;
    while (candidate->seats[at].key != key && candidate->seats[at].key != 0) {
        at = (at + 1) & mask;
    }
    const bool known = candidate->seats[at].key == key;
    candidate->next[fact] = known ? candidate->seats[at].first : ORDERS_NO_FACT;
    candidate->seats[at] = (struct orders_seat){.key = key, .first = fact};
    if (!known) {
        candidate->keys[candidate->key_count++] = key;
    }
    for (unsigned level = 0; level <= stated->level; level++) {
        candidate->signs[orders_candidate_sign(key, level)] = 1;
    }
}

void orders_candidate_look(struct orders_candidate *candidate,
                           const struct engine_candidate *stated)
{
    make_room(candidate, stated->fact_count);
    memset(candidate->seats, 0, candidate->seat_count * sizeof *candidate->seats);
    memset(candidate->signs, 0, sizeof candidate->signs);
    candidate->signs[0] = 1;
    candidate->stated = stated;
    candidate->key_count = 0;
    for (uint32_t fact = 0; fact < stated->fact_count; fact++) {
        add_fact(candidate, fact);
    }
}

void orders_candidate_deinit(struct orders_candidate *candidate)
{
    mem_free(candidate->keys);
    mem_free(candidate->next);
    mem_free(candidate->seats);
}
