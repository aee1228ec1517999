#include "services/match/engine/snapshot.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

static struct engine_snapshot *allocate(size_t candidates, size_t facts)
{
    struct engine_snapshot *s = mem_zalloc(sizeof *s);
    s->ids = mem_array(candidates, sizeof *s->ids);
    s->municipalities = mem_array(candidates, sizeof *s->municipalities);
    s->places = mem_array(candidates, sizeof *s->places);
    s->max_travel_km = mem_array(candidates, sizeof *s->max_travel_km);
    s->available_from = mem_array(candidates, sizeof *s->available_from);
    s->screening_until = mem_array(candidates, sizeof *s->screening_until);
    s->work = mem_array(candidates, sizeof *s->work);
    s->flags = mem_array(candidates, sizeof *s->flags);
    s->fact_from = mem_array(candidates + 1, sizeof *s->fact_from);
    s->fact_keys = mem_array(facts, sizeof *s->fact_keys);
    s->fact_levels = mem_array(facts, sizeof *s->fact_levels);
    s->fact_years = mem_array(facts, sizeof *s->fact_years);
    s->fact_valid_until = mem_array(facts, sizeof *s->fact_valid_until);
    s->fact_last_used = mem_array(facts, sizeof *s->fact_last_used);
    s->fact_stated_on = mem_array(facts, sizeof *s->fact_stated_on);
    return s;
}

void engine_snapshot_destroy(struct engine_snapshot **snapshot)
{
    struct engine_snapshot *s = *snapshot;
    if (s == NULL) {
        return;
    }
    *snapshot = NULL;
    mem_free(s->ids);
    mem_free(s->municipalities);
    mem_free(s->places);
    mem_free(s->max_travel_km);
    mem_free(s->available_from);
    mem_free(s->screening_until);
    mem_free(s->work);
    mem_free(s->flags);
    mem_free(s->fact_from);
    mem_free(s->fact_keys);
    mem_free(s->fact_levels);
    mem_free(s->fact_years);
    mem_free(s->fact_valid_until);
    mem_free(s->fact_last_used);
    mem_free(s->fact_stated_on);
    mem_free(s);
}

int64_t engine_snapshot_version(const struct engine_snapshot *snapshot)
{
    return snapshot->version;
}

size_t engine_snapshot_count(const struct engine_snapshot *snapshot)
{
    return snapshot->count;
}

/* ---- building ---- */

static int compare_facts(const void *left, const void *right)
{
    const struct engine_fact *l = left;
    const struct engine_fact *r = right;
    const uint32_t left_key = snapshot_key(l->kind, l->code);
    const uint32_t right_key = snapshot_key(r->kind, r->code);
    return (left_key > right_key) - (left_key < right_key);
}

static void append_facts(struct engine_snapshot *s, const struct engine_candidate *candidate)
{
    if (candidate->fact_count == 0) {
        return;
    }
    struct engine_fact *facts = mem_array(candidate->fact_count, sizeof *facts);
    memcpy(facts, candidate->facts, candidate->fact_count * sizeof *facts);
    qsort(facts, candidate->fact_count, sizeof *facts, compare_facts);
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const uint32_t at = s->fact_count++;
        s->fact_keys[at] = snapshot_key(facts[i].kind, facts[i].code);
        s->fact_levels[at] = facts[i].level;
        s->fact_years[at] = facts[i].years;
        s->fact_valid_until[at] = facts[i].valid_until;
        s->fact_last_used[at] = facts[i].last_used;
        s->fact_stated_on[at] = facts[i].stated_on;
    }
    mem_free(facts);
}

static void append_changed(struct engine_snapshot *s, const struct engine_candidate *candidate)
{
    if (candidate->removed) {
        return;
    }
    const uint32_t at = s->count++;
    memcpy(s->ids[at], candidate->id, ENGINE_ID_SIZE);
    s->municipalities[at] = candidate->municipality;
    s->places[at] = candidate->place;
    s->max_travel_km[at] = candidate->max_travel_km;
    s->available_from[at] = candidate->available_from;
    s->screening_until[at] = candidate->screening_until;
    s->work[at] = candidate->work;
    s->flags[at] = (uint8_t)((candidate->is_protected ? SNAPSHOT_PROTECTED : 0) |
                             (candidate->withdrawn ? SNAPSHOT_WITHDRAWN : 0));
    append_facts(s, candidate);
    s->fact_from[at + 1] = s->fact_count;
}

#define COPY_RUN(field, to, from, count_)                                                          \
    memcpy(&s->field[to], &old->field[from], (count_) * sizeof *s->field)

/* The unchanged candidates `from` to `until` - 1 of the old snapshot, in whole runs. */
static void append_run(struct engine_snapshot *s, const struct engine_snapshot *old, uint32_t from,
                       uint32_t until)
{
    if (from == until) {
        return;
    }
    const size_t run = until - from;
    const uint32_t first_fact = old->fact_from[from];
    const size_t facts = old->fact_from[until] - first_fact;
    COPY_RUN(ids, s->count, from, run);
    COPY_RUN(municipalities, s->count, from, run);
    COPY_RUN(places, s->count, from, run);
    COPY_RUN(max_travel_km, s->count, from, run);
    COPY_RUN(available_from, s->count, from, run);
    COPY_RUN(screening_until, s->count, from, run);
    COPY_RUN(work, s->count, from, run);
    COPY_RUN(flags, s->count, from, run);
    for (uint32_t i = 0; i < run; i++) {
        s->fact_from[s->count + i + 1] =
            s->fact_count + (old->fact_from[from + i + 1] - first_fact);
    }
    if (facts > 0) {
        COPY_RUN(fact_keys, s->fact_count, first_fact, facts);
        COPY_RUN(fact_levels, s->fact_count, first_fact, facts);
        COPY_RUN(fact_years, s->fact_count, first_fact, facts);
        COPY_RUN(fact_valid_until, s->fact_count, first_fact, facts);
        COPY_RUN(fact_last_used, s->fact_count, first_fact, facts);
        COPY_RUN(fact_stated_on, s->fact_count, first_fact, facts);
    }
    s->count += (uint32_t)run;
    s->fact_count += (uint32_t)facts;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct engine_candidate *const *l = left;
    const struct engine_candidate *const *r = right;
    return memcmp((*l)->id, (*r)->id, ENGINE_ID_SIZE);
}

/* `changed` by id, as pointers. ERROR_INVALID when two are the same. */
static int sort_changed(const struct engine_candidate *changed, size_t count,
                        const struct engine_candidate ***sorted)
{
    const struct engine_candidate **list = mem_array(count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = &changed[i];
    }
    if (count > 1) {
        qsort(list, count, sizeof *list, compare_candidates);
    }
    for (size_t i = 1; i < count; i++) {
        if (memcmp(list[i - 1]->id, list[i]->id, ENGINE_ID_SIZE) == 0) {
            mem_free(list);
            return ERROR_INVALID;
        }
    }
    *sorted = list;
    return 0;
}

int engine_apply(const struct engine_snapshot *previous, int64_t version,
                 const struct engine_candidate *changed, size_t count,
                 struct engine_snapshot **next)
{
    static const struct engine_snapshot nothing;
    const struct engine_snapshot *old = previous != NULL ? previous : &nothing;
    size_t facts = old->fact_count;
    for (size_t i = 0; i < count; i++) {
        facts += changed[i].removed ? 0 : changed[i].fact_count;
    }
    if (facts >= UINT32_MAX || old->count + count >= UINT32_MAX) {
        return ERROR_LIMIT;
    }
    const struct engine_candidate **sorted = NULL;
    const int error = sort_changed(changed, count, &sorted);
    if (error != 0) {
        return error;
    }

    struct engine_snapshot *s = allocate(old->count + count, facts);
    uint32_t unchanged = 0; /* the first of the old ones that is not dealt with yet */
    for (size_t i = 0; i < count; i++) {
        uint32_t at = snapshot_seek_id(old, unchanged, sorted[i]->id);
        append_run(s, old, unchanged, at);
        if (at < old->count && memcmp(old->ids[at], sorted[i]->id, ENGINE_ID_SIZE) == 0) {
            at++;
        }
        append_changed(s, sorted[i]);
        unchanged = at;
    }
    append_run(s, old, unchanged, old->count);
    s->version = version;
    mem_free(sorted);
    *next = s;
    return 0;
}

/* ---- reading ---- */

uint32_t snapshot_seek_id(const struct engine_snapshot *snapshot, uint32_t from,
                          const uint8_t id[ENGINE_ID_SIZE])
{
    uint32_t low = from;
    uint32_t high = snapshot->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (memcmp(snapshot->ids[middle], id, ENGINE_ID_SIZE) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t snapshot_find(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE])
{
    const uint32_t at = snapshot_seek_id(snapshot, 0, id);
    if (at < snapshot->count && memcmp(snapshot->ids[at], id, ENGINE_ID_SIZE) == 0) {
        return at;
    }
    return snapshot->count;
}

struct engine_fact snapshot_fact(const struct engine_snapshot *snapshot, uint32_t at)
{
    const uint32_t key = snapshot->fact_keys[at];
    return (struct engine_fact){
        .kind = (enum engine_kind)(key >> SNAPSHOT_CODE_BITS),
        .code = key & ((UINT32_C(1) << SNAPSHOT_CODE_BITS) - 1),
        .level = snapshot->fact_levels[at],
        .years = snapshot->fact_years[at],
        .valid_until = snapshot->fact_valid_until[at],
        .last_used = snapshot->fact_last_used[at],
        .stated_on = snapshot->fact_stated_on[at],
    };
}

uint32_t snapshot_seek(const struct engine_snapshot *snapshot, uint32_t candidate, uint32_t key)
{
    uint32_t low = snapshot->fact_from[candidate];
    uint32_t high = snapshot->fact_from[candidate + 1];
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (snapshot->fact_keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int engine_snapshot_facts(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE],
                          struct engine_fact *facts, size_t cap, size_t *count)
{
    const uint32_t candidate = snapshot_find(snapshot, id);
    if (candidate == snapshot->count) {
        return ERROR_NOT_FOUND;
    }
    const uint32_t from = snapshot->fact_from[candidate];
    *count = snapshot->fact_from[candidate + 1] - from;
    for (size_t i = 0; i < *count && i < cap; i++) {
        facts[i] = snapshot_fact(snapshot, from + (uint32_t)i);
    }
    return 0;
}
