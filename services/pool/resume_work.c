/*
 * Years in a trade from the dates of the jobs in it. A date may be a year or a month alone; then
 * only what is sure counts: a job "from 2014" began on the last day of 2014 at the latest, and one
 * "until 2016" ended on the first day of 2016 at the earliest. Jobs at the same time count once.
 *
 * A job without an endDate goes on, and counts up to the day that the resume was stated. The schema
 * (1.0.0) has endDate optional and does not say what its absence means; that it is left out of the
 * present job is what the format's own project answers (github.com/jsonresume/resume-schema, issue
 * 175). An endDate alone says when the trade was last used, and no years.
 */
#include "services/pool/resume_reading.h"

#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/domain/fold.h"

#include <stdlib.h>
#include <string.h>

#define UNSAID INT64_MIN

struct span {
    int64_t first, last; /* days: the date lies between them; equal for a whole date */
};

struct job {
    const char *code;
    int64_t from, to; /* days that it was held on for sure, or UNSAID */
    int64_t years;    /* said as such; -1: not */
};

static int digits_at(const char *text, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static int64_t day_of(int year, int month, int day)
{
    return calendar_day_number((struct calendar_date){year, month, day});
}

/* "2014", "2014-06" or "2014-06-30", as the schema has them, from 1900 to 2999. */
static bool read_span(const char *text, struct span *span)
{
    const size_t length = strlen(text);
    const int year = length >= 4 ? digits_at(text, 4) : -1;

    if (year < 1900 || year > 2999)
        return false;
    if (length == 4) {
        *span = (struct span){day_of(year, 1, 1), day_of(year, 12, 31)};
        return true;
    }
    const int month = length >= 7 && text[4] == '-' ? digits_at(text + 5, 2) : -1;
    if (month < 1 || month > 12)
        return false;
    if (length == 7) {
        const int64_t next = month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1);
        *span = (struct span){day_of(year, month, 1), next - 1};
        return true;
    }
    if (!json_date_valid(text))
        return false;
    span->first = span->last = day_of(year, month, digits_at(text + 8, 2));
    return true;
}

/* Words that stand for an end that has not come. */
static bool goes_on(struct arena *arena, const char *text)
{
    static const char *const words[] = {"present", "now", "current", "nu", "nuvaerende", "i dag"};
    const char *folded = strlen(text) <= RESUME_WORD_BYTES ? fold_text(arena, text) : "";

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal(words[i], folded))
            return true;
    return false;
}

static int64_t day_number(const char *date)
{
    struct span span;

    return read_span(date, &span) ? span.first : 0;
}

/* The day up to which a resume can tell: when it was stated, never later than today. */
static int64_t told_until(const struct resume_reading *reading)
{
    const int64_t today = day_number(reading->today);
    const int64_t stated = reading->stated_on != NULL && json_date_valid(reading->stated_on)
                               ? day_number(reading->stated_on)
                               : today;

    return stated < today ? stated : today;
}

/* False, and listed, when the dates say nothing together. */
static bool read_dates(struct resume_reading *reading, const json_t *item, const char *base,
                       struct job *job)
{
    const char *start = resume_text(reading, item, base, "startDate");
    const char *end = resume_text(reading, item, base, "endDate");
    const int64_t told = told_until(reading);
    struct span from = {0}, to = {told, told};

    if (start == NULL && end == NULL)
        return false;
    if (start != NULL && !read_span(start, &from)) {
        resume_gap(reading, resume_place(reading, base, "startDate"), start, "date");
        return false;
    }
    if (end != NULL && !goes_on(reading->arena, end) && !read_span(end, &to)) {
        resume_gap(reading, resume_place(reading, base, "endDate"), end, "date");
        return false;
    }
    if (start != NULL && (to.last < from.first || from.first > told)) {
        resume_gap(reading, resume_place(reading, base, "startDate"), start, "date");
        return false;
    }
    job->from = start != NULL ? from.last : UNSAID;
    job->to = to.first < told ? to.first : told;
    return true;
}

static int compare_jobs(const void *left, const void *right)
{
    const struct job *a = left, *b = right;
    const int order = strcmp(a->code, b->code);

    return order != 0 ? order : (a->from > b->from) - (a->from < b->from);
}

/* Jobs of one trade, by their beginning. */
static struct resume_fact sum(struct arena *arena, const struct job *jobs, size_t count)
{
    struct resume_fact fact = {.kind = "occupation", .code = jobs[0].code, .years = -1};
    int64_t days = 0, reached = UNSAID, last = UNSAID;

    for (size_t i = 0; i < count; i++) {
        const int64_t from = jobs[i].from > reached ? jobs[i].from : reached + 1;
        if (jobs[i].from != UNSAID && jobs[i].to >= from) {
            days += jobs[i].to - from + 1;
            reached = jobs[i].to;
        }
        if (jobs[i].to > last)
            last = jobs[i].to;
        if (jobs[i].years > fact.years)
            fact.years = jobs[i].years;
    }
    /* Whole years: three in a row may have no leap day. */
    const int64_t years = (days * 4 + 3) / 1461;
    if (fact.years < 0 && days > 0)
        fact.years = years < RESUME_YEARS_MAX ? years : RESUME_YEARS_MAX;
    if (last != UNSAID) {
        const struct calendar_date day = calendar_day_date(last);
        fact.last_used = arena_printf(arena, "%04d-%02d-%02d", day.year, day.month, day.day);
    }
    return fact;
}

static bool read_job(struct resume_reading *reading, const json_t *item, const char *base,
                     struct job *job)
{
    static const char *const kinds[] = {"occupation", NULL};
    const char *said = json_string_value(json_object_get(item, "code"));
    const char *position = resume_text(reading, item, base, "position");

    *job = (struct job){.from = UNSAID, .to = UNSAID, .years = -1};
    if (said != NULL)
        job->code = resume_words_code(reading->words, "occupation", said);
    if (job->code == NULL && position != NULL)
        job->code =
            resume_word(reading, kinds, position, resume_place(reading, base, "position"), NULL);
    else if (job->code == NULL)
        resume_gap(reading, base, said, "unknown_word");
    if (job->code == NULL)
        return false;
    job->years = resume_number(reading, item, base, "years", 0, RESUME_YEARS_MAX, -1);
    (void)read_dates(reading, item, base, job);
    return true;
}

/* The headline, when it is not what the work says already. */
static void read_label(struct resume_reading *reading)
{
    static const char *const kinds[] = {"occupation", NULL};
    const json_t *basics = json_object_get(reading->resume, "basics");
    const char *label = resume_text(reading, basics, "/basics", "label");
    const char *code =
        label != NULL ? resume_word(reading, kinds, label, "/basics/label", NULL) : NULL;

    if (code != NULL)
        resume_keep(reading, (struct resume_fact){.kind = "occupation", .code = code, .years = -1},
                    "/basics/label", label);
}

void resume_read_work(struct resume_reading *reading)
{
    const json_t *list;
    const size_t items = resume_items(reading, reading->resume, "", "work", &list);
    struct job jobs[RESUME_ITEMS_CAP];
    size_t count = 0;

    for (size_t i = 0; i < items; i++)
        count += read_job(reading, json_array_get(list, i),
                          json_check_item(&reading->pointers, "/work", i), &jobs[count]);
    if (count > 0)
        qsort(jobs, count, sizeof jobs[0], compare_jobs);
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && str_equal(jobs[next].code, jobs[first].code);)
            next++;
        const struct resume_fact fact = sum(reading->arena, jobs + first, next - first);
        resume_keep(reading, fact, "/work", fact.code);
    }
    read_label(reading);
}
