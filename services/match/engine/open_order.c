#include "services/match/engine/open_order.h"

#include "common/base/mem.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"

#include <string.h>

/* ---- making ---- */

static size_t terms_of(const struct plan_part *part)
{
    return part->key_count > 0 ? part->key_count : 1; /* a must that nobody meets is one too */
}

static void add_part(struct open_order *open, const struct plan_part *part)
{
    const size_t count = terms_of(part);
    for (size_t i = 0; i < count; i++) {
        const struct plan_key key = i < part->key_count ? part->keys[i] : (struct plan_key){0};
        open->terms[open->term_count++] = (struct open_term){
            .key = key.key,
            .of = part->of,
            .minimum_level = part->minimum_level & 15,
            .halvings = key.halvings & 15,
            .must = part->must,
            .expires = part->expires,
            .to_the_end = part->valid_on != open->start,
            .ends = i + 1 == count,
        };
    }
}

struct open_order *open_order_make(const struct plan *plan, const struct engine_bar *bar)
{
    const struct engine_order *order = plan->order;
    size_t count = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        count += terms_of(&plan->parts[i]);
    }
    struct open_order *open = mem_zalloc(sizeof *open + count * sizeof open->terms[0]);
    memcpy(open->id, order->id, sizeof open->id);
    open->bar = *bar;
    open->place = order->place;
    open->start = order->start;
    open->end = order->end;
    open->as_of = order->as_of;
    open->stale_before = plan->stale_before;
    open->where = OPEN_ORDER_BY_PLACE;
    open->radius_km = order->radius_km;
    open->work = order->work;
    for (int must = 1; must >= 0; must--) {
        for (size_t i = 0; i < plan->part_count; i++) {
            if (plan->parts[i].must == (must == 1)) {
                add_part(open, &plan->parts[i]);
            }
        }
    }
    return open;
}

size_t open_order_bytes(const struct open_order *open)
{
    return sizeof *open + open->term_count * sizeof open->terms[0];
}

uint32_t open_order_part_end(const struct open_order *open, uint32_t at)
{
    while (!open->terms[at].ends) {
        at++;
    }
    return at + 1;
}

/* ---- scoring ---- */

static struct engine_part judge(const struct open_order *open, const struct open_term *term,
                                const struct engine_fact *fact, struct plan *plan)
{
    const struct plan_key key = {.key = term->key, .halvings = (uint8_t)term->halvings};
    struct plan_part *part = &plan->parts[0];
    part->must = term->must;
    part->expires = term->expires;
    part->minimum_level = (uint8_t)term->minimum_level;
    part->of = term->of;
    part->valid_on = term->to_the_end ? open->end : open->start;
    return points_judge(plan, 0, &key, fact);
}

/* The part that begins at `at`: what the best fact earns. False: a must is not met. */
static bool score_part(const struct open_order *open, uint32_t at, uint32_t end,
                       const struct orders_candidate *candidate, struct plan *plan,
                       unsigned *points)
{
    bool met = !open->terms[at].must;
    *points = 0;
    for (; at < end; at++) {
        uint32_t fact = orders_candidate_first(candidate, open->terms[at].key);
        for (; fact != ORDERS_NO_FACT; fact = candidate->next[fact]) {
            const struct engine_part judged =
                judge(open, &open->terms[at], &candidate->stated->facts[fact], plan);
            met = met || rules_must(&judged) == ENGINE_ELIGIBLE;
            *points = judged.points > *points ? judged.points : *points;
        }
    }
    return met;
}

static bool lets_in(const struct open_order *open, const struct engine_candidate *candidate,
                    struct plan *plan)
{
    const struct engine_order order = {.place = open->place,
                                       .radius_km = open->radius_km,
                                       .start = open->start,
                                       .end = open->end,
                                       .work = open->work,
                                       .as_of = open->as_of};
    plan->order = &order;
    const bool in = rules_person(plan, candidate) == ENGINE_ELIGIBLE;
    plan->order = NULL;
    return in;
}

bool open_order_score(const struct open_order *open, const struct orders_candidate *candidate,
                      struct plan *plan, uint16_t *score)
{
    if (!lets_in(open, candidate->stated, plan)) {
        return false;
    }
    const unsigned least = open->bar.room ? 0 : open->bar.score;
    unsigned possible = ENGINE_POINTS; /* what is earned so far, and all that may follow */
    plan->stale_before = open->stale_before;
    for (uint32_t at = 0; at < open->term_count;) {
        const uint32_t end = open_order_part_end(open, at);
        unsigned points;
        if (!score_part(open, at, end, candidate, plan, &points)) {
            return false;
        }
        possible -= open->terms[at].of - points;
        if (possible < least) {
            return false;
        }
        at = end;
    }
    *score = (uint16_t)possible; /* the shares sum to all points */
    return true;
}
