/*
 * The rooms orders and shortlists behind a real socket, on a scene (scene.h). "Bearer 0" is the
 * first actor, "Bearer 1" the next; each has every scope of its kind. Requests may be sent side by
 * side: server_send, then server_receive.
 */
#pragma once

#include "common/crypto/keyring.h"
#include "common/json/json.h"
#include "tests/services/shortlists/scene.h"

struct server;

struct answer {
    int status;
    const char *head;
    const char *body;
    size_t length;
    const json_t *json; /* NULL unless the body is JSON */
};

struct server *server_start(struct scene *scene);
void server_stop(struct server **server);
/* What the persons of "0751" and "0615" are sealed with. */
const struct crypto_key *server_key(const struct server *server, const char *municipality);

/* A whole request; returns its socket. `headers` are more lines, each with its CRLF; `body` NULL
 * for none. */
int server_send(struct server *server, enum actor actor, const char *method, const char *target,
                const char *headers, const char *body);
/* The answer, which lives as long as the server. */
struct answer server_receive(struct server *server, int socket);
struct answer server_ask(struct server *server, enum actor actor, const char *method,
                         const char *target, const char *headers, const char *body);

/* The same with a body of any bytes. */
struct answer server_ask_bytes(struct server *server, enum actor actor, const char *method,
                               const char *target, const char *headers, const void *bytes,
                               size_t length);

/* The value of a header of the answer, or NULL. */
const char *server_header(struct server *server, const struct answer *answer, const char *name);
/* Text of a member of the answer, "" when it is none. */
const char *answer_text(const struct answer *answer, const char *name);
int64_t answer_integer(const struct answer *answer, const char *name);

/* Fails the test unless the answer has this status and, with a slug, is that problem. */
void assert_answer(const struct answer *answer, int status, const char *slug);
/* "/pointer CODE" of each error in a problem, sorted by pointer, a line each. */
const char *answer_errors(struct server *server, const struct answer *answer);

/* What a test of the routes stands on, as cmocka's group state. */
struct world {
    struct scene *scene;
    struct server *server;
    int keys; /* idempotency keys given out */
};

int world_open(void **state, const char *name);
int world_close(void **state);
