#include "services/shortlists/answer.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"

#define REASON_TEXT_CAP 500
#define VERSION_CAP 40
#define TIME_CAP 40
/* Clocks of two machines may differ by this much. */
#define CLOCK_SLACK (5 * CLOCK_MINUTE)

enum answer { ANSWER_CONFIRM, ANSWER_DECLINE, ANSWER_YES, ANSWER_NO, ANSWER_WITHDRAW };

static const char *const answers[] = {
    [ANSWER_CONFIRM] = "confirm", [ANSWER_DECLINE] = "decline",   [ANSWER_YES] = "yes",
    [ANSWER_NO] = "no",           [ANSWER_WITHDRAW] = "withdraw", NULL};
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

static void check_decline(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"answer", "reason", "text", NULL};

    json_check_members(check, body, "", names);
    int reason = json_check_choice(check, body, "", "reason", JSON_REQUIRED, decline_reasons);
    bool other = reason >= 0 && str_equal(decline_reasons[reason], "other");
    (void)json_check_text(check, body, "", "text", other ? JSON_REQUIRED : JSON_OPTIONAL,
                          REASON_TEXT_CAP);
}

static void check_yes(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"answer", "given_at", "how", "text_version", NULL};
    int64_t given;

    json_check_members(check, body, "", names);
    const char *text = json_check_text(check, body, "", "given_at", JSON_REQUIRED, TIME_CAP);
    if (text && calendar_read_time(text, &given) != 0)
        json_check_fail(check, "/given_at", "FORMAT",
                        "Skal være et tidspunkt, der findes, for eksempel 2026-11-22T10:30:00Z.");
    else if (text && given > clock_now() + CLOCK_SLACK)
        json_check_fail(check, "/given_at", "RANGE", "Et ja kan ikke gives i fremtiden.");
    (void)json_check_choice(check, body, "", "how", JSON_REQUIRED, ways);
    (void)json_check_text(check, body, "", "text_version", JSON_REQUIRED, VERSION_CAP);
}

void answer_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"answer", NULL};

    switch (json_check_choice(check, body, "", "answer", JSON_REQUIRED, answers)) {
    case ANSWER_DECLINE:
        check_decline(check, body);
        return;
    case ANSWER_YES:
        check_yes(check, body);
        return;
    case ANSWER_CONFIRM:
    case ANSWER_NO:
    case ANSWER_WITHDRAW:
        json_check_members(check, body, "", names);
        return;
    default:
        return; /* what else may stand there depends on the answer */
    }
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
