#include "services/orders/hours.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"

#define DAYS_AROUND 731 /* two years */
#define TEXT_CAP ((size_t)256 << 10)

struct calendar_options hours_calendar(const struct conf *conf)
{
    return (struct calendar_options){
        .cutoff = conf_duration(conf, "orders", "cutoff"),
        .due_same_day = conf_duration(conf, "orders", "due_same_day"),
        .due_next_day = conf_duration(conf, "orders", "due_next_day"),
        .office_opens = conf_duration(conf, "orders", "office_opens"),
        .office_closes = conf_duration(conf, "orders", "office_closes"),
        .constitution_day = conf_bool(conf, "orders", "closed_constitution_day"),
        .christmas_eve = conf_bool(conf, "orders", "closed_christmas_eve"),
        .new_years_eve = conf_bool(conf, "orders", "closed_new_years_eve"),
    };
}

static void put(struct buffer *list, int64_t time)
{
    char text[CLOCK_TEXT_SIZE];

    clock_text(time, text);
    buffer_printf(list, "%s%s", list->length == 0 ? "{" : ",", text);
}

void hours_parameters(const struct calendar_options *options, int64_t now, struct arena *arena,
                      struct pg_parameter parameters[HOURS_PARAMETERS])
{
    int64_t since_midnight;
    int64_t today = calendar_day_number(calendar_local(now, &since_midnight));
    struct buffer opens, closes;

    buffer_init(&opens, TEXT_CAP);
    buffer_init(&closes, TEXT_CAP);
    for (int64_t day = today - DAYS_AROUND; day <= today + DAYS_AROUND; day++) {
        struct calendar_hours hours;
        if (!calendar_office(calendar_day_date(day), options, &hours))
            continue;
        put(&opens, hours.opens);
        put(&closes, hours.closes);
    }
    buffer_text(&opens, "}");
    buffer_text(&closes, "}");
    parameters[0] = PG_TEXT(arena_strdup(arena, opens.data));
    parameters[1] = PG_TEXT(arena_strdup(arena, closes.data));
    buffer_deinit(&closes);
    buffer_deinit(&opens);
}
