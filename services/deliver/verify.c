#include "services/deliver/verify.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/json/json.h"
#include "services/deliver/room.h"

#include <string.h>

/* Of a receiver's own wish for a pause: four attempts stay within an hour. */
#define WISH_CAP (10 * CLOCK_MINUTE)
#define ARENA_CAP ((size_t)1 << 20)

static char *challenge_of(struct arena *arena, const struct deliver *deliver, const char *delivery)
{
    struct crypto_key key;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    crypto_key_derive(deliver_server_key(deliver), "endpoint-challenge", &key);
    crypto_hmac(key.bytes, sizeof key.bytes, delivery, strlen(delivery), digest);
    crypto_wipe(&key, sizeof key);
    return crypto_base64url(arena, digest, sizeof digest);
}

bool verify_is(const char *kind)
{
    return str_equal(kind, VERIFY_KIND);
}

char *verify_data(struct arena *arena, const struct deliver *deliver, const char *endpoint,
                  const char *delivery)
{
    return arena_printf(arena, "{\"endpoint_id\":\"%s\",\"challenge\":\"%s\"}", endpoint,
                        challenge_of(arena, deliver, delivery));
}

/* A receiver that sends back whatever it gets does not pass: the challenge stands elsewhere there.
 */
static bool echoed(const struct deliver *deliver, const char *delivery,
                   const struct fetch_answer *answer)
{
    struct arena *arena = arena_create(ARENA_CAP);
    struct json_fault fault;
    const json_t *body = NULL;
    bool same = false;
    if (answer->status == 200 && answer->body != NULL &&
        json_read_in(arena, answer->body, answer->body_length, &body, &fault) == 0) {
        const char *given = json_string_value(json_object_get(body, "challenge"));
        const char *wanted = challenge_of(arena, deliver, delivery);
        same = given != NULL && strlen(given) == strlen(wanted) &&
               crypto_equal(given, wanted, strlen(wanted));
    }
    arena_destroy(&arena);
    return same;
}

static int64_t at_most(int64_t value, int64_t cap)
{
    return value < cap ? value : cap;
}

struct decision verify_decide(const struct deliver *deliver, const char *delivery,
                              const struct fetch_answer *answer, int attempt)
{
    struct fetch_answer heard = *answer;
    heard.retry_after = at_most(answer->retry_after, WISH_CAP);
    struct decision decision = schedule_decide(&heard, attempt);
    if (decision.verdict == VERDICT_DELIVERED && !echoed(deliver, delivery, answer)) {
        int64_t pause = schedule_pause(attempt, -1);
        decision = (struct decision){
            .verdict = VERDICT_RETRY, .reason = VERIFY_NOT_ECHOED, .pause = pause < 0 ? 0 : pause};
    }
    if (decision.verdict == VERDICT_RETRY && attempt >= VERIFY_ATTEMPTS)
        decision.verdict = VERDICT_DEAD;
    decision.hold = at_most(decision.hold, WISH_CAP);
    return decision;
}
