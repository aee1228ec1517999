#include "services/match/snapshot_file.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

/* ---- writing ---- */

struct output {
    int file;
    char *chunk; /* CHUNK bytes: an image comes in small pieces too */
    size_t length;
};

static int flush(struct output *output)
{
    size_t done = 0;
    while (done < output->length) {
        const ssize_t wrote = write(output->file, output->chunk + done, output->length - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return ERROR_IO;
        }
        done += (size_t)wrote;
    }
    output->length = 0;
    return 0;
}

static int take(void *argument, const void *bytes, size_t length)
{
    struct output *output = argument;
    const char *at = bytes;
    while (length > 0) {
        const size_t room = CHUNK - output->length;
        const size_t part = length < room ? length : room;
        memcpy(output->chunk + output->length, at, part);
        output->length += part;
        at += part;
        length -= part;
        if (output->length == CHUNK && flush(output) != 0) {
            return ERROR_IO;
        }
    }
    return 0;
}

static char *aside(const char *path)
{
    const size_t size = strlen(path) + sizeof ".part";
    char *name = mem_alloc(size);
    snprintf(name, size, "%s.part", path);
    return name;
}

/* The file is nobody else's from its first byte on. */
static int open_new(const char *name)
{
    if (unlink(name) != 0 && errno != ENOENT) {
        return -1;
    }
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

int snapshot_file_write(const char *path, const struct engine_snapshot *snapshot,
                        struct engine_vocabulary *vocabulary, const char *origin)
{
    char *name = aside(path);
    struct output output = {.file = open_new(name), .chunk = mem_alloc(CHUNK)};
    int error = output.file < 0 ? ERROR_IO : 0;
    if (error == 0) {
        error = engine_image_write(snapshot, vocabulary, origin, take, &output);
    }
    if (error == 0) {
        error = flush(&output);
    }
    if (error == 0 && fsync(output.file) != 0) {
        error = ERROR_IO;
    }
    if (output.file >= 0 && close(output.file) != 0) {
        error = ERROR_IO;
    }
    if (error != 0) {
        unlink(name);
    }
    mem_free(output.chunk);
    mem_free(name);
    return error;
}

/* That the name is on the disk too. */
static int sync_folder(const char *path)
{
    char *copy = mem_strdup(path);
    const int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) {
        close(folder);
    }
    mem_free(copy);
    return synced ? 0 : ERROR_IO;
}

int snapshot_file_keep(const char *path)
{
    char *name = aside(path);
    const bool renamed = rename(name, path) == 0;
    mem_free(name);
    return renamed ? sync_folder(path) : ERROR_IO;
}

void snapshot_file_drop(const char *path)
{
    char *name = aside(path);
    unlink(name);
    mem_free(name);
}

int snapshot_file_remove(const char *path)
{
    snapshot_file_drop(path);
    if (unlink(path) != 0) {
        return errno == ENOENT ? 0 : ERROR_IO;
    }
    return sync_folder(path);
}

/* ---- reading ---- */

static int read_image(const void *bytes, size_t length, const char *origin,
                      struct engine_vocabulary *vocabulary, struct engine_snapshot **snapshot)
{
    char found[ENGINE_ORIGIN_SIZE] = "";
    const int error = engine_image_read(bytes, length, vocabulary, found, snapshot);
    if (error == 0 && !str_equal(found, origin)) {
        engine_snapshot_destroy(snapshot);
        return ERROR_CONFLICT;
    }
    return error;
}

int snapshot_file_read(const char *path, const char *origin, struct engine_vocabulary *vocabulary,
                       struct engine_snapshot **snapshot)
{
    struct stat about;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *snapshot = NULL;
    if (file < 0) {
        return errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO;
    }
    int error = fstat(file, &about) != 0 || !S_ISREG(about.st_mode) ? ERROR_IO : 0;
    if (error == 0 && about.st_size == 0) {
        error = ERROR_INVALID;
    }
    if (error == 0) {
        const size_t length = (size_t)about.st_size;
        void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
        error = bytes == MAP_FAILED ? ERROR_IO
                                    : read_image(bytes, length, origin, vocabulary, snapshot);
        if (bytes != MAP_FAILED) {
            munmap(bytes, length);
        }
    }
    close(file);
    return error;
}
