#include "common/fetch/address.h"

#include "common/base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define URL_CAP 2048
#define HOST_CAP 253
#define LABEL_CAP 63

/* --- addresses --- */

struct range4 {
    uint32_t network;
    unsigned bits;
};

#define IP4(a, b, c, d)                                                                            \
    (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

/* IANA's special-purpose registry for IPv4, multicast and the reserved block. */
static const struct range4 denied4[] = {
    {IP4(0, 0, 0, 0), 8},      {IP4(10, 0, 0, 0), 8},     {IP4(100, 64, 0, 0), 10},
    {IP4(127, 0, 0, 0), 8},    {IP4(169, 254, 0, 0), 16}, {IP4(172, 16, 0, 0), 12},
    {IP4(192, 0, 0, 0), 24},   {IP4(192, 0, 2, 0), 24},   {IP4(192, 88, 99, 0), 24},
    {IP4(192, 168, 0, 0), 16}, {IP4(198, 18, 0, 0), 15},  {IP4(198, 51, 100, 0), 24},
    {IP4(203, 0, 113, 0), 24}, {IP4(224, 0, 0, 0), 4},    {IP4(240, 0, 0, 0), 4},
};

struct range6 {
    uint8_t network[16];
    unsigned bits;
};

/* Global unicast is 2000::/3 and nothing else (RFC 4291, IANA); within it these are not public. */
static const struct range6 global6 = {{0x20}, 3};
static const struct range6 denied6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments: Teredo, ORCHID, benchmarking */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: any IPv4 may stand inside */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

static bool within4(uint32_t address, const struct range4 *range)
{
    return ((address ^ range->network) >> (32 - range->bits)) == 0;
}

static bool within6(const uint8_t address[16], const struct range6 *range)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    if (memcmp(address, range->network, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ range->network[whole]) >> (8 - rest)) == 0;
}

static bool public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof denied4 / sizeof *denied4; i++) {
        if (within4(address, &denied4[i]))
            return false;
    }
    return true;
}

static bool public6(const uint8_t address[16])
{
    if (!within6(address, &global6))
        return false;
    for (size_t i = 0; i < sizeof denied6 / sizeof *denied6; i++) {
        if (within6(address, &denied6[i]))
            return false;
    }
    return true;
}

/* What an address means: an IPv4 that was mapped into IPv6 reaches the IPv4 host, so it is one. */
struct plain {
    int family; /* AF_INET, AF_INET6 or AF_UNSPEC */
    uint32_t four;
    uint8_t six[16];
};

static struct plain plain_of(const struct sockaddr *address)
{
    struct plain plain = {.family = AF_UNSPEC};
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        plain.family = AF_INET;
        plain.four = ntohl(in.sin_addr.s_addr);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        plain.family = AF_INET6;
        memcpy(plain.six, in6.sin6_addr.s6_addr, sizeof plain.six);
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
            const uint8_t *bytes = plain.six;
            plain.family = AF_INET;
            plain.four = IP4(bytes[12], bytes[13], bytes[14], bytes[15]);
        }
    }
    return plain;
}

bool address_public(const struct sockaddr *address)
{
    struct plain plain = plain_of(address);
    if (plain.family == AF_INET)
        return public4(plain.four);
    return plain.family == AF_INET6 && public6(plain.six);
}

bool address_loopback(const struct sockaddr *address)
{
    static const uint8_t one[16] = {[15] = 1};
    static const struct range4 loopback = {IP4(127, 0, 0, 0), 8};
    struct plain plain = plain_of(address);
    if (plain.family == AF_INET)
        return within4(plain.four, &loopback);
    return plain.family == AF_INET6 && memcmp(plain.six, one, sizeof one) == 0;
}

/* --- URLs --- */

/* A part of the URL; nothing is copied or decoded. */
struct span {
    const char *text;
    size_t length;
};

struct url {
    bool https;
    struct span host; /* with the brackets of an IPv6 literal */
    struct span port; /* empty without a colon */
    bool colon;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.text, text, span.length) == 0;
}

static bool span_ends(struct span span, const char *suffix)
{
    size_t length = strlen(suffix);
    return span.length >= length &&
           strncasecmp(span.text + span.length - length, suffix, length) == 0;
}

static int refuse(struct error_detail *detail, const char *why, const char *text)
{
    error_detail_set(detail, why, "%s", text);
    return ERROR_INVALID;
}

/* RFC 3986: path and query hold pchar, "/" and "?"; an escaped control character is a trick. */
static bool path_valid(const char *path)
{
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '%') {
            if (!is_hex(at[1]) || !is_hex(at[2]) || at[1] == '0' || at[1] == '1' ||
                strncasecmp(at, "%7f", 3) == 0)
                return false;
        } else if (!is_letter(*at) && !is_digit(*at) &&
                   strchr("-._~!$&'()*+,;=:@/?", *at) == NULL) {
            return false;
        }
    }
    return true;
}

static int split(const char *text, struct url *url, struct error_detail *detail)
{
    if (strlen(text) > URL_CAP)
        return refuse(detail, "too long", "Adressen må højst fylde 2048 tegn.");
    if (strncasecmp(text, "https://", 8) == 0)
        url->https = true;
    else if (strncasecmp(text, "http://", 7) != 0)
        return refuse(detail, "scheme", "Adressen skal begynde med https://.");
    const char *authority = strchr(text, '/') + 2;
    size_t length = strcspn(authority, "/?#");
    if (strchr(authority, '#') != NULL)
        return refuse(detail, "fragment", "Adressen må ikke have et fragment (#).");
    if (memchr(authority, '@', length) != NULL)
        return refuse(detail, "userinfo", "Adressen må ikke indeholde brugernavn eller kodeord.");
    if (!path_valid(authority + length))
        return refuse(detail, "path", "Adressens sti har tegn, som ikke hører til i en adresse.");

    size_t host = 0;
    if (authority[0] == '[') {
        host = strcspn(authority, "]/?#");
        if (authority[host] == ']')
            host++;
    } else {
        host = strcspn(authority, ":/?#");
    }
    url->host = (struct span){authority, host};
    if (host < length && authority[host] == ':') {
        url->colon = true;
        url->port = (struct span){authority + host + 1, length - host - 1};
    } else if (host != length) {
        return refuse(detail, "authority", "Adressens værtsnavn kan ikke læses.");
    }
    return 0;
}

static bool label_valid(struct span label)
{
    if (label.length == 0 || label.length > LABEL_CAP || label.text[0] == '-' ||
        label.text[label.length - 1] == '-')
        return false;
    for (size_t i = 0; i < label.length; i++) {
        if (!is_letter(label.text[i]) && !is_digit(label.text[i]) && label.text[i] != '-')
            return false;
    }
    return true;
}

/* A top-level domain is letters, or "xn--…"; so no spelling of an IPv4 address ends in one. */
static bool top_level_valid(struct span label)
{
    if (label.length > 4 && strncasecmp(label.text, "xn--", 4) == 0)
        return true;
    for (size_t i = 0; i < label.length; i++) {
        if (!is_letter(label.text[i]))
            return false;
    }
    return label.length >= 2;
}

static bool fully_qualified(struct span host)
{
    if (host.length == 0 || host.length > HOST_CAP)
        return false;
    size_t start = 0;
    size_t labels = 0;
    struct span label = {0};
    while (start <= host.length) {
        const char *dot = memchr(host.text + start, '.', host.length - start);
        size_t end = dot == NULL ? host.length : (size_t)(dot - host.text);
        label = (struct span){host.text + start, end - start};
        if (!label_valid(label))
            return false;
        labels++;
        start = end + 1;
    }
    return labels >= 2 && top_level_valid(label);
}

/* Names that stand for the machine or the local network (RFC 6761, 6762, 8375, 9476, 7686). */
static bool special_name(struct span host)
{
    static const char *const suffixes[] = {".localhost", ".localdomain", ".local",   ".internal",
                                           ".lan",       ".test",        ".invalid", ".onion",
                                           ".alt",       ".arpa"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (span_ends(host, suffixes[i]))
            return true;
    }
    return false;
}

static bool port_any(struct span port)
{
    char text[6];
    int64_t value = 0;
    if (port.length == 0 || port.length >= sizeof text || port.text[0] == '0')
        return false;
    memcpy(text, port.text, port.length);
    text[port.length] = '\0';
    return str_int64(text, 1, 65535, &value) == 0;
}

static bool host_is_loopback(struct span host)
{
    return span_is(host, "127.0.0.1") || span_is(host, "[::1]") || span_is(host, "localhost");
}

int address_check_url(const char *text, bool allow_loopback, struct error_detail *detail)
{
    struct url url = {0};
    int error = split(text, &url, detail);
    if (error != 0)
        return error;
    if (allow_loopback && host_is_loopback(url.host)) {
        if (url.colon && !port_any(url.port))
            return refuse(detail, "port", "Porten skal være et tal fra 1 til 65535.");
        return 0;
    }
    if (!url.https)
        return refuse(detail, "scheme", "Adressen skal begynde med https://.");
    if (!fully_qualified(url.host))
        return refuse(detail, "host",
                      "Værten skal være et fuldt domænenavn (for eksempel modtager.firma.dk), "
                      "ikke en IP-adresse og uden punktum til sidst.");
    if (special_name(url.host))
        return refuse(detail, "special name", "Domænenavnet hører til et lokalt net.");
    if (url.colon && !span_is(url.port, "443") && !span_is(url.port, "8443"))
        return refuse(detail, "port", "Porten skal være 443 eller 8443.");
    return 0;
}
