/* `emnebank order lint`: what Danish law keeps out of a job ad, in a file; asks nobody. */
#include "services/ctl/commands.h"
#include "services/orders/linter/linter.h"

#include <stdio.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

struct place {
    size_t line, column; /* from 1, in code points */
};

static struct place place_of(const char *text, size_t at)
{
    struct place place = {1, 1};

    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n')
            place = (struct place){place.line + 1, 1};
        else if (((unsigned char)text[i] & 0xC0) != 0x80)
            place.column++;
    }
    return place;
}

static void print_finding(const char *text, const struct linter_finding *found)
{
    const struct linter_ground *ground = linter_ground(found->rule);
    const struct place place = place_of(text, found->start);

    printf("%zu:%zu: %s: »%.*s« handler om %s (%s)\n    %s\n    %s\n", place.line, place.column,
           found->severity == LINTER_REFUSE ? "afvises" : "advarsel",
           (int)(found->end - found->start), text + found->start, ground->name, ground->code,
           found->law, found->suggestion);
    if (found->severity == LINTER_REFUSE)
        printf("    Undtagelse kan have hjemmel i %s.\n", ground->exceptions);
}

static json_t *finding_json(struct arena *arena, const char *text,
                            const struct linter_finding *found)
{
    const struct linter_ground *ground = linter_ground(found->rule);
    const struct place place = place_of(text, found->start);

    return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "line", (json_int_t)place.line,
                     "column", (json_int_t)place.column, "phrase",
                     arena_strndup(arena, text + found->start, found->end - found->start), "rule",
                     ground->code, "severity", linter_severity_name(found->severity), "law",
                     found->law, "suggestion", found->suggestion);
}

static void print_findings(struct context *context, const char *text,
                           const struct linter_finding *findings, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        if (context->json)
            json_array_append_new(list, finding_json(context->arena, text, &findings[i]));
        else
            print_finding(text, &findings[i]);
    }
    if (context->json)
        puts(json_text(context->arena, list));
    else if (count == 0)
        puts("Ingen fund.");
    json_decref(list);
}

int run_order_lint(struct context *context)
{
    struct linter_finding findings[LINTER_FINDINGS_CAP];
    struct linter *linter;
    char *text;
    size_t length, count, refused = 0;

    const int code = command_read_file(context, context->words[0], LINTER_TEXT_CAP, &text, &length);
    if (code != EXIT_DONE)
        return code;
    linter = linter_create(&linter_orders);
    const int error = linter_find(linter, text, length, findings, COUNT(findings), &count);
    linter_destroy(&linter);
    if (error < 0) {
        fprintf(stderr, "emnebank: %s er ikke UTF-8 eller er for lang\n", context->words[0]);
        return EXIT_REFUSED;
    }
    print_findings(context, text, findings, count);
    for (size_t i = 0; i < count; i++)
        refused += findings[i].severity == LINTER_REFUSE;
    return refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
