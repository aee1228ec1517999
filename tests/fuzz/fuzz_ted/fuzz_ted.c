/* The reader of older TED XML: any bytes give a notice or a fault with a text, in bounded memory. A
 * lot or an award is never lost without a line. */
#include "tests/fuzz/any_notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool nothing_is_lost(const struct notice *notice)
{
    return notice->leads_count > 0 || notice->lines_count > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    any_notice(bytes, length, nothing_is_lost);
    return 0;
}
