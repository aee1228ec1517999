#include "common/base/str.h"
#include "services/match/engine/engine.h"

#include <string.h>

/* Lengths of the five groups, in bytes. */
static const size_t groups[] = {4, 2, 2, 2, 6};
#define GROUPS (sizeof groups / sizeof groups[0])

int engine_id_read(const char *text, uint8_t id[ENGINE_ID_SIZE])
{
    if (strlen(text) != ENGINE_ID_TEXT_SIZE - 1) {
        return ERROR_INVALID;
    }
    for (size_t g = 0; g < GROUPS; g++) {
        char digits[2 * 6 + 1] = "";
        memcpy(digits, text, 2 * groups[g]);
        text += 2 * groups[g];
        if (str_unhex(digits, id, groups[g]) != 0 || (g + 1 < GROUPS && *text++ != '-')) {
            return ERROR_INVALID;
        }
        id += groups[g];
    }
    return 0;
}

void engine_id_write(const uint8_t id[ENGINE_ID_SIZE], char text[ENGINE_ID_TEXT_SIZE])
{
    for (size_t g = 0; g < GROUPS; g++) {
        str_hex(id, groups[g], text);
        id += groups[g];
        text += 2 * groups[g];
        *text++ = '-';
    }
    text[-1] = '\0';
}
