/* The reader of RFC 3339 times: what it takes, written down again and read again, is the same
 * moment; and every moment that it takes has a deadline after it. */
#include "common/base/clock.h"
#include "common/domain/calendar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char text[64];
    char written[CLOCK_TEXT_SIZE];
    int64_t time;
    int64_t again;

    if (length >= sizeof text)
        return 0;
    memcpy(text, bytes, length);
    text[length] = '\0';
    /* The calendar promises nothing before its first year or after its last. */
    if (calendar_read_time(text, &time) != 0 || time < 26 * 365 * CLOCK_DAY ||
        time > 1000 * 365 * CLOCK_DAY)
        return 0;
    clock_text(time, written);
    if (calendar_read_time(written, &again) != 0 || again / 1000 != time / 1000)
        abort();
    if (calendar_due(time, &calendar_defaults) <= time)
        abort();
    return 0;
}
