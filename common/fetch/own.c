#include "common/fetch/transfer.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool same(const struct sockaddr *left, const struct sockaddr *right)
{
    if (left->sa_family != right->sa_family)
        return false;
    if (left->sa_family == AF_INET) {
        struct sockaddr_in a;
        struct sockaddr_in b;
        memcpy(&a, left, sizeof a);
        memcpy(&b, right, sizeof b);
        return a.sin_addr.s_addr == b.sin_addr.s_addr;
    }
    if (left->sa_family == AF_INET6) {
        struct sockaddr_in6 a;
        struct sockaddr_in6 b;
        memcpy(&a, left, sizeof a);
        memcpy(&b, right, sizeof b);
        return IN6_ARE_ADDR_EQUAL(&a.sin6_addr, &b.sin6_addr);
    }
    return false;
}

/* A mapped IPv4 address is compared as the IPv4 address that it reaches. */
static void unmap(const struct sockaddr *address, struct sockaddr_storage *plain)
{
    *plain = (struct sockaddr_storage){0};
    if (address->sa_family == AF_INET) {
        memcpy(plain, address, sizeof(struct sockaddr_in));
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
            struct sockaddr_in in = {.sin_family = AF_INET};
            memcpy(&in.sin_addr, in6.sin6_addr.s6_addr + 12, 4);
            memcpy(plain, &in, sizeof in);
        } else {
            memcpy(plain, &in6, sizeof in6);
        }
    }
}

bool own_address(const struct sockaddr *address)
{
    struct ifaddrs *interfaces = NULL;
    struct sockaddr_storage plain;
    bool own = false;
    unmap(address, &plain);
    if (getifaddrs(&interfaces) != 0)
        return true; /* not known is not allowed */
    for (struct ifaddrs *at = interfaces; at != NULL && !own; at = at->ifa_next)
        own = at->ifa_addr != NULL && same(at->ifa_addr, (const struct sockaddr *)&plain);
    freeifaddrs(interfaces);
    return own;
}
