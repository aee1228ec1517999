#include "common/fetch/mail.h"

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/fetch/transfer.h"

#include <string.h>
#include <time.h>

#define ARENA_CAP ((size_t)1 << 20)
#define MESSAGE_CAP ((size_t)65536)
#define BASE64_LINE 76 /* RFC 2045 */
#define CONNECT_DEADLINE_MS 10000L
#define TOTAL_DEADLINE_MS 30000L

struct reader {
    const char *at;
    size_t left;
};

static size_t give(char *bytes, size_t size, size_t count, void *argument)
{
    struct reader *reader = argument;
    size_t length = size * count < reader->left ? size * count : reader->left;
    memcpy(bytes, reader->at, length);
    reader->at += length;
    reader->left -= length;
    return length;
}

/* What may stand between < and > without quotes, and cannot begin another line or parameter. */
static bool address_valid(const char *address)
{
    const char *at = strchr(address, '@');
    if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL)
        return false;
    for (const char *c = address; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 127 || strchr("<>()[]\\,;:\"", *c) != NULL)
            return false;
    }
    return true;
}

/* --- the message --- */

/* Subject as an encoded word (RFC 2047), so that it may be Danish. */
static void write_head(struct arena *arena, struct buffer *text, const struct mail *mail)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char id[RANDOM_UUID_SIZE];
    time_t seconds = (time_t)(clock_now() / CLOCK_SECOND);
    struct tm now;
    gmtime_r(&seconds, &now);
    random_uuid(id);
    buffer_printf(text, "From: <%s>\r\nTo: %s\r\n", mail->from, mail->to);
    buffer_printf(text, "Subject: =?utf-8?B?%s?=\r\n",
                  crypto_base64(arena, mail->subject, strlen(mail->subject)));
    buffer_printf(text, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * now.tm_wday,
                  now.tm_mday, months + 3 * now.tm_mon, now.tm_year + 1900, now.tm_hour, now.tm_min,
                  now.tm_sec);
    buffer_printf(text, "Message-ID: <%s%s>\r\n", id, strchr(mail->from, '@'));
    buffer_text(text, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n");
}

static void write_message(struct arena *arena, struct buffer *text, const struct mail *mail)
{
    write_head(arena, text, mail);
    const char *body = crypto_base64(arena, mail->text, strlen(mail->text));
    for (size_t left = strlen(body); left > 0;) {
        size_t length = left < BASE64_LINE ? left : BASE64_LINE;
        buffer_append(text, body, length);
        buffer_text(text, "\r\n");
        body += length;
        left -= length;
    }
}

/* --- the sending --- */

static int recipients(struct arena *arena, const char *to, struct curl_slist **list)
{
    char *rest = arena_strdup(arena, to);
    for (char *one = strtok_r(rest, ", ", &rest); one != NULL; one = strtok_r(NULL, ", ", &rest)) {
        if (!address_valid(one))
            return ERROR_INVALID;
        struct curl_slist *longer = curl_slist_append(*list, arena_printf(arena, "<%s>", one));
        if (longer == NULL)
            return ERROR_INTERNAL;
        *list = longer;
    }
    return *list == NULL ? ERROR_INVALID : 0;
}

static int set_options(CURL *easy, struct arena *arena, const struct mail *mail,
                       struct curl_slist *to, struct reader *reader)
{
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_URL, mail->server);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_DEADLINE_MS);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_DEADLINE_MS);
    code |= curl_easy_setopt(easy, CURLOPT_MAIL_FROM, arena_printf(arena, "<%s>", mail->from));
    code |= curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
    code |= curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
    code |= curl_easy_setopt(easy, CURLOPT_READDATA, reader);
    return code == CURLE_OK ? 0 : ERROR_INTERNAL;
}

static int error_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return ERROR_INVALID;
    case CURLE_OPERATION_TIMEDOUT:
        return ERROR_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return ERROR_UNAVAILABLE;
    case CURLE_SEND_ERROR: /* MAIL FROM, RCPT TO or DATA was refused */
    case CURLE_LOGIN_DENIED:
        return ERROR_DENIED;
    default:
        return ERROR_UNCERTAIN;
    }
}

int mail_send(const struct mail *mail, struct error_detail *detail)
{
    struct arena *arena = arena_create(ARENA_CAP);
    struct curl_slist *to = NULL;
    struct buffer text;
    CURL *easy = NULL;
    buffer_init(&text, MESSAGE_CAP);
    fetch_global_init();
    int error = address_valid(mail->from) ? recipients(arena, mail->to, &to) : ERROR_INVALID;
    if (error != 0) {
        error_detail_set(detail, "address", "En mailadresse kan ikke bruges.");
        goto out;
    }
    write_message(arena, &text, mail);
    struct reader reader = {.at = text.data, .left = text.length};
    easy = curl_easy_init();
    error = easy == NULL ? ERROR_INTERNAL : set_options(easy, arena, mail, to, &reader);
    if (error == 0) {
        CURLcode code = curl_easy_perform(easy);
        error = error_of(code);
        if (error != 0)
            error_detail_set(detail, curl_easy_strerror(code), "Mailserveren tog ikke imod.");
    }
out:
    if (easy != NULL)
        curl_easy_cleanup(easy);
    curl_slist_free_all(to);
    buffer_deinit(&text);
    arena_destroy(&arena);
    return error;
}
