/*
 * The pool in memory: codes for keys, the candidates at one version, and how they are kept in shape
 * and put away.
 *
 * Threads: a snapshot never changes once made and may be read by any number of threads; who frees
 * it when is the caller's business. A vocabulary may be shared by readers and one writer.
 */
#pragma once

#include "services/match/engine/terms.h"

/* ---- codes for keys ---- */

/* Turns text keys ("epoxy", "7114.1") into codes and back. Codes differ from process to process and
 * never reach a result. Texts live as long as the vocabulary. Thread-safe. */
struct engine_vocabulary;

struct engine_vocabulary *engine_vocabulary_create(void);
void engine_vocabulary_destroy(struct engine_vocabulary **vocabulary);
uint32_t engine_vocabulary_add(struct engine_vocabulary *vocabulary, const char *key);
uint32_t engine_vocabulary_find(struct engine_vocabulary *vocabulary, const char *key); /* or 0 */
/* The same of many, whose waits for memory pass side by side. */
void engine_vocabulary_find_all(struct engine_vocabulary *vocabulary, const char *const *keys,
                                size_t count, uint32_t *codes);
const char *engine_vocabulary_text(struct engine_vocabulary *vocabulary, uint32_t code);

/* ---- the pool at one version ---- */

struct engine_snapshot;

/*
 * Makes the snapshot of `version` from `previous` (NULL: the empty pool) and the candidates that
 * changed since, each as it is now. Their ids are distinct, in any order. Copies what it needs and
 * shares the rest with `previous`, which stays as it was.
 * Cost: that of the changed candidates, about a microsecond each; a large batch is indexed at once.
 * ERROR_INVALID: an id occurs twice, or a kind, a code (2^29 and more) or a place is none;
 * ERROR_LIMIT: over 2^31 - 1 facts, or over the memory cap.
 */
MUST_CHECK int engine_apply(const struct engine_snapshot *previous, int64_t version,
                            const struct engine_candidate *changed, size_t count,
                            struct engine_snapshot **next);
void engine_snapshot_destroy(struct engine_snapshot **snapshot);
/* From here on no successor of the snapshot may hold more than so many bytes (0: any number): what
 * would make it ends with ERROR_LIMIT and leaves all as it was. Before others see the snapshot. */
void engine_snapshot_limit(struct engine_snapshot *snapshot, size_t bytes);
int64_t engine_snapshot_version(const struct engine_snapshot *snapshot);
size_t engine_snapshot_count(const struct engine_snapshot *snapshot);
/* Bytes that it holds, those that it shares with other snapshots included. */
size_t engine_snapshot_bytes(const struct engine_snapshot *snapshot);
/* Indexed pieces that it consists of; a compaction makes them fewer. */
size_t engine_snapshot_pieces(const struct engine_snapshot *snapshot);
/* How many facts the candidate has; ERROR_NOT_FOUND when the pool has none such. */
MUST_CHECK int engine_snapshot_facts(const struct engine_snapshot *snapshot,
                                     const uint8_t id[ENGINE_ID_SIZE], struct engine_fact *facts,
                                     size_t cap, size_t *count);

/*
 * Many small changes leave small pieces behind, which slow queries down. When that is due, a
 * compaction merges them into larger ones, aside and on any thread, while engine_apply goes on;
 * adopting it makes the newest snapshot's successor: same version, same candidates, same answers.
 */
struct engine_compaction;
bool engine_compaction_due(const struct engine_snapshot *snapshot);
/* `everything`: into one piece, as after a load. Cost: that of what is merged. */
MUST_CHECK int engine_compaction_run(const struct engine_snapshot *snapshot, bool everything,
                                     struct engine_compaction **compaction);
/* `current` descends from the snapshot that was compacted. Cost: that of what changed since.
 * ERROR_CONFLICT: it has been compacted otherwise since, by engine_apply itself, which does so when
 * nobody else did; nothing is lost, run again. */
MUST_CHECK int engine_compaction_adopt(const struct engine_snapshot *current,
                                       const struct engine_compaction *compaction,
                                       struct engine_snapshot **next);
void engine_compaction_destroy(struct engine_compaction **compaction);

/*
 * A snapshot as bytes, to restart from: vocabulary, candidates and index with a checksum. `origin`
 * names the database and its timeline; whoever reads the image decides whether it is theirs.
 * Reading adds the image's keys to `vocabulary`, which must be new: codes are those of the image.
 * Nothing of what was read is used before it is checked. Cost of either: that of copying it once.
 * ERROR_INVALID: damaged, cut short, of another format or another machine's byte order; of writing:
 * a code that the vocabulary lacks; ERROR_CONFLICT: the vocabulary has keys; ERROR_LIMIT: too many
 * keys. After an error of reading the vocabulary is of no use.
 */
#define ENGINE_ORIGIN_SIZE 64
typedef int engine_sink(void *argument, const void *bytes, size_t length); /* 0 or an error */
MUST_CHECK int engine_image_write(const struct engine_snapshot *snapshot,
                                  struct engine_vocabulary *vocabulary, const char *origin,
                                  engine_sink *sink, void *argument);
MUST_CHECK int engine_image_read(const void *bytes, size_t length,
                                 struct engine_vocabulary *vocabulary,
                                 char origin[ENGINE_ORIGIN_SIZE],
                                 struct engine_snapshot **snapshot);
