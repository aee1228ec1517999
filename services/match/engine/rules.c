#include "services/match/engine/rules.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/points.h"

/* One rule about the candidate as a whole: the reason for exclusion, or ENGINE_ELIGIBLE. */
typedef enum engine_reason rule(const struct plan *plan, const struct engine_candidate *candidate);

static enum engine_reason in_the_pool(const struct plan *plan,
                                      const struct engine_candidate *candidate)
{
    (void)plan;
    if (candidate->is_protected) {
        return ENGINE_PROTECTED;
    }
    return candidate->withdrawn ? ENGINE_WITHDRAWN : ENGINE_ELIGIBLE;
}

static enum engine_reason screened(const struct plan *plan,
                                   const struct engine_candidate *candidate)
{
    if (candidate->screening_until == ENGINE_NO_DAY) {
        return ENGINE_SCREENING_MISSING;
    }
    return candidate->screening_until < plan->order->as_of ? ENGINE_SCREENING_EXPIRED
                                                           : ENGINE_ELIGIBLE;
}

static enum engine_reason available(const struct plan *plan,
                                    const struct engine_candidate *candidate)
{
    const int32_t from = candidate->available_from;
    return from == ENGINE_NO_DAY || from > plan->order->start ? ENGINE_NOT_AVAILABLE_BY_START
                                                              : ENGINE_ELIGIBLE;
}

static enum engine_reason accepts_work(const struct plan *plan,
                                       const struct engine_candidate *candidate)
{
    return candidate->work & plan->order->work ? ENGINE_ELIGIBLE : ENGINE_KINDS_NOT_ACCEPTED;
}

static enum engine_reason placed(const struct plan *plan, const struct engine_candidate *candidate)
{
    const bool limited = plan->order->radius_km > 0 || candidate->max_travel_km > 0;
    return limited && distance_known(plan->order->place) && !distance_known(candidate->place)
               ? ENGINE_PLACE_UNKNOWN
               : ENGINE_ELIGIBLE;
}

static bool beyond(const struct plan *plan, const struct engine_candidate *candidate,
                   uint16_t limit_km)
{
    const struct engine_place work = plan->order->place;
    return limit_km > 0 && distance_known(work) && distance_known(candidate->place) &&
           !distance_within(candidate->place, work, limit_km);
}

static enum engine_reason near_order(const struct plan *plan,
                                     const struct engine_candidate *candidate)
{
    return beyond(plan, candidate, plan->order->radius_km) ? ENGINE_TOO_FAR_ORDER : ENGINE_ELIGIBLE;
}

static enum engine_reason near_home(const struct plan *plan,
                                    const struct engine_candidate *candidate)
{
    return beyond(plan, candidate, candidate->max_travel_km) ? ENGINE_TOO_FAR_CANDIDATE
                                                             : ENGINE_ELIGIBLE;
}

static rule *const rules[] = {in_the_pool, screened,   available, accepts_work,
                              placed,      near_order, near_home};
#define RULE_COUNT (sizeof rules / sizeof rules[0])

enum engine_reason rules_person(const struct plan *plan, const struct engine_candidate *candidate)
{
    enum engine_reason reason = ENGINE_ELIGIBLE;
    for (size_t i = 0; i < RULE_COUNT && reason == ENGINE_ELIGIBLE; i++) {
        reason = rules[i](plan, candidate);
    }
    return reason;
}

enum engine_reason rules_must(const struct engine_part *judged)
{
    switch (judged->status) {
    case ENGINE_EXPIRED:
        return ENGINE_CERTIFICATE_EXPIRED;
    case ENGINE_UNKNOWN:
        return ENGINE_MUST_UNKNOWN;
    case ENGINE_MISSING:
        return judged->has_fact ? ENGINE_MUST_LEVEL : ENGINE_MUST_MISSING;
    default:
        return ENGINE_ELIGIBLE;
    }
}

static enum engine_reason must_met(const struct plan *plan, size_t part,
                                   const struct engine_candidate *candidate)
{
    if (!plan->parts[part].must) {
        return ENGINE_ELIGIBLE;
    }
    const struct engine_part judged =
        points_best(plan, part, candidate->facts, candidate->fact_count);
    return rules_must(&judged);
}

struct verdict rules_first(const struct plan *plan, const struct engine_candidate *candidate)
{
    enum engine_reason reason = rules_person(plan, candidate);
    size_t part = 0;
    while (reason == ENGINE_ELIGIBLE && part < plan->part_count) {
        reason = must_met(plan, part++, candidate);
    }
    return (struct verdict){.reason = reason, .part = reason >= ENGINE_MUST_MISSING ? part - 1 : 0};
}

size_t rules_all(const struct plan *plan, const struct engine_candidate *candidate,
                 struct verdict verdicts[RULES_VERDICTS_CAP])
{
    const enum engine_reason out = in_the_pool(plan, candidate);
    if (out != ENGINE_ELIGIBLE) {
        verdicts[0] = (struct verdict){.reason = out};
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const enum engine_reason reason = rules[i](plan, candidate);
        if (reason != ENGINE_ELIGIBLE) {
            verdicts[count++] = (struct verdict){.reason = reason};
        }
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        const enum engine_reason reason = must_met(plan, part, candidate);
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
