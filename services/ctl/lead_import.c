/*
 * `lead import`: award notices in files and folders, whatever format each is in, and a table of
 * what came of each. JSON Lines are sent some lines at a time, so that a file may be of any length.
 */
#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/lead_files.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define FILES_CAP ((size_t)20000)
#define DEPTH_CAP 16
#define SNIFF ((size_t)2048)
#define BATCH_LINES 200
#define BATCH_BYTES ((size_t)2 << 20)

enum format { FORMAT_EFORMS, FORMAT_TED, FORMAT_XML, FORMAT_OCDS, FORMAT_LINES, FORMAT_OTHER };

static const char *const format_names[] = {"eForms", "TED XML", "XML", "OCDS", "OCDS-linjer", "-"};

/* One file, and what came of it. Texts live in the command's arena. */
struct found_file {
    const char *path;
    bool named; /* on the command line, not found in a folder */
    enum format format;
    const char *subtype;
    long long leads, created, updated, unchanged, attached, lines;
    long long line;      /* of JSON Lines: how many came before those in hand */
    const char *outcome; /* Danish */
    bool read;           /* all of it was sent and answered */
    bool part;           /* lines of it were refused */
};

struct work {
    struct context *context;
    struct arena *kept; /* the command's; context->arena is the file's meanwhile */
    struct found_file *files;
    size_t count;
    bool away;     /* the server: no sense in going on */
    bool show;     /* each line */
    bool overflow; /* more files than FILES_CAP */
};

/* --- files --- */

static void file_add(struct work *work, const char *path, bool named)
{
    if (work->count == FILES_CAP) {
        work->overflow = true;
        return;
    }
    work->files[work->count++] = (struct found_file){.path = path,
                                                     .named = named,
                                                     .format = FORMAT_OTHER,
                                                     .subtype = "-",
                                                     .outcome = "ikke læst"};
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void walk(struct work *work, const char *path, bool named, unsigned depth)
{
    struct dirent **entries;
    struct stat about;
    const int missing = stat(path, &about);

    if (missing || !S_ISDIR(about.st_mode)) {
        if (missing || S_ISREG(about.st_mode))
            file_add(work, path, named);
        return;
    }
    const int count = depth < DEPTH_CAP ? scandir(path, &entries, visible, by_name) : -1;
    if (count < 0) {
        file_add(work, path, true);
        return;
    }
    for (int i = 0; i < count; i++) {
        walk(work, arena_printf(work->kept, "%s/%s", path, entries[i]->d_name), false, depth + 1);
        free(entries[i]);
    }
    free(entries);
}

static bool ends_with(const char *path, const char *ending)
{
    const size_t length = strlen(path);
    const size_t wanted = strlen(ending);
    return length > wanted && strcasecmp(path + length - wanted, ending) == 0;
}

/* By what stands first in it; the name only tells JSON Lines from JSON. */
static enum format format_of(const char *path, FILE *stream)
{
    char head[SNIFF + 1];
    const size_t length = fread(head, 1, SNIFF, stream);
    const char *start = head;

    head[length] = '\0';
    rewind(stream);
    if (strncmp(start, "\xEF\xBB\xBF", 3) == 0)
        start += 3;
    start += strspn(start, " \t\r\n");
    if (*start == '<')
        return strstr(start, "<TED_EXPORT") != NULL ? FORMAT_TED
               : strstr(start, "Notice") != NULL    ? FORMAT_EFORMS
                                                    : FORMAT_XML;
    if (*start == '{' || *start == '[')
        return ends_with(path, ".jsonl") || ends_with(path, ".ndjson") ? FORMAT_LINES : FORMAT_OCDS;
    return FORMAT_OTHER;
}

/* --- what came of it --- */

static const char *outcome_name(const char *outcome)
{
    static const char *const names[][2] = {{"created", "indlæst"},
                                           {"updated", "ændret"},
                                           {"unchanged", "kendt i forvejen"},
                                           {"superseded", "nyere er kendt"},
                                           {"not_an_award", "ingen tildeling"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_equal(names[i][0], outcome))
            return names[i][1];
    }
    return "indlæst";
}

static void show_lines(const struct work *work, const struct found_file *file, const json_t *lines)
{
    const json_t *line;
    size_t index;

    json_array_foreach(lines, index, line)
    {
        const char *lot = answer_text(line, "lot");
        if (!work->show)
            return;
        printf("%s: ", file->path);
        if (answer_number(line, "line") > 0)
            printf("linje %lld: ", file->line + answer_number(line, "line"));
        printf("%s%s%s (%s)\n", lot, lot[0] != '\0' ? ": " : "", answer_text(line, "text"),
               answer_text(line, "code"));
    }
}

static void count_notice(struct work *work, struct found_file *file, const json_t *answer)
{
    const json_t *lines = json_object_get(answer, "lines");
    const char *subtype = answer_text(json_object_get(answer, "notice"), "subtype");

    if (subtype[0] != '\0')
        file->subtype = arena_strdup(work->kept, subtype);
    file->leads += (long long)json_array_size(json_object_get(answer, "leads"));
    file->created += answer_number(answer, "created");
    file->updated += answer_number(answer, "updated");
    file->unchanged += answer_number(answer, "unchanged");
    file->attached += answer_number(answer, "attached");
    file->lines += (long long)json_array_size(lines);
    show_lines(work, file, lines);
}

/* What one of an answer's lines says: the last, or the first that made something unusable, else the
 * first; `otherwise` when there is none. */
static const char *line_text(struct work *work, const json_t *answer, bool last,
                             const char *otherwise)
{
    const json_t *lines = json_object_get(answer, "lines");
    const json_t *chosen = json_array_get(lines, last ? json_array_size(lines) - 1 : 0);

    for (size_t i = 0; !last && i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (str_equal(answer_text(line, "severity"), "unusable")) {
            chosen = line;
            break;
        }
    }
    return chosen != NULL ? arena_strdup(work->kept, answer_text(chosen, "text")) : otherwise;
}

/* In a word, and why where nothing became of it. */
static const char *notice_outcome(struct work *work, const json_t *answer)
{
    const char *outcome = answer_text(answer, "outcome");
    const char *name = outcome_name(outcome);

    if (str_equal(outcome, "superseded"))
        return line_text(work, answer, true, name);
    if (json_array_size(json_object_get(answer, "leads")) == 0)
        return line_text(work, answer, false, name);
    return name;
}

static void notice_taken(struct work *work, struct found_file *file, const json_t *answer)
{
    count_notice(work, file, answer);
    file->outcome = notice_outcome(work, answer);
}

static void releases_taken(struct work *work, struct found_file *file, const json_t *answer)
{
    const json_t *notices = json_object_get(answer, "notices");
    const json_t *lines = json_object_get(answer, "lines");
    const bool refused = answer_number(answer, "refused") > 0;
    const json_t *notice;
    size_t index;

    json_array_foreach(notices, index, notice) count_notice(work, file, notice);
    file->lines += (long long)json_array_size(lines);
    show_lines(work, file, lines);
    file->part = file->part || refused;
    if (file->part)
        file->outcome = "en del linjer afvist; se hvorfor med --lines";
    else if (json_array_size(notices) == 1)
        file->outcome = notice_outcome(work, json_array_get(notices, 0));
    else if (json_array_size(notices) > 1 || file->leads > 0)
        file->outcome = "indlæst";
    else
        file->outcome = line_text(work, answer, false, "ingen tildeling");
}

/* --- sending --- */

static int send_bytes(struct work *work, struct found_file *file, const char *bytes, size_t length)
{
    const bool xml = file->format <= FORMAT_XML;
    const char *refusal = "serveren svarer ikke";
    const struct client_call call = {.method = "POST",
                                     .path = xml ? "/v1/leads/notices" : "/v1/leads/releases",
                                     .content_type = xml ? "application/xml"
                                                     : file->format == FORMAT_LINES
                                                         ? "application/x-ndjson"
                                                         : "application/json",
                                     .body = bytes,
                                     .length = length,
                                     .refusal = &refusal};
    json_t *answer;
    const int code = client_do(work->context, &call, &answer);

    if (code != EXIT_DONE) {
        fprintf(stderr, "emnebank: %s blev ikke indlæst\n", file->path);
        work->away = code == EXIT_AWAY || code == EXIT_USAGE;
        file->outcome = arena_printf(work->kept, "afvist: %s", refusal);
        file->read = false;
        return code;
    }
    if (work->context->json) {
        json_t *said = json_pack("{s:s, s:O}", "path", file->path, "answer", answer);
        client_print_json(work->context, said);
        json_decref(said);
    }
    if (xml)
        notice_taken(work, file, answer);
    else
        releases_taken(work, file, answer);
    json_decref(answer);
    return EXIT_DONE;
}

static int send_document(struct work *work, struct found_file *file)
{
    const bool xml = file->format <= FORMAT_XML;
    const size_t cap = xml ? LEAD_FILES_XML_CAP : LEAD_FILES_JSON_CAP;
    char *bytes;
    size_t length;
    const int code = command_read_file(work->context, file->path, cap, &bytes, &length);

    if (code != EXIT_DONE) {
        file->outcome = arena_printf(work->kept, "kan ikke læses, eller er større end %zu MiB%s",
                                     cap >> 20, xml ? "" : "; del den, eller brug JSON Lines");
        return code;
    }
    file->read = true;
    return send_bytes(work, file, bytes, length);
}

/* Some lines, then forgets them and what was answered. */
static int send_batch(struct work *work, struct found_file *file, struct buffer *batch,
                      long long lines)
{
    const int code = send_bytes(work, file, batch->data, batch->length);

    file->line = lines;
    arena_reset(work->context->arena);
    buffer_clear(batch);
    return code;
}

/* The next line with its end, as much of it as the server takes. False when there are no more.
 * `*whole`: it was not longer. */
static bool line_next(FILE *stream, struct buffer *line, bool *whole)
{
    int byte;

    buffer_clear(line);
    *whole = true;
    while ((byte = getc_unlocked(stream)) != EOF) {
        if (line->length < LEAD_FILES_JSON_LINE_CAP || byte == '\n')
            buffer_char(line, (char)byte);
        else
            *whole = false;
        if (byte == '\n')
            break;
    }
    return line->length > 0;
}

static void line_too_long(struct found_file *file, long long number)
{
    fprintf(stderr, "emnebank: %s: linje %lld er længere end %zu MiB og er ikke sendt\n",
            file->path, number, LEAD_FILES_JSON_LINE_CAP >> 20);
    file->part = true;
}

static int send_lines(struct work *work, struct found_file *file, FILE *stream)
{
    struct buffer batch, line;
    long long lines = 0;
    int code = EXIT_DONE;
    bool whole;

    file->read = true;
    buffer_init(&batch, BATCH_BYTES + 2 * LEAD_FILES_JSON_LINE_CAP);
    buffer_init(&line, 2 * LEAD_FILES_JSON_LINE_CAP);
    while (code == EXIT_DONE && line_next(stream, &line, &whole)) {
        lines++;
        if (whole)
            buffer_append(&batch, line.data, line.length);
        else
            buffer_char(&batch, '\n'); /* the next ones keep their numbers */
        if (!whole)
            line_too_long(file, lines);
        if (lines % BATCH_LINES == 0 || batch.length > BATCH_BYTES)
            code = send_batch(work, file, &batch, lines);
    }
    if (code == EXIT_DONE && batch.length > 0)
        code = send_batch(work, file, &batch, lines);
    file->read = file->read && code == EXIT_DONE;
    buffer_deinit(&line);
    buffer_deinit(&batch);
    return code;
}

static void file_send(struct work *work, struct found_file *file)
{
    FILE *stream = fopen(file->path, "rb");

    if (stream == NULL) {
        fprintf(stderr, "emnebank: %s: %s\n", file->path, strerror(errno));
        file->outcome = "kan ikke åbnes";
        file->named = true;
        return;
    }
    file->format = format_of(file->path, stream);
    work->context->arena = arena_create(0);
    if (file->format == FORMAT_LINES)
        file->read = send_lines(work, file, stream) == EXIT_DONE && file->read;
    else if (file->format == FORMAT_OTHER)
        file->outcome = "hverken XML eller JSON";
    else
        file->read = send_document(work, file) == EXIT_DONE && file->read;
    arena_destroy(&work->context->arena);
    work->context->arena = work->kept;
    fclose(stream);
}

/* --- the table --- */

static const char *number(struct work *work, long long value)
{
    return arena_printf(work->kept, "%lld", value);
}

static void print_table(struct work *work)
{
    struct table_row *rows = arena_array(work->kept, work->count + 2, sizeof *rows);
    struct found_file sum = {.path = "I ALT", .format = FORMAT_OTHER, .subtype = "", .outcome = ""};

    rows[0] = (struct table_row){{"FIL", "FORMAT", "UNDERTYPE", "EMNER", "NYE", "ÆNDRET", "UÆNDRET",
                                  "SAMLET", "LINJER", "UDFALD"}};
    for (size_t i = 0; i <= work->count; i++) {
        const struct found_file *file = i < work->count ? &work->files[i] : &sum;
        rows[i + 1] = (struct table_row){
            {file->path, file == &sum ? "" : format_names[file->format], file->subtype,
             number(work, file->leads), number(work, file->created), number(work, file->updated),
             number(work, file->unchanged), number(work, file->attached), number(work, file->lines),
             file->outcome}};
        sum.leads += file->leads;
        sum.created += file->created;
        sum.updated += file->updated;
        sum.unchanged += file->unchanged;
        sum.attached += file->attached;
        sum.lines += file->lines;
    }
    table_print(rows, work->count + 2, 10);
}

/* Files found in a folder that are no notices do not count; what was asked for by name does. */
static int exit_code_of(const struct work *work)
{
    size_t read = 0;
    size_t failed = 0;

    for (size_t i = 0; i < work->count; i++) {
        const struct found_file *file = &work->files[i];
        read += file->read;
        failed += file->part || (!file->read && (file->named || file->format != FORMAT_OTHER));
    }
    if (failed == 0 && !work->overflow)
        return EXIT_DONE;
    return read > 0 ? EXIT_PARTLY : EXIT_REFUSED;
}

int run_lead_import(struct context *context)
{
    struct work work = {.context = context,
                        .kept = context->arena,
                        .files = mem_array(FILES_CAP, sizeof *work.files),
                        .show = command_value(context, "lines") != NULL && !context->json};

    for (size_t i = 0; i < context->word_count; i++)
        walk(&work, context->words[i], true, 0);
    if (work.overflow)
        fprintf(stderr, "emnebank: kun de første %zu filer læses\n", FILES_CAP);
    for (size_t i = 0; i < work.count && !work.away; i++)
        file_send(&work, &work.files[i]);
    if (!context->json)
        print_table(&work);
    const int code = work.away ? EXIT_AWAY : exit_code_of(&work);
    mem_free(work.files);
    return code;
}
