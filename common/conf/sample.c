#include "common/conf/conf.h"

#include "common/base/str.h"
#include "common/conf/value.h"

static void write_key(const struct conf_key *key, struct buffer *text)
{
    buffer_printf(text, "\n# %s\n# ", key->help);
    conf_value_describe(key, text);
    if (key->secret)
        buffer_text(text, "; secret");
    if (key->fallback)
        buffer_printf(text, "\n# %s = %s\n", key->name, key->fallback);
    else
        buffer_printf(text, "; required\n%s =\n", key->name);
}

void conf_sample(const struct conf_table *const *tables, size_t count, struct buffer *text)
{
    const char *section = NULL;

    buffer_text(text, "# emnebank: every key with its default. Remove the # to change one.\n");
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct conf_key *key = &tables[i]->keys[j];
            if (!str_equal(section, key->section))
                buffer_printf(text, "\n[%s]\n", key->section);
            section = key->section;
            write_key(key, text);
        }
    }
}
