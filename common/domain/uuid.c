#include "common/domain/uuid.h"

#include <stddef.h>
#include <string.h>

bool uuid_valid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (!text || strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == '-' ? text[i] != '-' : !memchr("0123456789abcdefABCDEF", text[i], 22))
            return false;
    return true;
}
