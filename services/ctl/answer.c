#include "services/ctl/answer.h"

#include "common/base/clock.h"
#include "common/domain/calendar.h"

#include <stdio.h>
#include <string.h>

const char *answer_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

long long answer_number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

void answer_print_time(const char *text)
{
    int64_t time, since;

    if (calendar_read_time(text, &time) != 0)
        return;
    const struct calendar_date date = calendar_local(time, &since);
    printf("%02d.%02d.%d kl. %02d.%02d", date.day, date.month, date.year, (int)(since / CLOCK_HOUR),
           (int)(since % CLOCK_HOUR / CLOCK_MINUTE));
}

const char *answer_filtered(struct context *context, const char *path,
                            const struct answer_filter *filters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = command_value(context, filters[i].option);
        if (value != NULL)
            path = arena_printf(context->arena, "%s%c%s=%s", path, strchr(path, '?') ? '&' : '?',
                                filters[i].parameter, client_escape(context->arena, value));
    }
    return path;
}

int answer_show(struct context *context, const struct client_call *call,
                void (*print)(struct context *context, const json_t *answer))
{
    json_t *answer;

    const int code = client_do(context, call, &answer);
    if (code != EXIT_DONE)
        return code;
    if (answer != NULL && context->json)
        client_print_json(context, answer);
    else if (answer != NULL)
        print(context, answer);
    json_decref(answer);
    return EXIT_DONE;
}

int answer_sheet(struct context *context, const char *path,
                 void (*print)(struct context *context, const json_t *answer))
{
    struct client_call call = {.method = "GET", .path = path};
    const char *bytes;
    size_t length;

    if (command_value(context, "csv") == NULL)
        return answer_show(context, &call, print);
    call.accept = "text/csv";
    const int code = client_read(context, &call, &bytes, &length);
    if (code == EXIT_DONE)
        fwrite(bytes, 1, length, stdout);
    return code;
}
