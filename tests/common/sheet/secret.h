/* Bytes that stand nowhere but where a program puts them: each is made from its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SECRET_SIZE 32

static inline unsigned char secret_byte(size_t place)
{
    const volatile unsigned seed = 0x9E37; /* not known when this is compiled */

    return (unsigned char)((seed >> 3) + place * 151 + place * place * 29);
}

static inline bool secret_stands(const char *at)
{
    for (size_t i = 0; i < SECRET_SIZE; i++) {
        if ((unsigned char)at[i] != secret_byte(i))
            return false;
    }
    return true;
}
