#include "services/match/gap.h"

#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "services/match/counts.h"
#include "services/match/day.h"
#include "services/match/desk.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <string.h>

#define TEXT_CAP ((size_t)256 << 10)
#define COURSE_DAYS_CAP 400
#define HORIZON 3653 /* days: ten years */

struct gap {
    bool team;           /* sees exact counts: it may list the near misses too */
    const char *courses; /* a line each: certificate|working days */
};

/* A must that a course can give. */
struct course {
    size_t part;
    int64_t days;
    bool fits;      /* finished before the order's start */
    int32_t latest; /* the last day on which it can begin then */
    size_t lacking; /* who lack nothing else */
};

/* 0: no course gives it. */
static int64_t course_days(struct arena *arena, const char *courses, const char *code)
{
    char *rest = arena_strdup(arena, courses);
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        const char *certificate = strsep(&line, "|");
        int64_t days = 0;
        if (line != NULL && str_equal(certificate, code) &&
            str_int64(line, 1, COURSE_DAYS_CAP, &days) == 0) {
            return days;
        }
    }
    return 0;
}

static bool working_day(int32_t day)
{
    return calendar_working_day(calendar_day_date(day), &calendar_defaults);
}

/* The latest day from which `days` working days are over before `start`. */
static int32_t latest_beginning(int32_t start, int64_t days)
{
    int32_t day = start;
    while (days > 0) {
        day--;
        days -= working_day(day) ? 1 : 0;
    }
    return day;
}

/* Days after today and before the start; of a start that is far ahead, those of the first years. */
static int64_t working_days_between(int32_t today, int32_t start)
{
    const int32_t end = start - today > HORIZON ? today + HORIZON : start;
    int64_t count = 0;
    for (int32_t day = today + 1; day < end; day++) {
        count += working_day(day) ? 1 : 0;
    }
    return count;
}

/* Of an order's part; false when no course gives it. */
static bool find_course(const struct gap_view *view, const struct explain *explain,
                        const struct engine_census *census, size_t part, struct course *course)
{
    const struct asked_part *wanted = &explain->asked->parts[part];
    if (!wanted->must || wanted->kind != ENGINE_CERTIFICATE) {
        return false;
    }
    *course = (struct course){
        .part = part,
        .days = course_days(view->arena, view->courses, wanted->codes[0].code),
        .lacking = census->only_part[part],
    };
    if (course->days == 0) {
        return false;
    }
    course->latest = latest_beginning(explain->asked->start, course->days);
    course->fits = course->latest > explain->asked->as_of; /* tomorrow at the earliest */
    return true;
}

static void say_course(const struct explain *explain, const struct course *course, size_t step,
                       struct buffer *text)
{
    char latest[DAY_TEXT_SIZE];
    day_danish(course->latest, latest);
    buffer_text(text, text->length > 0 ? "\n" : "");
    explain_label(explain, course->part, text);
    buffer_printf(text, " (kursus på %lld arbejdsdag%s): ", (long long)course->days,
                  course->days > 1 ? "e" : "");
    counts_say(course->lacking, step, text);
    buffer_text(text, " mangler kun det. ");
    if (course->fits) {
        buffer_printf(text, "Kurset kan nås før jobstart, hvis det begynder senest %s.", latest);
    } else {
        buffer_text(text, "Kurset kan ikke nås før jobstart.");
    }
}

static void write_course(const struct explain *explain, const struct course *course, size_t step,
                         struct writer *json)
{
    char latest[DAY_TEXT_SIZE];
    day_iso(course->latest, latest);
    writer_object(json);
    writer_name(json, "requirement");
    explain_reference(explain, course->part, json);
    writer_member_integer(json, "course_days", course->days);
    writer_member_bool(json, "fits", course->fits);
    writer_member_text(json, "begin_by", course->fits ? latest : NULL);
    writer_member_object(json, "candidates");
    counts_members(course->lacking, step, json);
    writer_object_end(json);
    writer_object_end(json);
}

void gap_write(const struct gap_view *view, const struct explain *explain,
               const struct engine_census *census, struct buffer *answer)
{
    const size_t step = view->step;
    size_t more = 0;
    char start[DAY_TEXT_SIZE];
    struct buffer text;
    struct writer json;
    buffer_init(&text, TEXT_CAP);
    day_iso(explain->asked->start, start);
    writer_init(&json, answer);
    writer_object(&json);
    writer_member_text(&json, "order_id", view->order);
    desk_members(explain, &json);
    writer_member_unsigned(&json, "step", step);
    writer_member_text(&json, "start_date", start);
    writer_member_integer(&json, "working_days",
                          working_days_between(explain->asked->as_of, explain->asked->start));
    writer_member_array(&json, "courses");
    for (size_t part = 0; part < explain->asked->part_count; part++) {
        struct course course;
        if (find_course(view, explain, census, part, &course)) {
            write_course(explain, &course, step, &json);
            say_course(explain, &course, step, &text);
            more += course.fits ? course.lacking : 0;
        }
    }
    writer_array_end(&json);
    writer_member_object(&json,
                         "more_candidates"); /* nobody lacks two of them: no one counts twice */
    counts_members(more, step, &json);
    writer_object_end(&json);
    if (text.length == 0) {
        buffer_text(&text, "Ingen af de ufravigelige krav er et bevis, som et kursus kan give.");
    }
    writer_name(&json, "explanation_da");
    writer_text_bytes(&json, text.data, text.length);
    writer_object_end(&json);
    writer_finish(&json);
    answer->full = answer->full || buffer_full(&text);
    buffer_deinit(&text);
}

static void write_answer(struct desk_question *question, const struct explain *explain,
                         const struct engine_census *census)
{
    const struct gap *asked = question->state;
    const struct gap_view view = {.order = question->order,
                                  .courses = asked->courses,
                                  .step = asked->team ? 1 : question->match->step,
                                  .arena = question->arena};
    gap_write(&view, explain, census, &question->answer);
}

static int answer(struct desk_question *question, const struct explain *explain,
                  const struct engine_order *order)
{
    return desk_census(question, explain, order, write_answer);
}

static const struct desk_kind kind = {
    .failed = "match.gap_failed", .missing = "Jobordren findes ikke.", .answer = answer};

static void ask(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *allowed = pg_outcome_result(outcome, 0);
    struct desk_question *question = desk_question(call, &kind);
    struct gap *asked = arena_alloc(question->arena, sizeof *asked);
    asked->team = pg_bool(allowed, 0, 2);
    asked->courses = arena_strdup(question->arena, pg_text(allowed, 0, 3));
    question->state = asked;
    question->pool_version = pg_int64(allowed, 0, 0);
    question->order = arena_strdup(question->arena, pg_text(allowed, 0, 1));
    desk_ask(question);
}

void gap(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *order = rest_path_id(call, "Jobordren findes ikke.");
    if (order == NULL || !rest_query_only(call, queries) || !desk_open(call)) {
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order)};
    const struct pg_step step = {&match_sql_gap_allowed, parameters, 1};
    rest_batch(call, &step, 1, ask);
}
