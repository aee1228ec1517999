/*
 * Outgoing HTTP over libcurl multi on a loop; the only place that includes libcurl. HTTP/2 where
 * TLS offers it, else HTTP/1.1. Redirects, proxies, cookies, netrc and every scheme but https (and
 * http where the policy allows loopback) are off; the address policy (B6) is asked for every
 * connection, new or reused. Each phase of a request has a deadline of its own. Of the answer's
 * head and of its body at most 64 KiB each are read.
 */
#pragma once

#include "common/base/error.h"
#include "common/ev/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FETCH_KEEP_CAP ((size_t)4096)
/* So many identities have connections kept for them; the one unused longest makes room. */
#define FETCH_IDENTITIES 128

struct fetch_client;

/* Deadlines in microseconds; 0: the default. Each counts from where its phase begins. */
struct fetch_options {
    bool allow_loopback; /* http and https to 127.0.0.0/8 and ::1, any port; for tests and demos
                            only */
    int64_t connect_deadline; /* the name, the connection and TLS; default 5 s */
    int64_t head_deadline;    /* from the first byte sent to the end of the head; default 15 s */
    int64_t body_deadline;    /* from there to the end of the body; default 10 s */
    int64_t total_deadline;   /* default 20 s */
    int64_t idle_deadline;    /* an identity's kept connections, unused; default 60 s */
    const char *ca_file;      /* trusted instead of the system's: PEM, or a folder as `openssl
                                 rehash` makes it; NULL: the system's. Copied */
};

struct fetch_header {
    const char *name;
    const char *value;
};

/* How far a blocking request is: bytes of its body that have been sent, and how long it has taken.
 * Called about once a second. */
typedef void fetch_progress(size_t sent, int64_t elapsed);

/* Asked, with the argument of fetch_start, when the connection stands and nothing of the request
 * has left; false: it is given up (FETCH_HELD). Must not start or destroy anything. */
typedef bool fetch_may_begin(void *argument);

struct fetch_request {
    const char *method;
    const char *url;
    const struct fetch_header *headers;
    size_t header_count;
    const void *body; /* copied */
    size_t length;
    fetch_progress *progress;   /* of fetch_blocking alone; NULL: nobody asks */
    fetch_may_begin *may_begin; /* of fetch_start alone; NULL: it may */

    /* The rest is of fetch_start alone. */
    const char *identity_name; /* whose connections: kept ones are never used under another name;
                                  NULL: those of all that have none */
    const char *client_pem;    /* certificate chain and unencrypted key, of a named identity alone;
                                  copied; NULL: none. Where it cannot be used: FETCH_TLS */
    const char *pin;           /* "sha256//<base64>" of the receiver's public key, several joined by
                                  ";"; the chain is checked all the same; NULL: any */
    size_t keep_body;          /* so many bytes of the answer's body are wanted back */
};

enum fetch_class {
    FETCH_ANSWERED,          /* status is the receiver's */
    FETCH_REFUSED_BY_POLICY, /* terminal: bad URL or address */
    FETCH_DNS,
    FETCH_CONNECT,
    FETCH_TLS,
    FETCH_TIMEOUT,
    FETCH_BROKEN,
    FETCH_HELD, /* `may_begin` said no; the receiver got a connection and nothing on it */
};

/* How far a request came. */
enum fetch_phase {
    FETCH_PHASE_CONNECT, /* nothing of it has left */
    FETCH_PHASE_HEAD,    /* something of it may have; the answer's head is not in */
    FETCH_PHASE_BODY,    /* the head is in */
};

struct fetch_answer {
    enum fetch_class class;
    enum fetch_phase phase; /* the last one that was reached */
    int status;
    int http_version;    /* 10, 11, 20; 0 without an answer */
    int64_t retry_after; /* microseconds; -1 when the receiver said nothing */
    int64_t duration;
    char excerpt[257];    /* printable ASCII only */
    char body_sha256[65]; /* of the first 64 KiB of the body; empty without an answer */
    const char *body;     /* the first `keep_body` bytes, NUL-terminated, until `done` returns;
                             NULL when none were asked for or there is no answer */
    size_t body_length;
};

typedef void fetch_done(const struct fetch_answer *answer, void *argument);

struct fetch_client *fetch_client_create(struct loop *loop, const struct fetch_options *options);
void fetch_client_destroy(struct fetch_client **client); /* running ones end as FETCH_BROKEN */
/* The request leaves before this returns where a kept connection can take it; `done` runs from the
 * loop in any case, never from here. */
void fetch_start(struct fetch_client *client, const struct fetch_request *request, fetch_done *done,
                 void *argument);

/* For command-line tools: blocking, one request, whole answer body (cap 64 MiB) NUL-terminated in
 * an arena; any http or https address, since a person typed it. `request_headers` as above. */
struct arena;
struct fetch_reply {
    int status;
    char *body;
    size_t length;
    char *etag; /* NULL when none */
};
MUST_CHECK int fetch_blocking(struct arena *arena, const struct fetch_request *request,
                              struct fetch_reply *reply, struct error_detail *detail);
