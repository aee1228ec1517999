/*
 * Any bytes as a configuration file. What is accepted lies within the table's limits; what is
 * refused has a fault per line, each beginning with the file's name.
 */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/conf/conf.h"
#include "tests/fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conf_key keys[] = {
    {.section = "a", .name = "text", .type = CONF_TEXT, .help = "Text."},
    {.section = "a",
     .name = "count",
     .type = CONF_INTEGER,
     .fallback = "5",
     .minimum = -3,
     .maximum = 99,
     .help = "Count."},
    {.section = "b", .name = "yes", .type = CONF_BOOL, .fallback = "true", .help = "Yes."},
    {.section = "b",
     .name = "wait",
     .type = CONF_DURATION,
     .fallback = "1s",
     .minimum = 1,
     .maximum = CLOCK_DAY,
     .help = "Wait."},
};

static const struct conf_table table = {keys, sizeof keys / sizeof keys[0]};

static void check_values(const struct conf *conf)
{
    int64_t count = conf_integer(conf, "a", "count");
    int64_t wait = conf_duration(conf, "b", "wait");
    const char *text = conf_text(conf, "a", "text");

    require(!str_blank(text) && str_utf8_valid(text, strlen(text)));
    require(count >= -3 && count <= 99);
    require(wait >= 1 && wait <= CLOCK_DAY);
    (void)conf_bool(conf, "b", "yes");
}

static void check_faults(const struct buffer *faults)
{
    require(faults->length > 0 && faults->data[faults->length - 1] == '\n');
    for (const char *at = faults->data; *at; at += strcspn(at, "\n") + 1)
        require(str_starts(at, "file:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct conf_table *const tables[] = {&table};
    struct buffer faults;
    struct conf *conf;

    buffer_init(&faults, (size_t)1 << 26);
    if (conf_parse("file", (const char *)data, size, tables, 1, &conf, &faults) == 0) {
        require(faults.length == 0);
        check_values(conf);
    } else {
        require(!conf);
        check_faults(&faults);
    }
    conf_destroy(&conf);
    buffer_deinit(&faults);
    return 0;
}
