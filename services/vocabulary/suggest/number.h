/* Whole numbers instead of floating ones, so that a score is the same on every machine. */
#pragma once

#include <stdint.h>

/* 16 times the binary logarithm, rounded down; 0 for 0 and 1. */
uint32_t number_log2(uint64_t value);
/* The square root, rounded down. */
uint32_t number_root(uint64_t value);
