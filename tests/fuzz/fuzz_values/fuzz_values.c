/* Any text as an amount, a day and a stage: read or refused, and what is read keeps its promises.
 */
#include "services/leads/values.h"
#include "tests/fuzz/require.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_amount(const char *text, char decimal)
{
    const struct value_amount_pattern pattern = {.unit = 1000, .decimal = decimal};
    struct value_amount amount;
    enum value_fault fault = value_amount_read(text, &pattern, &amount);

    require((value_fault_code(fault) == NULL) == (fault == VALUE_GOOD));
    if (fault == VALUE_GOOD)
        require(amount.low >= 0 && amount.low <= amount.high && amount.high > 0 &&
                amount.high <= VALUE_AMOUNT_CAP && strlen(amount.currency) == 3);
}

static void read_date(const char *text, const char *order)
{
    struct value_date_pattern pattern = {.today_year = 2026, .today_month = 11, .today_day = 22};
    struct value_date date;

    memcpy(pattern.order, order, 4);
    if (value_date_read(text, &pattern, &date) != VALUE_GOOD)
        return;
    require(strlen(date.from) == 10 && strlen(date.to) == 10 && strcmp(date.from, date.to) <= 0);
    require(value_precision_word(date.precision) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);

    if (length > 0)
        memcpy(text, bytes, length);
    text[length] = '\0';
    read_amount(text, '\0');
    read_amount(text, ',');
    read_amount(text, '.');
    read_date(text, "dmy");
    read_date(text, "mdy");
    (void)value_stage_read(text);
    free(text);
    return 0;
}
