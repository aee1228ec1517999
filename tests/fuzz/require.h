/* What must hold whatever the bytes are: else the fuzzer has found something. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

static inline void require(bool holds)
{
    if (!holds)
        abort();
}
