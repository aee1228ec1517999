/* The scene with the room's routes before it and a lobby for calls that wait: what those who cannot
 * receive ask over HTTP. */
#pragma once

#include "common/json/json.h"
#include "tests/services/deliver/scene.h"
#include "tests/support/api.h"

#define PULLER_EMPLOYER "employer"
#define PULLER_HOME "home"
#define PULLER_NEIGHBOUR "neighbour"
#define PULLER_TEAM "team"
#define PULLER_EMPLOYER_KEY "00000000-0000-4000-8000-0000000ba0ee"

struct puller {
    struct scene *scene;
    struct api *api;
    json_t *bodies; /* of all answers */
};

struct puller_page {
    int status;
    const char *text; /* of the body */
    json_t *body;     /* NULL when there is none; lives until tear down */
    size_t count;     /* of items */
    const char *next;
};

/* cmocka fixtures; *state is a struct puller. At most two calls of one organisation wait. */
int puller_set_up(void **state);
int puller_tear_down(void **state);

/* GET `path`?`query`, the query "" for none; as printf. */
struct puller_page puller_get(struct puller *puller, const char *who, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same in two halves. */
int puller_ask(struct puller *puller, const char *who, const char *path);
struct puller_page puller_answer(struct puller *puller, int socket);
/* Until that many calls wait. */
void puller_until_waiting(size_t count);
/* The whole feed of /v1/events from `cursor` ("" for the beginning) until it has had `count`
 * events; the last of its pages, which has all of them where nothing came since the call. What
 * another test on this cluster holds back comes sooner or later. */
struct puller_page puller_events(struct puller *puller, const char *who, const char *cursor,
                                 size_t count);
const json_t *puller_item(const struct puller_page *page, size_t index);
const char *puller_text(const json_t *object, const char *name);
