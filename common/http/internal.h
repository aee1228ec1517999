/*
 * Between the files of common/http: the server, its connections and their requests.
 *
 * The socket's bytes never stay in evhttp's input: they are moved to `hold` as they come, the guard
 * reads the head there, the body is collected, and only then is evhttp given a head that we wrote
 * ("GET / HTTP/1.1"). What evhttp does is the answer and the life of the connection.
 */
#pragma once

#include "common/http/guard.h"
#include "common/http/http.h"
#include "common/http/spares.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <sys/queue.h>

#define HTTP_LISTENERS 8

enum connection_state {
    CONNECTION_HEAD,     /* waiting for a head, or idle */
    CONNECTION_BODY,     /* the head passed; the body comes in */
    CONNECTION_HANDLING, /* the handler has the request */
    CONNECTION_WRITING,  /* the answer is on its way out */
    CONNECTION_REFUSED   /* our own refusal goes out; then the rest is read and dropped */
};

struct connection {
    LIST_ENTRY(connection) next;
    struct http_server *server;
    struct bufferevent *bev;         /* evhttp's */
    struct evhttp_connection *evcon; /* NULL until the first turn */
    struct event *turn;              /* work is waiting: a head, a body, a pipelined request */
    struct loop_timer *deadline;
    enum connection_state state;
    struct evbuffer *hold; /* what was read and not yet used */
    struct guard guard;
    struct http_request *request; /* in BODY and HANDLING */
    char peer[64];                /* "" on a unix socket */
    bool feeding;                 /* we are putting our own head into evhttp's input */
    bool head_started;            /* the head's deadline runs */
    bool served;                  /* at least one request was answered */
};

LIST_HEAD(connections, connection);
LIST_HEAD(requests, http_request);

struct http_server {
    struct loop *loop;
    struct http_options options;
    http_handler *handler;
    http_body_cap *body_cap;
    void *argument;
    struct evhttp *http;
    struct evhttp_bound_socket *bound[HTTP_LISTENERS];
    size_t bound_count;
    struct connections connections;
    size_t count;
    bool paused;                /* not accepting: full, or out of descriptors */
    struct loop_timer *retry;   /* of accepting after an error */
    struct connection *feeding; /* whose head evhttp is reading right now */
    struct event *watch;        /* on that connection's socket */
    size_t spooled;             /* bytes that large bodies take or will take */
    struct spares *spares;      /* memory of answers */
    struct requests pending;    /* handed to the handler, not answered */
    size_t in_flight;           /* from an accepted head to an answer written or lost */
    bool draining;
    loop_task *drained;
    void *drained_argument;
};

struct http_field {
    const char *name;
    const char *value;
};

struct http_request {
    LIST_ENTRY(http_request) next;
    struct http_server *server;    /* NULL when it was destroyed */
    struct connection *connection; /* NULL when the client is gone */
    struct evhttp_request *evhttp; /* NULL until dispatched, and when freed under us */
    struct arena *arena;
    enum http_method method;
    const char *method_text;
    const char *path;
    const char *query;
    struct http_field *fields;
    size_t field_count;
    bool keep_alive;
    size_t length;       /* of the body */
    size_t filled;       /* bytes of it that are in */
    size_t at;           /* bytes of it that were read */
    char *bytes;         /* a small body, in the arena */
    int spool;           /* a large one; -1 */
    size_t *spooled;     /* the server's count that a large one is part of; NULL: of none */
    struct event *watch; /* of http_request_watch; NULL: nobody asked, or it is over */
    loop_task *gone;
    void *gone_argument;
};

/* request.c */
struct http_request *request_create(const struct guard *guard, const char *head);
void request_destroy(struct http_request **request);
/* Its socket is about to close, or the answer is there. */
void request_unwatch(struct http_request *request);
/* Counts a large body in the server's; false when there is no room for it. */
bool request_reserve(struct http_request *request, struct http_server *server);
/* Moves what belongs to the body out of `hold`. ERROR_IO when it cannot be spooled. */
MUST_CHECK int request_fill(struct http_request *request, struct evbuffer *hold,
                            const char *spool_folder);

/* connection.c */
struct bufferevent *connection_accept(struct event_base *base, void *server);
/* For http_server's `watch`. */
struct event *connection_watch(struct event_base *base);
void connection_dispatched(struct evhttp_request *evhttp, void *server);
/* The handler answered; `body` may be NULL. */
void connection_answer(struct connection *connection, int status, struct evbuffer *body);
void connection_close_idle(struct http_server *server);

/* server.c */
void server_joined(struct http_server *server, struct connection *connection);
void server_left(struct http_server *server, struct connection *connection);
void server_flight(struct http_server *server, int step);
void server_refused(void); /* counts */

/* refusal.c */
const char *http_phrase(int status);
/* A whole answer: status line, headers, problem+json. */
void refusal_write(struct evbuffer *output, int status, const char *slug);
