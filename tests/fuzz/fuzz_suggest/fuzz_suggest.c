/* Any bytes as a file of labels, and each of its lines as a question: every line is taken or named,
 * and the answers are ordered, within their limits and the same when asked again. */
#include "common/base/mem.h"
#include "services/ctl/suggest_labels.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT 10

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void fault(void *state, size_t line, const char *text)
{
    size_t *last = state;

    require(line > *last && text[0] != '\0');
    *last = line;
}

static void ask(const struct suggest *suggest, struct suggest_scratch *scratch, const char *text,
                size_t length)
{
    struct suggest_hit hits[LIMIT], again[LIMIT];
    const size_t count = suggest_find(suggest, scratch, text, length, NULL, LIMIT, hits);

    require(count <= LIMIT);
    require(suggest_find(suggest, scratch, text, length, NULL, LIMIT, again) == count);
    for (size_t i = 0; i < count; i++) {
        require(hits[i].score > 0 && hits[i].score <= SUGGEST_SCORE_MOST);
        require(i == 0 || hits[i].score <= hits[i - 1].score);
        require(hits[i].code == again[i].code && hits[i].score == again[i].score);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct suggest_build *build = suggest_begin();
    char *copy = mem_alloc(length + 1);
    size_t last = 0;

    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    suggest_labels_read(copy, length, build, fault, &last);
    struct suggest *suggest = suggest_finish(&build);
    struct suggest_scratch *scratch = suggest_scratch_create(suggest);
    require(suggest_codes(suggest) <= suggest_labels(suggest) && suggest_memory(suggest) > 0);
    const char *text = (const char *)bytes, *end = text + length;
    for (int asked = 0; text < end && asked < 32; asked++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        ask(suggest, scratch, text, (size_t)(stop - text));
        text = newline != NULL ? newline + 1 : end;
    }
    suggest_scratch_destroy(&scratch);
    suggest_destroy(&suggest);
    mem_free(copy);
    return 0;
}
