/* One XML notice read, for the tests of eForms and of TED. Include cmocka.h before it. */
#pragma once

#include "common/base/arena.h"
#include "common/base/mem.h"
#include "services/leads/notice.h"
#include "tests/services/leads/notice_test.h"

struct fixture {
    struct arena *arena;
    struct notice notice;
    struct notice_fault fault;
};

static inline int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);
    fixture->arena = arena_create(0);
    notice_prepare();
    *state = fixture;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(&fixture->arena);
    mem_free(fixture);
    return 0;
}

static inline int parse_file(struct fixture *fixture, const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int error = notice_parse(fixture->arena, file_read, file, &fixture->notice, &fixture->fault);
    fclose(file);
    return error;
}

/* A document without an end: its head, and then one unit after another. */
struct flood {
    const char *head;
    const char *unit;
    size_t position;
    bool started;
};

static inline ssize_t flood_read(void *source, void *bytes, size_t size)
{
    struct flood *flood = source;
    const char *text = flood->started ? flood->unit : flood->head;
    size_t left = strlen(text) - flood->position;
    size_t length = size < left ? size : left;
    memcpy(bytes, text + flood->position, length);
    flood->position += length;
    if (length == left) {
        flood->started = true;
        flood->position = 0;
    }
    return (ssize_t)length;
}
