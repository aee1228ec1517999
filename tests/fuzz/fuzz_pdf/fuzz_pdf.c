/* Any bytes as the texts of a document, one a line, its kind by its first byte: it is written, or
 * refused for its size, and comes out the same twice. */
#include "common/base/mem.h"
#include "common/pdf/pdf.h"
#include "tests/fuzz/require.h"

#include <string.h>

#define BYTES_CAP 4096
#define DOCUMENT_CAP ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void add(struct pdf *pdf, const char *text)
{
    switch (text[0]) {
    case '#':
        pdf_title(pdf, text + 1);
        break;
    case '=':
        pdf_heading(pdf, text + 1);
        break;
    case '-':
        pdf_item(pdf, text + 1);
        break;
    case '|':
        pdf_row(pdf, text + 1, text);
        break;
    default:
        pdf_paragraph(pdf, text);
    }
}

static int write(const uint8_t *bytes, size_t length, struct buffer *document)
{
    char *copy = mem_strndup((const char *)bytes, length); /* up to the first NUL */
    char *rest = copy;
    struct pdf *pdf = pdf_create(&(struct pdf_options){.title = copy, .footer = copy});
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        add(pdf, line);
    const int error = pdf_write(pdf, document);
    pdf_destroy(&pdf);
    mem_free(copy);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct buffer first, again;
    length = length < BYTES_CAP ? length : BYTES_CAP;
    buffer_init(&first, DOCUMENT_CAP);
    buffer_init(&again, DOCUMENT_CAP);
    const int error = write(bytes, length, &first);
    require(error == 0 || error == ERROR_LIMIT);
    require(write(bytes, length, &again) == error);
    require(first.length == again.length && memcmp(first.data, again.data, first.length) == 0);
    buffer_deinit(&first);
    buffer_deinit(&again);
    return 0;
}
