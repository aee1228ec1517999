#include "services/match/labels.h"

#include "common/base/arena.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#include <string.h>

#define TEXT_CAP ((size_t)4 << 20)
#define DISCO_DIGITS 4

struct label {
    enum engine_kind kind;
    const char *code;
    const char *text;
    bool expires;
};

struct labels {
    struct arena *arena;
    struct label *items;
    size_t count;
    size_t room;
};

struct labels *labels_create(void)
{
    struct labels *labels = mem_zalloc(sizeof *labels);
    labels->arena = arena_create(TEXT_CAP);
    return labels;
}

void labels_destroy(struct labels **labels)
{
    if (*labels == NULL) {
        return;
    }
    arena_destroy(&(*labels)->arena);
    mem_free((*labels)->items);
    mem_free(*labels);
    *labels = NULL;
}

static const struct label *find(const struct labels *labels, enum engine_kind kind,
                                const char *code)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (labels->items[i].kind == kind && str_equal(labels->items[i].code, code)) {
            return &labels->items[i];
        }
    }
    return NULL;
}

void labels_add(struct labels *labels, enum engine_kind kind, const char *code, const char *label,
                bool expires)
{
    if (find(labels, kind, code) != NULL) {
        return;
    }
    if (labels->count == labels->room) {
        labels->room = labels->room > 0 ? 2 * labels->room : 64;
        labels->items = mem_resize(labels->items, labels->room, sizeof *labels->items);
    }
    labels->items[labels->count++] = (struct label){
        .kind = kind,
        .code = arena_strdup(labels->arena, code),
        .text = arena_strdup(labels->arena, label),
        .expires = expires,
    };
}

const char *labels_of(const struct labels *labels, enum engine_kind kind, const char *code)
{
    const struct label *label = find(labels, kind, code);
    return label != NULL ? label->text : code;
}

bool labels_expires(const struct labels *labels, enum engine_kind kind, const char *code)
{
    const struct label *label = find(labels, kind, code);
    return label != NULL && label->expires;
}

size_t labels_related(const struct labels *labels, const char *code, const char **codes, size_t cap)
{
    size_t count = 0;
    if (strlen(code) <= DISCO_DIGITS || code[DISCO_DIGITS] != '.') {
        return 0; /* not a code of that form */
    }
    for (size_t i = 0; i < labels->count && count < cap; i++) {
        const struct label *label = &labels->items[i];
        if (label->kind == ENGINE_OCCUPATION && strncmp(label->code, code, DISCO_DIGITS + 1) == 0) {
            codes[count++] = label->code;
        }
    }
    return count;
}
