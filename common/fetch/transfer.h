/* What the files of this room share; nobody else includes it. */
#pragma once

#include "common/fetch/fetch.h"

#include <curl/curl.h>

#define FETCH_EXCERPT_CAP 256
#define FETCH_READ_CAP ((size_t)65536)

/* One request under the address policy. */
struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    bool allow_loopback;
    fetch_may_begin *may_begin;
    void *argument; /* of may_begin */
    bool begun;     /* it was allowed: something of it may have left */
    bool held;      /* it was not */
    size_t opened;  /* sockets that the policy let through */
    size_t refused; /* addresses that it did not */
    size_t read;
    size_t kept;
    char kept_bytes[FETCH_EXCERPT_CAP];
};

/* Everything off that a URL or the environment could turn on; then method, headers, body. */
MUST_CHECK int transfer_init(struct transfer *transfer, const struct fetch_request *request,
                             const struct fetch_options *options);
void transfer_deinit(struct transfer *transfer);
/* What libcurl's end of it means. */
void transfer_answer(struct transfer *transfer, CURLcode code, struct fetch_answer *answer);

/* Options that every handle of ours gets, with a policy or without. */
MUST_CHECK int easy_common(CURL *easy, const struct fetch_request *request,
                           struct curl_slist **headers);
enum fetch_class fetch_class_of(CURLcode code);

/* Printable ASCII without what looks like a number of a person, an address of mail or a long
 * number; `text` has room for 257. */
void excerpt_scrub(const char *bytes, size_t length, char text[FETCH_EXCERPT_CAP + 1]);

/* True when the address is one of this machine's own. */
struct sockaddr;
bool own_address(const struct sockaddr *address);

/* libcurl's own start, once per process. */
void fetch_global_init(void);
