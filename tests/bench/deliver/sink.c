/*
 * Receivers of webhooks, each on a port of its own, in one thread with epoll:
 *
 *     bench_deliver_sink [--tls CERTIFICATE KEY] COUNT
 *
 * prints its ports. A `good` one answers 200 to every request, a `hole` reads and never answers, a
 * `drip` sends its answer's head a byte a second and never ends it. Each 200 is written down with
 * the moment when it had been handed to the kernel. Commands on stdin, each answered by a line:
 *
 *     role INDEX good|hole|drip     its open connections are closed
 *     count                         how many 200s since the last reset
 *     dump FILE                     a line for each: INDEX WEBHOOK_ID NANOSECONDS
 *     reset                         forgets them
 *     kept FILE                     some whole requests: a line INDEX LENGTH, then the bytes
 */
#include "tests/bench/deliver/wire.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_CAP 256
#define READ_SIZE ((size_t)64 << 10)
#define KEPT_CAP 64
#define KEPT_EACH 509
#define DRIP_EVERY 1000000000
#define ID_SIZE 48

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
static const char dripped[] = "HTTP/1.1 200 OK\r\nX-Drip: ";

enum role { ROLE_GOOD, ROLE_HOLE, ROLE_DRIP };

struct port {
    int listener;
    enum role role;
};

struct peer {
    LIST_ENTRY(peer) next;
    struct wire wire;
    size_t port;
    char *bytes;
    size_t length, room;
    bool dripping;
    size_t drips;
};

struct record {
    int64_t at;
    size_t port;
    char id[ID_SIZE];
};

struct kept {
    size_t port, length;
    char *bytes;
};

struct sink {
    SSL_CTX *tls;
    int epoll;
    struct port ports[PORTS_CAP];
    size_t port_count;
    LIST_HEAD(, peer) peers;
    struct record *records;
    size_t record_count, record_room;
    struct kept kept[KEPT_CAP];
    size_t kept_count;
    int64_t drip_at;
    char command[1024];
    size_t command_length;
};

static void watch(struct sink *sink, int socket, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    if (epoll_ctl(sink->epoll, EPOLL_CTL_ADD, socket, &event) != 0)
        fail("epoll_ctl");
}

static void open_port(struct sink *sink)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct port *port = &sink->ports[sink->port_count++];
    port->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(port->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(port->listener, 1024) != 0 ||
        getsockname(port->listener, (struct sockaddr *)&address, &length) != 0)
        fail("listen");
    watch(sink, port->listener, port);
    printf("%d ", ntohs(address.sin_port));
}

static void peer_end(struct peer *peer)
{
    LIST_REMOVE(peer, next);
    wire_close(&peer->wire);
    free(peer->bytes);
    free(peer);
}

static void take_connection(struct sink *sink, struct port *port)
{
    const int socket = accept4(port->listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0)
        return;
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        fail("calloc");
    peer->port = (size_t)(port - sink->ports);
    wire_accept(&peer->wire, socket, sink->tls);
    LIST_INSERT_HEAD(&sink->peers, peer, next);
    watch(sink, socket, peer);
}

/* --- what was received --- */

static void keep(struct sink *sink, const struct peer *peer, size_t length)
{
    if (sink->record_count % KEPT_EACH != 1 || sink->kept_count == KEPT_CAP)
        return;
    struct kept *kept = &sink->kept[sink->kept_count++];
    *kept = (struct kept){.port = peer->port, .length = length, .bytes = malloc(length)};
    if (kept->bytes == NULL)
        fail("malloc");
    memcpy(kept->bytes, peer->bytes, length);
}

static void write_down(struct sink *sink, const struct peer *peer, size_t length)
{
    const int64_t at = now_ns();
    if (sink->record_count == sink->record_room) {
        sink->record_room = sink->record_room * 2 + 4096;
        sink->records = reallocarray(sink->records, sink->record_room, sizeof *sink->records);
        if (sink->records == NULL)
            fail("reallocarray");
    }
    struct record *record = &sink->records[sink->record_count++];
    *record = (struct record){.at = at, .port = peer->port};
    const char *id = message_header(peer->bytes, length, "webhook-id");
    const size_t id_length = id == NULL ? 0 : strcspn(id, "\r");
    if (id_length > 0 && id_length < sizeof record->id)
        memcpy(record->id, id, id_length);
    keep(sink, peer, length);
}

/* One whole request. False: the connection is of no more use. */
static bool serve(struct sink *sink, struct peer *peer, size_t length)
{
    switch (sink->ports[peer->port].role) {
    case ROLE_GOOD:
        if (wire_write(&peer->wire, answer, sizeof answer - 1) != 0)
            return false;
        write_down(sink, peer, length);
        return true;
    case ROLE_DRIP:
        peer->dripping = true;
        return true;
    case ROLE_HOLE:
    default:
        return true;
    }
}

static void receive(struct sink *sink, struct peer *peer)
{
    for (;;) {
        if (peer->room - peer->length < READ_SIZE) {
            peer->room = peer->length + 2 * READ_SIZE;
            peer->bytes = realloc(peer->bytes, peer->room);
            if (peer->bytes == NULL)
                fail("realloc");
        }
        const ssize_t got = wire_read(&peer->wire, peer->bytes + peer->length, READ_SIZE);
        if (got < 0) {
            peer_end(peer);
            return;
        }
        peer->length += (size_t)got;
        for (size_t length = message_length(peer->bytes, peer->length); length > 0;
             length = message_length(peer->bytes, peer->length)) {
            if (!serve(sink, peer, length)) {
                peer_end(peer);
                return;
            }
            memmove(peer->bytes, peer->bytes + length, peer->length - length);
            peer->length -= length;
        }
        /* Level-triggered: without TLS the next round tells; with it the rest may be buffered. */
        if (got == 0 || peer->wire.ssl == NULL || SSL_pending(peer->wire.ssl) == 0)
            return;
    }
}

static void drip(struct sink *sink)
{
    struct peer *peer = LIST_FIRST(&sink->peers);
    while (peer != NULL) {
        struct peer *after = LIST_NEXT(peer, next);
        if (peer->dripping) {
            const char byte = peer->drips < sizeof dripped - 1 ? dripped[peer->drips] : 'a';
            peer->drips++;
            if (wire_write(&peer->wire, &byte, 1) != 0)
                peer_end(peer);
        }
        peer = after;
    }
}

/* --- commands --- */

static void set_role(struct sink *sink, const char *words)
{
    char name[16];
    size_t index;
    if (sscanf(words, "%zu %15s", &index, name) != 2 || index >= sink->port_count)
        fail("role");
    sink->ports[index].role = strcmp(name, "hole") == 0   ? ROLE_HOLE
                              : strcmp(name, "drip") == 0 ? ROLE_DRIP
                                                          : ROLE_GOOD;
    struct peer *peer = LIST_FIRST(&sink->peers);
    while (peer != NULL) {
        struct peer *after = LIST_NEXT(peer, next);
        if (peer->port == index)
            peer_end(peer);
        peer = after;
    }
}

static FILE *created(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail(path);
    return file;
}

static void dump(const struct sink *sink, const char *path)
{
    FILE *file = created(path);
    for (size_t i = 0; i < sink->record_count; i++) {
        const struct record *record = &sink->records[i];
        fprintf(file, "%zu %s %" PRId64 "\n", record->port, record->id, record->at);
    }
    fclose(file);
}

static void dump_kept(const struct sink *sink, const char *path)
{
    FILE *file = created(path);
    for (size_t i = 0; i < sink->kept_count; i++) {
        fprintf(file, "%zu %zu\n", sink->kept[i].port, sink->kept[i].length);
        fwrite(sink->kept[i].bytes, 1, sink->kept[i].length, file);
    }
    fclose(file);
}

static void obey(struct sink *sink, const char *command)
{
    if (strncmp(command, "role ", 5) == 0)
        set_role(sink, command + 5);
    else if (strncmp(command, "dump ", 5) == 0)
        dump(sink, command + 5);
    else if (strncmp(command, "kept ", 5) == 0)
        dump_kept(sink, command + 5);
    else if (strcmp(command, "reset") == 0)
        sink->record_count = 0;
    printf("%zu\n", sink->record_count);
    fflush(stdout);
}

/* False when stdin has ended. */
static bool read_commands(struct sink *sink)
{
    const ssize_t got = read(STDIN_FILENO, sink->command + sink->command_length,
                             sizeof sink->command - sink->command_length - 1);
    if (got <= 0)
        return false;
    sink->command_length += (size_t)got;
    sink->command[sink->command_length] = '\0';
    for (char *end = strchr(sink->command, '\n'); end != NULL; end = strchr(sink->command, '\n')) {
        *end = '\0';
        obey(sink, sink->command);
        sink->command_length -= (size_t)(end + 1 - sink->command);
        memmove(sink->command, end + 1, sink->command_length + 1);
    }
    return true;
}

static SSL_CTX *server_context(const char *certificate, const char *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        fputs("the certificate or its key cannot be used\n", stderr);
        exit(EXIT_FAILURE);
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    return context;
}

static void turn(struct sink *sink, const struct epoll_event *event)
{
    void *const what = event->data.ptr;
    struct port *const port = what;
    if (port >= sink->ports && port < sink->ports + sink->port_count)
        take_connection(sink, port);
    else
        receive(sink, what);
}

static void run(struct sink *sink)
{
    struct epoll_event events[64];
    bool open = true;
    while (open) {
        const int count = epoll_wait(sink->epoll, events, 64, 100);
        bool commanded = false;
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == sink)
                commanded = true;
            else
                turn(sink, &events[i]);
        }
        /* After the events: a role that changes frees peers. */
        if (commanded)
            open = read_commands(sink);
        if (now_ns() >= sink->drip_at) {
            drip(sink);
            sink->drip_at = now_ns() + DRIP_EVERY;
        }
    }
}

int main(int count, char **arguments)
{
    static struct sink sink;
    if (count == 5 && strcmp(arguments[1], "--tls") == 0)
        sink.tls = server_context(arguments[2], arguments[3]);
    const size_t ports = count == 2 || count == 5 ? strtoul(arguments[count - 1], NULL, 10) : 0;
    if (ports == 0 || ports > PORTS_CAP) {
        fprintf(stderr, "%s [--tls CERTIFICATE KEY] COUNT\n", arguments[0]);
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    sink.epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(&sink, STDIN_FILENO, &sink);
    for (size_t i = 0; i < ports; i++)
        open_port(&sink);
    putchar('\n');
    fflush(stdout);
    run(&sink);
    return EXIT_SUCCESS;
}
