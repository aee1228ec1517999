/* Any bytes as an official list, packed or plain: faults have lines that exist, and whatever is
 * said is text that the database takes. */
#include "common/base/str.h"
#include "services/vocabulary/gunzip.h"
#include "services/vocabulary/lists.h"
#include "tests/fuzz/require.h"

#include <string.h>

#define PLAIN_CAP ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool good(const char *text)
{
    return text != NULL && str_utf8_valid(text, strlen(text));
}

static void take_term(void *argument, const struct list_term *term)
{
    (void)argument;
    require(good(term->kind) && good(term->code) && term->code[0] != '\0' && good(term->notation));
    require(good(term->text) && !str_blank(term->text) && strlen(term->language) == 2);
    require(term->place >= 0 && term->place <= 2);
}

static void take_arc(void *argument, const struct list_arc *arc)
{
    (void)argument;
    require(good(arc->code) && good(arc->related) && arc->related[0] != '\0');
}

static void take_fault(void *argument, const struct list_fault *fault)
{
    size_t *faults = argument;

    (*faults)++;
    require(fault->line > 0 && good(fault->detail));
}

static void read_as(const char *path, const char *bytes, size_t length)
{
    size_t faults = 0;
    const struct list_sink sink = {take_term, take_arc, take_fault, &faults};
    struct list_summary summary;

    if (list_read(path, bytes, length, &sink, &summary) == 0)
        require(summary.faults == faults && summary.rows <= length);
    else
        require(faults == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct buffer plain;

    buffer_init(&plain, PLAIN_CAP);
    read_as("list_da_v1.2.csv", (const char *)bytes, length);
    if (gunzip((const char *)bytes, length, &plain) == 0 && plain.length > 0)
        read_as("list.tsv.gz", plain.data, plain.length);
    buffer_deinit(&plain);
    return 0;
}
