#include "common/fetch/transfer.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/fetch/address.h"
#include "common/fetch/credentials.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a handle keeps of its buffers between two requests. */
#define SPARE_SIZE ((size_t)16384)
#define SENT_CAP ((size_t)16777216)

/* --- the policy --- */

static bool policy_allows(const struct transfer *transfer, const struct sockaddr *address)
{
    const struct transfer_setting *setting = transfer->setting;
    if (address_loopback(address))
        return setting->allow_loopback;
    return address_public(address) && !own_address(setting->own, address);
}

/* Asked after resolution and before connect, for every address that libcurl wants to try. */
static curl_socket_t open_socket(void *argument, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct transfer *transfer = argument;
    if (purpose != CURLSOCKTYPE_IPCXN || !policy_allows(transfer, &address->addr)) {
        transfer->refused++;
        return CURL_SOCKET_BAD;
    }
    transfer->opened++;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void reach(struct transfer *transfer, enum fetch_phase phase)
{
    transfer->phase = phase;
    if (transfer->setting->on_phase != NULL)
        transfer->setting->on_phase(transfer);
}

/* Once begun is begun: libcurl asks again when a kept connection turns out to be dead. */
static int begin(struct transfer *transfer)
{
    if (transfer->may_begin != NULL && !transfer->may_begin(transfer->argument)) {
        transfer->held = true;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->begun = true;
    reach(transfer, FETCH_PHASE_HEAD);
    return CURL_PREREQFUNC_OK;
}

/* A reused connection never passes open_socket; this one is asked before every request. */
static int before_request(void *argument, char *primary_ip, char *local_ip, int primary_port,
                          int local_port)
{
    struct transfer *transfer = argument;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    char text[INET6_ADDRSTRLEN] = "";
    (void)local_ip;
    (void)primary_port;
    (void)local_port;
    const char *start = primary_ip[0] == '[' ? primary_ip + 1 : primary_ip;
    size_t length = strcspn(start, "]%");
    if (length < sizeof text)
        memcpy(text, start, length);
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1 &&
        policy_allows(transfer, (const struct sockaddr *)&in))
        return begin(transfer);
    if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1 &&
        policy_allows(transfer, (const struct sockaddr *)&in6))
        return begin(transfer);
    transfer->refused++;
    return CURL_PREREQFUNC_ABORT;
}

/* --- the answer --- */

/* Line by line; the last one is empty. A head of 1xx is followed by another. */
static size_t take_head(char *bytes, size_t size, size_t count, void *argument)
{
    struct transfer *transfer = argument;
    const size_t length = size * count;
    long status = 0;
    transfer->head += length;
    if (transfer->head > FETCH_READ_CAP) {
        transfer->overflowed = true;
        return 0;
    }
    if (length > 2 || (bytes[0] != '\r' && bytes[0] != '\n'))
        return length;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && transfer->phase == FETCH_PHASE_HEAD)
        reach(transfer, FETCH_PHASE_BODY);
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *argument)
{
    struct transfer *transfer = argument;
    const size_t length = size * count;
    const size_t room = FETCH_READ_CAP - transfer->body.length;
    buffer_append(&transfer->body, bytes, length < room ? length : room);
    return length > room ? 0 : length;
}

/* --- options --- */

/* A handle may have carried another method before. */
static int set_method(CURL *easy, const struct fetch_request *request)
{
    const bool posts = request->body != NULL || strcmp(request->method, "POST") == 0;
    const bool heads = !posts && strcmp(request->method, "HEAD") == 0;
    const bool known = heads || strcmp(request->method, posts ? "POST" : "GET") == 0;
    CURLcode code = CURLE_OK;
    if (posts) {
        code |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
        code |=
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body == NULL ? "" : request->body);
    } else {
        code |= curl_easy_setopt(easy, heads ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1L);
    }
    code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, known ? NULL : request->method);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

static size_t line_length(const struct fetch_header *header)
{
    return strlen(header->name) + strlen(": ") + strlen(header->value);
}

/* libcurl's list over memory of ours: a header costs no allocation, nor does libcurl write one out
 * twice, as it does its own. */
static int set_headers(CURL *easy, const struct fetch_request *request, struct header_list *list)
{
    static char no_continue[] = "Expect:"; /* no 100-continue: one exchange */
    static char agent[] = "User-Agent: emnebank/0.1";
    struct curl_slist *node = &list->nodes[1];
    size_t length = 0;
    list->nodes[0] = (struct curl_slist){.data = no_continue, .next = node};
    *node = (struct curl_slist){.data = agent};
    if (request->header_count > HEADERS_MOST)
        return ERROR_LIMIT;
    for (size_t i = 0; i < request->header_count; i++)
        length += line_length(&request->headers[i]) + 1;
    char *at = buffer_room(&list->lines, length);
    if (at == NULL)
        return ERROR_LIMIT;
    for (size_t i = 0; i < request->header_count; i++) {
        char *line = at;
        at = stpcpy(stpcpy(stpcpy(at, request->headers[i].name), ": "), request->headers[i].value);
        if (strchr(line, '\r') != NULL || strchr(line, '\n') != NULL)
            return ERROR_INVALID;
        node->next = node + 1;
        *++node = (struct curl_slist){.data = line};
        at++;
    }
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list->nodes) == CURLE_OK ? 0 : ERROR_INTERNAL;
}

int easy_init(CURL *easy)
{
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the environment has no say */
    code |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

int easy_request(CURL *easy, const struct fetch_request *request, struct header_list *headers)
{
    if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK)
        return ERROR_INTERNAL;
    int error = set_method(easy, request);
    return error != 0 ? error : set_headers(easy, request, headers);
}

static CURLcode set_policy(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *schemes = transfer->setting->allow_loopback ? "https,http" : "https";
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    return code;
}

static CURLcode set_exchange(struct transfer *transfer)
{
    const struct transfer_setting *setting = transfer->setting;
    CURL *easy = transfer->easy;
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)(setting->connect_deadline / CLOCK_MILLISECOND));
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                             (long)(setting->total_deadline / CLOCK_MILLISECOND));
    /* A look-up that is given up is not waited for: the resolver's patience is not ours, and the
     * whole loop would stand still meanwhile. */
    code |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return code;
}

static CURLcode set_blob(CURL *easy, CURLoption option, char *text)
{
    struct curl_blob blob = {.data = text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(easy, option, &blob);
}

/* From a folder TLS reads the one authority that a connection needs. A file libcurl reads whole,
 * which for the system's takes as long as a thousand requests; without a folder beside it, once an
 * hour for each identity. */
static CURLcode set_authorities(CURL *easy, const struct transfer_setting *setting)
{
    CURLcode code = CURLE_OK;
    if (setting->ca_folder != NULL) {
        code |= curl_easy_setopt(easy, CURLOPT_CAPATH, setting->ca_folder);
        code |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    } else {
        code |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        code |= curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 3600L);
        if (setting->ca_file != NULL)
            code |= curl_easy_setopt(easy, CURLOPT_CAINFO, setting->ca_file);
    }
    return code;
}

static CURLcode set_tls(struct transfer *transfer)
{
    const struct transfer_setting *setting = transfer->setting;
    CURL *easy = transfer->easy;
    CURLcode code = set_authorities(easy, setting);
    if (setting->pin != NULL)
        code |= curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, setting->pin);
    if (setting->credentials != NULL) {
        code |= curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
        code |= curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
        code |= set_blob(easy, CURLOPT_SSLCERT_BLOB, setting->credentials->chain);
        code |= set_blob(easy, CURLOPT_SSLKEY_BLOB, setting->credentials->key);
        code |= curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* nobody is asked for one */
    }
    return code;
}

int transfer_init(struct transfer *transfer, const struct transfer_setting *setting)
{
    *transfer = (struct transfer){.setting = setting, .easy = curl_easy_init()};
    buffer_init(&transfer->headers.lines, HEADERS_CAP);
    buffer_init(&transfer->sent, SENT_CAP);
    buffer_init(&transfer->body, FETCH_READ_CAP);
    if (transfer->easy == NULL)
        return ERROR_INTERNAL;
    int error = easy_init(transfer->easy);
    if (error != 0)
        return error;
    CURLcode code = set_policy(transfer) | set_exchange(transfer) | set_tls(transfer);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

void transfer_deinit(struct transfer *transfer)
{
    transfer_clear(transfer);
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    buffer_deinit(&transfer->headers.lines);
    buffer_deinit(&transfer->sent);
    buffer_deinit(&transfer->body);
}

int transfer_set(struct transfer *transfer, const struct fetch_request *request, void *argument)
{
    struct fetch_request copied = *request;
    buffer_append(&transfer->sent, request->body, request->body == NULL ? 0 : request->length);
    if (buffer_full(&transfer->sent))
        return ERROR_LIMIT;
    if (request->body != NULL)
        copied.body = transfer->sent.data;
    transfer->may_begin = request->may_begin;
    transfer->argument = argument;
    transfer->keep = request->keep_body < FETCH_KEEP_CAP ? request->keep_body : FETCH_KEEP_CAP;
    transfer->started = clock_monotonic();
    return easy_request(transfer->easy, &copied, &transfer->headers);
}

static void empty(struct buffer *buffer, size_t cap)
{
    if (buffer->length > 0)
        crypto_wipe(buffer->data, buffer->length);
    if (buffer->allocated > SPARE_SIZE) {
        buffer_deinit(buffer);
        buffer_init(buffer, cap);
    } else {
        buffer_clear(buffer);
    }
}

void transfer_clear(struct transfer *transfer)
{
    buffer_clear(&transfer->headers.lines);
    empty(&transfer->sent, SENT_CAP);
    empty(&transfer->body, FETCH_READ_CAP);
    transfer->may_begin = NULL;
    transfer->argument = NULL;
    transfer->keep = 0;
    transfer->phase = FETCH_PHASE_CONNECT;
    transfer->begun = transfer->held = transfer->overflowed = false;
    transfer->opened = transfer->refused = transfer->head = 0;
}

/* --- what came of it --- */

enum fetch_class fetch_class_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return FETCH_ANSWERED;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return FETCH_REFUSED_BY_POLICY;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return FETCH_DNS;
    case CURLE_COULDNT_CONNECT:
        return FETCH_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return FETCH_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_TIMEOUT;
    default:
        return FETCH_BROKEN;
    }
}

static enum fetch_class transfer_class(const struct transfer *transfer, CURLcode code, long status)
{
    if (transfer->held)
        return transfer->begun ? FETCH_BROKEN : FETCH_HELD;
    if (code != CURLE_OK && transfer->refused > 0 && transfer->opened == 0)
        return FETCH_REFUSED_BY_POLICY;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return FETCH_REFUSED_BY_POLICY;
    if (transfer->overflowed)
        return FETCH_BROKEN;
    /* We stopped reading a body that was too long; the answer itself was in. */
    if (code == CURLE_WRITE_ERROR && status > 0)
        return FETCH_ANSWERED;
    if (code == CURLE_OK && status == 0)
        return FETCH_BROKEN;
    return fetch_class_of(code);
}

static int http_version(CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    default:
        return 0;
    }
}

static const char sha256_of_nothing[65] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void answer_body(struct transfer *transfer, struct fetch_answer *answer)
{
    struct buffer *body = &transfer->body;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    if (body->length == 0) { /* most of them; hashing nothing costs as much as hashing little */
        memcpy(answer->body_sha256, sha256_of_nothing, sizeof sha256_of_nothing);
    } else {
        crypto_sha256(body->data, body->length, digest);
        str_hex(digest, sizeof digest, answer->body_sha256);
        excerpt_scrub(body->data, body->length, answer->excerpt);
    }
    if (transfer->keep > 0) {
        answer->body_length = body->length < transfer->keep ? body->length : transfer->keep;
        body->data[answer->body_length] = '\0';
        answer->body = body->data;
    }
}

void transfer_answer(struct transfer *transfer, CURLcode code, struct fetch_answer *answer)
{
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    *answer = (struct fetch_answer){.retry_after = -1,
                                    .phase = transfer->phase,
                                    .duration = clock_monotonic() - transfer->started};
    answer->class = transfer_class(transfer, code, status);
    if (answer->class != FETCH_ANSWERED)
        return;
    answer->status = (int)status;
    answer->http_version = http_version(transfer->easy);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        answer->retry_after =
            retry_after < INT64_MAX / CLOCK_SECOND ? retry_after * CLOCK_SECOND : INT64_MAX;
    answer_body(transfer, answer);
}
