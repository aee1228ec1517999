/* Any bytes as a file of labels, and each of its lines as a question: every line is taken or named,
 * and the answers are ordered, within their limits and the same when asked again. */
#include "common/base/mem.h"
#include "services/ctl/suggest_labels.h"
#include "tests/fuzz/require.h"

#include <string.h>

#define LIMIT 10

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

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

/* Every line as a question. */
static void ask_lines(const struct suggest *suggest, const uint8_t *bytes, size_t length)
{
    struct suggest_scratch *scratch = suggest_scratch_create(suggest);
    const char *text = (const char *)bytes, *end = text + length;

    for (int asked = 0; text < end && asked < 32; asked++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        ask(suggest, scratch, text, (size_t)(stop - text));
        text = newline != NULL ? newline + 1 : end;
    }
    suggest_scratch_destroy(&scratch);
}

static struct suggest_build *read_labels(const void *bytes, size_t length)
{
    struct suggest_build *build = suggest_begin();
    char *copy = mem_alloc(length + 1);
    size_t last = 0;

    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    suggest_labels_read(copy, length, build, fault, &last);
    mem_free(copy);
    return build;
}

/* Two questions in three go to labels of our own: an index costs a thousand times an answer. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char known[] =
        "7115.1\ttømrer\n9312.98\tjord- og betonarbejder\n9312.98\tSpecialarbejder, "
        "jord og beton\nCE\tKørekort C+E\n7126.51\tvvs'er, v.v.s.-montør (blik)\n";
    static struct suggest *own;
    struct suggest_build *build = read_labels(bytes, length);

    if (own == NULL) {
        struct suggest_build *once = read_labels(known, sizeof known - 1);
        own = suggest_finish(&once);
    }
    ask_lines(own, bytes, length);
    if (length % 3 != 0) {
        suggest_abandon(&build);
        return 0;
    }
    struct suggest *suggest = suggest_finish(&build);
    require(suggest_codes(suggest) <= suggest_labels(suggest) && suggest_memory(suggest) > 0);
    ask_lines(suggest, bytes, length);
    suggest_destroy(&suggest);
    return 0;
}
