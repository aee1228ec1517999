#include "services/ctl/suggest_labels.h"

#include "common/base/str.h"

#include <string.h>

/* NULL when the line is good, or has nothing on it. */
static const char *add_line(char *line, size_t length, struct suggest_build *build)
{
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    if (length == 0)
        return NULL;
    if (strlen(line) != length || !str_utf8_valid(line, length))
        return "er ikke UTF-8; gem filen som UTF-8";
    char *tab = strchr(line, '\t');
    if (tab == NULL)
        return "mangler tabulator; skriv kode, tabulator, betegnelse";
    if (strchr(tab + 1, '\t') != NULL)
        return "har mere end én tabulator; skriv kode, tabulator, betegnelse";
    *tab = '\0';
    if (str_blank(line))
        return "mangler kode før tabulatoren";
    if (str_blank(tab + 1))
        return "mangler betegnelse efter tabulatoren";
    if (strlen(line) > SUGGEST_CODE_CAP)
        return "har en kode på mere end 256 byte; brug en kortere";
    const struct suggest_label label = {.kind = "", .code = line, .text = tab + 1};
    const int error = suggest_add(build, &label);
    if (error == ERROR_LIMIT)
        return "er én for meget; højst en million linjer";
    return error != 0 ? "har en betegnelse på mere end 2048 byte; brug en kortere" : NULL;
}

size_t suggest_labels_read(char *bytes, size_t length, struct suggest_build *build,
                           suggest_labels_fault *fault, void *state)
{
    char *const end = bytes + length;
    size_t number = 0, bad = 0;

    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3;
    while (bytes < end) {
        char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        char *next = newline != NULL ? newline + 1 : end;
        const size_t size = (size_t)((newline != NULL ? newline : end) - bytes);
        bytes[size] = '\0';
        const char *text = add_line(bytes, size, build);
        number++;
        if (text != NULL) {
            bad++;
            fault(state, number, text);
        }
        bytes = next;
    }
    return bad;
}
