/* Sources of leads: exports with a mapping (kolonneplan), and the files that are read by it. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FILE_CAP ((size_t)64 << 20)
#define MAPPING_CAP ((size_t)256 << 10)
#define SHOWN 20 /* rows of a dry run on a terminal */

static const struct word doubts[] = {
    {"partial", "Hvad der mangler i filen, er ikke set efter: den er kun en del af listen."},
    {"no_rows", "Filen har ingen rækker, så intet er taget af listen."},
    {"unreadable_rows",
     "Der er rækker, hvor det ikke kan læses, hvilke de er, så intet er taget af listen."},
    {"too_few",
     "Mere end halvdelen af kildens rækker er ikke i filen, så intet er taget af listen."},
    {"too_many_rows", "Filen er ikke læst til ende, så intet er taget af listen."},
    {"later_import", "En nyere fil fra kilden er på vej; den afgør, hvad der mangler."},
    {NULL, NULL}};
static const struct word outcomes[] = {{"created", "oprettes"},
                                       {"updated", "ændres"},
                                       {"unchanged", "uændret"},
                                       {"attached", "samles med et andet"},
                                       {NULL, NULL}};
static const struct word stages[] = {{"planned", "planlagt"},
                                     {"tender", "i udbud"},
                                     {"awarded", "tildelt"},
                                     {"construction", "i gang"},
                                     {"completed", "afsluttet"},
                                     {"unknown", "ukendt"},
                                     {NULL, NULL}};

static bool ends_in(const char *path, const char *end)
{
    const size_t length = strlen(path);

    return length > strlen(end) && strcasecmp(path + length - strlen(end), end) == 0;
}

/* The file as a body; its type by its name, and by --charset. */
static int read_sheet(struct context *context, const char *path, struct client_call *call)
{
    const char *charset = command_value(context, "charset");
    char *bytes;
    size_t length;

    if (charset != NULL && !str_equal(charset, "utf-8") && !str_equal(charset, "windows-1252")) {
        fputs("emnebank: --charset er utf-8 eller windows-1252\n", stderr);
        return EXIT_USAGE;
    }
    const int code = command_read_file(context, path, FILE_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    call->method = "POST";
    call->body = bytes;
    call->length = length;
    call->content_type = ends_in(path, ".xlsx")
                             ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                             : arena_printf(context->arena, "text/csv; charset=%s",
                                            charset != NULL ? charset : "utf-8");
    return EXIT_DONE;
}

/* --- list, guess, add --------------------------------------------------------------------------
 */

static void print_sources(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"KILDE", "NAVN", "KOLONNER", "SENEST INDLÆST"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *columns = json_object_get(json_object_get(item, "mapping"), "columns");
        rows[i + 1] =
            (struct table_row){{answer_text(item, "id"), answer_text(item, "name"),
                                arena_printf(context->arena, "%zu", json_array_size(columns)),
                                answer_text(json_object_get(item, "last_import"), "at")}};
    }
    table_print(rows, count + 1, 4);
}

int run_lead_source_list(struct context *context)
{
    const struct client_call call = {.method = "GET", .path = "/v1/lead-sources"};

    return answer_show(context, &call, print_sources);
}

static void print_guess(struct context *context, const json_t *answer)
{
    const json_t *columns = json_object_get(answer, "columns");
    const size_t count = json_array_size(columns);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"KOLONNE", "FELT", "SIKKERHED", "ENHED", "DECIMAL", "DATOER"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *column = json_array_get(columns, i);
        const char *field = answer_text(column, "field");
        rows[i + 1] = (struct table_row){
            {answer_text(column, "column"), field[0] != '\0' ? field : "(læses ikke)",
             field[0] != '\0'
                 ? arena_printf(context->arena, "%lld %%", answer_number(column, "confidence"))
                 : "",
             answer_text(column, "unit"), answer_text(column, "decimal"),
             answer_text(column, "order")}};
    }
    table_print(rows, count + 1, 6);
}

int run_lead_source_guess(struct context *context)
{
    struct client_call call = {.path = "/v1/lead-sources/guess"};
    const int code = read_sheet(context, context->words[0], &call);

    return code == EXIT_DONE ? answer_show(context, &call, print_guess) : code;
}

/* What a guess says, as a mapping: the columns that have a field, without how sure it is. */
static json_t *mapping_of(const json_t *guess)
{
    static const char *const kept[] = {"column", "field", "unit", "decimal", "currency", "order"};
    json_t *columns = json_array();
    json_t *mapping = json_object();
    size_t index;
    const json_t *column;

    json_array_foreach(json_object_get(guess, "columns"), index, column)
    {
        if (!json_is_string(json_object_get(column, "field")))
            continue;
        json_t *plain = json_object();
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
            json_t *value = json_object_get(column, kept[i]);
            if (value != NULL)
                json_object_set(plain, kept[i], value);
        }
        json_array_append_new(columns, plain);
    }
    json_object_set_new(mapping, "columns", columns);
    if (json_object_get(guess, "stage") != NULL)
        json_object_set(mapping, "stage", json_object_get(guess, "stage"));
    if (json_object_get(guess, "stages") != NULL)
        json_object_set(mapping, "stages", json_object_get(guess, "stages"));
    return mapping;
}

static void print_source(struct context *context, const json_t *answer)
{
    (void)context;
    printf("Kilden %s: %s\n", answer_text(answer, "name"), answer_text(answer, "id"));
}

/* The mapping's file is what guess --json printed, mended by hand or not. */
int run_lead_source_add(struct context *context)
{
    char *bytes;
    size_t length;
    struct json_fault fault;
    json_t *guess = NULL;

    const int code = command_read_file(context, context->words[1], MAPPING_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    if (json_read(bytes, length, &guess, &fault) != 0) {
        fprintf(stderr, "emnebank: %s er ikke JSON (linje %zu, tegn %zu)\n", context->words[1],
                fault.line, fault.column);
        return EXIT_REFUSED;
    }
    json_t *body = json_object();
    json_object_set_new(body, "name", json_string(context->words[0]));
    json_object_set_new(body, "mapping", mapping_of(guess));
    const char *text = json_text(context->arena, body);
    json_decref(body);
    json_decref(guess);
    const struct client_call call = {.method = "POST",
                                     .path = "/v1/lead-sources",
                                     .content_type = "application/json",
                                     .body = text,
                                     .length = strlen(text)};
    return answer_show(context, &call, print_source);
}

/* --- import ------------------------------------------------------------------------------------
 */

/* An id, or a source's name. */
static int find_source(struct context *context, const char *word, const char **id)
{
    const struct client_call call = {.method = "GET", .path = "/v1/lead-sources"};
    json_t *answer;
    size_t index;
    const json_t *item;

    *id = NULL;
    if (uuid_valid(word)) {
        *id = word;
        return EXIT_DONE;
    }
    const int code = client_do(context, &call, &answer);
    if (code != EXIT_DONE)
        return code;
    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        if (str_equal(answer_text(item, "name"), word))
            *id = arena_strdup(context->arena, answer_text(item, "id"));
    }
    json_decref(answer);
    if (*id != NULL)
        return EXIT_DONE;
    fprintf(stderr, "emnebank: ingen kilde hedder %s\n", word);
    return EXIT_REFUSED;
}

static void print_faults(const json_t *answer)
{
    size_t index;
    const json_t *fault;

    json_array_foreach(json_object_get(answer, "faults"), index, fault)
    {
        const char *column = answer_text(fault, "column");
        printf("linje %lld%s%s: %s%s\n", answer_number(fault, "line"),
               column[0] != '\0' ? ", " : "", column, answer_text(fault, "detail"),
               str_equal(answer_text(fault, "severity"), "rejected") ? " (rækken er afvist)" : "");
    }
    if (answer_number(answer, "more") > 0)
        printf("… og %lld fejl mere\n", answer_number(answer, "more"));
}

static void print_preview(struct context *context, const json_t *answer)
{
    const json_t *preview = json_object_get(answer, "preview");
    const size_t all = json_array_size(preview);
    const size_t count = all < SHOWN ? all : SHOWN;
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"LINJE", "BLIVER", "VIRKSOMHED", "BYGGERI", "STADE", "START"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(preview, i);
        const json_t *item = json_object_get(row, "item");
        rows[i + 1] = (struct table_row){
            {arena_printf(context->arena, "%lld", answer_number(row, "line")),
             words_say(outcomes, answer_text(row, "outcome")),
             answer_text(json_object_get(item, "winner"), "name"),
             answer_text(json_object_get(item, "project"), "name"),
             words_say(stages, answer_text(item, "stage")), answer_text(item, "start_date")}};
    }
    table_print(rows, count + 1, 6);
}

/* Why nothing is said of what is missing from the file. */
static void print_doubt(const char *doubt)
{
    if (doubt[0] == '\0')
        return;
    puts(words_say(doubts, doubt));
    if (str_equal(doubt, "no_rows") || str_equal(doubt, "unreadable_rows") ||
        str_equal(doubt, "too_few"))
        puts("Er filen hele listen, så indlæs den igen med --confirmed; se først, hvad der "
             "mangler, med --dry-run --confirmed.");
}

static void print_import(struct context *context, const json_t *answer, int64_t took)
{
    const bool dry = json_is_true(json_object_get(answer, "dry_run"));
    size_t index;
    const json_t *row;

    print_faults(answer);
    if (dry && json_array_size(json_object_get(answer, "preview")) > 0)
        print_preview(context, answer);
    json_array_foreach(json_object_get(answer, "missing_rows"), index, row) printf(
        "ikke i filen længere: %s, %s\n", answer_text(row, "company"), answer_text(row, "project"));
    printf("%s%lld rækker: %lld oprettet, %lld ændret, %lld uændret, %lld samlet med andre, "
           "%lld afvist, %lld mangler (%.1f s)\n",
           dry ? "Prøve, intet er gemt: " : "", answer_number(answer, "rows"),
           answer_number(answer, "created"), answer_number(answer, "updated"),
           answer_number(answer, "unchanged"), answer_number(answer, "attached"),
           answer_number(answer, "rejected"), answer_number(answer, "missing"),
           (double)took / (double)CLOCK_SECOND);
    print_doubt(answer_text(answer, "missing_unknown"));
}

int run_lead_source_import(struct context *context)
{
    struct client_call call = {.method = "POST"};
    const char *id;
    json_t *answer;

    int code = find_source(context, context->words[0], &id);
    if (code == EXIT_DONE)
        code = read_sheet(context, context->words[1], &call);
    if (code != EXIT_DONE)
        return code;
    call.path = arena_printf(context->arena,
                             "/v1/lead-sources/%s/import?dry_run=%s&complete=%s&confirmed=%s", id,
                             command_value(context, "dry-run") != NULL ? "true" : "false",
                             command_value(context, "part") != NULL ? "false" : "true",
                             command_value(context, "confirmed") != NULL ? "true" : "false");
    const int64_t started = clock_monotonic();
    code = client_do(context, &call, &answer);
    if (code != EXIT_DONE)
        return code;
    if (context->json)
        client_print_json(context, answer);
    else
        print_import(context, answer, clock_monotonic() - started);
    const bool partly = answer_number(answer, "rejected") > 0;
    json_decref(answer);
    return partly ? EXIT_PARTLY : EXIT_DONE;
}
