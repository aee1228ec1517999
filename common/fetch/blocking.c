/* For command-line tools: one request, and wait. */
#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/fetch/fetch.h"
#include "common/fetch/transfer.h"

#include <string.h>
#include <strings.h>

#define BODY_CAP ((size_t)67108864)
#define CONNECT_DEADLINE_MS 5000L
#define TOTAL_DEADLINE_MS 3600000L /* an import of 64 MiB may take its time on a busy machine */

struct collected {
    const struct fetch_request *request;
    int64_t started;
    int64_t told; /* when progress was told last */
    struct arena *arena;
    struct buffer body;
    char *etag;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *argument)
{
    struct collected *collected = argument;
    buffer_append(&collected->body, bytes, size * count);
    return buffer_full(&collected->body) ? 0 : size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *argument)
{
    struct collected *collected = argument;
    size_t length = size * count;
    if (length > 5 && strncasecmp(bytes, "etag:", 5) == 0) {
        const char *start = bytes + 5;
        const char *end = bytes + length;
        while (start < end && (*start == ' ' || *start == '\t'))
            start++;
        while (end > start && strchr("\r\n \t", end[-1]) != NULL)
            end--;
        collected->etag = arena_strndup(collected->arena, start, (size_t)(end - start));
    }
    return length;
}

static int take_progress(void *argument, curl_off_t to_load, curl_off_t loaded, curl_off_t to_send,
                         curl_off_t sent)
{
    struct collected *collected = argument;
    const int64_t now = clock_monotonic();
    (void)to_load;
    (void)loaded;
    (void)to_send;
    if (now - collected->told >= CLOCK_SECOND) {
        collected->told = now;
        collected->request->progress((size_t)sent, now - collected->started);
    }
    return 0;
}

static int set_options(CURL *easy, struct collected *collected)
{
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, collected);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, collected);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_DEADLINE_MS);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_DEADLINE_MS);
    code |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE,
                             1L); /* a host that is gone is not waited for */
    if (collected->request->progress != NULL) {
        code |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        code |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, take_progress);
        code |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, collected);
    }
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

/* Before anything was sent the outcome is known; after it, only an answer settles it. */
static int failed(CURLcode code, const struct collected *collected, struct error_detail *detail)
{
    int error = ERROR_UNCERTAIN;
    const char *text = "Forbindelsen blev afbrudt, før svaret kom.";
    if (buffer_full(&collected->body)) {
        error = ERROR_LIMIT;
        text = "Svaret er større end 64 MiB.";
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        error = ERROR_TIMEOUT;
        text = "Serveren svarede ikke i tide.";
    } else if (fetch_class_of(code) == FETCH_REFUSED_BY_POLICY) {
        error = ERROR_INVALID;
        text = "Adressen kan ikke læses; den skal begynde med http:// eller https://.";
    } else if (fetch_class_of(code) != FETCH_BROKEN) {
        error = ERROR_UNAVAILABLE;
        text = "Der kunne ikke oprettes forbindelse til serveren.";
    }
    error_detail_set(detail, curl_easy_strerror(code), "%s", text);
    return error;
}

int fetch_blocking(struct arena *arena, const struct fetch_request *request,
                   struct fetch_reply *reply, struct error_detail *detail)
{
    const int64_t started = clock_monotonic();
    struct collected collected = {
        .request = request, .started = started, .told = started, .arena = arena};
    struct header_list headers;
    long status = 0;
    fetch_global_init();
    *reply = (struct fetch_reply){0};
    buffer_init(&collected.body, BODY_CAP);
    buffer_init(&headers.lines, HEADERS_CAP);
    CURL *easy = curl_easy_init();
    int error = easy == NULL ? ERROR_INTERNAL : easy_init(easy);
    if (error == 0)
        error = easy_request(easy, request, &headers);
    if (error == 0)
        error = set_options(easy, &collected);
    if (error != 0) {
        error_detail_set(detail, "curl options", "Forespørgslen kunne ikke dannes.");
        goto out;
    }
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK) {
        error = failed(code, &collected, detail);
        goto out;
    }
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    reply->length = collected.body.length;
    reply->body = arena_alloc(arena, collected.body.length + 1);
    if (collected.body.length > 0)
        memcpy(reply->body, collected.body.data, collected.body.length);
    reply->etag = collected.etag;
out:
    if (easy != NULL)
        curl_easy_cleanup(easy);
    buffer_deinit(&headers.lines);
    buffer_deinit(&collected.body);
    return error;
}
