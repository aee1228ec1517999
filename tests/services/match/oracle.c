#include "tests/services/match/oracle.h"

#include <stdlib.h>
#include <string.h>

int oracle_part_count(const struct engine_order *order)
{
    return 1 + (int)order->requirement_count;
}

/* ---- R5 ---- */

static bool place_is_known(struct engine_place place)
{
    return place.latitude != INT32_MIN;
}

int oracle_road_km(struct engine_place from, struct engine_place to)
{
    const long long n = llabs((long long)from.latitude - to.latitude);
    const long long e = llabs((long long)from.longitude - to.longitude);
    const long long m = llabs((long long)from.latitude + to.latitude) / 2000;
    const long long c = 4000000LL * (8100000000LL - m * m) / (32400000000LL + m * m);
    const long long y = n * 111195 / 1000000;
    const long long x = e * c / 1000000 * 111195 / 1000000;
    long long d = 0;
    while (169 * (x * x + y * y) > 100000000LL * d * d) {
        d++;
    }
    return (int)d;
}

/* ---- R8 ---- */

static int weight_of(const struct engine_order *order, int part)
{
    return part == 0 ? 5 : order->requirements[part - 1].weight;
}

static int share_of(const struct engine_order *order, int part)
{
    const int parts = oracle_part_count(order);
    int total = 0;
    for (int i = 0; i < parts; i++) {
        total += weight_of(order, i);
    }
    int left = 1000;
    int before = 0; /* parts that come before this one for a point left over */
    const int remainder = 1000 * weight_of(order, part) % total;
    for (int i = 0; i < parts; i++) {
        left -= 1000 * weight_of(order, i) / total;
        const int other = 1000 * weight_of(order, i) % total;
        if (other > remainder || (other == remainder && i < part)) {
            before++;
        }
    }
    return 1000 * weight_of(order, part) / total + (before < left ? 1 : 0);
}

/* ---- R9 to R15 ---- */

/* -1: not of this part; else its place in the order's own and then the related codes. */
static int place_in_part(const struct engine_order *order, int part, const struct engine_fact *fact)
{
    if (part > 0) {
        const struct engine_requirement *requirement = &order->requirements[part - 1];
        return fact->kind == requirement->kind && fact->code == requirement->code ? 0 : -1;
    }
    if (fact->kind != ENGINE_OCCUPATION) {
        return -1;
    }
    for (size_t i = 0; i < order->occupation_count; i++) {
        if (order->occupations[i] == fact->code) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < order->related_count && !order->occupation_must; i++) {
        if (order->related[i].code == fact->code) {
            return (int)(order->occupation_count + i);
        }
    }
    return -1;
}

static struct oracle_part try_fact(const struct engine_order *order, int part,
                                   const struct engine_fact *fact, bool related)
{
    static const struct engine_requirement none;
    const struct engine_requirement *asked = part > 0 ? &order->requirements[part - 1] : &none;
    const bool must = part > 0 ? asked->must : order->occupation_must;
    struct oracle_part result = {
        .of = share_of(order, part), .fact = fact, .related = related, .status = ENGINE_MATCHED};

    int32_t needed = order->start;
    if (asked->valid_through && order->end != ENGINE_NO_DAY) {
        needed = order->end;
    }
    const bool dated = fact->valid_until != ENGINE_NO_DAY;
    if (dated && fact->valid_until < needed) {
        result.status = ENGINE_EXPIRED;
        return result;
    }
    if (!dated && asked->expires) {
        result.status = ENGINE_UNKNOWN;
        return result;
    }
    int halves = 0;
    if (asked->minimum_level != 0) {
        const int lacking = asked->minimum_level - fact->level;
        if (fact->level == 0) {
            result.status = ENGINE_UNKNOWN;
            return result;
        }
        if (lacking >= 2 || (lacking == 1 && must)) {
            result.status = ENGINE_MISSING;
            return result;
        }
        if (lacking == 1) {
            halves++;
        }
    }
    const int32_t used = fact->last_used == ENGINE_NO_DAY ? fact->stated_on : fact->last_used;
    const bool ages = fact->kind == ENGINE_COMPETENCE || fact->kind == ENGINE_OCCUPATION;
    if (!must && ages && order->as_of - used > 1826) {
        halves++;
    }
    if (related) {
        halves++;
    }
    result.points = halves == 0   ? result.of
                    : halves == 1 ? result.of / 2
                    : halves == 2 ? result.of / 4
                                  : result.of / 8;
    result.status = halves == 0 ? ENGINE_MATCHED : ENGINE_PARTIAL;
    return result;
}

/* Nine things by which two facts of one part differ, greater is better. */
static void describe(const struct oracle_part *part, int place, long long words[9])
{
    const struct engine_fact *fact = part->fact;
    words[0] = part->points;
    words[1] = -(long long)part->status;
    words[2] = part->related ? 0 : 1;
    words[3] = fact->valid_until == ENGINE_NO_DAY ? 1LL << 40 : fact->valid_until;
    words[4] = fact->level;
    words[5] = fact->last_used == ENGINE_NO_DAY ? -(1LL << 40) : fact->last_used;
    words[6] = fact->stated_on;
    words[7] = fact->years == ENGINE_YEARS_UNKNOWN ? -1 : fact->years;
    words[8] = -place;
}

static bool beats(const long long left[9], const long long right[9])
{
    for (int i = 0; i < 9; i++) {
        if (left[i] != right[i]) {
            return left[i] > right[i];
        }
    }
    return false;
}

static struct oracle_part judge(const struct engine_candidate *candidate,
                                const struct engine_order *order, int part)
{
    struct oracle_part best = {.status = ENGINE_MISSING, .of = share_of(order, part)};
    long long best_words[9];
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const struct engine_fact *fact = &candidate->facts[i];
        const int place = place_in_part(order, part, fact);
        if (place < 0) {
            continue;
        }
        const bool related = part == 0 && place >= (int)order->occupation_count;
        struct oracle_part judged = try_fact(order, part, fact, related);
        long long words[9];
        describe(&judged, place, words);
        if (best.fact == NULL || beats(words, best_words)) {
            best = judged;
            memcpy(best_words, words, sizeof words);
        }
    }
    return best;
}

/* ---- R1 to R7 ---- */

static enum engine_reason exclude(const struct engine_candidate *candidate,
                                  const struct engine_order *order,
                                  const struct oracle_result *result, int *part)
{
    *part = 0;
    if (candidate->is_protected) {
        return ENGINE_PROTECTED;
    }
    if (candidate->withdrawn) {
        return ENGINE_WITHDRAWN;
    }
    if (candidate->screening_until == ENGINE_NO_DAY) {
        return ENGINE_SCREENING_MISSING;
    }
    if (candidate->screening_until < order->as_of) {
        return ENGINE_SCREENING_EXPIRED;
    }
    if (candidate->available_from == ENGINE_NO_DAY || candidate->available_from > order->start) {
        return ENGINE_NOT_AVAILABLE_BY_START;
    }
    if ((candidate->work & order->work) == 0) {
        return ENGINE_KINDS_NOT_ACCEPTED;
    }
    if (place_is_known(order->place)) {
        const bool limited = order->radius_km != 0 || candidate->max_travel_km != 0;
        if (limited && !place_is_known(candidate->place)) {
            return ENGINE_PLACE_UNKNOWN;
        }
        if (order->radius_km != 0 && result->road_km > order->radius_km) {
            return ENGINE_TOO_FAR_ORDER;
        }
        if (candidate->max_travel_km != 0 && result->road_km > candidate->max_travel_km) {
            return ENGINE_TOO_FAR_CANDIDATE;
        }
    }
    for (*part = 0; *part < oracle_part_count(order); (*part)++) {
        const bool must = *part == 0 ? order->occupation_must : order->requirements[*part - 1].must;
        const struct oracle_part *judged = &result->parts[*part];
        if (!must || judged->status == ENGINE_MATCHED) {
            continue;
        }
        return judged->fact == NULL               ? ENGINE_MUST_MISSING
               : judged->status == ENGINE_EXPIRED ? ENGINE_CERTIFICATE_EXPIRED
               : judged->status == ENGINE_UNKNOWN ? ENGINE_MUST_UNKNOWN
                                                  : ENGINE_MUST_LEVEL;
    }
    *part = 0;
    return ENGINE_ELIGIBLE;
}

/* ---- R16, R17 ---- */

static uint64_t mix(uint64_t z)
{
    z = z + 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

uint64_t oracle_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE])
{
    uint8_t both[2 * ENGINE_ID_SIZE];
    memcpy(both, order, ENGINE_ID_SIZE);
    memcpy(both + ENGINE_ID_SIZE, candidate, ENGINE_ID_SIZE);
    uint64_t h = 0;
    for (int number = 0; number < 4; number++) {
        uint64_t w = 0;
        for (int i = 0; i < 8; i++) {
            w = w * 256 + both[8 * number + i];
        }
        h = mix(h ^ w);
    }
    return h;
}

static int in_order(const void *left, const void *right)
{
    const struct oracle_result *l = left;
    const struct oracle_result *r = right;
    const bool left_out = l->reason != ENGINE_ELIGIBLE;
    const bool right_out = r->reason != ENGINE_ELIGIBLE;
    if (left_out != right_out) {
        return left_out ? 1 : -1;
    }
    if (l->score != r->score) {
        return r->score - l->score;
    }
    if (l->hash != r->hash) {
        return l->hash < r->hash ? -1 : 1;
    }
    return memcmp(l->candidate->id, r->candidate->id, ENGINE_ID_SIZE);
}

int oracle_rank(const struct engine_candidate *candidates, int count,
                const struct engine_order *order, struct oracle_result *results)
{
    int eligible = 0;
    for (int i = 0; i < count; i++) {
        struct oracle_result *result = &results[i];
        memset(result, 0, sizeof *result);
        result->candidate = &candidates[i];
        if (place_is_known(order->place) && place_is_known(candidates[i].place)) {
            result->has_distance = true;
            result->road_km = oracle_road_km(candidates[i].place, order->place);
        }
        for (int part = 0; part < oracle_part_count(order); part++) {
            result->parts[part] = judge(&candidates[i], order, part);
            result->score += result->parts[part].points;
        }
        result->reason = exclude(&candidates[i], order, result, &result->reason_part);
        result->hash = oracle_hash(order->id, candidates[i].id);
        eligible += result->reason == ENGINE_ELIGIBLE ? 1 : 0;
    }
    qsort(results, (size_t)count, sizeof *results, in_order);
    return eligible;
}
