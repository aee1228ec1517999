/* The reader of older TED XML: any bytes give a notice or a fault with a text, in bounded memory. A
 * lot or an award is never lost without a line. */
#include "services/leads/notice.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(const struct notice *notice)
{
    for (size_t i = 0; i < notice->leads_count; i++) {
        const struct notice_lead *lead = &notice->leads[i];
        if (!lead->winner || !lead->project || lead->members_count == 0)
            abort();
        if (lead->value_kind != NOTICE_VALUE_UNKNOWN && lead->value.minor < 0)
            abort();
    }
    for (size_t i = 0; i < notice->lines_count; i++) {
        if (!notice->lines[i].text || !notice->lines[i].code)
            abort();
    }
    if (notice->leads_count == 0 && notice->lines_count == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_create(0);
    struct notice notice;
    struct notice_fault fault;
    int error = notice_parse_memory(arena, bytes, length, &notice, &fault);
    if (error == 0)
        check(&notice);
    else if (fault.text[0] == '\0')
        abort();
    arena_destroy(&arena);
    return 0;
}
