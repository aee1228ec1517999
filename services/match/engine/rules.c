#include "services/match/engine/rules.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/points.h"

/* One rule about the candidate as a whole: the reason for exclusion, or ENGINE_ELIGIBLE. */
typedef enum engine_reason rule(const struct engine_snapshot *snapshot, uint32_t candidate,
                                const struct plan *plan);

static enum engine_reason in_the_pool(const struct engine_snapshot *snapshot, uint32_t candidate,
                                      const struct plan *plan)
{
    (void)plan;
    const uint8_t flags = snapshot->flags[candidate];
    if (flags & SNAPSHOT_PROTECTED) {
        return ENGINE_PROTECTED;
    }
    return flags & SNAPSHOT_WITHDRAWN ? ENGINE_WITHDRAWN : ENGINE_ELIGIBLE;
}

static enum engine_reason screened(const struct engine_snapshot *snapshot, uint32_t candidate,
                                   const struct plan *plan)
{
    const int32_t until = snapshot->screening_until[candidate];
    if (until == ENGINE_NO_DAY) {
        return ENGINE_SCREENING_MISSING;
    }
    return until < plan->order->as_of ? ENGINE_SCREENING_EXPIRED : ENGINE_ELIGIBLE;
}

static enum engine_reason available(const struct engine_snapshot *snapshot, uint32_t candidate,
                                    const struct plan *plan)
{
    const int32_t from = snapshot->available_from[candidate];
    return from == ENGINE_NO_DAY || from > plan->order->start ? ENGINE_NOT_AVAILABLE_BY_START
                                                              : ENGINE_ELIGIBLE;
}

static enum engine_reason accepts_work(const struct engine_snapshot *snapshot, uint32_t candidate,
                                       const struct plan *plan)
{
    return snapshot->work[candidate] & plan->order->work ? ENGINE_ELIGIBLE
                                                         : ENGINE_KINDS_NOT_ACCEPTED;
}

static bool distance_counts(const struct engine_snapshot *snapshot, uint32_t candidate,
                            const struct plan *plan)
{
    return distance_known(plan->order->place) &&
           (plan->order->radius_km > 0 || snapshot->max_travel_km[candidate] > 0);
}

static enum engine_reason placed(const struct engine_snapshot *snapshot, uint32_t candidate,
                                 const struct plan *plan)
{
    return distance_counts(snapshot, candidate, plan) &&
                   !distance_known(snapshot->places[candidate])
               ? ENGINE_PLACE_UNKNOWN
               : ENGINE_ELIGIBLE;
}

static bool beyond(const struct engine_snapshot *snapshot, uint32_t candidate,
                   const struct plan *plan, uint16_t limit_km)
{
    const struct engine_place home = snapshot->places[candidate];
    return limit_km > 0 && distance_known(plan->order->place) && distance_known(home) &&
           !distance_within(home, plan->order->place, limit_km);
}

static enum engine_reason near_order(const struct engine_snapshot *snapshot, uint32_t candidate,
                                     const struct plan *plan)
{
    return beyond(snapshot, candidate, plan, plan->order->radius_km) ? ENGINE_TOO_FAR_ORDER
                                                                     : ENGINE_ELIGIBLE;
}

static enum engine_reason near_home(const struct engine_snapshot *snapshot, uint32_t candidate,
                                    const struct plan *plan)
{
    return beyond(snapshot, candidate, plan, snapshot->max_travel_km[candidate])
               ? ENGINE_TOO_FAR_CANDIDATE
               : ENGINE_ELIGIBLE;
}

static rule *const rules[] = {in_the_pool, screened,   available, accepts_work,
                              placed,      near_order, near_home};
#define RULE_COUNT (sizeof rules / sizeof rules[0])

static enum engine_reason must_met(const struct engine_snapshot *snapshot, uint32_t candidate,
                                   const struct plan *plan, size_t part)
{
    if (!plan->parts[part].must) {
        return ENGINE_ELIGIBLE;
    }
    const struct engine_part judged = points_of(snapshot, candidate, plan, part);
    switch (judged.status) {
    case ENGINE_EXPIRED:
        return ENGINE_CERTIFICATE_EXPIRED;
    case ENGINE_UNKNOWN:
        return ENGINE_MUST_UNKNOWN;
    case ENGINE_MISSING:
        return judged.has_fact ? ENGINE_MUST_LEVEL : ENGINE_MUST_MISSING;
    default:
        return ENGINE_ELIGIBLE;
    }
}

struct verdict rules_first(const struct engine_snapshot *snapshot, uint32_t candidate,
                           const struct plan *plan)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const enum engine_reason reason = rules[i](snapshot, candidate, plan);
        if (reason != ENGINE_ELIGIBLE) {
            return (struct verdict){.reason = reason};
        }
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        const enum engine_reason reason = must_met(snapshot, candidate, plan, part);
        if (reason != ENGINE_ELIGIBLE) {
            return (struct verdict){.reason = reason, .part = part};
        }
    }
    return (struct verdict){.reason = ENGINE_ELIGIBLE};
}

size_t rules_all(const struct engine_snapshot *snapshot, uint32_t candidate,
                 const struct plan *plan, struct verdict verdicts[RULES_VERDICTS_CAP])
{
    const enum engine_reason out = in_the_pool(snapshot, candidate, plan);
    if (out != ENGINE_ELIGIBLE) {
        verdicts[0] = (struct verdict){.reason = out};
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const enum engine_reason reason = rules[i](snapshot, candidate, plan);
        if (reason != ENGINE_ELIGIBLE) {
            verdicts[count++] = (struct verdict){.reason = reason};
        }
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        const enum engine_reason reason = must_met(snapshot, candidate, plan, part);
        if (reason != ENGINE_ELIGIBLE) {
            verdicts[count++] = (struct verdict){.reason = reason, .part = part};
        }
    }
    return count;
}

/* ---- names ---- */

struct name {
    const char *code;
    const char *text;
};

/* Protected and withdrawn share one code and one text, so that neither gives the other away. */
#define NOT_AVAILABLE                                                                              \
    {                                                                                              \
        "not_available", "kandidaten kan ikke indgå i kandidatlisten"                             \
    }

static const struct name reasons[ENGINE_REASON_COUNT] = {
    [ENGINE_ELIGIBLE] = {"eligible", "opfylder alle ufravigelige regler"},
    [ENGINE_PROTECTED] = NOT_AVAILABLE,
    [ENGINE_WITHDRAWN] = NOT_AVAILABLE,
    [ENGINE_SCREENING_MISSING] = {"screening_missing", "kandidaten er ikke screenet"},
    [ENGINE_SCREENING_EXPIRED] = {"screening_expired", "screeningen gælder ikke længere"},
    [ENGINE_NOT_AVAILABLE_BY_START] = {"not_available_by_start",
                                       "kandidaten er ikke ledig ved jobstart"},
    [ENGINE_KINDS_NOT_ACCEPTED] = {"kinds_not_accepted",
                                   "kandidaten ønsker ikke denne ansættelsesform"},
    [ENGINE_PLACE_UNKNOWN] = {"place_unknown", "bopælens placering er ukendt"},
    [ENGINE_TOO_FAR_ORDER] = {"too_far_order",
                              "kandidaten bor længere væk, end jobordren tillader"},
    [ENGINE_TOO_FAR_CANDIDATE] = {"too_far_candidate",
                                  "arbejdsstedet ligger længere væk, end kandidaten vil rejse"},
    [ENGINE_MUST_MISSING] = {"must_missing", "et ufravigeligt krav er ikke opfyldt"},
    [ENGINE_MUST_LEVEL] = {"must_level", "niveauet er for lavt i et ufravigeligt krav"},
    [ENGINE_MUST_UNKNOWN] = {"must_unknown",
                             "niveau eller udløbsdato er ikke oplyst for et ufravigeligt krav"},
    [ENGINE_CERTIFICATE_EXPIRED] = {"certificate_expired",
                                    "et ufravigeligt bevis gælder ikke i den krævede periode"},
};

const char *engine_reason_code(enum engine_reason reason)
{
    return reasons[reason].code;
}

const char *engine_reason_text(enum engine_reason reason)
{
    return reasons[reason].text;
}

const char *engine_status_code(enum engine_status status)
{
    static const char *const codes[ENGINE_STATUS_COUNT] = {"matched", "partial", "expired",
                                                           "unknown", "missing"};
    return codes[status];
}
