/*
 * The pool in memory as a file, to restart from in seconds: an image of the engine (engine.h) under
 * the name of the database that it is of. It holds pseudonymised personal data: mode 0600, and gone
 * when somebody is erased. Blocking; one writer per path at a time, any thread.
 *
 * It is written aside (PATH.part), flushed to the disk, and renamed, so the file is whole or
 * absent.
 */
#pragma once

#include "services/match/engine/engine.h"

/* Writes aside. ERROR_IO: the disk or the folder refused; nothing is left then. */
MUST_CHECK int snapshot_file_write(const char *path, const struct engine_snapshot *snapshot,
                                   struct engine_vocabulary *vocabulary, const char *origin);
/* Puts what was written aside in the file's place, or forgets it. */
MUST_CHECK int snapshot_file_keep(const char *path);
void snapshot_file_drop(const char *path);

/*
 * ERROR_NOT_FOUND: there is none. ERROR_IO: it cannot be read. ERROR_CONFLICT: of another database.
 * ERROR_INVALID: damaged, cut short, or of another program's format. The vocabulary is new, and of
 * no use to another image after.
 */
MUST_CHECK int snapshot_file_read(const char *path, const char *origin,
                                  struct engine_vocabulary *vocabulary,
                                  struct engine_snapshot **snapshot);
/* The file and what stands aside; nothing happens where there is none. ERROR_IO: it is still there.
 */
MUST_CHECK int snapshot_file_remove(const char *path);
