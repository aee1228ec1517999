/*
 * The routes of some rooms behind a real socket: a server on a thread of its own, with a pool of
 * connections to a test's database as emnebank_front, and raw requests to it. Faults end the test.
 *
 * api_create, api_add for each room, api_start; at the end api_stop and only then the rooms.
 */
#pragma once

#include "common/base/arena.h"
#include "common/rest/lobby.h"
#include "common/rest/rest.h"

struct api;

struct api_answer {
    int status;
    const char *head; /* with its status line, without the empty one */
    const char *body;
    size_t length;
};

/* Who calls is told by `authenticate`: the real one of services/access, or a test's own. */
struct api *api_create(const char *conninfo, rest_authenticate *authenticate, void *state);
/* The same with calls that wait: `news` as in common/rest/lobby.h, on each NOTIFY
 * emnebank_delivery. */
struct api *api_create_waiting(const char *conninfo, rest_authenticate *authenticate, void *state,
                               const struct lobby_options *lobby);
void api_add(struct api *api, const struct rest_table *routes, void *room);
void api_start(struct api *api);
/* Those who wait are answered, as when the daemon stops; calls go on being answered. */
void api_drain(struct api *api);
void api_stop(struct api **api);
const char *api_address(const struct api *api); /* "127.0.0.1:40123" */

/* A request on a connection of its own, which the answer closes. `line` is "GET /v1/leads";
 * `headers` end each in CRLF, "" for none; a `body` brings its Content-Length. Returns the socket,
 * so that requests may be under way side by side. */
int api_send(const struct api *api, const char *line, const char *headers, const char *body,
             size_t length);
/* A connection on which the test speaks itself. */
int api_connect(const struct api *api);
/* The answer, in the arena. Closes the socket. */
struct api_answer api_receive(int socket, struct arena *arena);
