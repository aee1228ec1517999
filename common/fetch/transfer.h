/* What the files of this room share; nobody else includes it. */
#pragma once

#include "common/base/buffer.h"
#include "common/fetch/fetch.h"

#include <curl/curl.h>

#define FETCH_EXCERPT_CAP 256
#define FETCH_READ_CAP ((size_t)65536) /* of a head, and of a body */

struct credentials;
struct sockaddr;
struct sockaddr_storage;
struct transfer;

/* This machine's own addresses, as of a second ago at most. */
struct own {
    struct sockaddr_storage *addresses;
    size_t count;
    int64_t read_at; /* monotonic */
};

/* True when the address is one of them, or when they cannot be read. */
bool own_address(struct own *own, const struct sockaddr *address);
void own_deinit(struct own *own);

/* What the transfers of one pool have in common; outlives them. */
struct transfer_setting {
    bool allow_loopback;
    int64_t connect_deadline;
    int64_t total_deadline;
    const char *ca_folder;                 /* by OpenSSL's hashes; NULL: the file */
    const char *ca_file;                   /* NULL: libcurl's own */
    const struct credentials *credentials; /* NULL: none */
    const char *pin;                       /* NULL: any key */
    struct own *own;
    /* Called when a transfer reaches its next phase, from within libcurl; may be NULL. */
    void (*on_phase)(struct transfer *transfer);
};

#define HEADERS_MOST 32
#define HEADERS_CAP ((size_t)16384)

/* A request's headers as libcurl reads them; stands until the request is over. */
struct header_list {
    struct buffer lines;
    struct curl_slist nodes[HEADERS_MOST + 2]; /* and two of ours */
};

/* One request under the address policy; its handle serves one after another. */
struct transfer {
    CURL *easy;
    const struct transfer_setting *setting;
    struct header_list headers;
    struct buffer sent; /* wiped when the request is over: it may hold a person */
    struct buffer body; /* of the answer */
    fetch_may_begin *may_begin;
    void *argument; /* of may_begin */
    size_t keep;    /* of the body, for the caller */
    int64_t started;
    enum fetch_phase phase;
    bool begun;      /* it was allowed: something of it may have left */
    bool held;       /* it was not */
    bool overflowed; /* the answer's head was too long */
    size_t opened;   /* sockets that the policy let through */
    size_t refused;  /* addresses that it did not */
    size_t head;     /* bytes of the answer's heads */
};

/* Everything off that a URL or the environment could turn on. */
MUST_CHECK int transfer_init(struct transfer *transfer, const struct transfer_setting *setting);
void transfer_deinit(struct transfer *transfer);
/* Method, headers and body of the next request, after the last one was cleared. */
MUST_CHECK int transfer_set(struct transfer *transfer, const struct fetch_request *request,
                            void *argument);
void transfer_clear(struct transfer *transfer);
/* What libcurl's end of it means; the answer's `body` stands until transfer_clear. */
void transfer_answer(struct transfer *transfer, CURLcode code, struct fetch_answer *answer);

/* Options that every handle of ours gets, with a policy or without; then those of one request. */
MUST_CHECK int easy_init(CURL *easy);
MUST_CHECK int easy_request(CURL *easy, const struct fetch_request *request,
                            struct header_list *headers);
enum fetch_class fetch_class_of(CURLcode code);

/* Printable ASCII without what looks like a number of a person, an address of mail or a long
 * number; `text` has room for 257. */
void excerpt_scrub(const char *bytes, size_t length, char text[FETCH_EXCERPT_CAP + 1]);

/* libcurl's own start, once per process. */
void fetch_global_init(void);
