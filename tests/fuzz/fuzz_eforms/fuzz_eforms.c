/* The reader of eForms notices: any bytes give a notice or a fault with a text, in bounded memory.
 */
#include "tests/fuzz/any_notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool no_lot_is_lost(const struct notice *notice)
{
    return notice->leads_count > 0 || notice->lines_count > 0 || notice->lots_count == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    any_notice(bytes, length, no_lot_is_lost);
    return 0;
}
