/*
 * The room's routes over a real socket and a real PostgreSQL: what each answers, right and wrong.
 * The server runs on a thread of its own; who calls is told by a name instead of a key.
 */
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pg/session.h"
#include "services/leads/leads.h"
#include "tests/support/api.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEAM "00000000-0000-4000-8000-0000000000aa"
#define EMPLOYER "00000000-0000-4000-8000-0000000000ee"

struct served {
    struct arena *arena; /* of the answers */
    struct leads *leads;
    struct api *api;
};

/* "Bearer team" and "Bearer employer"; anybody else is refused. */
static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    (void)pg;
    (void)state;
    struct rest_principal principal = {.organisation_kind = "team",
                                       .organisation = TEAM,
                                       .key = "00000000-0000-4000-8000-0000000000cc",
                                       .scopes = "leads:read leads:write"};
    if (str_equal(authorization, "Bearer employer"))
        snprintf(principal.organisation, sizeof principal.organisation, "%s", EMPLOYER);
    else if (!str_equal(authorization, "Bearer team")) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    done(0, &principal, argument);
}

static int setup(void **state)
{
    static struct served served;
    struct session *session = NULL;
    const char *database = pg_cluster_database("leads_http");
    assert_int_equal(session_open(database, NULL, &session, NULL), 0);
    assert_int_equal(
        session_exec(session,
                     "INSERT INTO emnebank.organisation (id, kind, name, cvr) VALUES ('" TEAM
                     "', 'team', 'Team', NULL), ('" EMPLOYER
                     "', 'employer', 'Arbejdsgiver (fiktiv)', '99300019')",
                     NULL),
        0);
    session_close(&session);
    served.arena = arena_create((size_t)64 << 20);
    served.leads = leads_create();
    served.api = api_create(database, authenticate, NULL);
    api_add(served.api, &leads_routes, served.leads);
    api_start(served.api);
    *state = &served;
    return 0;
}

static int teardown(void **state)
{
    struct served *served = *state;
    api_stop(&served->api);
    leads_destroy(&served->leads);
    arena_destroy(&served->arena);
    return 0;
}

static struct api_answer request(const struct served *served, const char *line, const char *headers,
                                 const char *body, size_t length)
{
    return api_receive(api_send(served->api, line, headers, body, length), served->arena);
}

#define AS_TEAM "Authorization: Bearer team\r\n"
#define AS_EMPLOYER "Authorization: Bearer employer\r\n"
#define XML "Content-Type: application/xml\r\n"
#define JSON "Content-Type: application/json\r\n"
#define IMPORT "POST /v1/leads/notices"

static char *file_text(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = mem_zalloc((size_t)1 << 20);
    *length = fread(text, 1, ((size_t)1 << 20) - 1, file);
    fclose(file);
    return text;
}

static struct api_answer import(const struct served *served, const char *path)
{
    size_t length;
    char *text = file_text(path, &length);
    struct api_answer answer = request(served, IMPORT, AS_TEAM XML, text, length);
    mem_free(text);
    return answer;
}

static void expect(struct api_answer answer, int status, const char *part)
{
    if (answer.status != status || !strstr(answer.body, part))
        fail_msg("expected %d with %s, got %d: %s", status, part, answer.status, answer.body);
}

/* The id of the first lead in a body. */
static void first_id(const char *body, char id[37])
{
    const char *leads = strstr(body, "\"leads\":");
    if (!leads)
        leads = strstr(body, "\"leads\": ");
    assert_non_null(leads);
    const char *found = strstr(leads, "\"id\": \"");
    while (found && strlen(found) > 44 && found[7 + 36] != '"')
        found = strstr(found + 1, "\"id\": \"");
    assert_non_null(found);
    memcpy(id, found + 7, 36);
    id[36] = '\0';
}

static void a_notice_is_imported_once(void **state)
{
    struct served *served = *state;
    expect(import(served, STORY "/letbane.xml"), 201, "\"99426012\"");
    expect(import(served, STORY "/letbane.xml"), 200, "\"unchanged\"");
}

static void files_that_are_no_award_are_told(void **state)
{
    struct served *served = *state;
    expect(import(served, NOTICES "/no_winner.xml"), 201, "Ingen vinder");
    expect(import(served, NOTICES "/doctype.xml"), 422, "DOCTYPE");
    expect(import(served, NOTICES "/truncated.xml"), 422, "Linje 27, kolonne 18");
    expect(import(served, NOTICES "/depth_bomb.xml"), 422, "\"LIMIT\"");
    expect(request(served, IMPORT, AS_TEAM XML, "<TED_EXPORT/>", 13), 200, "TED XML");
    expect(request(served, IMPORT, AS_TEAM XML, "", 0), 422, "tom");
    expect(request(served, IMPORT, AS_TEAM JSON, "{}", 2), 415, "media-type-unsupported");
    expect(request(served, IMPORT "?a=1", AS_TEAM XML, "<a/>", 4), 400, "query");
    expect(request(served, IMPORT, XML, "<a/>", 4), 401, "unauthenticated");
}

/* Above what stands in memory the body is spooled, and streamed from there. */
static void a_large_notice_is_streamed(void **state)
{
    struct served *served = *state;
    size_t length;
    char *text = file_text(NOTICES "/consortium.xml", &length);
    const size_t padding = (size_t)8 << 20;
    char *large = mem_zalloc(length + padding + 16);
    char *root = strstr(text, "<ContractAwardNotice");
    size_t before = (size_t)(root - text);
    memcpy(large, text, before);
    memcpy(large + before, "<!--", 4);
    memset(large + before + 4, 'x', padding);
    memcpy(large + before + 4 + padding, "-->", 3);
    memcpy(large + before + 7 + padding, root, length - before);
    expect(request(served, IMPORT, AS_TEAM XML, large, length + padding + 7), 201, "konsortium");
    mem_free(large);
    mem_free(text);
}

static void leads_are_listed_by_page(void **state)
{
    struct served *served = *state;
    char line[1024];
    struct api_answer page = request(served, "GET /v1/leads?limit=1", AS_TEAM, NULL, 0);
    assert_int_equal(page.status, 200);
    assert_non_null(strstr(page.head, "rel=\"next\""));
    const char *next = strstr(page.body, "\"next\":\"");
    assert_non_null(next);
    int length = (int)strcspn(next + 8, "\"");
    snprintf(line, sizeof line, "GET /v1/leads?limit=200&cursor=%.*s", length, next + 8);
    expect(request(served, line, AS_TEAM, NULL, 0), 200, "\"next\":null");
    snprintf(line, sizeof line, "GET /v1/leads?state=new&cursor=%.*s", length, next + 8);
    expect(request(served, line, AS_TEAM, NULL, 0), 400, "cursor-invalid");
    expect(request(served, "GET /v1/leads?cursor=x", AS_TEAM, NULL, 0), 400, "cursor-invalid");
    expect(request(served, "GET /v1/leads?state=gammel", AS_TEAM, NULL, 0), 400, "query-invalid");
    expect(request(served, "GET /v1/leads?municipality=0751&state=new", AS_TEAM, NULL, 0), 200,
           "\"next\":null");
    expect(request(served, "GET /v1/leads", AS_EMPLOYER, NULL, 0), 200, "{\"items\":[],");
}

static struct api_answer with_lead(const struct served *served, const char *method, const char *id,
                                   const char *tail, const char *headers, const char *body)
{
    char line[256];
    snprintf(line, sizeof line, "%s /v1/leads/%s%s", method, id, tail);
    return request(served, line, headers, body, body ? strlen(body) : 0);
}

static void a_lead_is_read_moved_and_made_an_order(void **state)
{
    struct served *served = *state;
    char id[37];
    struct api_answer imported = import(served, NOTICES "/one_winner.xml");
    first_id(imported.body, id);
    struct api_answer read = with_lead(served, "GET", id, "", AS_TEAM, NULL);
    assert_int_equal(read.status, 200);
    assert_non_null(strstr(read.head, "\"v1\""));
    expect(with_lead(served, "GET", id, "", AS_EMPLOYER, NULL), 404, "not-found");
    expect(with_lead(served, "GET", "0", "", AS_TEAM, NULL), 404, "not-found");
    expect(with_lead(served, "PATCH", id, "", AS_TEAM JSON, "{\"state\":\"contacted\"}"), 428,
           "if-match-required");
    expect(with_lead(served, "PATCH", id, "", AS_TEAM JSON "If-Match: \"v9\"\r\n",
                     "{\"state\":\"contacted\"}"),
           412, "version-stale");
    expect(with_lead(served, "PATCH", id, "", AS_TEAM JSON "If-Match: \"v1\"\r\n",
                     "{\"state\":\"dismissed\",\"assign\":\"751\",\"extra\":1}"),
           422, "/assign");
    expect(with_lead(served, "PATCH", id, "", AS_TEAM JSON "If-Match: \"v1\"\r\n",
                     "{\"state\":\"contacted\"}"),
           200, "\"contacted\"");
    expect(with_lead(served, "POST", id, "/job-order", AS_TEAM JSON, "{}"), 400,
           "idempotency-key-missing");
    expect(with_lead(served, "POST", id, "/job-order", AS_TEAM JSON "Idempotency-Key: \"k1\"\r\n",
                     "{\"posts\":0,\"kinds\":[\"x\"],\"employer\":{\"cvr\":\"1\"}}"),
           422, "/employer/cvr");
    /* The API's faults and the database's, all at once. */
    struct api_answer faulty =
        with_lead(served, "POST", id, "/job-order", AS_TEAM JSON "Idempotency-Key: \"k1\"\r\n",
                  "{\"posts\":0,\"postcode\":\"0001\",\"occupations\":[\"0.0\"]}");
    assert_int_equal(faulty.status, 422);
    assert_non_null(strstr(faulty.body, "/posts"));
    assert_non_null(strstr(faulty.body, "/postcode"));
    assert_non_null(strstr(faulty.body, "/occupations/0"));
    expect(with_lead(served, "POST", id, "/job-order", AS_TEAM JSON "Idempotency-Key: \"k2\"\r\n",
                     "{\"posts\":12}"),
           201, "\"draft\"");
    struct api_answer again =
        with_lead(served, "POST", id, "/job-order", AS_TEAM JSON "Idempotency-Key: \"k2\"\r\n",
                  "{\"posts\":12}");
    assert_int_equal(again.status, 201);
    assert_non_null(strstr(again.head, "Idempotency-Replayed: true"));
    expect(with_lead(served, "POST", id, "/job-order", AS_TEAM JSON "Idempotency-Key: \"k2\"\r\n",
                     "{\"posts\":13}"),
           422, "idempotency-key-reused");
    expect(with_lead(served, "GET", id, "", AS_TEAM, NULL), 200, "\"state\": \"order\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_imported_once),
        cmocka_unit_test(files_that_are_no_award_are_told),
        cmocka_unit_test(a_large_notice_is_streamed),
        cmocka_unit_test(leads_are_listed_by_page),
        cmocka_unit_test(a_lead_is_read_moved_and_made_an_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
