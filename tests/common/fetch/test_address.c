#include "common/fetch/address.h"

#include "common/base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct either {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address;
};

static struct either read_address(const char *text)
{
    struct either either = {0};
    if (inet_pton(AF_INET, text, &either.address.in.sin_addr) == 1) {
        either.address.in.sin_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &either.address.in6.sin6_addr), 1);
        either.address.in6.sin6_family = AF_INET6;
    }
    return either;
}

static bool is_public(const char *text)
{
    struct either either = read_address(text);
    return address_public(&either.address.any);
}

static bool is_loopback(const char *text)
{
    struct either either = read_address(text);
    return address_loopback(&either.address.any);
}

/* B6's deny set. Before and after: the neighbours outside; NULL where that is no address, or is no
 * global unicast either. */
static const struct {
    const char *before, *first, *last, *after;
} denied[] = {
    {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL},
    {NULL, "240.0.0.0", "255.255.255.255", NULL},
    {NULL, "::", "::", NULL},
    {NULL, "::1", "::1", NULL},
    {NULL, "::ffff:0:0", "::ffff:0.255.255.255", "::ffff:1.0.0.0"},
    {"::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0"},
    {"::ffff:126.255.255.255", "::ffff:127.0.0.0", "::ffff:127.255.255.255", "::ffff:128.0.0.0"},
    {"::ffff:169.253.255.255", "::ffff:169.254.0.0", "::ffff:169.254.255.255",
     "::ffff:169.255.0.0"},
    {"::ffff:223.255.255.255", "::ffff:224.0.0.0", "::ffff:255.255.255.255", NULL},
    {NULL, "64:ff9b::", "64:ff9b::ffff:ffff", NULL},
    {NULL, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:200::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2003::"},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3fff:1000::"},
    {NULL, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
};

static void test_denied_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        assert_false(is_public(denied[i].first));
        assert_false(is_public(denied[i].last));
        if (denied[i].before != NULL)
            assert_true(is_public(denied[i].before));
        if (denied[i].after != NULL)
            assert_true(is_public(denied[i].after));
    }
}

static void test_only_global_unicast(void **state)
{
    (void)state;
    assert_true(is_public("193.88.1.1"));
    assert_true(is_public("2a02:1234::1"));
    assert_true(is_public("2000::"));
    assert_false(is_public("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_true(is_public("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(is_public("4000::"));
    assert_false(is_public("::127.0.0.1"));   /* IPv4-compatible, deprecated */
    assert_false(is_public("2002:7f00:1::")); /* 127.0.0.1 in 6to4 */
    assert_false(is_public("64:ff9b::7f00:1"));
    assert_false(address_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static void test_loopback(void **state)
{
    (void)state;
    assert_true(is_loopback("127.0.0.1"));
    assert_true(is_loopback("127.255.255.255"));
    assert_true(is_loopback("::1"));
    assert_true(is_loopback("::ffff:127.0.0.1"));
    assert_false(is_loopback("128.0.0.0"));
    assert_false(is_loopback("::2"));
    assert_false(is_loopback("10.0.0.1"));
}

static const char *const good[] = {
    "https://modtager.firma.dk",
    "https://modtager.firma.dk/",
    "https://modtager.firma.dk/krog/cv?kilde=emnebank&v=1",
    "https://modtager.firma.dk:443/",
    "https://modtager.firma.dk:8443/krog",
    "HTTPS://Modtager.Firma.DK/",
    "https://xn--rhus-ira.dk/",
    "https://a.b.c.d.firma.xn--p1ai/",
    "https://123.firma.dk/",
    "https://127.0.0.1.firma.dk/",
    "https://firma.dk?x=1",
    "https://firma.dk/%C3%A6%20b",
    "https://firma.dk/a@b:c",
};

static const char *const bad[] = {
    /* loopback and its spellings: libcurl connects to 127.0.0.1 for each of these */
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0x7F.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0177.1/",
    "https://127.0.0.1./",
    "https://127.000.000.001/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25eth0]/",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://localhost.localdomain/",
    /* other networks, by number */
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.1.1/",
    "https://8.8.8.8/",
    "https://[2a02:1234::1]/",
    "https://134744072/",
    "https://1.2.3.0x4/",
    /* names that are not full names, or that stay at home */
    "https://intern/",
    "https://firma.dk./",
    "https://firma..dk/",
    "https://.firma.dk/",
    "https://-firma.dk/",
    "https://firma-.dk/",
    "https://fir_ma.dk/",
    "https://printer.local/",
    "https://db.internal/",
    "https://ting.home.arpa/",
    "https://skjult.onion/",
    "https://firma.d/",
    "https://firma.1dk/",
    "https://æbler.dk/",
    "https://firma%2edk/",
    "https://firma\343\200\202dk/", /* an ideographic full stop */
    "https://%31%32%37.0.0.1/",
    /* schemes */
    "http://firma.dk/",
    "ftp://firma.dk/",
    "file:///etc/passwd",
    "gopher://firma.dk/",
    "//firma.dk/",
    "firma.dk",
    "",
    "https:firma.dk",
    "https:/firma.dk",
    "https://",
    "https:///firma.dk",
    " https://firma.dk/",
    "https ://firma.dk/",
    "javascript:alert(1)",
    "https\n://firma.dk/",
    /* user, port, fragment */
    "https://bruger@firma.dk/",
    "https://bruger:kode@firma.dk/",
    "https://firma.dk@127.0.0.1/",
    "https://firma.dk:80/",
    "https://firma.dk:0443/",
    "https://firma.dk:/",
    "https://firma.dk:443a/",
    "https://firma.dk:443:443/",
    "https://firma.dk:65979/",
    "https://firma.dk:-443/",
    "https://firma.dk/#",
    "https://firma.dk#@127.0.0.1/",
    /* characters that parsers disagree on */
    "https://firma.dk\\@127.0.0.1/",
    "https://firma.dk\\/",
    "https://firma.dk/a b",
    "https://firma.dk/\t",
    "https://firma.dk/a\r\nHost: x",
    "https://firma.dk /",
    "https://fir\tma.dk/",
    "https://firma.dk/%0d%0aHost:x",
    "https://firma.dk/%00",
    "https://firma.dk/%zz",
    "https://firma.dk/%",
    "https://firma.dk/%7f",
    "https://firma.dk/\"",
    "https://[firma.dk]/",
    "https://[::1",
    "https://[]/",
    "https://firma.dk]/",
    "https://[::1]a/",
};

static void test_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct error_detail detail = {0};
        if (address_check_url(good[i], false, &detail) != 0)
            fail_msg("refused: %s (%s)", good[i], detail.private_text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error_detail detail = {0};
        if (address_check_url(bad[i], false, &detail) != ERROR_INVALID)
            fail_msg("let through: %s", bad[i]);
        assert_true(detail.public_text[0] != '\0');
    }
    assert_true(sizeof bad / sizeof *bad >= 60);
}

static void test_lengths(void **state)
{
    (void)state;
    char *url = mem_zalloc(3000);
    memset(url, 'a', 2999);
    memcpy(url, "https://firma.dk/", 17);
    url[2048] = '\0';
    assert_int_equal(address_check_url(url, false, NULL), 0);
    url[2048] = 'a';
    url[2049] = '\0';
    assert_int_equal(address_check_url(url, false, NULL), ERROR_INVALID);
    /* labels of 63 and 64 */
    memset(url, 'a', 2999);
    memcpy(url, "https://", 8);
    memcpy(url + 8 + 63, ".dk/", 5);
    assert_int_equal(address_check_url(url, false, NULL), 0);
    memset(url + 8, 'a', 64);
    memcpy(url + 8 + 64, ".dk/", 5);
    assert_int_equal(address_check_url(url, false, NULL), ERROR_INVALID);
    mem_free(url);
}

static void test_loopback_urls(void **state)
{
    (void)state;
    static const char *const allowed[] = {
        "http://127.0.0.1:8080/hook", "https://127.0.0.1/",      "http://localhost:1/",
        "http://[::1]:65535/",        "https://localhost:8443/", "https://modtager.firma.dk/",
    };
    static const char *const refused[] = {
        "http://127.0.0.2:80/", "http://127.1/",         "http://firma.dk/",
        "http://localhost:0/",  "http://localhost:/",    "http://localhost:99999/",
        "http://a@localhost/",  "http://localhost.:80/", "http://10.0.0.1/",
        "ftp://127.0.0.1/",
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (address_check_url(allowed[i], true, NULL) != 0)
            fail_msg("refused: %s", allowed[i]);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (address_check_url(refused[i], true, NULL) == 0)
            fail_msg("let through: %s", refused[i]);
    }
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(address_check_url(allowed[i], false, NULL), ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_denied_ranges), cmocka_unit_test(test_only_global_unicast),
        cmocka_unit_test(test_loopback),      cmocka_unit_test(test_urls),
        cmocka_unit_test(test_lengths),       cmocka_unit_test(test_loopback_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
