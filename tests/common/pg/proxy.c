#include "tests/common/pg/proxy.h"

#include "common/base/mem.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 65536
#define PORT_FILE ".s.PGSQL.5432"

struct proxy {
    enum proxy_trick trick;
    char server[64]; /* socket folder of the cluster */
    char folder[64]; /* ours */
    char conninfo[512];
    int listener;
    int stop[2]; /* a pipe: closed to end the thread */
    bool sprung; /* the trick is done once */
    pthread_t thread;
};

static void make_address(struct sockaddr_un *address, const char *folder)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", folder, PORT_FILE);
    if (length < 0 || (size_t)length >= sizeof address->sun_path) {
        abort();
    }
}

static void pass(int to, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(to, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* The name of the prepared statement stands in the message that executes it. */
static bool asks_to_commit(const char *bytes, size_t length)
{
    return memmem(bytes, length, "pg_commit", 9) != NULL;
}

/* False: hang up. */
static bool from_client(struct proxy *proxy, int client, int server, bool *swallow)
{
    static _Thread_local char bytes[CHUNK];
    ssize_t length = recv(client, bytes, sizeof bytes, 0);

    if (length <= 0) {
        return false;
    }
    bool spring =
        !proxy->sprung && proxy->trick != PROXY_NONE && asks_to_commit(bytes, (size_t)length);
    if (spring) {
        proxy->sprung = true;
        if (proxy->trick == PROXY_CUT_BEFORE) {
            return false;
        }
        *swallow = true;
    }
    pass(server, bytes, (size_t)length);
    return true;
}

static bool from_server(struct proxy *proxy, int client, int server, bool swallow)
{
    static _Thread_local char bytes[CHUNK];
    ssize_t length = recv(server, bytes, sizeof bytes, 0);

    if (length <= 0) {
        return false;
    }
    if (!swallow) {
        pass(client, bytes, (size_t)length);
        return true;
    }
    /* The tag of the answer to COMMIT: now it has happened, and nobody is told. */
    return proxy->trick != PROXY_CUT_AFTER || memmem(bytes, (size_t)length, "COMMIT", 6) == NULL;
}

static void serve(struct proxy *proxy, int client)
{
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address;
    bool swallow = false;

    make_address(&address, proxy->server);
    bool going = connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (going) {
        struct pollfd polled[] = {
            {client, POLLIN, 0}, {server, POLLIN, 0}, {proxy->stop[0], POLLIN, 0}};
        if (poll(polled, 3, -1) <= 0 || polled[2].revents != 0) {
            break;
        }
        if (polled[0].revents != 0) {
            going = from_client(proxy, client, server, &swallow);
        }
        if (going && polled[1].revents != 0) {
            going = from_server(proxy, client, server, swallow);
        }
    }
    close(server);
    close(client);
}

static void *run(void *argument)
{
    struct proxy *proxy = argument;

    for (;;) {
        struct pollfd polled[] = {{proxy->listener, POLLIN, 0}, {proxy->stop[0], POLLIN, 0}};
        if (poll(polled, 2, -1) <= 0 || polled[1].revents != 0) {
            return NULL;
        }
        int client = accept(proxy->listener, NULL, NULL);
        if (client >= 0) {
            serve(proxy, client);
        }
    }
}

/* "host=/folder rest" → the folder, and where the rest begins. */
static const char *split_host(const char *conninfo, char *folder, size_t size)
{
    const char *host = strstr(conninfo, "host=") + 5;
    const char *end = strchr(host, ' ');

    snprintf(folder, size, "%.*s", (int)(end - host), host);
    return end;
}

static void start(struct proxy *proxy)
{
    struct sockaddr_un address;

    proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    make_address(&address, proxy->folder);
    if (pipe(proxy->stop) != 0 ||
        bind(proxy->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(proxy->listener, 8) != 0 || pthread_create(&proxy->thread, NULL, run, proxy) != 0) {
        abort();
    }
}

struct proxy *proxy_start(const char *conninfo, enum proxy_trick trick)
{
    struct proxy *proxy = mem_zalloc(sizeof *proxy);
    const char *rest = split_host(conninfo, proxy->server, sizeof proxy->server);

    proxy->trick = trick;
    snprintf(proxy->folder, sizeof proxy->folder, "/tmp/emnebank-proxy.XXXXXX");
    if (mkdtemp(proxy->folder) == NULL) {
        abort();
    }
    snprintf(proxy->conninfo, sizeof proxy->conninfo, "host=%s%s", proxy->folder, rest);
    start(proxy);
    return proxy;
}

struct proxy *proxy_start_at(const char *at, const char *conninfo)
{
    struct proxy *proxy = mem_zalloc(sizeof *proxy);

    split_host(conninfo, proxy->server, sizeof proxy->server);
    split_host(at, proxy->folder, sizeof proxy->folder);
    snprintf(proxy->conninfo, sizeof proxy->conninfo, "%s", at);
    if (mkdir(proxy->folder, 0700) != 0) {
        abort();
    }
    start(proxy);
    return proxy;
}

const char *proxy_conninfo(const struct proxy *proxy)
{
    return proxy->conninfo;
}

void proxy_stop(struct proxy **proxy)
{
    struct proxy *gone = *proxy;
    char path[128];

    *proxy = NULL;
    close(gone->stop[1]);
    pthread_join(gone->thread, NULL);
    close(gone->stop[0]);
    close(gone->listener);
    snprintf(path, sizeof path, "%s/%s", gone->folder, PORT_FILE);
    unlink(path);
    rmdir(gone->folder);
    mem_free(gone);
}
