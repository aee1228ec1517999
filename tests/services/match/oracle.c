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

/* ---- R14, R15, R18 to R20 ---- */

/* The table of relations: the ruleset that brought each, and what share it counts. */
static int since(enum engine_relation relation, int part)
{
    switch (relation) {
    case ENGINE_EXACT:
        return 1;
    case ENGINE_UNIT:
        return part == 0 ? 1 : 3;
    case ENGINE_IMPLIED:
        return 2;
    default:
        return 3;
    }
}

static int divisor(enum engine_relation relation)
{
    switch (relation) {
    case ENGINE_EXACT:
    case ENGINE_IMPLIED:
        return 1;
    case ENGINE_GROUP:
    case ENGINE_SHARED_OCCUPATION:
        return 4;
    default:
        return 2;
    }
}

bool oracle_is_must(const struct engine_order *order, int part)
{
    return part == 0 ? order->occupation_must : order->requirements[part - 1].must;
}

/* How a fact belongs to a part. */
struct belonging {
    bool belongs;
    enum engine_relation relation;
    int place; /* among the order's occupations, or among the related codes by bytes */
};

static struct belonging belongs(const struct engine_order *order, int ruleset, int part,
                                const struct engine_fact *fact)
{
    const struct engine_requirement *asked = part > 0 ? &order->requirements[part - 1] : NULL;
    if (fact->kind != (part > 0 ? asked->kind : ENGINE_OCCUPATION)) {
        return (struct belonging){false, ENGINE_EXACT, 0};
    }
    const uint32_t *codes = part > 0 ? &asked->code : order->occupations;
    const size_t code_count = part > 0 ? 1 : order->occupation_count;
    for (size_t i = 0; i < code_count; i++) {
        if (codes[i] == fact->code) {
            return (struct belonging){true, ENGINE_EXACT, (int)i};
        }
    }
    const struct engine_related *related = part > 0 ? asked->related : order->related;
    const size_t related_count = part > 0 ? asked->related_count : order->related_count;
    for (size_t i = 0; i < related_count; i++) {
        const enum engine_relation relation = related[i].relation;
        const bool counts = since(relation, part) <= ruleset &&
                            (divisor(relation) == 1 || !oracle_is_must(order, part));
        if (related[i].code == fact->code && counts) {
            return (struct belonging){true, relation, (int)i};
        }
    }
    return (struct belonging){false, ENGINE_EXACT, 0};
}

/* ---- R9 to R15 ---- */

static struct oracle_part try_fact(const struct engine_order *order, int part,
                                   const struct engine_fact *fact, enum engine_relation relation)
{
    static const struct engine_requirement none;
    const struct engine_requirement *asked = part > 0 ? &order->requirements[part - 1] : &none;
    const bool must = oracle_is_must(order, part);
    struct oracle_part result = {
        .of = share_of(order, part), .fact = fact, .relation = relation, .status = ENGINE_MATCHED};

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
    int divided_by = divisor(relation);
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
            divided_by *= 2;
        }
    }
    const int32_t used = fact->last_used == ENGINE_NO_DAY ? fact->stated_on : fact->last_used;
    const bool ages = fact->kind == ENGINE_COMPETENCE || fact->kind == ENGINE_OCCUPATION;
    if (!must && ages && order->as_of - used > 1826) {
        divided_by *= 2;
    }
    result.points = result.of / divided_by;
    result.status = divided_by == 1 ? ENGINE_MATCHED : ENGINE_PARTIAL;
    return result;
}

/* Nine things by which two facts of one part differ, greater is better. */
static void describe(const struct oracle_part *part, int place, long long words[9])
{
    const struct engine_fact *fact = part->fact;
    words[0] = part->points;
    words[1] = -(long long)part->status;
    words[2] = -(long long)part->relation;
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
                                const struct engine_order *order, int ruleset, int part)
{
    struct oracle_part best = {.status = ENGINE_MISSING, .of = share_of(order, part)};
    long long best_words[9] = {0};
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const struct engine_fact *fact = &candidate->facts[i];
        const struct belonging how = belongs(order, ruleset, part, fact);
        if (!how.belongs) {
            continue;
        }
        const struct oracle_part judged = try_fact(order, part, fact, how.relation);
        long long words[9];
        describe(&judged, how.place, words);
        if (best.fact == NULL || beats(words, best_words)) {
            best = judged;
            memcpy(best_words, words, sizeof words);
        }
    }
    return best;
}

/* ---- R1 to R7 ---- */

static void exclude(struct oracle_result *result, enum engine_reason reason, int part)
{
    result->reasons[result->reason_count] = reason;
    result->reason_parts[result->reason_count++] = part;
}

static void try_travel(const struct engine_order *order, struct oracle_result *result)
{
    const struct engine_candidate *candidate = result->candidate;
    const bool limited = order->radius_km != 0 || candidate->max_travel_km != 0;
    if (!place_is_known(order->place) || !limited) {
        return;
    }
    if (!place_is_known(candidate->place)) {
        exclude(result, ENGINE_PLACE_UNKNOWN, 0);
        return;
    }
    if (order->radius_km != 0 && result->road_km > order->radius_km) {
        exclude(result, ENGINE_TOO_FAR_ORDER, 0);
    }
    if (candidate->max_travel_km != 0 && result->road_km > candidate->max_travel_km) {
        exclude(result, ENGINE_TOO_FAR_CANDIDATE, 0);
    }
}

static void try_person(const struct engine_order *order, struct oracle_result *result)
{
    const struct engine_candidate *candidate = result->candidate;
    if (candidate->screening_until == ENGINE_NO_DAY) {
        exclude(result, ENGINE_SCREENING_MISSING, 0);
    } else if (candidate->screening_until < order->as_of) {
        exclude(result, ENGINE_SCREENING_EXPIRED, 0);
    }
    if (candidate->available_from == ENGINE_NO_DAY || candidate->available_from > order->start) {
        exclude(result, ENGINE_NOT_AVAILABLE_BY_START, 0);
    }
    if ((candidate->work & order->work) == 0) {
        exclude(result, ENGINE_KINDS_NOT_ACCEPTED, 0);
    }
    try_travel(order, result);
}

static void try_musts(const struct engine_order *order, struct oracle_result *result)
{
    for (int part = 0; part < oracle_part_count(order); part++) {
        const struct oracle_part *judged = &result->parts[part];
        if (!oracle_is_must(order, part) || judged->status == ENGINE_MATCHED) {
            continue;
        }
        exclude(result,
                judged->fact == NULL               ? ENGINE_MUST_MISSING
                : judged->status == ENGINE_EXPIRED ? ENGINE_CERTIFICATE_EXPIRED
                : judged->status == ENGINE_UNKNOWN ? ENGINE_MUST_UNKNOWN
                                                   : ENGINE_MUST_LEVEL,
                part);
    }
}

static void try_rules(const struct engine_order *order, struct oracle_result *result)
{
    if (result->candidate->is_protected) {
        exclude(result, ENGINE_PROTECTED, 0);
    } else if (result->candidate->withdrawn) {
        exclude(result, ENGINE_WITHDRAWN, 0);
    } else {
        try_person(order, result);
        try_musts(order, result);
    }
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
    if (l->listed != r->listed) {
        return l->listed ? -1 : 1;
    }
    if (l->score != r->score) {
        return r->score - l->score;
    }
    if (l->hash != r->hash) {
        return l->hash < r->hash ? -1 : 1;
    }
    return memcmp(l->candidate->id, r->candidate->id, ENGINE_ID_SIZE);
}

static void look_at(const struct engine_candidate *candidate, const struct engine_order *order,
                    int ruleset, struct oracle_result *result)
{
    memset(result, 0, sizeof *result);
    result->candidate = candidate;
    result->lacks = ORACLE_LACKS_NONE;
    result->hash = oracle_hash(order->id, candidate->id);
    if (place_is_known(order->place) && place_is_known(candidate->place)) {
        result->has_distance = true;
        result->road_km = oracle_road_km(candidate->place, order->place);
    }
    for (int part = 0; part < oracle_part_count(order); part++) {
        result->parts[part] = judge(candidate, order, ruleset, part);
        result->score += result->parts[part].points;
    }
    try_rules(order, result);
}

static int put_in_order(struct oracle_result *results, int count)
{
    int listed = 0;
    for (int i = 0; i < count; i++) {
        listed += results[i].listed ? 1 : 0;
    }
    qsort(results, (size_t)count, sizeof *results, in_order);
    return listed;
}

int oracle_rank(const struct engine_candidate *candidates, int count,
                const struct engine_order *order, int ruleset, struct oracle_result *results)
{
    for (int i = 0; i < count; i++) {
        look_at(&candidates[i], order, ruleset, &results[i]);
        results[i].listed = results[i].reason_count == 0;
    }
    return put_in_order(results, count);
}

int oracle_near_miss(const struct engine_candidate *candidates, int count,
                     const struct engine_order *order, int ruleset, struct oracle_result *results)
{
    for (int i = 0; i < count; i++) {
        struct oracle_result *result = &results[i];
        look_at(&candidates[i], order, ruleset, result);
        const bool one_must =
            result->reason_count == 1 && result->reasons[0] >= ENGINE_MUST_MISSING;
        result->listed = result->reason_count == 0 || one_must;
        if (one_must) {
            result->lacks = result->reason_parts[0];
        }
    }
    return put_in_order(results, count);
}
