/* What the twenty explained entries of an order cost by themselves: no HTTP, no reading of the
 * order, no ranking. */
#pragma once

#include "tests/bench/http/answer.h"

/*
 * Prints "ready", then answers each line of stdin, a number of milliseconds, with the mean
 * microseconds that explaining and writing the answer to one order took, over as many passes over
 * all orders as fit, at least one. Ends with stdin. Not zero: an order was refused.
 */
MUST_CHECK int entries_measure(struct shop *shop, struct answer_writer *writer);
