#include "common/http/guard.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* Headers that mean something else when they stand twice. */
static const char *const single_fields[] = {
    "Host",          "Content-Length",   "Content-Type", "Expect",
    "Authorization", "Idempotency-Key",  "X-Purpose",    "X-Request-Id",
    "Traceparent",   "Content-Encoding", "If-Match"};

static const struct {
    const char *text;
    enum http_method method;
    bool body;
} methods[] = {
    {"GET", HTTP_GET, false},         {"HEAD", HTTP_HEAD, false},   {"POST", HTTP_POST, true},
    {"PUT", HTTP_PUT, true},          {"PATCH", HTTP_PATCH, true},  {"DELETE", HTTP_DELETE, false},
    {"OPTIONS", HTTP_OPTIONS, false}, {"TRACE", HTTP_OTHER, false},
};

static enum guard_verdict refuse(struct guard *guard, int status, const char *slug,
                                 const char *reason)
{
    guard->status = status;
    guard->slug = slug;
    guard->reason = reason;
    return GUARD_REFUSED;
}

static enum guard_verdict malformed(struct guard *guard, const char *reason)
{
    return refuse(guard, 400, "malformed-request", reason);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 9110 5.6.2; strchr would also find the NUL. */
static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_alnum(text[i]) && (text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
            return false;
    return length > 0;
}

/* Origin-form (RFC 9112 3.2.1): "/", then pchar, "/", "?" and whole percent escapes. */
static bool is_origin_form(const char *text, size_t length)
{
    if (length == 0 || text[0] != '/')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%') {
            if (length - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
                return false;
            i += 2;
        } else if (!is_alnum(text[i]) &&
                   (text[i] == '\0' || strchr("-._~!$&'()*+,;=:@/?", text[i]) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_host(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_alnum(text[i]) && (text[i] == '\0' || strchr("-._~:[]", text[i]) == NULL))
            return false;
    return length > 0;
}

static bool named(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(text, name, length) == 0;
}

static struct guard_span span(size_t at, size_t length)
{
    return (struct guard_span){.at = (uint16_t)at, .length = (uint16_t)length};
}

void guard_init(struct guard *guard)
{
    memset(guard, 0, sizeof *guard);
}

/* "HTTP/1.0" or "HTTP/1.1". */
static enum guard_verdict check_version(struct guard *guard, const char *text, size_t length)
{
    if (length != 8 || memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) || text[6] != '.' ||
        !is_digit(text[7]))
        return malformed(guard, "request line without a version");
    if (text[5] != '1')
        return malformed(guard, "another major version");
    if (text[7] > '1')
        return refuse(guard, 505, "http-version-unsupported", "another minor version");
    guard->minor = text[7] - '0';
    guard->keep_alive = guard->minor == 1;
    return GUARD_MORE;
}

static enum guard_verdict check_method(struct guard *guard, const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (length == strlen(methods[i].text) && memcmp(text, methods[i].text, length) == 0) {
            guard->method = methods[i].method;
            return GUARD_MORE;
        }
    }
    return refuse(guard, 501, "method-unknown", "unknown method");
}

static enum guard_verdict scan_request_line(struct guard *guard, const char *bytes, size_t length)
{
    const char *text = bytes + guard->line;
    const char *first = memchr(text, ' ', length);
    const char *last = memrchr(text, ' ', length);
    if (first == NULL || first == last || !is_token(text, (size_t)(first - text)))
        return malformed(guard, "request line");
    const char *target = first + 1;
    const size_t target_length = (size_t)(last - target);
    enum guard_verdict verdict = check_version(guard, last + 1, length - (size_t)(last + 1 - text));
    if (verdict == GUARD_MORE)
        verdict = check_method(guard, text, (size_t)(first - text));
    if (verdict != GUARD_MORE)
        return verdict;
    if (target_length > GUARD_TARGET_CAP)
        return refuse(guard, 414, "target-too-long", "target too long");
    if (!is_origin_form(target, target_length))
        return malformed(guard, "target is not in origin form");
    guard->method_text = span(guard->line, (size_t)(first - text));
    guard->target = span((size_t)(target - bytes), target_length);
    return GUARD_MORE;
}

static enum guard_verdict take_length(struct guard *guard, const char *value, size_t length)
{
    if (length == 0 || length > 10)
        return malformed(guard, "content-length");
    guard->content_length = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(value[i]))
            return malformed(guard, "content-length");
        guard->content_length = guard->content_length * 10 + (uint64_t)(value[i] - '0');
    }
    guard->has_length = true;
    return GUARD_MORE;
}

/* A list of tokens: close wins over keep-alive. */
static void take_connection(struct guard *guard, const char *value, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && value[i] != ',')
            continue;
        size_t from = start;
        size_t end = i;
        while (from < end && (value[from] == ' ' || value[from] == '\t'))
            from++;
        while (end > from && (value[end - 1] == ' ' || value[end - 1] == '\t'))
            end--;
        if (named(value + from, end - from, "close"))
            guard->has_connection_close = true;
        start = i + 1;
    }
}

static enum guard_verdict take_field(struct guard *guard, const char *name, size_t name_length,
                                     const char *value, size_t length)
{
    if (named(name, name_length, "Content-Length"))
        return take_length(guard, value, length);
    if (named(name, name_length, "Transfer-Encoding"))
        guard->has_transfer_encoding = true;
    else if (named(name, name_length, "Connection"))
        take_connection(guard, value, length);
    else if (named(name, name_length, "Host") && !is_host(value, length))
        return malformed(guard, "host");
    else if (named(name, name_length, "Expect")) {
        if (!named(value, length, "100-continue"))
            return refuse(guard, 417, "expectation-failed", "expect");
        guard->expects_continue = guard->minor == 1;
    }
    return GUARD_MORE;
}

static enum guard_verdict scan_field(struct guard *guard, const char *bytes, size_t length)
{
    const char *text = bytes + guard->line;
    if (text[0] == ' ' || text[0] == '\t')
        return malformed(guard, "folded header");
    const char *colon = memchr(text, ':', length);
    if (colon == NULL || !is_token(text, (size_t)(colon - text)))
        return malformed(guard, "header name");
    if (guard->count == GUARD_FIELDS)
        return refuse(guard, 431, "head-too-large", "too many headers");
    const char *value = colon + 1;
    const char *end = text + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    guard->field[guard->count++] = (struct guard_field){
        .name = span(guard->line, (size_t)(colon - text)),
        .value = span((size_t)(value - bytes), (size_t)(end - value)),
    };
    return take_field(guard, text, (size_t)(colon - text), value, (size_t)(end - value));
}

static size_t count_named(const struct guard *guard, const char *bytes, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < guard->count; i++)
        if (named(bytes + guard->field[i].name.at, guard->field[i].name.length, name))
            count++;
    return count;
}

static bool method_has_body(enum http_method method)
{
    return method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH;
}

/* The blank line was met: what only the whole head can tell. */
static enum guard_verdict finish(struct guard *guard, const char *bytes)
{
    for (size_t i = 0; i < sizeof single_fields / sizeof single_fields[0]; i++)
        if (count_named(guard, bytes, single_fields[i]) > 1)
            return malformed(guard, "a header stands twice");
    if (guard->minor == 1 && count_named(guard, bytes, "Host") == 0)
        return malformed(guard, "no host");
    if (guard->has_transfer_encoding) {
        if (guard->has_length)
            return malformed(guard, "content-length and transfer-encoding");
        return refuse(guard, 411, "length-required", "transfer-encoding");
    }
    if (guard->content_length > 0 && !method_has_body(guard->method))
        return malformed(guard, "body on a method without one");
    if (guard->has_connection_close)
        guard->keep_alive = false;
    return GUARD_PASSED;
}

/* A whole line without its CRLF, from guard->line on. */
static enum guard_verdict scan_line(struct guard *guard, const char *bytes, size_t length)
{
    if (guard->fields == 0) {
        if (length == 0) {
            /* RFC 9112 2.2: one empty line before a request is left over from the last one. */
            if (guard->blank_skipped)
                return malformed(guard, "empty lines before the request");
            guard->blank_skipped = true;
            return GUARD_MORE;
        }
        const enum guard_verdict verdict = scan_request_line(guard, bytes, length);
        guard->fields = guard->line + length + 2;
        return verdict;
    }
    if (length > 0)
        return scan_field(guard, bytes, length);
    guard->head_length = guard->line + 2;
    return finish(guard, bytes);
}

/* Sizes, checked at every byte, so that an endless line is refused while it comes. */
static enum guard_verdict check_size(struct guard *guard, size_t at)
{
    if (guard->fields == 0 && at - guard->line >= GUARD_LINE_CAP)
        return refuse(guard, 414, "target-too-long", "request line too long");
    if (guard->fields != 0 && at - guard->fields >= GUARD_FIELDS_CAP)
        return refuse(guard, 431, "head-too-large", "headers too large");
    return GUARD_MORE;
}

static enum guard_verdict scan_byte(struct guard *guard, const char *bytes, size_t at)
{
    const unsigned char c = (unsigned char)bytes[at];
    const bool after_cr = at > guard->line && bytes[at - 1] == '\r';
    if (c == '\n') {
        if (!after_cr)
            return malformed(guard, "line ends without CR");
        const enum guard_verdict verdict = scan_line(guard, bytes, at - 1 - guard->line);
        guard->line = at + 1;
        return verdict;
    }
    if (after_cr)
        return malformed(guard, "CR inside a line");
    if ((c < 0x20 && c != '\r' && c != '\t') || c == 0x7f)
        return malformed(guard, "control character");
    return check_size(guard, at);
}

enum guard_verdict guard_scan(struct guard *guard, const char *bytes, size_t length)
{
    assert(guard->status == 0 && guard->head_length == 0);
    while (guard->scanned < length) {
        const enum guard_verdict verdict = scan_byte(guard, bytes, guard->scanned);
        guard->scanned++;
        if (verdict != GUARD_MORE)
            return verdict;
    }
    return GUARD_MORE;
}
