/* What the tests of drafts from sheets and postings ask and look for. */
#pragma once

#include "tests/services/shortlists/server.h"

#include "common/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline struct answer post(struct world *world, enum actor actor, const char *path,
                                 const char *type, const char *body)
{
    const char *headers =
        arena_printf(world->scene->arena, "Content-Type: %s\r\nIdempotency-Key: \"p%d\"\r\n", type,
                     world->keys++);

    return server_ask(world->server, actor, "POST", path, headers, body);
}

static inline const json_t *at(const json_t *object, const char *path)
{
    char copy[128];

    snprintf(copy, sizeof copy, "%s", path);
    for (char *rest = copy, *part; (part = strtok_r(rest, "/", &rest)) != NULL;)
        object = json_is_array(object) ? json_array_get(object, strtoul(part, NULL, 10))
                                       : json_object_get(object, part);
    return object;
}

static inline const char *text_at(const json_t *object, const char *path)
{
    const char *text = json_string_value(at(object, path));

    return text != NULL ? text : "";
}

static inline bool lists(const json_t *list, const char *member, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_equal(json_string_value(json_object_get(json_array_get(list, i), member)), value))
            return true;
    return false;
}
