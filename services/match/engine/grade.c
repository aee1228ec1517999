#include "services/match/engine/grade.h"

#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"

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
    enum side sides[PACKED_BUCKET_MASK + 1];
    bucket_sides(plan, part, buckets, sides);
    for (unsigned level = 0; level < GRADE_LEVELS; level++) {
        uint16_t values[SIDES + 1];
        for (unsigned side = 0; side < SIDES; side++) {
            const struct engine_fact fact = sample(plan, part, key, level, (enum side)side);
            const struct engine_part judged = points_judge(plan, part, key, &fact);
            values[side] = value(&judged);
        }
        values[EITHER] = values[BEFORE] == values[SINCE] ? values[BEFORE] : GRADE_EXACT;
        grades->before[level] = values[BEFORE];
        grades->since[level] = values[SINCE];
        uint16_t *row = grades->of + (level << PACKED_LEVEL_SHIFT);
        row[PACKED_EXACT] = GRADE_EXACT;
        for (unsigned bucket = 1; bucket <= PACKED_BUCKET_MASK; bucket++) {
            row[bucket] = values[sides[bucket]];
        }
    }
    for (unsigned packed = GRADE_LEVELS << PACKED_LEVEL_SHIFT; packed < PACKED_ABSENT; packed++) {
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
