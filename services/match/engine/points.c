#include "services/match/engine/points.h"

#include "services/match/engine/segment.h"

/* R13: from the last use or, where that is not stated, from the day of the statement itself. */
static bool long_ago(const struct plan *plan, const struct engine_fact *fact)
{
    if (fact->kind != ENGINE_COMPETENCE && fact->kind != ENGINE_OCCUPATION) {
        return false;
    }
    const int32_t day = fact->last_used != ENGINE_NO_DAY ? fact->last_used : fact->stated_on;
    return day < plan->stale_before;
}

static struct engine_part earning_nothing(const struct plan_part *part, enum engine_status status)
{
    return (struct engine_part){.status = status, .of = part->of};
}

static struct engine_part earning_all(const struct plan_part *part)
{
    return (struct engine_part){.status = ENGINE_MATCHED, .points = part->of, .of = part->of};
}

/* R10 to R15. */
static struct engine_part judge(const struct plan *plan, const struct plan_part *part,
                                const struct engine_fact *fact, unsigned halvings)
{
    if (fact->valid_until == ENGINE_NO_DAY) {
        if (part->expires) {
            return earning_nothing(part, ENGINE_UNKNOWN);
        }
    } else if (fact->valid_until < part->valid_on) {
        return earning_nothing(part, ENGINE_EXPIRED);
    }

    if (part->minimum_level > 0) {
        if (fact->level == ENGINE_LEVEL_UNKNOWN) {
            return earning_nothing(part, ENGINE_UNKNOWN);
        }
        if (fact->level + 1 < part->minimum_level) {
            return earning_nothing(part, ENGINE_MISSING);
        }
        halvings += fact->level < part->minimum_level ? 1 : 0;
    }
    if (part->must) { /* in full or not at all; age of use does not decide a must */
        return halvings > 0 ? earning_nothing(part, ENGINE_MISSING) : earning_all(part);
    }
    const bool stale = long_ago(plan, fact);
    halvings += stale ? 1 : 0;
    return (struct engine_part){
        .status = halvings == 0 ? ENGINE_MATCHED : ENGINE_PARTIAL,
        .points = (uint16_t)(part->of >> halvings),
        .of = part->of,
        .long_ago = stale,
    };
}

struct engine_part points_judge(const struct plan *plan, size_t part, const struct plan_key *key,
                                const struct engine_fact *fact)
{
    struct engine_part judged = judge(plan, &plan->parts[part], fact, key->halvings);
    judged.has_fact = true;
    judged.related = key->halvings > 0;
    judged.relation = key->relation;
    judged.fact = *fact;
    return judged;
}

static int compare(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int64_t last_valid_day(const struct engine_fact *fact)
{
    return fact->valid_until == ENGINE_NO_DAY ? INT64_MAX : fact->valid_until;
}

static int known_years(const struct engine_fact *fact)
{
    return fact->years == ENGINE_YEARS_UNKNOWN ? -1 : fact->years;
}

/* What earns more; then what says more. */
bool points_better(const struct engine_part *left, const struct engine_part *right)
{
    const struct engine_fact *l = &left->fact;
    const struct engine_fact *r = &right->fact;
    int order = compare(left->points, right->points);
    order = order != 0 ? order : compare(right->status, left->status);
    order = order != 0 ? order : compare(right->relation, left->relation);
    order = order != 0 ? order : compare(last_valid_day(l), last_valid_day(r));
    order = order != 0 ? order : compare(l->level, r->level);
    order = order != 0 ? order : compare(l->last_used, r->last_used); /* unknown is least */
    order = order != 0 ? order : compare(l->stated_on, r->stated_on);
    order = order != 0 ? order : compare(known_years(l), known_years(r));
    return order > 0;
}

/* The first of the facts with this key or a greater one. */
static size_t seek(const struct engine_fact *facts, size_t count, uint32_t key)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (segment_key(facts[middle].kind, facts[middle].code) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct engine_part points_best(const struct plan *plan, size_t index,
                               const struct engine_fact *facts, size_t count)
{
    const struct plan_part *part = &plan->parts[index];
    struct engine_part best = earning_nothing(part, ENGINE_MISSING);
    for (size_t k = 0; k < part->key_count; k++) {
        const struct plan_key *key = &part->keys[k];
        for (size_t i = seek(facts, count, key->key);
             i < count && segment_key(facts[i].kind, facts[i].code) == key->key; i++) {
            const struct engine_part judged = points_judge(plan, index, key, &facts[i]);
            if (!best.has_fact || points_better(&judged, &best)) {
                best = judged;
            }
        }
    }
    return best;
}
