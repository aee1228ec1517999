/*
 * Randomness, replaceable at one place: from the kernel (getrandom), or in tests from a seed so
 * that a run can be repeated. Thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *bytes, size_t length);
uint64_t random_below(uint64_t bound); /* 0 .. bound-1 without bias */

#define RANDOM_UUID_SIZE 37
void random_uuid(char text[RANDOM_UUID_SIZE]); /* RFC 9562 version 4, lower case */

void random_fake(uint64_t seed); /* tests only: the same seed, the same bytes */
void random_real(void);
