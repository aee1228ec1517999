#include "services/shortlists/answer.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/domain/uuid.h"

#define REASON_TEXT_CAP 500
#define VERSION_CAP 40
#define TIME_CAP 40
/* Clocks of two machines may differ by this much. */
#define CLOCK_SLACK (5 * CLOCK_MINUTE)

#define REFERENCE_CAP 200
#define ID_CAP 36

enum answer {
    ANSWER_CONFIRM,
    ANSWER_ASKED, /* the candidate has been asked and has not answered */
    ANSWER_DECLINE,
    ANSWER_REPLACE, /* a decline that asks for the next in rank */
    ANSWER_YES,
    ANSWER_NO,
    ANSWER_WITHDRAW
};

static const char *const answers[] = {[ANSWER_CONFIRM] = "confirm",   [ANSWER_ASKED] = "asked",
                                      [ANSWER_DECLINE] = "decline",   [ANSWER_REPLACE] = "replace",
                                      [ANSWER_YES] = "yes",           [ANSWER_NO] = "no",
                                      [ANSWER_WITHDRAW] = "withdraw", NULL};

enum outcome { OUTCOME_INTERVIEW, OUTCOME_HIRED, OUTCOME_NOT_RELEVANT };

static const char *const outcomes[] = {[OUTCOME_INTERVIEW] = "interview",
                                       [OUTCOME_HIRED] = "hired",
                                       [OUTCOME_NOT_RELEVANT] = "not_relevant",
                                       NULL};
static const char *const ways[] = {"telephone", "meeting", "letter", "digital", NULL};
static const char *const legal_bases[] = {"public_task", "legal_obligation", "consent", NULL};

const char *const decline_reasons[] = {
    "employed",            /* har fået arbejde */
    "in_education",        /* er i uddannelse eller på kursus */
    "in_other_activity",   /* er i et andet tilbud */
    "other_order",         /* er på vej til en anden jobordre */
    "not_available",       /* kan ikke starte på datoen */
    "moved",               /* er flyttet fra området */
    "no_transport",        /* kan ikke komme frem til arbejdsstedet */
    "terms",               /* vilkårene passer ikke: arbejdstid, varighed, løn */
    "competence_outdated", /* kan ikke længere det, der står */
    "certificate_missing", /* beviset kan ikke findes eller er udløbet */
    "employer_relation",   /* har været hos arbejdsgiveren før, uden held */
    "not_reachable",       /* kan ikke træffes inden fristen */
    "other",               /* text siger hvad */
    NULL};

const char *const not_relevant_reasons[] = {
    "position_filled",     /* stillingen er besat med en anden */
    "need_gone",           /* behovet er bortfaldet */
    "competence",          /* kan ikke det, der er brug for */
    "experience",          /* har ikke nok erfaring */
    "certificate_missing", /* mangler et bevis */
    "language",            /* sproget rækker ikke til opgaven */
    "terms",               /* vilkårene kunne ikke aftales */
    "not_available",       /* kan ikke, når der er brug for det */
    "transport",           /* kan ikke komme frem til arbejdsstedet */
    "no_reply",            /* svarede ikke på henvendelsen */
    "no_show",             /* kom ikke til samtalen */
    "other",               /* text siger hvad */
    NULL};

const char *const addition_reasons[] = {
    "worked_there",     /* har arbejdet for arbejdsgiveren før */
    "employer_asked",   /* arbejdsgiveren har bedt om kandidaten */
    "candidate_asked",  /* kandidaten har selv bedt om det */
    "new_certificate",  /* et bevis, der ikke står i emnebanken endnu */
    "unrecorded_skill", /* kan noget, som oplysningerne ikke viser */
    "other",            /* text siger hvad */
    NULL};

static const char *const put_forward_reasons[] = {
    "employer_asked", /* arbejdsgiveren har bedt om kandidaten */
    "home_asked",     /* hjemkommunen har bedt om det */
    "better_fit",     /* passer bedre, end pointene viser */
    "too_few",        /* der mangler emner */
    NULL};

/* A reason, and a text that "other" cannot do without. */
static void check_reason(struct json_check *check, const json_t *body, const char *base,
                         const char *const *reasons)
{
    int reason = json_check_choice(check, body, base, "reason", JSON_REQUIRED, reasons);
    bool other = reason >= 0 && str_equal(reasons[reason], "other");

    (void)json_check_text(check, body, base, "text", other ? JSON_REQUIRED : JSON_OPTIONAL,
                          REASON_TEXT_CAP);
}

static void check_yes(struct json_check *check, const json_t *body, const char *base)
{
    int64_t given;

    const char *text = json_check_text(check, body, base, "given_at", JSON_REQUIRED, TIME_CAP);
    if (text && calendar_read_time(text, &given) != 0)
        json_check_fail(check, json_check_pointer(check, base, "given_at"), "FORMAT",
                        "Skal være et tidspunkt, der findes, for eksempel 2026-11-22T10:30:00Z.");
    else if (text && given > clock_now() + CLOCK_SLACK)
        json_check_fail(check, json_check_pointer(check, base, "given_at"), "RANGE",
                        "Et ja kan ikke gives i fremtiden.");
    (void)json_check_choice(check, body, base, "how", JSON_REQUIRED, ways);
    (void)json_check_text(check, body, base, "text_version", JSON_REQUIRED, VERSION_CAP);
}

/* The members of an answer; those of an item among many begin with `ITEM_MEMBERS` more. */
#define ITEM_MEMBERS 2

static void check_answer(struct json_check *check, const json_t *body, const char *base,
                         size_t skipped)
{
    static const char *const plain[] = {"id", "version", "answer", NULL};
    static const char *const reasoned[] = {"id", "version", "answer", "reason", "text", NULL};
    static const char *const given[] = {"id",  "version",      "answer", "given_at",
                                        "how", "text_version", NULL};

    switch (json_check_choice(check, body, base, "answer", JSON_REQUIRED, answers)) {
    case ANSWER_DECLINE:
    case ANSWER_REPLACE:
        json_check_members(check, body, base, reasoned + skipped);
        check_reason(check, body, base, decline_reasons);
        return;
    case ANSWER_YES:
        json_check_members(check, body, base, given + skipped);
        check_yes(check, body, base);
        return;
    case ANSWER_CONFIRM:
    case ANSWER_ASKED:
    case ANSWER_NO:
    case ANSWER_WITHDRAW:
        json_check_members(check, body, base, plain + skipped);
        return;
    default:
        return; /* what else may stand there depends on the answer */
    }
}

void answer_check(struct json_check *check, const json_t *body)
{
    check_answer(check, body, "", ITEM_MEMBERS);
}

void answer_item_check(struct json_check *check, const json_t *item, const char *base)
{
    const char *id = json_check_text(check, item, base, "id", JSON_REQUIRED, ID_CAP);

    if (id && !uuid_valid(id))
        json_check_fail(check, json_check_pointer(check, base, "id"), "FORMAT",
                        "Skal være et emnes id.");
    (void)json_check_integer(check, item, base, "version", JSON_OPTIONAL, 1, INT32_MAX, 0);
    check_answer(check, item, base, 0);
}

void outcome_check(struct json_check *check, const json_t *body)
{
    static const char *const met[] = {"outcome", NULL};
    static const char *const hired[] = {"outcome", "start_date", NULL};
    static const char *const turned_down[] = {"outcome", "reason", "text", NULL};

    switch (json_check_choice(check, body, "", "outcome", JSON_REQUIRED, outcomes)) {
    case OUTCOME_INTERVIEW:
        json_check_members(check, body, "", met);
        return;
    case OUTCOME_HIRED:
        json_check_members(check, body, "", hired);
        (void)json_check_date(check, body, "", "start_date", JSON_OPTIONAL);
        return;
    case OUTCOME_NOT_RELEVANT:
        json_check_members(check, body, "", turned_down);
        check_reason(check, body, "", not_relevant_reasons);
        return;
    default:
        return;
    }
}

void addition_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"candidate", "reason", "text", NULL};

    json_check_members(check, body, "", names);
    (void)json_check_text(check, body, "", "candidate", JSON_REQUIRED, REFERENCE_CAP);
    check_reason(check, body, "", addition_reasons);
}

const char *put_forward_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"reason", NULL};

    json_check_members(check, body, "", names);
    int reason = json_check_choice(check, body, "", "reason", JSON_REQUIRED, put_forward_reasons);
    return reason < 0 ? NULL : put_forward_reasons[reason];
}

const char *release_basis_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"legal_basis", NULL};

    json_check_members(check, body, "", names);
    int basis = json_check_choice(check, body, "", "legal_basis", JSON_REQUIRED, legal_bases);
    return basis < 0 ? NULL : legal_bases[basis];
}

void empty_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {NULL};

    json_check_members(check, body, "", names);
}
