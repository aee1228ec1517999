#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/fetch/transfer.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Asked before every request, and asking the kernel costs as much as sending one. */
#define OWN_FRESH CLOCK_SECOND

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

/* The list as of now; false when the machine does not tell. */
static bool refresh(struct own *own, int64_t now)
{
    struct ifaddrs *interfaces = NULL;
    size_t count = 0;
    own_deinit(own);
    if (getifaddrs(&interfaces) != 0)
        return false;
    for (struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next)
        count += at->ifa_addr != NULL ? 1 : 0;
    own->addresses = mem_array(count + 1, sizeof *own->addresses);
    for (struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next) {
        if (at->ifa_addr != NULL)
            unmap(at->ifa_addr, &own->addresses[own->count++]);
    }
    own->read_at = now;
    freeifaddrs(interfaces);
    return true;
}

bool own_address(struct own *own, const struct sockaddr *address)
{
    const int64_t now = clock_monotonic();
    struct sockaddr_storage plain;
    if ((own->addresses == NULL || now - own->read_at >= OWN_FRESH) && !refresh(own, now))
        return true; /* not known is not allowed */
    unmap(address, &plain);
    for (size_t i = 0; i < own->count; i++) {
        if (same((const struct sockaddr *)&own->addresses[i], (const struct sockaddr *)&plain))
            return true;
    }
    return false;
}

void own_deinit(struct own *own)
{
    mem_free(own->addresses);
    *own = (struct own){0};
}
