/* Any bytes as a text: findings are ordered, lie within it at borders of characters, do not overlap
 * within a rule, and are the same when asked again. */
#include "common/base/str.h"
#include "services/orders/linter/linter.h"
#include "tests/fuzz/require.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void judge(const struct linter_finding *findings, size_t count, const char *text,
                  size_t length)
{
    for (size_t i = 0; i < count; i++) {
        const struct linter_finding *found = &findings[i];
        require(found->start < found->end && found->end <= length);
        require(i == 0 || findings[i - 1].start <= found->start);
        require(found->rule < LINTER_RULES && found->law[0] && found->suggestion[0]);
        require(str_utf8_valid(text + found->start, found->end - found->start));
        for (size_t other = i + 1; other < count; other++)
            require(findings[other].rule != found->rule || findings[other].start >= found->end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct linter *linter;
    struct linter_finding findings[LINTER_FINDINGS_CAP], again[LINTER_FINDINGS_CAP];
    const char *text = (const char *)bytes;
    size_t count, again_count;

    if (linter == NULL)
        linter = linter_create(&linter_orders);
    const int error = linter_find(linter, text, length, findings, LINTER_FINDINGS_CAP, &count);
    require((error == 0) == (length <= LINTER_TEXT_CAP && str_utf8_valid(text, length)));
    if (error != 0)
        return 0;
    judge(findings, count, text, length);
    require(linter_find(linter, text, length, again, LINTER_FINDINGS_CAP, &again_count) == 0);
    require(count == again_count && memcmp(findings, again, count * sizeof *findings) == 0);
    return 0;
}
