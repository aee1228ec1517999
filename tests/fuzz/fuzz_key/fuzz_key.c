/* What parses as a key is written back as the same bytes. */
#include "services/access/key.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char again[ACCESS_KEY_TEXT_SIZE];
    struct access_key key;
    char *text = malloc(length + 1);

    memcpy(text, bytes, length);
    text[length] = '\0';
    if (access_key_parse(text, &key) == 0 &&
        (access_key_make(&key, again) != 0 || strcmp(again, text) != 0))
        abort();
    free(text);
    return 0;
}
