/* How often the program has taken memory from the heap. Link it with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc, in a program of one thread. */
#pragma once

#include <stddef.h>

size_t heap_allocations(void);
