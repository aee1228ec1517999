#include "common/fetch/transfer.h"

#include "common/base/clock.h"
#include "common/fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the policy --- */

static bool policy_allows(const struct transfer *transfer, const struct sockaddr *address)
{
    if (address_loopback(address))
        return transfer->allow_loopback;
    return address_public(address) && !own_address(address);
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

/* Once begun is begun: libcurl asks again when a kept connection turns out to be dead. */
static int begin(struct transfer *transfer)
{
    if (transfer->may_begin != NULL && !transfer->may_begin(transfer->argument)) {
        transfer->held = true;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->begun = true;
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

/* --- the answer's body --- */

static size_t take_body(char *bytes, size_t size, size_t count, void *argument)
{
    struct transfer *transfer = argument;
    size_t length = size * count;
    size_t room = sizeof transfer->kept_bytes - transfer->kept;
    size_t keep = length < room ? length : room;
    memcpy(transfer->kept_bytes + transfer->kept, bytes, keep);
    transfer->kept += keep;
    transfer->read += length;
    return transfer->read > FETCH_READ_CAP ? 0 : length;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A phone number, a CPR number: six digits or more with at most one separator between two. */
static void mask_numbers(char *text)
{
    for (char *at = text; *at != '\0';) {
        if (!is_digit(*at)) {
            at++;
            continue;
        }
        char *end = at;
        size_t digits = 0;
        while (is_digit(*end) || (strchr(" -.", *end) != NULL && *end != '\0' && is_digit(end[1])))
            digits += is_digit(*end++) ? 1 : 0;
        for (; at < end; at++) {
            if (digits >= 6 && is_digit(*at))
                *at = '#';
        }
    }
}

static void mask_mail(char *text)
{
    static const char around[] = " \"'<>,;:()[]{}";
    for (char *at = strchr(text, '@'); at != NULL; at = strchr(at, '@')) {
        char *start = at;
        while (start > text && strchr(around, start[-1]) == NULL)
            start--;
        size_t length = strcspn(start, around);
        memset(start, '*', length);
        at = start + length;
    }
}

void excerpt_scrub(const char *bytes, size_t length, char text[FETCH_EXCERPT_CAP + 1])
{
    size_t kept = length < FETCH_EXCERPT_CAP ? length : FETCH_EXCERPT_CAP;
    for (size_t i = 0; i < kept; i++)
        text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.';
    text[kept] = '\0';
    mask_mail(text);
    mask_numbers(text);
}

/* --- options --- */

static int set_method(CURL *easy, const struct fetch_request *request)
{
    CURLcode code = CURLE_OK;
    if (request->body != NULL || strcmp(request->method, "POST") == 0) {
        code |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
        code |= curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
                                 request->body == NULL ? "" : request->body);
    } else if (strcmp(request->method, "HEAD") == 0) {
        code |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else {
        code |= curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(request->method, "POST") != 0 && strcmp(request->method, "GET") != 0 &&
        strcmp(request->method, "HEAD") != 0)
        code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

static int add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (longer == NULL)
        return ERROR_INTERNAL;
    *headers = longer;
    return 0;
}

static int set_headers(CURL *easy, const struct fetch_request *request, struct curl_slist **headers)
{
    char line[4096];
    int error = add_header(headers, "Expect:"); /* no 100-continue: one exchange */
    for (size_t i = 0; i < request->header_count && error == 0; i++) {
        const struct fetch_header *header = &request->headers[i];
        int length = snprintf(line, sizeof line, "%s: %s", header->name, header->value);
        if (length < 0 || (size_t)length >= sizeof line || strpbrk(line, "\r\n") != NULL)
            return ERROR_INVALID;
        error = add_header(headers, line);
    }
    if (error == 0 && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) != CURLE_OK)
        error = ERROR_INTERNAL;
    return error;
}

int easy_common(CURL *easy, const struct fetch_request *request, struct curl_slist **headers)
{
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_URL, request->url);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the environment has no say */
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    code |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "emnebank/0.1");
    if (code != CURLE_OK)
        return ERROR_INTERNAL;
    int error = set_method(easy, request);
    return error != 0 ? error : set_headers(easy, request, headers);
}

static int set_policy(struct transfer *transfer, const struct fetch_options *options)
{
    CURL *easy = transfer->easy;
    const char *schemes = options->allow_loopback ? "https,http" : "https";
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)(options->connect_deadline / CLOCK_MILLISECOND));
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                             (long)(options->total_deadline / CLOCK_MILLISECOND));
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

int transfer_init(struct transfer *transfer, const struct fetch_request *request,
                  const struct fetch_options *options)
{
    *transfer = (struct transfer){.allow_loopback = options->allow_loopback,
                                  .may_begin = request->may_begin};
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL)
        return ERROR_INTERNAL;
    int error = easy_common(transfer->easy, request, &transfer->headers);
    return error != 0 ? error : set_policy(transfer, options);
}

void transfer_deinit(struct transfer *transfer)
{
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    transfer->easy = NULL;
    transfer->headers = NULL;
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
    /* We stopped reading a body that was too long; the answer itself was in. */
    if (code == CURLE_WRITE_ERROR && status > 0)
        return FETCH_ANSWERED;
    if (code == CURLE_OK && status == 0)
        return FETCH_BROKEN;
    return fetch_class_of(code);
}

void transfer_answer(struct transfer *transfer, CURLcode code, struct fetch_answer *answer)
{
    long status = 0;
    curl_off_t retry_after = 0;
    curl_off_t duration = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &duration);
    *answer = (struct fetch_answer){.retry_after = -1, .duration = duration};
    answer->class = transfer_class(transfer, code, status);
    if (answer->class != FETCH_ANSWERED)
        return;
    answer->status = (int)status;
    if (retry_after > 0)
        answer->retry_after =
            retry_after < INT64_MAX / CLOCK_SECOND ? retry_after * CLOCK_SECOND : INT64_MAX;
    excerpt_scrub(transfer->kept_bytes, transfer->kept, answer->excerpt);
}
