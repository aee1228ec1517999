/* Candidates from files: NDJSON, CSV, XLSX and JSON Resume. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_CAP ((size_t)64 << 20)
#define MEBIBYTE 1048576.0

static const struct word doubts[] = {
    {"no_rows", "Filen har ingen rækker, så det siges ikke, hvem der mangler."},
    {"unreadable_rows",
     "Der er rækker, hvor det ikke kan læses, hvem de er om, så det siges ikke, hvem der mangler."},
    {"too_few", "Mere end halvdelen af kildens kandidater er ikke i filen, så det siges ikke, hvem "
                "der mangler."},
    {"too_many_rows", "Filen er ikke læst til ende, så det siges ikke, hvem der mangler."},
    {"later_import", "En nyere fil fra kilden er på vej; den afgør, hvem der mangler."},
    {NULL, NULL}};
static const struct word outcomes[] = {{"created", "oprettet"},
                                       {"updated", "ændret"},
                                       {"unchanged", "uændret"},
                                       {"rejected", "afvist"},
                                       {NULL, NULL}};
static const struct word gaps[] = {{"unknown_word", "ordet kendes ikke"},
                                   {"ambiguous", "ordet kan være flere ting"},
                                   {"level", "niveauet kendes ikke"},
                                   {"date", "datoen kan ikke læses"},
                                   {"format", "kan ikke læses"},
                                   {"repeated", "står der allerede"},
                                   {"no_place", "har ingen plads hos en kandidat"},
                                   {"too_many", "der er for mange"},
                                   {NULL, NULL}};

static const struct {
    const char *format; /* and the ending of a file's name */
    const char *type;
} types[] = {
    {"ndjson", "application/x-ndjson"},
    {"csv", "text/csv"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"json", "application/vnd.jsonresume+json"},
};

/* By --format, else by the file's ending, else NDJSON. NULL: no such format. */
static const char *type_of(struct context *context, const char *path)
{
    const char *format = command_value(context, "format");
    const char *ending = strrchr(path, '.');
    const char *wanted = format != NULL ? format : ending != NULL ? ending + 1 : "";

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(types[i].format, wanted) == 0)
            return types[i].type;
    }
    return format == NULL ? types[0].type : NULL;
}

/* One line on a terminal, written over: an import of many thousands takes its time at the server.
 */
static void show_progress(size_t sent, int64_t elapsed)
{
    fprintf(stderr, "\r%.1f MiB sendt; serveren har arbejdet i %lld s ", (double)sent / MEBIBYTE,
            (long long)(elapsed / CLOCK_SECOND));
}

static void print_rows(const json_t *answer)
{
    size_t index;
    const json_t *row;

    json_array_foreach(json_object_get(answer, "rows_results"), index, row)
        printf("linje %lld, %s: %s\n", answer_number(row, "line"), answer_text(row, "external_ref"),
               words_say(outcomes, answer_text(row, "outcome")));
    json_array_foreach(json_object_get(answer, "rejections"), index, row)
    {
        const char *column = answer_text(row, "column");
        printf("linje %lld%s%s: %s\n", answer_number(row, "line"), column[0] != '\0' ? ", " : "",
               column, answer_text(row, "detail"));
    }
    if (answer_number(answer, "more") > 0)
        printf("… og %lld fejl mere\n", answer_number(answer, "more"));
    json_array_foreach(json_object_get(answer, "not_understood"), index, row)
        printf("linje %lld, ikke forstået: %s %s (%s)\n", answer_number(row, "line"),
               answer_text(row, "pointer"), answer_text(row, "text"),
               words_say(gaps, answer_text(row, "reason")));
}

static void print_missing(const json_t *answer)
{
    const char *doubt = answer_text(answer, "missing_unknown");
    size_t index;
    const json_t *row;

    json_array_foreach(json_object_get(answer, "missing_rows"), index, row)
        printf("ikke i filen: %s\n", answer_text(row, "external_ref"));
    if (json_is_null(json_object_get(answer, "missing_unknown")))
        printf("%lld af kildens kandidater er ikke i filen; de er stadig i emnebanken.\n",
               answer_number(answer, "missing"));
    else if (doubt[0] != '\0' && !str_equal(doubt, "partial"))
        puts(words_say(doubts, doubt));
    if (str_equal(doubt, "no_rows") || str_equal(doubt, "unreadable_rows") ||
        str_equal(doubt, "too_few"))
        puts("Er filen hele kilden, så indlæs den igen med --confirmed.");
}

static void print_import(const json_t *answer, int64_t took)
{
    print_rows(answer);
    print_missing(answer);
    printf("%lld rækker: %lld oprettet, %lld ændret, %lld uændret, %lld afvist (%.1f s)\n",
           answer_number(answer, "rows"), answer_number(answer, "created"),
           answer_number(answer, "updated"), answer_number(answer, "unchanged"),
           answer_number(answer, "rejected"), (double)took / (double)CLOCK_SECOND);
}

static const char *import_path(struct context *context)
{
    static const struct answer_filter filters[] = {{"source", "source"},
                                                   {"batch", "batch"},
                                                   {"available-from", "available_from"},
                                                   {"max-travel-km", "max_travel_km"},
                                                   {"protection", "protection"},
                                                   {"kinds", "kinds"},
                                                   {"stated-on", "stated_on"}};
    static const struct answer_filter flags[] = {
        {"complete", "complete=true"}, {"confirmed", "confirmed=true"}, {"results", "results=all"}};
    const char *path = answer_filtered(context, "/v1/candidates/import", filters,
                                       sizeof filters / sizeof *filters);

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (command_value(context, flags[i].option) != NULL)
            path = arena_printf(context->arena, "%s%c%s", path,
                                strchr(path, '?') != NULL ? '&' : '?', flags[i].parameter);
    }
    return path;
}

static int import_file(struct context *context, const char *file)
{
    struct client_call call = {
        .method = "POST", .path = import_path(context), .content_type = type_of(context, file)};
    char *bytes;
    json_t *answer;

    int code = command_read_file(context, file, FILE_CAP, &bytes, &call.length);
    if (code != EXIT_DONE)
        return code;
    call.body = bytes;
    if (!context->json && isatty(STDERR_FILENO))
        call.progress = show_progress;
    const int64_t started = clock_monotonic();
    code = client_do(context, &call, &answer);
    if (call.progress != NULL)
        fputs("\r\033[K", stderr);
    if (code != EXIT_DONE)
        return code;
    if (context->json)
        client_print_json(context, answer);
    else
        print_import(answer, clock_monotonic() - started);
    const bool partly = answer_number(answer, "rejected") > 0;
    json_decref(answer);
    return partly ? EXIT_PARTLY : EXIT_DONE;
}

int run_candidate_import(struct context *context)
{
    bool partly = false;

    if (type_of(context, context->words[0]) == NULL) {
        fputs("emnebank: --format er ndjson, csv, xlsx eller json\n", stderr);
        return EXIT_USAGE;
    }
    if (context->word_count > 1 && command_value(context, "complete") != NULL) {
        fputs("emnebank: --complete siges om én fil\n", stderr);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < context->word_count; i++) {
        if (context->word_count > 1 && !context->json)
            printf("%s:\n", context->words[i]);
        const int code = import_file(context, context->words[i]);
        if (code != EXIT_DONE && code != EXIT_PARTLY)
            return i > 0 ? EXIT_PARTLY : code;
        partly |= code == EXIT_PARTLY;
    }
    return partly ? EXIT_PARTLY : EXIT_DONE;
}
