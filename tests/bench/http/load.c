/*
 * Sends POST requests over kept connections to 127.0.0.1, each as soon as the one before is
 * answered whole, from one thread with epoll:
 *
 *     bench_http_load PORT CONNECTIONS MILLISECONDS BODIES     BODIES: a file, a body per line
 *
 * prints "REQUESTS SECONDS BYTES" of what was answered with 200 within the time. Anything else ends
 * it with an error.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_CAP 256
#define REQUESTS_CAP 1024
#define READ_SIZE ((size_t)256 << 10)
#define HEAD_CAP 1024

struct request {
    char *bytes;
    size_t length;
};

struct connection {
    int socket;
    size_t next; /* request to send */
    char head[HEAD_CAP];
    size_t head_length;
    size_t body_left;
    bool in_body;
};

struct load {
    struct request requests[REQUESTS_CAP];
    size_t request_count;
    struct connection connections[CONNECTIONS_CAP];
    size_t connection_count;
    int epoll;
    uint64_t answered;
    uint64_t bytes;
};

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_bodies(struct load *load, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (file == NULL) {
        fail(path);
    }
    while ((length = getline(&line, &room, file)) > 1 && load->request_count < REQUESTS_CAP) {
        struct request *request = &load->requests[load->request_count++];
        line[length - 1] = '\0';
        const int wrote = asprintf(&request->bytes,
                                   "POST /orders HTTP/1.1\r\nHost: bench\r\nContent-Type: "
                                   "application/json\r\nContent-Length: %zd\r\n\r\n%s",
                                   length - 1, line);
        if (wrote < 0) {
            fail("asprintf");
        }
        request->length = (size_t)wrote;
    }
    free(line);
    fclose(file);
    if (load->request_count == 0) {
        fputs("no bodies\n", stderr);
        exit(EXIT_FAILURE);
    }
}

static void send_next(struct load *load, struct connection *connection)
{
    const struct request *request = &load->requests[connection->next];
    connection->next = (connection->next + 1) % load->request_count;
    connection->head_length = 0;
    connection->in_body = false;
    if (send(connection->socket, request->bytes, request->length, MSG_NOSIGNAL) !=
        (ssize_t)request->length) {
        fail("send");
    }
}

static void open_connection(struct load *load, int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct connection *connection = &load->connections[load->connection_count];
    const int yes = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
        fail("connect");
    }
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0) {
        fail("epoll_ctl");
    }
    connection->next = load->connection_count++ * 7 % load->request_count;
}

/* Takes what belongs to the head; how many of the bytes. */
static size_t take_head(struct connection *connection, const char *bytes, size_t length)
{
    const size_t had = connection->head_length;
    const size_t room = HEAD_CAP - 1 - had;
    const size_t taken = length < room ? length : room;
    memcpy(connection->head + had, bytes, taken);
    connection->head[had + taken] = '\0';
    connection->head_length = had + taken;
    const char *end = strstr(connection->head, "\r\n\r\n");
    if (end == NULL) {
        if (taken == room) {
            fputs("the answer's head is too long\n", stderr);
            exit(EXIT_FAILURE);
        }
        return taken;
    }
    const char *stated = strcasestr(connection->head, "\r\nContent-Length:");
    if (strncmp(connection->head, "HTTP/1.1 200", 12) != 0 || stated == NULL) {
        fprintf(stderr, "not an answer that counts: %.60s\n", connection->head);
        exit(EXIT_FAILURE);
    }
    connection->body_left = strtoull(stated + 17, NULL, 10);
    connection->in_body = true;
    return (size_t)(end + 4 - connection->head) - had;
}

static void take(struct load *load, struct connection *connection, char *bytes)
{
    const ssize_t got = recv(connection->socket, bytes, READ_SIZE, 0);
    if (got <= 0) {
        fail("recv");
    }
    size_t at = 0;
    load->bytes += (uint64_t)got;
    if (!connection->in_body) {
        at = take_head(connection, bytes, (size_t)got);
    }
    if (connection->in_body) {
        connection->body_left -= (size_t)got - at;
        if (connection->body_left == 0) {
            load->answered++;
            send_next(load, connection);
        }
    }
}

static double run(struct load *load, double seconds)
{
    char *bytes = malloc(READ_SIZE);
    struct epoll_event events[CONNECTIONS_CAP];
    const double began = now();
    double at = began;
    for (size_t i = 0; i < load->connection_count; i++) {
        send_next(load, &load->connections[i]);
    }
    while (at - began < seconds) {
        const int count = epoll_wait(load->epoll, events, CONNECTIONS_CAP, 1000);
        for (int i = 0; i < count; i++) {
            take(load, events[i].data.ptr, bytes);
        }
        at = now();
    }
    free(bytes);
    return at - began;
}

int main(int count, char **arguments)
{
    static struct load load;
    if (count != 5) {
        fputs("bench_http_load PORT CONNECTIONS MILLISECONDS BODIES\n", stderr);
        return 2;
    }
    const int port = atoi(arguments[1]);
    const int connections = atoi(arguments[2]);
    load.epoll = epoll_create1(0);
    read_bodies(&load, arguments[4]);
    for (int i = 0; i < connections && i < CONNECTIONS_CAP; i++) {
        open_connection(&load, port);
    }
    const double seconds = run(&load, atof(arguments[3]) / 1000);
    printf("%llu %.6f %llu\n", (unsigned long long)load.answered, seconds,
           (unsigned long long)load.bytes);
    return EXIT_SUCCESS;
}
