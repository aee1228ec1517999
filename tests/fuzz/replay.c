/*
 * Feeds each file of a corpus to a fuzz target and prints how many there were, so that every build
 * replays what a fuzzer or a person once found. Fails on a corpus that is missing or empty.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int only_files(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay(const char *folder, const char *name)
{
    char path[4096];
    struct stat status;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) || !S_ISREG(status.st_mode)) {
        fprintf(stderr, "%s: not a file that can be read\n", path);
        if (file)
            fclose(file);
        return -1;
    }

    /* Exactly as long as the file, so that the address sanitizer sees one byte too many. */
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size ? size : 1);
    int error = !data || fread(data, 1, size, file) != size;
    fclose(file);
    if (!error) {
        fprintf(stderr, "%s\n", path); /* the last one printed is the one that broke it */
        LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    return error ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int failed = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    int count = scandir(argv[1], &entries, only_files, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: %s\n", argv[1], count < 0 ? "cannot be read" : "holds no input");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        failed |= replay(argv[1], entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    printf("%d inputs replayed\n", count);
    return failed ? 1 : 0;
}
