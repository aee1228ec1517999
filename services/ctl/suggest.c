/* `emnebank vocabulary suggest`: what people call it → codes; from a file, the database or the API.
 */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/owner.h"
#include "services/ctl/suggest_labels.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"
#include "sql/ctl_sql.h"

#include <stdio.h>
#include <string.h>

#define LABELS_CAP ((size_t)256 << 20)
#define ANSWER_CAP ((size_t)1 << 20)
#define LIMIT_DEFAULT 10
#define LINE_CAP SUGGEST_TEXT_CAP

struct asker {
    struct context *context;
    struct suggest *index; /* NULL: the API answers */
    struct suggest_scratch *scratch;
    const char *kind; /* NULL: all */
    int64_t limit;
    bool kinds; /* the labels have kinds: each answer says which */
    struct buffer answer;
};

/* --- what is asked of ------------------------------------------------------------------------- */

static void print_fault(void *state, size_t line, const char *text)
{
    fprintf(stderr, "emnebank: %s, linje %zu %s\n", (const char *)state, line, text);
}

/* Nothing is suggested from half a list. */
static int read_labels(struct asker *asker, const char *path)
{
    struct suggest_build *build = NULL;
    char *bytes;
    size_t length;

    if (str_equal(path, "-")) {
        fputs("emnebank: --labels skal være en fil; standard input er til teksterne\n", stderr);
        return EXIT_USAGE;
    }
    const int code = command_read_file(asker->context, path, LABELS_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    char *name = arena_strdup(asker->context->arena, path);
    build = suggest_begin();
    const size_t bad = suggest_labels_read(bytes, length, build, print_fault, name);
    if (bad > 0) {
        fprintf(stderr, "emnebank: %s: %zu linje%s kan ikke bruges\n", path, bad,
                bad == 1 ? "" : "r");
        suggest_abandon(&build);
        return EXIT_USAGE;
    }
    asker->index = suggest_finish(&build);
    if (suggest_labels(asker->index) > 0)
        return EXIT_DONE;
    fprintf(stderr, "emnebank: %s: ingen linjer; skriv kode, tabulator, betegnelse\n", path);
    return EXIT_USAGE;
}

/* Texts that the index does not take (too long) are left out: the API does the same. */
static void add_row(struct suggest_build *build, const struct pg_result *rows, size_t row)
{
    int64_t weight;

    if (str_int64(pg_text(rows, row, 3), 0, 100, &weight) != 0)
        weight = 0;
    const struct suggest_label label = {.kind = pg_text(rows, row, 0),
                                        .code = pg_text(rows, row, 1),
                                        .text = pg_text(rows, row, 2),
                                        .weight = (int)weight,
                                        .aside = str_starts(pg_text(rows, row, 0), "esco-")};
    if (suggest_add(build, &label) != 0)
        fprintf(stderr, "emnebank: en betegnelse for %s er for lang og er ikke med\n", label.code);
}

static int read_database(struct asker *asker)
{
    struct session *session;
    const struct pg_result *rows;

    const int code = owner_query(asker->context, &ctl_sql_suggest_labels, NULL, 0, &session, &rows);
    if (code != EXIT_DONE)
        return code;
    struct suggest_build *build = suggest_begin();
    for (size_t row = 0; row < pg_rows(rows); row++)
        add_row(build, rows, row);
    session_close(&session);
    asker->index = suggest_finish(&build);
    asker->kinds = true;
    return EXIT_DONE;
}

/* --- one text --------------------------------------------------------------------------------- */

static void write_hit(struct asker *asker, const struct suggest_hit *hit)
{
    struct buffer *answer = &asker->answer;

    buffer_text(answer, asker->kinds ? "{\"kind\":" : "{");
    if (asker->kinds) {
        buffer_json(answer, hit->kind);
        buffer_char(answer, ',');
    }
    buffer_text(answer, "\"code\":");
    buffer_json(answer, hit->code);
    buffer_text(answer, ",\"label\":");
    buffer_json(answer, hit->label);
    buffer_printf(answer, ",\"score\":%d}", hit->score);
}

static void ask_index(struct asker *asker, const char *text, size_t length)
{
    struct suggest_hit hits[SUGGEST_LIMIT_CAP];
    const size_t count = suggest_find(asker->index, asker->scratch, text, length, asker->kind,
                                      (size_t)asker->limit, hits);

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_char(&asker->answer, ',');
        write_hit(asker, &hits[i]);
    }
}

static void ask_index_line(struct asker *asker, const char *text, size_t length)
{
    buffer_text(&asker->answer, "{\"q\":");
    buffer_json(&asker->answer, text);
    buffer_text(&asker->answer, ",\"suggestions\":[");
    if (str_utf8_valid(text, length))
        ask_index(asker, text, length);
    buffer_text(&asker->answer, "]}");
}

/* One call of the API; it takes no empty text, to which the answer is known anyway. */
static int ask_api(struct asker *asker, const char *text, size_t length)
{
    struct context context = *asker->context;
    json_t *answer = NULL;

    if (str_blank(text) || !str_utf8_valid(text, length)) {
        ask_index_line(asker, text, 0);
        return EXIT_DONE;
    }
    context.arena = arena_create(0);
    const char *path =
        arena_printf(context.arena, "/v1/vocabulary/suggest?q=%s&limit=%lld%s%s",
                     client_escape(context.arena, text), (long long)asker->limit,
                     asker->kind != NULL ? "&kind=" : "",
                     asker->kind != NULL ? client_escape(context.arena, asker->kind) : "");
    const int code =
        client_do(&context, &(struct client_call){.method = "GET", .path = path}, &answer);
    if (code == EXIT_DONE)
        buffer_text(&asker->answer, json_text(context.arena, answer));
    json_decref(answer);
    arena_destroy(&context.arena);
    return code;
}

/* One line of JSON, without its end, in asker->answer. */
static int ask(struct asker *asker, const char *text, size_t length)
{
    buffer_clear(&asker->answer);
    if (asker->index == NULL)
        return ask_api(asker, text, length);
    ask_index_line(asker, text, length);
    return EXIT_DONE;
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_people(struct asker *asker, bool heading)
{
    struct table_row rows[SUGGEST_LIMIT_CAP + 1] = {{{"POINT", "KODE", "BETEGNELSE", "SLAGS"}}};
    json_t *answer = json_loadb(asker->answer.data, asker->answer.length, 0, NULL);
    const json_t *hits = json_object_get(answer, "suggestions");
    const size_t count =
        json_array_size(hits) < SUGGEST_LIMIT_CAP ? json_array_size(hits) : SUGGEST_LIMIT_CAP;

    if (heading)
        printf("%s\n", answer_text(answer, "q"));
    for (size_t i = 0; i < count; i++) {
        const json_t *hit = json_array_get(hits, i);
        rows[i + 1] = (struct table_row){
            {arena_printf(asker->context->arena, "%lld", answer_number(hit, "score")),
             answer_text(hit, "code"), answer_text(hit, "label"),
             words_say(words_fact, answer_text(hit, "kind"))}};
    }
    if (count > 0)
        table_print(rows, count + 1, asker->kinds ? 4 : 3);
    else
        puts("ingen forslag");
    json_decref(answer);
}

static int ask_words(struct asker *asker)
{
    const struct context *context = asker->context;

    for (size_t i = 0; i < context->word_count; i++) {
        const char *text = context->words[i];
        const size_t length = strlen(text);
        if (!str_utf8_valid(text, length)) {
            fprintf(stderr, "emnebank: tekst %zu er ikke UTF-8\n", i + 1);
            return EXIT_USAGE;
        }
        if (length > LINE_CAP) {
            fprintf(stderr, "emnebank: tekst %zu er på mere end %d byte; skriv en kortere\n", i + 1,
                    LINE_CAP);
            return EXIT_USAGE;
        }
        const int code = ask(asker, text, length);
        if (code != EXIT_DONE)
            return code;
        if (context->json)
            puts(asker->answer.data);
        else
            print_people(asker, context->word_count > 1);
    }
    return EXIT_DONE;
}

/* --- line by line ----------------------------------------------------------------------------- */

/* Reads one line into `line`, which has room for LINE_CAP + 1; the rest of a longer one is passed
 * over, and no letter is cut in two. Returns its length, or -1 at the end. */
static ssize_t read_line(FILE *stream, char *line, bool *cut)
{
    size_t length = 0;
    int byte = getc_unlocked(stream);

    *cut = false;
    if (byte == EOF)
        return -1;
    for (; byte != EOF && byte != '\n'; byte = getc_unlocked(stream)) {
        if (length < LINE_CAP)
            line[length++] = byte != '\0' ? (char)byte : ' ';
        else
            *cut = true;
    }
    if (!*cut && length > 0 && line[length - 1] == '\r')
        length--;
    while (*cut && length > 0 && ((unsigned char)line[length - 1] & 0xc0) == 0x80)
        length--;
    if (*cut && length > 0 && ((unsigned char)line[length - 1] & 0xc0) == 0xc0)
        length--;
    line[length] = '\0';
    return (ssize_t)length;
}

/* One line out for each line in, as soon as it is read. A line that is not UTF-8 is answered with
 * nothing, and named. */
static int ask_lines(struct asker *asker)
{
    char line[LINE_CAP + 1];
    size_t number = 0, bad = 0;
    ssize_t length;
    bool cut;

    setvbuf(stdout, NULL, _IOLBF, ANSWER_CAP);
    while ((length = read_line(stdin, line, &cut)) >= 0) {
        number++;
        if (cut)
            fprintf(stderr,
                    "emnebank: linje %zu er på mere end %d byte; resten af den er ikke set på\n",
                    number, LINE_CAP);
        if (!str_utf8_valid(line, (size_t)length)) {
            fprintf(stderr, "emnebank: linje %zu er ikke UTF-8\n", number);
            bad++;
        }
        const int code = ask(asker, line, (size_t)length);
        if (code != EXIT_DONE)
            return code;
        if (puts(asker->answer.data) == EOF)
            break; /* nobody takes the answers; the exit code says so */
    }
    return bad > 0 ? EXIT_PARTLY : EXIT_DONE;
}

/* --- the command ------------------------------------------------------------------------------ */

static int read_options(struct asker *asker)
{
    struct context *context = asker->context;
    const char *limit = command_value(context, "limit");
    const bool batch = command_value(context, "batch") != NULL;

    asker->limit = LIMIT_DEFAULT;
    asker->kind = command_value(context, "kind");
    if (limit != NULL && str_int64(limit, 1, SUGGEST_LIMIT_CAP, &asker->limit) != 0) {
        fprintf(stderr, "emnebank: --limit er et tal fra 1 til %d\n", SUGGEST_LIMIT_CAP);
        return EXIT_USAGE;
    }
    if (batch == (context->word_count > 0)) {
        fputs(batch
                  ? "emnebank: med --batch læses teksterne fra standard input, en per linje\n"
                  : "emnebank: skriv en tekst, eller --batch for en per linje på standard input\n",
              stderr);
        return EXIT_USAGE;
    }
    if (asker->kind != NULL && command_value(context, "labels") != NULL) {
        fputs("emnebank: --kind bruges ikke med --labels; filens koder har ingen slags\n", stderr);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* The file, else the database, else the API. */
static int open_source(struct asker *asker)
{
    const char *labels = command_value(asker->context, "labels");
    int code = EXIT_DONE;

    if (labels != NULL)
        code = read_labels(asker, labels);
    else if (asker->context->database != NULL)
        code = read_database(asker);
    else
        asker->kinds = true;
    if (code == EXIT_DONE && asker->index != NULL)
        asker->scratch = suggest_scratch_create(asker->index);
    return code;
}

int run_vocabulary_suggest(struct context *context)
{
    struct asker asker = {.context = context};

    int code = read_options(&asker);
    if (code != EXIT_DONE)
        return code;
    buffer_init(&asker.answer, ANSWER_CAP);
    code = open_source(&asker);
    if (code == EXIT_DONE)
        code = context->word_count > 0 ? ask_words(&asker) : ask_lines(&asker);
    suggest_scratch_destroy(&asker.scratch);
    suggest_destroy(&asker.index);
    buffer_deinit(&asker.answer);
    return code;
}
