/* `emnebank vocabulary import`: official lists from files and folders, as the owner of the schema.
 */
#include "services/vocabulary/import.h"

#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/words.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_CAP ((size_t)256)
#define SHOWN 20 /* of what changed, for people; --json has all */

struct files {
    struct context *context;
    struct import_file items[FILES_CAP];
    size_t count;
};

static int read_one(struct files *files, const char *path, bool named)
{
    char *bytes;
    size_t length;

    if (files->count == FILES_CAP) {
        fprintf(stderr, "emnebank: højst %zu filer ad gangen\n", FILES_CAP);
        return EXIT_USAGE;
    }
    const int code = command_read_file(files->context, path, IMPORT_FILE_CAP, &bytes, &length);
    if (code == EXIT_DONE)
        files->items[files->count++] =
            (struct import_file){.path = path, .bytes = bytes, .length = length, .named = named};
    return code;
}

static int is_list_name(const struct dirent *entry)
{
    static const char *const endings[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz"};
    const size_t length = strlen(entry->d_name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && str_equal(entry->d_name + length - ending, endings[i]))
            return 1;
    }
    return 0;
}

/* The lists of a folder, by name. */
static int read_folder(struct files *files, const char *path)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, is_list_name, alphasort);
    int code = EXIT_DONE;

    if (count < 0) {
        fprintf(stderr, "emnebank: %s: mappen kan ikke læses\n", path);
        return EXIT_REFUSED;
    }
    if (count == 0) {
        fprintf(stderr, "emnebank: %s: mappen har ingen .csv, .tsv eller .gz\n", path);
        code = EXIT_REFUSED;
    }
    for (int i = 0; i < count; i++) {
        if (code == EXIT_DONE)
            code = read_one(files,
                            arena_printf(files->context->arena, "%s/%s", path, entries[i]->d_name),
                            false);
        free(entries[i]);
    }
    free(entries);
    return code;
}

static int read_files(struct files *files)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < files->context->word_count && code == EXIT_DONE; i++) {
        const char *path = files->context->words[i];
        struct stat status;
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
            code = read_folder(files, path);
        else
            code = read_one(files, path, true);
    }
    return code;
}

/* --- the report --------------------------------------------------------------------------------
 */

static void print_faults(const json_t *report)
{
    size_t index;
    const json_t *fault;

    json_array_foreach(json_object_get(report, "faults"), index, fault)
    {
        const char *column = answer_text(fault, "column");
        fprintf(stderr, "%s", answer_text(fault, "file"));
        if (answer_number(fault, "line") > 0)
            fprintf(stderr, ":%lld", answer_number(fault, "line"));
        fprintf(stderr, "%s%s: %s\n", column[0] != '\0' ? ": " : "", column,
                answer_text(fault, "detail"));
    }
    if (answer_number(report, "faults_more") > 0)
        fprintf(stderr, "… og %lld fejl mere\n", answer_number(report, "faults_more"));
    fputs("emnebank: intet er indlæst\n", stderr);
}

/* "3 oplysninger, fag 7114.1 7114.8" */
static void print_used(const json_t *used)
{
    size_t index, place;
    const json_t *use, *code;

    json_array_foreach(used, index, use)
    {
        printf("%s%lld %s", index > 0 ? ", " : "", answer_number(use, "count"),
               words_say(words_use, answer_text(use, "what")));
        json_array_foreach(json_object_get(use, "codes"), place, code)
            printf(" %s", json_string_value(code));
    }
}

static void print_item(const json_t *item)
{
    const char *before = answer_text(item, "label_before");

    printf("    %s  %s", answer_text(item, "code"), answer_text(item, "label"));
    if (before[0] != '\0')
        printf(" (før: %s)", before);
    if (json_array_size(json_object_get(item, "used")) > 0) {
        fputs("  · bruges af ", stdout);
        print_used(json_object_get(item, "used"));
    }
    putchar('\n');
}

/* What is gone but in use is named in full: somebody must look at each. */
static void print_items(const json_t *list, const char *name, const char *heading, size_t most)
{
    const json_t *items = json_object_get(list, name);
    const size_t count = json_array_size(items);

    if (count == 0)
        return;
    printf("  %s: %zu\n", heading, count);
    if (most == 0)
        return;
    for (size_t i = 0; i < count && i < most; i++)
        print_item(json_array_get(items, i));
    if (count > most)
        printf("    … og %zu mere\n", count - most);
}

static void print_list(const json_t *list)
{
    const char *before = answer_text(list, "release_before");

    printf("%s, udgave %s", answer_text(list, "list"), answer_text(list, "release"));
    if (before[0] != '\0' && !str_equal(before, answer_text(list, "release")))
        printf(" (før: %s)", before);
    printf(": %lld rækker i %s\n", answer_number(list, "rows"), answer_text(list, "file"));
    print_items(list, "added", "nye", before[0] != '\0' ? SHOWN : 0);
    print_items(list, "relabelled", "ny betegnelse", SHOWN);
    print_items(list, "gone_in_use", "udgået, men i brug (beholdes)", SIZE_MAX);
    print_items(list, "gone", "udgået og fjernet", SHOWN);
    printf("  andre betegnelser +%lld −%lld, sammenhænge +%lld −%lld\n",
           answer_number(list, "synonyms_added"), answer_number(list, "synonyms_removed"),
           answer_number(list, "relations_added"), answer_number(list, "relations_removed"));
}

static void print_report(const json_t *report)
{
    size_t index;
    const json_t *item;

    json_array_foreach(json_object_get(report, "passed_over"), index, item)
        printf("%s: ikke en af listerne, sprunget over\n", json_string_value(item));
    json_array_foreach(json_object_get(report, "lists"), index, item) print_list(item);
    if (!json_is_true(json_object_get(report, "changed")))
        puts("Intet er ændret: listerne siger det samme som sidst.");
    else if (json_is_true(json_object_get(report, "dry_run")))
        puts("Prøve: intet er gemt.");
    else
        printf("Ordlisten er version %lld.\n", answer_number(report, "version"));
}

int run_vocabulary_import(struct context *context)
{
    struct files *files = arena_alloc(context->arena, sizeof *files);
    const struct import_options options = {.release = command_value(context, "release"),
                                           .dry_run = command_value(context, "dry-run") != NULL};
    struct session *session;
    struct error_detail detail = {0};
    json_t *report = NULL;

    files->context = context;
    int code = read_files(files);
    if (code == EXIT_DONE)
        code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = import_lists(session, files->items, files->count, &options, &report, &detail);
    session_close(&session);
    if (report == NULL)
        return command_database_failed(error, &detail);
    if (context->json)
        puts(json_text(context->arena, report));
    else if (error != 0)
        print_faults(report);
    else
        print_report(report);
    json_decref(report);
    return error != 0 ? EXIT_REFUSED : EXIT_DONE;
}
