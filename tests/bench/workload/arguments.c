#include "tests/bench/workload/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_one(const char *name, const char *value, struct arguments *arguments)
{
    if (strcmp(name, "--size") == 0) {
        arguments->size = strtoull(value, NULL, 10);
    } else if (strcmp(name, "--seed") == 0) {
        arguments->seed = strtoull(value, NULL, 10);
    } else if (strcmp(name, "--open") == 0) {
        arguments->open = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(name, "--changed") == 0) {
        arguments->changed = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(name, "--region") == 0) {
        arguments->region = strcmp(value, "eu") == 0 ? WORKLOAD_EUROPE : WORKLOAD_DENMARK;
    } else if (strcmp(name, "--classes") == 0) {
        arguments->classes = value;
    } else if (strcmp(name, "--data") == 0) {
        arguments->folder = value;
    } else {
        return false;
    }
    return true;
}

bool arguments_read(int argc, char **argv, struct arguments *arguments)
{
    *arguments = (struct arguments){
        .size = 20000, .seed = 1, .open = 100000, .classes = "strict,near-miss,broad,reverse"};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !read_one(argv[i], argv[i + 1], arguments)) {
            fprintf(stderr, "%s: %s: unknown, or without a value\n", argv[0], argv[i]);
            return false;
        }
    }
    return true;
}

bool arguments_has_class(const struct arguments *arguments, const char *name)
{
    const size_t length = strlen(name);
    const char *at = arguments->classes;
    while (at != NULL && *at != '\0') {
        const char *end = strchrnul(at, ',');
        if ((size_t)(end - at) == length && memcmp(at, name, length) == 0) {
            return true;
        }
        at = *end == ',' ? end + 1 : NULL;
    }
    return false;
}
