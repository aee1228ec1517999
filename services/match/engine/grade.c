#include "services/match/engine/grade.h"

#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"

#include <string.h>

#define CODE_MASK ((UINT32_C(1) << SEGMENT_CODE_BITS) - 1)

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
enum side { BEFORE, SINCE, UNDATED, SIDES, EITHER = SIDES };

/* A competence and an occupation age by their last use (R13), the others by their last day (R10).
 */
static bool ages_by_use(enum engine_kind kind)
{
    return kind == ENGINE_COMPETENCE || kind == ENGINE_OCCUPATION;
}

static int32_t day_asked(const struct plan *plan, size_t part)
{
    return ages_by_use(plan->parts[part].kind) ? plan->stale_before : plan->parts[part].valid_on;
}

static struct engine_fact sample(const struct plan *plan, size_t part, const struct plan_key *key,
                                 unsigned level, enum side side)
{
    struct engine_fact fact = {
        .code = key->key & CODE_MASK,
        .kind = plan->parts[part].kind,
        .level = (uint8_t)level,
        .years = ENGINE_YEARS_UNKNOWN,
        .valid_until = ENGINE_NO_DAY,
        .last_used = ENGINE_NO_DAY,
        .stated_on = day_asked(plan, part),
    };
    if (side != UNDATED) {
        const int32_t day = day_asked(plan, part) - (side == BEFORE ? 1 : 0);
        *(ages_by_use(fact.kind) ? &fact.last_used : &fact.valid_until) = day;
    }
    return fact;
}

/* On which side of the day asked about all days of a bucket are. */
static enum side bucket_side(const struct buckets *buckets, unsigned bucket, int32_t day)
{
    const int64_t first = (int64_t)buckets->first_day + ((int64_t)bucket - 1) * buckets->width;
    if (bucket < PACKED_BUCKETS && first + buckets->width <= day) {
        return BEFORE;
    }
    return bucket > 1 && first >= day ? SINCE : EITHER;
}

static void bucket_sides(const struct plan *plan, size_t part, const struct buckets *buckets,
                         enum side sides[PACKED_BUCKET_MASK + 1])
{
    for (unsigned bucket = 1; bucket <= PACKED_BUCKETS; bucket++) {
        sides[bucket] = bucket_side(buckets, bucket, day_asked(plan, part));
    }
    sides[PACKED_NO_DAY] = ages_by_use(plan->parts[part].kind) ? EITHER : UNDATED;
}

typedef uint16_t value_of(const struct engine_part *judged);

#define ROW_SIZE (PACKED_BUCKET_MASK + 1) /* of a level in the table */

static void make_level(const struct plan *plan, size_t part, const struct plan_key *key,
                       const enum side *sides, value_of *value, unsigned level,
                       struct grades *grades)
{
    /* No bucket of a competence is undated. */
    const unsigned asked = ages_by_use(plan->parts[part].kind) ? UNDATED : SIDES;
    uint16_t values[SIDES + 1] = {0};
    for (unsigned side = 0; side < asked; side++) {
        const struct engine_fact fact = sample(plan, part, key, level, (enum side)side);
        const struct engine_part judged = points_judge(plan, part, key, &fact);
        values[side] = value(&judged);
    }
    values[EITHER] = values[BEFORE] == values[SINCE] ? values[BEFORE] : GRADE_EXACT;
    grades->before[level] = values[BEFORE];
    grades->since[level] = values[SINCE];
    uint16_t *row = grades->of + level * ROW_SIZE;
    row[PACKED_EXACT] = GRADE_EXACT;
    for (unsigned bucket = 1; bucket < ROW_SIZE; bucket++) {
        row[bucket] = values[sides[bucket]];
    }
}

/* Without a minimum a level decides nothing (R12). */
static void copy_level(struct grades *grades, unsigned from, unsigned level)
{
    grades->before[level] = grades->before[from];
    grades->since[level] = grades->since[from];
    memcpy(grades->of + level * ROW_SIZE, grades->of + from * ROW_SIZE,
           ROW_SIZE * sizeof *grades->of);
}

static void make(const struct plan *plan, size_t part, const struct plan_key *key,
                 const struct buckets *buckets, value_of *value, struct grades *grades)
{
    if (grades->made && grades->buckets.first_day == buckets->first_day &&
        grades->buckets.width == buckets->width) {
        return;
    }
    grades->made = true;
    grades->buckets = *buckets;
    grades->day_asked = day_asked(plan, part);
    enum side sides[ROW_SIZE];
    bucket_sides(plan, part, buckets, sides);
    make_level(plan, part, key, sides, value, 0, grades);
    for (unsigned level = 1; level < GRADE_LEVELS; level++) {
        if (plan->parts[part].minimum_level == 0) {
            copy_level(grades, 0, level);
        } else {
            make_level(plan, part, key, sides, value, level, grades);
        }
    }
    for (unsigned packed = GRADE_LEVELS * ROW_SIZE; packed < PACKED_ABSENT; packed++) {
        grades->of[packed] = GRADE_EXACT;
    }
    grades->of[PACKED_ABSENT] = 0;
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
