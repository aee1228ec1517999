/*
 * Writers to the outbox of whom some leave their transactions open while others commit, for tests
 * of what reads it in order (A7): a reader pulls all the while, and in the end it has seen every
 * committed event exactly once, none before its commit, none that was rolled back. One thread turns
 * all the hands, from a seed, so that a failure can be repeated. Events are numbered from 0 on; the
 * number is the payload's `n`.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct writers;

/* As superuser, each in a session of its own; all events are `organisation`'s. */
struct writers *writers_create(const char *conninfo, const char *organisation);
void writers_destroy(struct writers **writers);

/* Writer `which` (0 …) puts one event, in the transaction it has open or in a new one. */
void writers_put(struct writers *writers, size_t which);
void writers_commit(struct writers *writers, size_t which);

/* The reader was handed this event. Fails the test when it was not committed, or twice. */
void writers_seen(struct writers *writers, const char *number);
size_t writers_times_seen(const struct writers *writers, size_t number);

/* All that has been committed can be read: another test's open transaction on this cluster may hold
 * the horizon back for a moment. */
void writers_settle(struct writers *writers);

/* So many turns (10,000 at most), each a put, an end or `pull`; the first two writers end rarely,
 * so that the others pass them many times. Then all commit, `pull` reads to the end, and every
 * committed event has been seen. `pull` hands at most `limit` events to writers_seen and returns
 * how many. */
void writers_play(struct writers *writers, uint64_t seed, size_t turns,
                  size_t (*pull)(void *reader, size_t limit), void *reader);
