/* Order texts as employers write them, and what each became: through the route, with the
 * vocabulary as it is delivered. */
#include "tests/services/shortlists/server.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define LINE_CAP ((size_t)8192)

/* What a draft says, in one line; what was not understood behind "?". As of 23 November 2026, a
 * Monday. */
static const struct {
    const char *text, *draft;
} examples[] = {
#include "tests/services/orders/texts.inc"
};

static void write_members(struct buffer *line, const json_t *draft)
{
    static const char *const names[] = {"title",     "posts",      "occupations", "postcode",
                                        "radius_km", "start_date", "end_date",    "kinds"};
    static const char *const shown[] = {"title", "posts", "trade", "at",
                                        "km",    "from",  "to",    "kind"};

    for (size_t i = 0; i < COUNT(names); i++) {
        const json_t *value = json_object_get(draft, names[i]);
        if (json_is_string(value))
            buffer_printf(line, "%s=%s ", shown[i], json_string_value(value));
        else if (json_is_integer(value))
            buffer_printf(line, "%s=%lld ", shown[i], (long long)json_integer_value(value));
        for (size_t item = 0; item < json_array_size(value); item++)
            buffer_printf(line, "%s=%s ", shown[i], json_string_value(json_array_get(value, item)));
    }
    const json_t *employer = json_object_get(draft, "employer");
    if (json_object_get(employer, "cvr") != NULL)
        buffer_printf(line, "cvr=%s ", json_string_value(json_object_get(employer, "cvr")));
    if (json_object_get(employer, "name") != NULL)
        buffer_printf(line, "by=%s ", json_string_value(json_object_get(employer, "name")));
}

static void write_requirements(struct buffer *line, const json_t *draft)
{
    size_t index;
    json_t *item;

    json_array_foreach(json_object_get(draft, "requirements"), index, item)
    {
        const json_int_t level = json_integer_value(json_object_get(item, "minimum_level"));
        buffer_printf(line, "%s:%s/%s", json_string_value(json_object_get(item, "necessity")),
                      json_string_value(json_object_get(item, "kind")),
                      json_string_value(json_object_get(item, "code")));
        if (level > 0)
            buffer_printf(line, ">=%lld", (long long)level);
        buffer_char(line, ' ');
    }
}

/* Understood, and no place for it. */
static void write_asides(struct buffer *line, const json_t *spans)
{
    size_t index;
    json_t *span;

    json_array_foreach(spans, index, span)
    {
        if (json_is_null(json_object_get(span, "field")))
            buffer_printf(line, "(%s) ", json_string_value(json_object_get(span, "text")));
    }
}

static const char *in_short(struct buffer *line, const json_t *answer)
{
    size_t index;
    json_t *gap;

    buffer_clear(line);
    write_members(line, json_object_get(answer, "draft"));
    write_requirements(line, json_object_get(answer, "draft"));
    write_asides(line, json_object_get(answer, "spans"));
    json_array_foreach(json_object_get(answer, "not_understood"), index, gap)
        buffer_printf(line, "?%s? ", json_string_value(json_object_get(gap, "text")));
    if (line->length > 0)
        line->data[--line->length] = '\0';
    return line->length > 0 ? line->data : "";
}

static struct answer ask(struct world *world, enum actor actor, const char *text)
{
    struct buffer body;

    buffer_init(&body, 65536);
    buffer_text(&body, "{\"as_of\":\"2026-11-23\",\"text\":");
    buffer_json(&body, text);
    buffer_char(&body, '}');
    const struct answer answer =
        server_ask(world->server, actor, "POST", "/v1/job-orders/from-text", NULL, body.data);
    buffer_deinit(&body);
    return answer;
}

static void texts_become_drafts(void **state)
{
    struct world *world = *state;
    struct buffer line;
    size_t wrong = 0;

    buffer_init(&line, LINE_CAP);
    for (size_t i = 0; i < COUNT(examples); i++) {
        const struct answer answer = ask(world, TEAM, examples[i].text);
        assert_answer(&answer, 200, NULL);
        const char *draft = in_short(&line, answer.json);
        printf("%2zu  %s\n    %s\n", i + 1, examples[i].text, draft);
        if (strcmp(draft, examples[i].draft) != 0) {
            printf("    WANTED %s\n", examples[i].draft);
            wrong++;
        }
    }
    buffer_deinit(&line);
    assert_int_equal(wrong, 0);
    assert_true(COUNT(examples) >= 20);
}

/* Bytes of the code points from `start` to `end`. */
static const char *slice(struct world *world, const char *text, json_int_t start, json_int_t end)
{
    const char *first = text, *last;

    for (json_int_t at = 0; at < start; at++)
        first += str_utf8_step(first, strlen(first));
    last = first;
    for (json_int_t at = start; at < end; at++)
        last += str_utf8_step(last, strlen(last));
    return arena_strndup(world->scene->arena, first, (size_t)(last - first));
}

/* Every span stands where it says, and every place of the draft has a span. */
static void spans_are_the_text(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(examples); i++) {
        const struct answer answer = ask(world, TEAM, examples[i].text);
        static const char *const lists[] = {"spans", "not_understood"};
        for (size_t list = 0; list < 2; list++) {
            size_t index;
            json_t *span;
            json_array_foreach(json_object_get(answer.json, lists[list]), index, span)
            {
                const json_int_t start = json_integer_value(json_object_get(span, "start"));
                const json_int_t end = json_integer_value(json_object_get(span, "end"));
                assert_true(start < end);
                assert_string_equal(slice(world, examples[i].text, start, end),
                                    json_string_value(json_object_get(span, "text")));
            }
        }
    }
}

/* The daemon stores nothing, and takes the draft as an order once what is missing is there. */
static void a_draft_is_posted(void **state)
{
    struct world *world = *state;
    const char *before = scene_root(world->scene, "SELECT count(*) FROM job_order");
    struct answer answer = ask(world, TEAM,
                               "Beton A/S (fiktiv), CVR 12345674, søger 2 struktører til fast "
                               "stilling i 8000 Aarhus C fra 1. marts. "
                               "Krav: epoxy. Gerne kørekort C.");

    assert_answer(&answer, 200, NULL);
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM job_order"), before);
    assert_int_equal(json_array_size(json_object_get(answer.json, "missing")), 0);
    char *body = json_text(world->scene->arena, json_object_get(answer.json, "draft"));
    answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders",
                        "Idempotency-Key: \"of-a-text\"\r\n", body);
    assert_answer(&answer, 201, NULL);
    assert_string_equal(answer_text(&answer, "state"), "draft");
}

static const char *remark(const struct answer *answer, size_t index)
{
    const json_t *list = json_object_get(answer->json, "remarks");
    const char *code = json_string_value(json_object_get(json_array_get(list, index), "code"));

    return code != NULL ? code : "";
}

/* Today is 23 November 2026: that day is no day of the past. */
static void a_period_that_cannot_be_is_remarked(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "2 tømrere fra 22. november 2026");

    assert_string_equal(remark(&answer, 0), "START_PASSED");
    answer = ask(world, TEAM, "2 tømrere fra 23. november 2026 til 22. november 2026");
    assert_string_equal(remark(&answer, 0), "END_BEFORE_START");
    assert_null(json_object_get(json_object_get(answer.json, "draft"), "end_date"));
    answer = ask(world, TEAM, "2 tømrere fra 23. november 2026 til 23. november 2026");
    assert_string_equal(remark(&answer, 0), "");
    assert_non_null(json_object_get(json_object_get(answer.json, "draft"), "end_date"));
}

/* Said twice is said once: a must outdoes a wish, and a second start stands aside. */
static void what_is_said_twice_is_one(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM,
                               "3 struktører fra 1. marts. Gerne kørekort C. Krav: kørekort C, "
                               "engelsk B1. Engelsk B2 er en fordel.");
    const json_t *list = json_object_get(json_object_get(answer.json, "draft"), "requirements");

    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *item = json_array_get(list, i);
        assert_string_equal(json_string_value(json_object_get(item, "necessity")), "must");
        assert_int_equal(json_integer_value(json_object_get(item, "weight")), 5);
    }
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "minimum_level")),
                     4);
    answer = ask(world, TEAM, "300 struktører og 201 tømrere");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(answer.json, "draft"), "posts")), 300);
    assert_string_equal(remark(&answer, 0), "");
    answer = ask(world, TEAM, "300 struktører og 200 tømrere");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(answer.json, "draft"), "posts")), 500);
    assert_string_equal(remark(&answer, 0), "SEVERAL_TRADES");
}

static void what_cannot_be_read_is_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/from-text", NULL,
                                      "{\"text\":\" \",\"as_of\":\"2026-02-30\",\"x\":1}");

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/as_of FORMAT\n/text FORMAT\n/x UNKNOWN_MEMBER\n");
}

static int setup(void **state)
{
    return world_open(state, "orders_text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_drafts),
        cmocka_unit_test(spans_are_the_text),
        cmocka_unit_test(a_draft_is_posted),
        cmocka_unit_test(a_period_that_cannot_be_is_remarked),
        cmocka_unit_test(what_is_said_twice_is_one),
        cmocka_unit_test(what_cannot_be_read_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
