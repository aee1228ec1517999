/* How long to wait before connecting again: exponential with jitter, so that after a failover a
 * hundred processes do not come at once. Private to this room. */
#pragma once

#include <stdint.h>

int64_t pg_backoff(unsigned failures); /* microseconds; `failures` before this one */
