/* GET and POST /svar/{token}: the candidate's page. The token never leaves these functions but as
 * its SHA-256. */
#include "common/base/str.h"
#include "services/citizen/page.h"
#include "services/citizen/room.h"
#include "sql/citizen_sql.h"

#include <string.h>

enum { VIEW_STATE, VIEW_STATEMENT, VIEW_DIGEST, VIEW_ANSWER_BY };

struct visit {
    uint8_t hash[CRYPTO_DIGEST_SIZE]; /* of the token */
    enum page_notice notice;
};

/* --- the answer --- */

static void send_page(struct rest_call *call, int status, const struct page *page)
{
    struct buffer bytes;

    buffer_init(&bytes, PAGE_CAP);
    page_write(&bytes, page);
    citizen_page_headers(call, page_style);
    rest_reply_text(call, status, "text/html; charset=utf-8", bytes.data, bytes.length);
    buffer_deinit(&bytes);
}

/* Binds a form to the page that it was sent with: this link, what it could answer, and the text. A
 * form that was answered is good for nothing more, since its page is another then. */
static const char *seal(struct rest_call *call, const struct visit *visit, const char *state,
                        const char *digest)
{
    const struct citizen *citizen = rest_room(call);
    struct arena *arena = rest_arena(call);
    uint8_t mac[CRYPTO_DIGEST_SIZE];
    const char *bound =
        arena_printf(arena, "%s %s %s", crypto_base64url(arena, visit->hash, sizeof visit->hash),
                     str_equal(state, "yes") ? "yes" : "asked", digest);

    crypto_hmac(citizen->page_key.bytes, sizeof citizen->page_key.bytes, bound, strlen(bound), mac);
    return crypto_base64url(arena, mac, sizeof mac);
}

static void reply_view(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct visit *visit = rest_state(call);

    if (outcome->error != 0 || pg_rows(pg_outcome_result(outcome, 0)) != 1) {
        const struct page failed = {.state = "failed"};
        rest_header(call, "Retry-After", "30");
        send_page(call, 503, &failed);
        return;
    }
    const struct pg_result *view = pg_outcome_result(outcome, 0);
    const struct page page = {
        .state = pg_text(view, 0, VIEW_STATE),
        .statement = pg_text(view, 0, VIEW_STATEMENT),
        .digest = pg_text(view, 0, VIEW_DIGEST),
        .answer_by = pg_text(view, 0, VIEW_ANSWER_BY),
        .seal = seal(call, visit, pg_text(view, 0, VIEW_STATE), pg_text(view, 0, VIEW_DIGEST)),
        .notice = visit->notice,
    };
    send_page(call, 200, &page);
}

/* --- what was asked --- */

/* NULL, and the page of a link that nobody knows sent, when the token has no form of ours. */
static struct visit *visit_begin(struct rest_call *call)
{
    const char *token = rest_parameter(call, "token");
    struct visit *visit = arena_alloc(rest_arena(call), sizeof *visit);
    uint8_t *bytes = NULL;
    size_t length = 0;

    if (crypto_unbase64url(rest_arena(call), token, &bytes, &length) != 0 || length != TOKEN_SIZE) {
        const struct page unknown = {.state = "unknown"};
        send_page(call, 200, &unknown);
        return NULL;
    }
    crypto_sha256(bytes, length, visit->hash);
    crypto_wipe(bytes, length);
    rest_set_state(call, visit);
    return visit;
}

static void show(struct rest_call *call, const struct visit *visit)
{
    const struct pg_parameter parameters[] = {PG_BYTES(visit->hash, sizeof visit->hash)};
    const struct pg_step step = {&citizen_sql_page, parameters, 1};

    rest_batch_raw(call, &step, 1, reply_view);
}

/* Mail brings links with additions for counting readers: what stands in the query is not looked at.
 */
void visit_get(struct rest_call *call)
{
    const struct visit *visit = visit_begin(call);

    if (visit != NULL)
        show(call, visit);
}

/* Sent by a page of ours? Browsers say so with Sec-Fetch-Site; older ones name the origin, which
 * Referrer-Policy: no-referrer makes "null". The token in the address is what protects; this keeps
 * a page that learned of it from answering for the candidate. */
static bool is_own_form(struct rest_call *call)
{
    const struct citizen *citizen = rest_room(call);
    const char *site = http_request_header(rest_http(call), "Sec-Fetch-Site");
    const char *origin = http_request_header(rest_http(call), "Origin");

    if (site != NULL)
        return str_equal(site, "same-origin") || str_equal(site, "none");
    return origin == NULL || str_equal(origin, "null") || str_equal(origin, citizen->public_url);
}

static bool is_sealed(struct rest_call *call, const struct visit *visit, const char *answer,
                      const char *digest)
{
    const char *given = rest_form_field(call, "side");
    const char *good = seal(call, visit, str_equal(answer, "withdraw") ? "yes" : "asked", digest);

    return given != NULL && strlen(given) == strlen(good) &&
           crypto_equal(given, good, strlen(good));
}

/* The answer in the form, or NULL with a notice of what is wrong with it. */
static const char *read_answer(struct rest_call *call, struct visit *visit)
{
    static const char *const answers[] = {"yes", "no", "withdraw"};
    const bool form = is_own_form(call) && rest_form_read(call);
    const char *said = form ? rest_form_field(call, "svar") : NULL;
    const char *digest = form ? rest_form_field(call, "tekst") : NULL;

    visit->notice = PAGE_NOT_OURS;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (said == NULL || digest == NULL || !str_equal(said, answers[i]) ||
            !is_sealed(call, visit, said, digest))
            continue;
        const bool ticked = rest_form_field(call, "last") != NULL;
        visit->notice = str_equal(said, "yes") && !ticked ? PAGE_NOT_TICKED : PAGE_AS_IT_IS;
        return visit->notice == PAGE_AS_IT_IS ? answers[i] : NULL;
    }
    return NULL;
}

void visit_post(struct rest_call *call)
{
    struct visit *visit = visit_begin(call);

    if (visit == NULL)
        return;
    const char *answer = read_answer(call, visit);
    if (answer == NULL) {
        show(call, visit);
        return;
    }
    const struct pg_parameter parameters[] = {PG_BYTES(visit->hash, sizeof visit->hash),
                                              PG_TEXT(answer),
                                              PG_TEXT(rest_form_field(call, "tekst"))};
    const struct pg_step step = {&citizen_sql_answer, parameters, 3};
    rest_batch_raw(call, &step, 1, reply_view);
}
