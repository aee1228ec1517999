/*
 * The address policy against libcurl's own parser: whatever text is let through, libcurl must read
 * as https to the same full name on 443 or 8443, without a user, and never as a number.
 */
#include "common/fetch/address.h"
#include "common/fetch/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_url: %s\n", what);
    abort();
}

static void check_part(CURLU *url, CURLUPart part, const char *expected, const char *or_else)
{
    char *text = NULL;
    CURLUcode code =
        curl_url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0);
    if (expected == NULL)
        must(code != CURLUE_OK, "libcurl sees a user, a password or a fragment");
    else
        must(code == CURLUE_OK && (strcmp(text, expected) == 0 || strcmp(text, or_else) == 0),
             "libcurl sees another scheme or port");
    curl_free(text);
}

static void check_host(CURLU *url, const char *text)
{
    char *host = NULL;
    struct in6_addr six;
    struct in_addr four;
    must(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK, "libcurl sees no host");
    must(host[0] != '[' && inet_pton(AF_INET, host, &four) != 1 &&
             inet_pton(AF_INET6, host, &six) != 1,
         "libcurl sees a number");
    must(strncasecmp(text + strlen("https://"), host, strlen(host)) == 0,
         "libcurl sees another host");
    curl_free(host);
}

static void check_accepted(const char *text)
{
    CURLU *url = curl_url();
    must(curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK, "libcurl cannot read it");
    check_part(url, CURLUPART_SCHEME, "https", "https");
    check_part(url, CURLUPART_PORT, "443", "8443");
    check_part(url, CURLUPART_USER, NULL, NULL);
    check_part(url, CURLUPART_PASSWORD, NULL, NULL);
    check_part(url, CURLUPART_FRAGMENT, NULL, NULL);
    check_host(url, text);
    curl_url_cleanup(url);
}

/* A mapped address means what its IPv4 address means. */
static void check_mapped(const uint8_t *bytes)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memcpy(&in.sin_addr, bytes, 4);
    in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(in6.sin6_addr.s6_addr + 12, bytes, 4);
    must(address_public((const struct sockaddr *)&in) ==
             address_public((const struct sockaddr *)&in6),
         "a mapped address is judged otherwise");
    must(!address_loopback((const struct sockaddr *)&in) ||
             !address_public((const struct sockaddr *)&in),
         "loopback is public");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error_detail detail = {0};
    char *text = malloc(length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    if (address_check_url(text, false, &detail) == 0)
        check_accepted(text);
    else
        must(detail.public_text[0] != '\0', "a refusal without a reason");
    (void)!address_check_url(text, true, NULL);
    if (length >= 4)
        check_mapped(bytes);
    free(text);
    return 0;
}
