/* The guard's own answers. The guard refuses before anything of the request can be trusted, its
 * Accept-Language neither, so these are Danish; common/rest writes all other problems. */
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/http/internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {207, "Multi-Status"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const struct {
    const char *slug;
    const char *title;
    const char *detail;
} texts[] = {
    {"malformed-request", "Forespørgslen er ikke gyldig HTTP/1.1",
     "Serveren afviser forespørgsler, som to modtagere kunne læse forskelligt."},
    {"request-timeout", "Forespørgslen kom ikke i tide",
     "Hele forespørgslen skal være sendt inden fristen."},
    {"length-required", "Længden mangler",
     "Send indholdet med Content-Length; Transfer-Encoding modtages ikke."},
    {"body-too-large", "Indholdet er for stort",
     "Indholdet er større, end denne adresse modtager."},
    {"target-too-long", "Adressen er for lang", "Adressen må højst fylde 4096 tegn."},
    {"expectation-failed", "Forventningen kan ikke opfyldes", "Kun Expect: 100-continue modtages."},
    {"head-too-large", "Headerne er for store", "Headerne må højst fylde 16384 tegn og være 100."},
    {"method-unknown", "Metoden er ukendt", "Serveren kender ikke denne metode."},
    {"http-version-unsupported", "HTTP-versionen understøttes ikke",
     "Serveren taler HTTP/1.1 og HTTP/1.0."},
    {"temporarily-unavailable", "Tjenesten er optaget", "Prøv igen om lidt."},
};

const char *http_phrase(int status)
{
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unassigned";
}

/* IMF-fixdate (RFC 9110 5.6.7), without the locale's day names. */
static void date_text(char *text, size_t size)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t now = (time_t)(clock_now() / CLOCK_SECOND);
    struct tm tm;
    gmtime_r(&now, &tm);
    snprintf(text, size, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
             tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
}

void refusal_write(struct evbuffer *output, int status, const char *slug)
{
    const char *title = "";
    const char *detail = "";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (str_equal(texts[i].slug, slug)) {
            title = texts[i].title;
            detail = texts[i].detail;
        }
    }
    char id[RANDOM_UUID_SIZE];
    uint8_t trace[16];
    char trace_text[33];
    char date[64];
    char body[1024];
    random_uuid(id);
    random_bytes(trace, sizeof trace);
    str_hex(trace, sizeof trace, trace_text);
    date_text(date, sizeof date);
    const int length = snprintf(body, sizeof body,
                                "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d,"
                                "\"detail\":\"%s\",\"instance\":\"urn:uuid:%s\","
                                "\"trace_id\":\"%s\"}",
                                slug, title, status, detail, id, trace_text);
    evbuffer_add_printf(output,
                        "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
                        "Content-Type: application/problem+json\r\nContent-Language: da\r\n"
                        "Content-Length: %d\r\nX-Request-Id: %s\r\n"
                        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n%s\r\n%s",
                        status, http_phrase(status), date, length, id,
                        status == 503 ? "Retry-After: 1\r\n" : "", body);
}
