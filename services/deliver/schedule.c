#include "services/deliver/schedule.h"

#include "common/base/clock.h"
#include "common/base/random.h"

#define RETRY_AFTER_CAP CLOCK_DAY
#define HOLD_CAP (5 * CLOCK_MINUTE) /* when the receiver asked for a pause but not for how long */

/* Before attempts 1 to 10. */
static const int64_t pauses[SCHEDULE_ATTEMPTS] = {
    0,
    5 * CLOCK_SECOND,
    5 * CLOCK_MINUTE,
    30 * CLOCK_MINUTE,
    2 * CLOCK_HOUR,
    5 * CLOCK_HOUR,
    10 * CLOCK_HOUR,
    14 * CLOCK_HOUR,
    20 * CLOCK_HOUR,
    24 * CLOCK_HOUR,
};

static int64_t jittered(int64_t pause)
{
    int64_t fifth = pause / 5;
    return pause - fifth + (int64_t)random_below((uint64_t)(2 * fifth) + 1);
}

static int64_t capped(int64_t value, int64_t cap)
{
    return value < cap ? value : cap;
}

int64_t schedule_pause(int attempt, int64_t retry_after)
{
    if (attempt >= SCHEDULE_ATTEMPTS)
        return -1;
    int64_t pause = jittered(pauses[attempt]);
    int64_t wish = capped(retry_after, RETRY_AFTER_CAP);
    return wish > pause ? wish : pause;
}

static struct decision retry(const char *reason, int attempt, int64_t retry_after)
{
    int64_t pause = schedule_pause(attempt, retry_after);
    if (pause < 0)
        return (struct decision){.verdict = VERDICT_DEAD, .reason = "exhausted"};
    return (struct decision){.verdict = VERDICT_RETRY, .reason = reason, .pause = pause};
}

static struct decision decide_status(const struct fetch_answer *answer, int attempt)
{
    int status = answer->status;
    if (status >= 200 && status <= 299)
        return (struct decision){.verdict = VERDICT_DELIVERED};
    if (status == 410)
        return (struct decision){.verdict = VERDICT_GONE, .reason = "gone"};
    if (status >= 300 && status <= 399)
        return retry("redirect", attempt, answer->retry_after);
    struct decision decision = retry("status", attempt, answer->retry_after);
    if (status == 429 || status == 502 || status == 504 ||
        (status == 503 && answer->retry_after > 0))
        decision.hold = answer->retry_after > 0 ? capped(answer->retry_after, RETRY_AFTER_CAP)
                                                : capped(decision.pause, HOLD_CAP);
    return decision;
}

struct decision schedule_decide(const struct fetch_answer *answer, int attempt)
{
    if (answer->class == FETCH_ANSWERED)
        return decide_status(answer, attempt);
    if (answer->class == FETCH_REFUSED_BY_POLICY)
        return (struct decision){.verdict = VERDICT_DEAD, .reason = "refused_by_policy"};
    if (answer->class == FETCH_HELD)
        return (struct decision){.verdict = VERDICT_HELD, .reason = "push_stopped"};
    return retry(schedule_class_name(answer->class), attempt, -1);
}

const char *schedule_verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"delivered", "retry", "dead", "gone", "held"};
    return names[verdict];
}

const char *schedule_class_name(enum fetch_class class)
{
    static const char *const names[] = {
        [FETCH_ANSWERED] = "answered", [FETCH_REFUSED_BY_POLICY] = "refused_by_policy",
        [FETCH_DNS] = "dns",           [FETCH_CONNECT] = "connect",
        [FETCH_TLS] = "tls",           [FETCH_TIMEOUT] = "timeout",
        [FETCH_BROKEN] = "broken",     [FETCH_HELD] = "held",
    };
    return names[class];
}
