/* `emnebank vocabulary export`: the words, relations and places that `emnebank rank` reads. */
#include "common/base/error.h"
#include "services/ctl/commands.h"
#include "services/ctl/owner.h"
#include "sql/ctl_sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 4

static const struct {
    const char *name;
    const struct sql_statement *statement;
} files[] = {
    {"words.tsv", &ctl_sql_export_words},
    {"relations.tsv", &ctl_sql_export_relations},
    {"places.tsv", &ctl_sql_export_places},
};

static int write_rows(const char *path, const struct pg_result *result)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return ERROR_IO;
    }
    for (size_t row = 0; row < pg_rows(result); row++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            fprintf(file, "%s%c", pg_text(result, row, column), column + 1 < COLUMNS ? '\t' : '\n');
        }
    }
    const bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? ERROR_IO : 0;
}

static int export_file(struct context *context, size_t index)
{
    struct session *session = NULL;
    const struct pg_result *result;
    const char *path = arena_printf(context->arena, "%s/%s", context->words[0], files[index].name);
    int code = owner_query(context, files[index].statement, NULL, 0, &session, &result);
    if (code != EXIT_DONE) {
        return code;
    }
    if (write_rows(path, result) != 0) {
        fprintf(stderr, "emnebank: %s kan ikke skrives: %s\n", path, strerror(errno));
        code = EXIT_REFUSED;
    } else if (!context->json) {
        printf("%s: %zu linjer\n", path, pg_rows(result));
    }
    session_close(&session);
    return code;
}

int run_vocabulary_export(struct context *context)
{
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < sizeof files / sizeof files[0]; i++) {
        code = export_file(context, i);
    }
    return code;
}
