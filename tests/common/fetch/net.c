#include "tests/common/fetch/net.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NAMES 8
#define SOCKETS 1024
#define HELD_MOST                                                                                  \
    30 /* seconds: so that a test whose loop waits for it fails instead of hanging                 \
        */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t released;
    struct {
        char name[64];
        char addresses[128];
    } names[NAMES];
    size_t name_count;
    bool held;
    size_t stuck, lookups, connects;
    char reached[INET_ADDRSTRLEN];
    int port;
    char own[INET_ADDRSTRLEN];
    bool pretends[SOCKETS]; /* by file descriptor: to be connected to `reached` */
} net = {.lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER};

/* A function of libc behind the one here; the detour is POSIX's for a function from an object. */
static void behind(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    memcpy(function, &found, size);
}

/* --- what a test says --- */

void net_reset(void)
{
    pthread_mutex_lock(&net.lock);
    net.name_count = net.lookups = net.connects = 0;
    net.held = false;
    net.reached[0] = net.own[0] = '\0';
    memset(net.pretends, 0, sizeof net.pretends);
    pthread_mutex_unlock(&net.lock);
}

void net_resolve(const char *name, const char *addresses)
{
    size_t i = 0;
    pthread_mutex_lock(&net.lock);
    while (i < net.name_count && strcmp(net.names[i].name, name) != 0)
        i++;
    if (i == NAMES)
        abort();
    if (i == net.name_count)
        net.name_count++;
    snprintf(net.names[i].name, sizeof net.names[i].name, "%s", name);
    snprintf(net.names[i].addresses, sizeof net.names[i].addresses, "%s", addresses);
    pthread_mutex_unlock(&net.lock);
}

void net_hold(void)
{
    pthread_mutex_lock(&net.lock);
    net.held = true;
    pthread_mutex_unlock(&net.lock);
}

void net_release(void)
{
    pthread_mutex_lock(&net.lock);
    net.held = false;
    pthread_cond_broadcast(&net.released);
    pthread_mutex_unlock(&net.lock);
}

void net_reach(const char *address, int port)
{
    pthread_mutex_lock(&net.lock);
    snprintf(net.reached, sizeof net.reached, "%s", address);
    net.port = port;
    pthread_mutex_unlock(&net.lock);
}

void net_own(const char *address)
{
    pthread_mutex_lock(&net.lock);
    snprintf(net.own, sizeof net.own, "%s", address == NULL ? "" : address);
    pthread_mutex_unlock(&net.lock);
}

static size_t locked(const size_t *value)
{
    pthread_mutex_lock(&net.lock);
    size_t copy = *value;
    pthread_mutex_unlock(&net.lock);
    return copy;
}

size_t net_stuck(void)
{
    return locked(&net.stuck);
}

size_t net_lookups(void)
{
    return locked(&net.lookups);
}

size_t net_connects(void)
{
    return locked(&net.connects);
}

/* --- what libcurl asks --- */

/* The addresses of a name, or false when nobody has said what they are. */
static bool addresses_of(const char *name, char *addresses, size_t size)
{
    bool known = false;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += HELD_MOST;
    pthread_mutex_lock(&net.lock);
    net.lookups++;
    net.stuck++;
    for (int error = 0; net.held && error == 0;)
        error = pthread_cond_timedwait(&net.released, &net.lock, &until);
    net.stuck--;
    for (size_t i = 0; i < net.name_count && !known; i++) {
        known = strcmp(net.names[i].name, name) == 0;
        if (known)
            snprintf(addresses, size, "%s", net.names[i].addresses);
    }
    pthread_mutex_unlock(&net.lock);
    return known;
}

typedef int getaddrinfo_function(const char *, const char *, const struct addrinfo *,
                                 struct addrinfo **);

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    getaddrinfo_function *real = NULL;
    struct addrinfo numeric = {.ai_socktype = SOCK_STREAM};
    char addresses[128];
    char *rest = NULL;
    behind("getaddrinfo", &real, sizeof real);
    if (hints != NULL)
        numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    numeric.ai_family = AF_UNSPEC;
    if (real(name, service, &numeric, found) == 0)
        return 0;
    if (!addresses_of(name, addresses, sizeof addresses))
        return EAI_NONAME;
    struct addrinfo **end = found;
    *found = NULL;
    for (char *one = strtok_r(addresses, " ", &rest); one != NULL;
         one = strtok_r(NULL, " ", &rest)) {
        if (real(one, service, &numeric, end) != 0)
            abort();
        while (*end != NULL)
            end = &(*end)->ai_next;
    }
    return 0;
}

typedef int connect_function(int, const struct sockaddr *, socklen_t);

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    connect_function *real = NULL;
    struct sockaddr_in in = {.sin_family = AF_INET};
    char text[INET_ADDRSTRLEN] = "";
    behind("connect", &real, sizeof real);
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return real(fd, address, length);
    if (address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    }
    pthread_mutex_lock(&net.lock);
    net.connects++;
    const bool reached = text[0] != '\0' && strcmp(text, net.reached) == 0;
    if (reached && fd < SOCKETS)
        net.pretends[fd] = true;
    in.sin_port = htons((uint16_t)net.port);
    pthread_mutex_unlock(&net.lock);
    if (!reached) {
        errno = ENETUNREACH;
        return -1;
    }
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return real(fd, (const struct sockaddr *)&in, sizeof in);
}

typedef int getpeername_function(int, struct sockaddr *, socklen_t *);

int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    getpeername_function *real = NULL;
    struct sockaddr_in in;
    behind("getpeername", &real, sizeof real);
    int result = real(fd, address, length);
    pthread_mutex_lock(&net.lock);
    if (result == 0 && fd < SOCKETS && net.pretends[fd] && address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        inet_pton(AF_INET, net.reached, &in.sin_addr);
        memcpy(address, &in, sizeof in);
    }
    pthread_mutex_unlock(&net.lock);
    return result;
}

/* One interface with the address that the test gave; the machine's real ones play no part. */
struct interface {
    struct ifaddrs entry;
    struct sockaddr_in address;
};

int getifaddrs(struct ifaddrs **found)
{
    *found = NULL;
    pthread_mutex_lock(&net.lock);
    if (net.own[0] != '\0') {
        struct interface *interface = calloc(1, sizeof *interface);
        interface->address.sin_family = AF_INET;
        inet_pton(AF_INET, net.own, &interface->address.sin_addr);
        interface->entry.ifa_addr = (struct sockaddr *)&interface->address;
        *found = &interface->entry;
    }
    pthread_mutex_unlock(&net.lock);
    return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
    free(list);
}
