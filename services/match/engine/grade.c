#include "services/match/engine/grade.h"

#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"

unsigned grade_standing(const struct engine_part *judged)
{
    const enum engine_reason reason = rules_must(judged);
    return reason == ENGINE_ELIGIBLE ? GRADE_MET : (unsigned)(reason - ENGINE_MUST_MISSING);
}

enum engine_reason grade_reason(unsigned standing)
{
    return standing == GRADE_MET ? ENGINE_ELIGIBLE
                                 : (enum engine_reason)(ENGINE_MUST_MISSING + standing);
}

/* What a fact's day is to the day that the part asks about. */
enum side { BEFORE, SINCE, UNDATED };

/* A competence and an occupation age by their last use (R13), the others by their last day (R10).
 */
static int32_t day_asked(const struct plan *plan, size_t part)
{
    return segment_by_use(plan->parts[part].kind) ? plan->stale_before : plan->parts[part].valid_on;
}

static struct engine_fact sample(const struct plan *plan, size_t part, const struct plan_key *key,
                                 unsigned level, enum side side)
{
    struct engine_fact fact = {
        .code = segment_code(key->key),
        .kind = plan->parts[part].kind,
        .level = (uint8_t)level,
        .years = ENGINE_YEARS_UNKNOWN,
        .valid_until = ENGINE_NO_DAY,
        .last_used = ENGINE_NO_DAY,
        .stated_on = day_asked(plan, part),
    };
    if (side != UNDATED) {
        const int32_t day = day_asked(plan, part) - (side == BEFORE ? 1 : 0);
        *(segment_by_use(fact.kind) ? &fact.last_used : &fact.valid_until) = day;
    }
    return fact;
}

typedef uint16_t value_of(const struct engine_part *judged);

static uint16_t judge_sample(const struct plan *plan, size_t part, const struct plan_key *key,
                             value_of *value, unsigned level, enum side side)
{
    const struct engine_fact fact = sample(plan, part, key, level, side);
    const struct engine_part judged = points_judge(plan, part, key, &fact);
    return value(&judged);
}

static void judge_levels(const struct plan *plan, size_t part, const struct plan_key *key,
                         value_of *value, struct grades *grades)
{
    /* A level decides nothing beyond the minimum, and without one nothing at all (R12). */
    const unsigned minimum = plan->parts[part].minimum_level;
    const bool by_use = segment_by_use(plan->parts[part].kind);
    for (unsigned level = 0; level < GRADE_LEVELS; level++) {
        if (level > minimum) {
            grades->before[level] = grades->before[minimum];
            grades->since[level] = grades->since[minimum];
            grades->undated[level] = grades->undated[minimum];
            continue;
        }
        grades->before[level] = judge_sample(plan, part, key, value, level, BEFORE);
        grades->since[level] = judge_sample(plan, part, key, value, level, SINCE);
        /* Each competence has a day: if not of its use, then of its statement. */
        grades->undated[level] =
            by_use ? GRADE_EXACT : judge_sample(plan, part, key, value, level, UNDATED);
    }
    grades->day_asked = day_asked(plan, part);
    grades->judged = true;
}

/* Buckets from this one on have no day before the day asked about; the bucket before it holds that
 * day, or ends just before it. Bucket 1 has all earlier days too, the last one all later ones. */
static uint16_t first_since(const struct grades *grades)
{
    uint16_t bucket = 2;
    int64_t first = (int64_t)grades->buckets.first_day + grades->buckets.width;
    for (; bucket <= PACKED_BUCKETS && first < grades->day_asked; bucket++) {
        first += grades->buckets.width;
    }
    return bucket;
}

static void fill_level(struct grades *grades, unsigned level, uint16_t since_bucket)
{
    uint16_t *row = grades->of + (level << PACKED_LEVEL_SHIFT);
    const uint16_t before = grades->before[level];
    const uint16_t since = grades->since[level];
    for (uint16_t bucket = 0; bucket <= PACKED_BUCKET_MASK; bucket++) {
        row[bucket] = bucket < since_bucket ? before : since;
    }
    if (before != since) {
        row[since_bucket - 1] = GRADE_EXACT;
    }
    row[PACKED_EXACT] = GRADE_EXACT;
    row[PACKED_NO_DAY] = grades->undated[level];
}

static void fill(const struct buckets *buckets, struct grades *grades)
{
    grades->buckets = *buckets;
    grades->filled = true;
    const uint16_t since = first_since(grades);
    for (unsigned level = 0; level < GRADE_LEVELS; level++) {
        fill_level(grades, level, since);
    }
    for (unsigned packed = GRADE_LEVELS << PACKED_LEVEL_SHIFT; packed < PACKED_ABSENT; packed++) {
        grades->of[packed] = GRADE_EXACT;
    }
    grades->of[PACKED_ABSENT] = 0;
}

static void make(const struct plan *plan, size_t part, const struct plan_key *key,
                 const struct buckets *buckets, value_of *value, struct grades *grades)
{
    if (!grades->judged) {
        judge_levels(plan, part, key, value, grades);
    }
    if (!grades->filled || grades->buckets.first_day != buckets->first_day ||
        grades->buckets.width != buckets->width) {
        fill(buckets, grades);
    }
}

static uint16_t points_of(const struct engine_part *judged)
{
    return judged->points;
}

static uint16_t standing_of(const struct engine_part *judged)
{
    return (uint16_t)grade_standing(judged);
}

void grades_points(const struct plan *plan, size_t part, const struct plan_key *key,
                   const struct buckets *buckets, struct grades *grades)
{
    make(plan, part, key, buckets, points_of, grades);
}

void grades_standings(const struct plan *plan, size_t part, const struct plan_key *key,
                      const struct buckets *buckets, struct grades *grades)
{
    make(plan, part, key, buckets, standing_of, grades);
}
