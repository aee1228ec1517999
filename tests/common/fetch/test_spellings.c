/*
 * Every way of writing an address that is not public, twice: the URL is refused, and, had it been
 * let through, libcurl would not have been allowed to connect to where it leads.
 */
#include "common/fetch/address.h"
#include "common/fetch/transfer.h"
#include "tests/common/fetch/net.h"

#include <locale.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DEADLINE INT64_C(10000000)

static const char *const spellings[] = {
    /* short, decimal, hexadecimal, octal, and mixed */
    "https://127.0.0.1/",
    "https://127.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0X7F000001/",
    "https://017700000001/",
    "https://0x7f.1/",
    "https://0x7f.0.1/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0x7F.0.0x1/",
    "https://0177.1/",
    "https://0177.0.1/",
    "https://0177.0.0.1/",
    "https://0177.0x0.0.01/",
    "https://00000177.0.0.1/",
    "https://127.000.000.001/",
    "https://127.0.0.01/",
    "https://127.65535/",
    "https://127.0.65535/",
    "https://127.255.255.254/",
    /* with a dot at the end */
    "https://127.0.0.1./",
    "https://2130706433./",
    "https://127.1./",
    /* percent-encoded */
    "https://%31%32%37.0.0.1/",
    "https://%31%32%37%2e%30%2e%30%2e%31/",
    "https://127%2e1/",
    "https://%30%78%37%66%30%30%30%30%30%31/",
    /* digits and full stops that IDNA makes ASCII of */
    "https://\342\221\240\342\221\241\342\221\246.\342\223\252.\342\223\252.\342\221\240/", /* ①②⑦.⓪.⓪.①
                                                                                             */
    "https://\357\274\221\357\274\222\357\274\227.\357\274\220.\357\274\220.\357\274\221/", /* １２７.０.０.１
                                                                                             */
    "https://127\343\200\2020\343\200\2020\343\200\2021/", /* 127。0。0。1 */
    "https://127\357\274\2160\357\274\2160\357\274\2161/", /* 127．0．0．1 */
    "https://127\357\275\2411/",                           /* 127｡1 */
    "https://"
    "\342\221\241\342\221\240\342\221\242\342\223\252\342\221\246\342\223\252\342\221\245\342\221"
    "\243\342\221\242\342\221\242/", /* ②①③⓪⑦⓪⑥④③③ */
    /* after a user */
    "https://bruger@127.0.0.1/",
    "https://bruger:kode@127.0.0.1/",
    "https://modtager.firma.dk@127.0.0.1/",
    "https://modtager.firma.dk:443@127.0.0.1/",
    "https://modtager.firma.dk%40127.0.0.1/",
    /* names of loopback */
    "https://localhost/",
    "https://LocalHost/",
    "https://localhost./",
    "https://a.localhost/",
    "https://%6c%6f%63%61%6c%68%6f%73%74/",
    "https://\342\223\233ocalhost/", /* ⓛocalhost */
    "https://"
    "\357\275\214\357\275\217\357\275\203\357\275\201\357\275\214\357\275\210\357\275\217\357\275"
    "\223\357\275\224/", /* ｌｏｃａｌｈｏｓｔ */
    /* this host, this network */
    "https://0/",
    "https://0.0.0.0/",
    "https://0x0/",
    "https://00/",
    "https://0./",
    /* IPv6 */
    "https://[::1]/",
    "https://[::0001]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "https://[::0.0.0.1]/",
    "https://[::1%25lo]/",
    "https://[::1%lo]/",
    "https://[::]/",
    "https://[::127.0.0.1]/",
    /* IPv4 inside IPv6: mapped, translated, NAT64, 6to4, Teredo */
    "https://[::ffff:127.0.0.1]/",
    "https://[::FFFF:7F00:1]/",
    "https://[::ffff:127.1]/",
    "https://[0:0:0:0:0:ffff:7f00:0001]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:7f00:0001::1]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    /* IPv6 that is not public */
    "https://[2001:db8::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25lo]/",
    "https://[fe80::1%251]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    /* private and special IPv4 */
    "https://10.0.0.1/",
    "https://167772161/",
    "https://0xa000001/",
    "https://012.0.0.1/",
    "https://10.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://172.16.0.1/",
    "https://172.16.1/",
    "https://192.168.1.1/",
    "https://3232235777/",
    "https://0xc0.0xa8.1.1/",
    "https://0300.0250.0401/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    "https://0xffffffff/",
    /* more than an address holds */
    "https://4294967296/",
    "https://0x17f000001/",
    "https://256.0.0.1/",
    /* with a port */
    "https://127.0.0.1:443/",
    "https://127.0.0.1:8443/",
    "https://[::1]:443/",
    /* where parsers disagree */
    "https:///127.0.0.1/",
    "https:127.0.0.1/",
    "https:/127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://127.0.0.1\\@modtager.firma.dk/",
    "https://modtager.firma.dk\\@127.0.0.1/",
    "https://modtager.firma.dk#@127.0.0.1/",
    "https://127.0.0.1#.firma.dk/",
    "https://127.0.0.1?.firma.dk/",
    "https://127.0.0.1%00.firma.dk/",
    "https://127.0.0.1%2f.firma.dk/",
    "https://127.0.0.1%23.firma.dk/",
    "https://127.0.0.1 .firma.dk/",
    "https://127.0.0.1\t/",
};

/* The address that libcurl would have connected to. */
struct aim {
    bool aimed;
    struct sockaddr_storage address;
};

static curl_socket_t take_aim(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct aim *aim = argument;
    (void)purpose;
    aim->aimed = true;
    memcpy(&aim->address, &address->addr,
           address->family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    return CURL_SOCKET_BAD;
}

static struct aim aim_of(const char *url)
{
    struct aim aim = {0};
    CURL *easy = curl_easy_init();
    assert_int_equal(easy_init(easy), 0);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, take_aim);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &aim);
    assert_int_not_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
    return aim;
}

static void check_connect(const struct transfer_setting *setting, const char *url, bool aimed)
{
    struct transfer transfer;
    struct fetch_answer answer;
    const struct fetch_request request = {.method = "POST", .url = url};
    assert_int_equal(transfer_init(&transfer, setting), 0);
    assert_int_equal(transfer_set(&transfer, &request, NULL), 0);
    transfer_answer(&transfer, curl_easy_perform(transfer.easy), &answer);
    assert_int_equal(transfer.opened, 0);
    assert_int_equal(transfer.refused > 0, aimed);
    if (aimed)
        assert_int_equal(answer.class, FETCH_REFUSED_BY_POLICY);
    assert_int_equal(answer.phase, FETCH_PHASE_CONNECT);
    transfer_deinit(&transfer);
}

static void test_spellings(void **state)
{
    struct own own = {0};
    const struct transfer_setting setting = {
        .connect_deadline = DEADLINE, .total_deadline = DEADLINE, .own = &own};
    size_t aimed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *url = spellings[i];
        struct error_detail detail = {0};
        if (address_check_url(url, false, &detail) != ERROR_INVALID)
            fail_msg("let through: %s", url);
        assert_true(detail.public_text[0] != '\0');
        const struct aim aim = aim_of(url);
        if (aim.aimed && address_public((const struct sockaddr *)&aim.address))
            fail_msg("leads to a public address: %s", url);
        check_connect(&setting, url, aim.aimed);
        aimed += aim.aimed ? 1 : 0;
    }
    own_deinit(&own);
    assert_int_equal(net_connects(), 0);
    assert_true(aimed >= 60); /* the others lead nowhere in this libcurl */
}

static int set_up(void **state)
{
    (void)state;
    fetch_global_init();
    net_reset();
    return setlocale(LC_CTYPE, "C.UTF-8") == NULL; /* else libcurl does not apply IDNA */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spellings)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
