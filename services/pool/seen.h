/* The references of one import, and the line where each stood first: a second row of the same
 * candidate is a fault, since nobody could say which of the two was meant. */
#pragma once

#include <stddef.h>

#define SEEN_CAP ((size_t)200000) /* rows of one import */

struct seen;

struct seen *seen_create(void);
void seen_destroy(struct seen **seen);

/* The line where the reference stood before, or 0, and then it is remembered. At most SEEN_CAP are.
 */
size_t seen_before(struct seen *seen, const char *reference, size_t line);
