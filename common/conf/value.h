/* How the text of one value is read, by its key's type. Pure; used by the loader and the sample. */
#pragma once

#include "common/conf/conf.h"

/* ERROR_INVALID when it is not what conf_value_describe says. */
MUST_CHECK int conf_value_read(const struct conf_key *key, const char *text, int64_t *number);
/* What may stand there, in words: "a whole number from 1 to 512". Never what does stand there,
 * which may be a secret. */
void conf_value_describe(const struct conf_key *key, struct buffer *text);
