#include "common/crypto/keyring.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_CAP ((size_t)65536)
#define NAME_CAP ((size_t)32)
#define HEX_LENGTH ((size_t)CRYPTO_KEY_SIZE * 2)

struct entry {
    char name[NAME_CAP + 1];
    struct crypto_key key;
};

struct keyring {
    struct entry *entries;
    size_t count;
};

static const struct entry *find(const struct keyring *keyring, const char *name)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (str_equal(keyring->entries[i].name, name))
            return &keyring->entries[i];
    return NULL;
}

const struct crypto_key *keyring_find(const struct keyring *keyring, const char *name)
{
    const struct entry *entry = find(keyring, name);

    return entry ? &entry->key : NULL;
}

void keyring_destroy(struct keyring **keyring)
{
    if (!*keyring)
        return;
    mem_wipe_free((*keyring)->entries, (*keyring)->count * sizeof(struct entry));
    mem_free(*keyring);
    *keyring = NULL;
}

static bool name_good(const char *name, size_t length)
{
    if (length == 0 || length > NAME_CAP)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool letter = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9');
        if (!letter && name[i] != '-' && name[i] != '_')
            return false;
    }
    return true;
}

/* "<name> <64 hex digits>" in place: `line` is wiped with the whole file afterwards. */
static const char *read_entry(const struct keyring *keyring, char *line, struct entry *entry)
{
    size_t name_length = strcspn(line, " \t");
    char *hex = line + name_length;

    if (!name_good(line, name_length))
        return "a name has 1 to 32 of a-z, 0-9, - and _";
    memcpy(entry->name, line, name_length);
    if (find(keyring, entry->name))
        return "the name stands twice";

    hex += strspn(hex, " \t");
    size_t hex_length = strcspn(hex, " \t\r");
    bool alone = str_blank(hex + hex_length);
    hex[hex_length] = '\0';
    if (!alone || hex_length != HEX_LENGTH || str_unhex(hex, entry->key.bytes, CRYPTO_KEY_SIZE))
        return "after the name come one space and 64 hex digits";
    return NULL;
}

static int read_entries(struct keyring *keyring, const char *path, char *text,
                        struct error_detail *detail)
{
    size_t number = 0;
    size_t lines = 1;

    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    keyring->entries = mem_array(lines, sizeof *keyring->entries);

    for (char *next, *line = text; line; line = next) {
        number++;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (str_blank(line) || *line == '#')
            continue;

        const char *fault = read_entry(keyring, line, &keyring->entries[keyring->count]);
        keyring->count++; /* a half-read entry is wiped too */
        if (fault) {
            error_detail_set(detail, NULL, "%s:%zu: %s", path, number, fault);
            return ERROR_INVALID;
        }
    }
    if (keyring->count == 0) {
        error_detail_set(detail, NULL, "%s: holds no key", path);
        return ERROR_INVALID;
    }
    return 0;
}

/* A key file that others can read has no secrets in it any more. */
static int check_file(int file, const char *path, struct error_detail *detail)
{
    struct stat status;

    if (fstat(file, &status)) {
        error_detail_set(detail, strerror(errno), "%s: cannot be examined", path);
        return ERROR_IO;
    }
    mode_t mode = status.st_mode & 07777;
    if (!S_ISREG(status.st_mode) || (mode != 0400 && mode != 0600)) {
        error_detail_set(detail, NULL, "%s: must be a regular file of mode 0400 or 0600, not %04o",
                         path, (unsigned)mode);
        return ERROR_DENIED;
    }
    if (status.st_size < 0 || (size_t)status.st_size > FILE_CAP) {
        error_detail_set(detail, NULL, "%s: larger than %zu bytes", path, FILE_CAP);
        return ERROR_LIMIT;
    }
    return 0;
}

static int read_all(int file, char *text, size_t cap, size_t *length)
{
    *length = 0;
    while (*length < cap) {
        ssize_t got = read(file, text + *length, cap - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERROR_IO;
        if (got == 0)
            return 0;
        *length += (size_t)got;
    }
    return ERROR_LIMIT;
}

int keyring_load(const char *path, struct keyring **keyring, struct error_detail *detail)
{
    char *text = NULL;
    size_t length;
    int file;
    int error;

    *keyring = NULL;
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        error_detail_set(detail, strerror(errno), "%s: cannot be opened", path);
        return errno == ENOENT ? ERROR_NOT_FOUND : errno == EACCES ? ERROR_DENIED : ERROR_IO;
    }
    error = check_file(file, path, detail);
    if (error)
        goto cleanup;

    text = mem_zalloc(FILE_CAP + 2);
    error = read_all(file, text, FILE_CAP + 1, &length);
    if (error) {
        error_detail_set(detail, strerror(errno), "%s: cannot be read", path);
        goto cleanup;
    }
    if (strlen(text) != length) {
        error_detail_set(detail, NULL, "%s: holds a NUL byte; it must be text", path);
        error = ERROR_INVALID;
        goto cleanup;
    }
    *keyring = mem_zalloc(sizeof **keyring);
    error = read_entries(*keyring, path, text, detail);
    if (error)
        keyring_destroy(keyring);

cleanup:
    mem_wipe_free(text, FILE_CAP + 2);
    close(file);
    return error;
}

static int write_all(int file, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return ERROR_IO;
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

static int write_key(int file, const char *name)
{
    char line[NAME_CAP + HEX_LENGTH + 3];
    char hex[HEX_LENGTH + 1];
    struct crypto_key key;

    crypto_key_random(&key);
    str_hex(key.bytes, sizeof key.bytes, hex);
    int length = snprintf(line, sizeof line, "%s %s\n", name, hex);
    int error = write_all(file, line, (size_t)length);

    crypto_wipe(&key, sizeof key);
    crypto_wipe(hex, sizeof hex);
    crypto_wipe(line, sizeof line);
    return error;
}

int keyring_generate(const char *path, const char *const *names, struct error_detail *detail)
{
    for (const char *const *name = names; *name; name++) {
        if (!name_good(*name, strlen(*name))) {
            error_detail_set(detail, NULL, "a key's name has 1 to 32 of a-z, 0-9, - and _");
            return ERROR_INVALID;
        }
    }

    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        bool exists = errno == EEXIST;
        error_detail_set(detail, strerror(errno), "%s: %s", path,
                         exists ? "exists; keys are never overwritten" : "cannot be created");
        return exists ? ERROR_CONFLICT : ERROR_IO;
    }

    int error = fchmod(file, 0600) ? ERROR_IO : 0; /* whatever the umask took away */
    for (const char *const *name = names; *name && !error; name++)
        error = write_key(file, *name);
    if (!error && fsync(file))
        error = ERROR_IO;
    if (error)
        error_detail_set(detail, strerror(errno), "%s: cannot be written", path);
    close(file);
    if (error)
        unlink(path);
    return error;
}
