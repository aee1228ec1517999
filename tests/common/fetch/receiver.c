#include "tests/common/fetch/receiver.h"

#include "common/base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAP 4096
#define HEAD_CAP 16384
#define DRIP_MS 5
#define LONG_HEAD ((size_t)98304)

struct receiver {
    int socket;
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t left;
    bool stopping;
    struct receiver_reply replies[CAP];
    size_t reply_count, reply_next;
    struct receiver_request *requests[CAP];
    size_t request_count;
    int connections[CAP]; /* sockets, -1 once closed */
    size_t connection_count;
    size_t open, busy, peak;
};

struct connection {
    struct receiver *receiver;
    size_t index;
    int socket;
};

static bool write_all(int socket, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = send(socket, bytes, length, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Reads one request; NULL when the peer is done. */
static struct receiver_request *read_request(int socket)
{
    char head[HEAD_CAP + 1];
    size_t length = 0;
    const char *end = NULL;
    while (end == NULL) {
        ssize_t got = length < HEAD_CAP ? recv(socket, head + length, 1, 0) : 0;
        if (got <= 0)
            return NULL;
        length++;
        head[length] = '\0';
        end = length >= 4 && memcmp(head + length - 4, "\r\n\r\n", 4) == 0 ? head + length : NULL;
    }
    struct receiver_request *request = mem_zalloc(sizeof *request);
    size_t line = strcspn(head, "\r");
    snprintf(request->line, sizeof request->line, "%.*s", (int)(line < 500 ? line : 500), head);
    request->head = mem_strdup(head + line + 2);
    char text[32];
    if (receiver_header(request, "content-length", text, sizeof text))
        request->length = strtoul(text, NULL, 10);
    request->body = mem_zalloc(request->length + 1);
    size_t have = 0;
    while (have < request->length) {
        ssize_t got = recv(socket, request->body + have, request->length - have, 0);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return request;
}

static struct receiver_reply record(struct receiver *receiver, struct receiver_request *request)
{
    struct receiver_reply reply = {.status = 204};
    pthread_mutex_lock(&receiver->lock);
    assert(receiver->request_count < CAP);
    receiver->requests[receiver->request_count++] = request;
    if (receiver->reply_next < receiver->reply_count)
        reply = receiver->replies[receiver->reply_next++];
    receiver->busy++;
    if (receiver->busy > receiver->peak)
        receiver->peak = receiver->busy;
    pthread_mutex_unlock(&receiver->lock);
    return reply;
}

static void done(struct receiver *receiver)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->busy--;
    pthread_mutex_unlock(&receiver->lock);
}

/* The same over and over, `step` bytes at a time, with a pause between if so; until the peer gives
 * up. */
static void repeat(int socket, const char *text, size_t step, int pause)
{
    struct pollfd gone = {.fd = socket, .events = POLLRDHUP};
    const size_t length = strlen(text);
    for (size_t at = 0;; at = (at + step) % length) {
        if (!write_all(socket, text + at, step) || poll(&gone, 1, pause) != 0)
            return;
    }
}

/* A manner that ends with the connection. */
static void misbehave(int socket, const struct receiver_reply *reply)
{
    static const char flood[] = "X-Flood: 0123456789012345678901234567890123456789012345678901\r\n";
    static const char xs[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    static const char hint[] = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    char text[128];
    const bool headless = reply->manner == RECEIVER_HANGS || reply->manner == RECEIVER_CLOSES;
    const bool heads = reply->manner == RECEIVER_DRIPS_HEAD ||
                       reply->manner == RECEIVER_LONG_HEAD || reply->manner == RECEIVER_HINTS;
    snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nContent-Type: text/plain\r\n%s", reply->status,
             heads ? "" : "\r\nx");
    if (!headless && reply->manner != RECEIVER_HINTS && !write_all(socket, text, strlen(text)))
        return;
    switch (reply->manner) {
    case RECEIVER_HANGS:
    case RECEIVER_STALLS:
        while (recv(socket, text, 1, 0) > 0)
            ;
        break;
    case RECEIVER_FLOODS:
        repeat(socket, xs, strlen(xs), 0);
        break;
    case RECEIVER_LONG_HEAD:
        for (size_t sent = 0; sent < LONG_HEAD; sent += strlen(flood)) {
            if (!write_all(socket, flood, strlen(flood)))
                return;
        }
        (void)write_all(socket, "\r\n", 2);
        break;
    case RECEIVER_DRIPS_HEAD:
    case RECEIVER_DRIPS_BODY:
        repeat(socket, flood, 1, DRIP_MS);
        break;
    case RECEIVER_HINTS:
        repeat(socket, hint, strlen(hint), 0);
        break;
    case RECEIVER_CLOSES:
    case RECEIVER_ANSWERS:
        break;
    }
}

/* False when the connection is over. */
static bool answer(int socket, const struct receiver_reply *reply)
{
    char text[4096];
    const char *body = reply->body == NULL ? "" : reply->body;
    if (reply->manner != RECEIVER_ANSWERS) {
        misbehave(socket, reply);
        return false;
    }
    snprintf(text, sizeof text, "HTTP/1.1 %d X\r\n%s", reply->status,
             reply->headers == NULL ? "" : reply->headers);
    size_t used = strlen(text);
    if (reply->status == 204)
        snprintf(text + used, sizeof text - used, "\r\n");
    else
        snprintf(text + used, sizeof text - used, "Content-Length: %zu\r\n\r\n%s", strlen(body),
                 body);
    return write_all(socket, text, strlen(text));
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct receiver *receiver = connection->receiver;
    bool more = true;
    while (more) {
        struct receiver_request *request = read_request(connection->socket);
        if (request == NULL)
            break;
        struct receiver_reply reply = record(receiver, request);
        more = answer(connection->socket, &reply);
        done(receiver);
    }
    pthread_mutex_lock(&receiver->lock);
    receiver->connections[connection->index] = -1;
    close(connection->socket);
    receiver->open--;
    pthread_cond_signal(&receiver->left);
    pthread_mutex_unlock(&receiver->lock);
    mem_free(connection);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct receiver *receiver = argument;
    for (;;) {
        int socket = accept(receiver->socket, NULL, NULL);
        pthread_t thread;
        if (socket < 0)
            return NULL;
        pthread_mutex_lock(&receiver->lock);
        if (receiver->stopping) {
            close(socket);
            pthread_mutex_unlock(&receiver->lock);
            return NULL;
        }
        struct connection *connection = mem_zalloc(sizeof *connection);
        assert(receiver->connection_count < CAP);
        *connection = (struct connection){receiver, receiver->connection_count, socket};
        receiver->connections[receiver->connection_count++] = socket;
        receiver->open++;
        if (pthread_create(&thread, NULL, serve, connection) != 0)
            abort();
        pthread_detach(thread);
        pthread_mutex_unlock(&receiver->lock);
    }
}

struct receiver *receiver_create(void)
{
    struct receiver *receiver = mem_zalloc(sizeof *receiver);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receiver->socket < 0 ||
        bind(receiver->socket, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(receiver->socket, 256) != 0 ||
        getsockname(receiver->socket, (struct sockaddr *)&address, &length) != 0)
        abort();
    receiver->port = ntohs(address.sin_port);
    pthread_mutex_init(&receiver->lock, NULL);
    pthread_cond_init(&receiver->left, NULL);
    if (pthread_create(&receiver->thread, NULL, accept_all, receiver) != 0)
        abort();
    return receiver;
}

static void end_connections(struct receiver *receiver, bool stopping)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->stopping = stopping;
    for (size_t i = 0; i < receiver->connection_count; i++) {
        if (receiver->connections[i] >= 0)
            shutdown(receiver->connections[i], SHUT_RDWR);
    }
    pthread_mutex_unlock(&receiver->lock);
}

void receiver_hang_up(struct receiver *receiver)
{
    end_connections(receiver, false);
}

void receiver_destroy(struct receiver **pointer)
{
    struct receiver *receiver = *pointer;
    if (receiver == NULL)
        return;
    *pointer = NULL;
    end_connections(receiver, true);
    shutdown(receiver->socket, SHUT_RDWR);
    pthread_join(receiver->thread, NULL);
    close(receiver->socket);
    pthread_mutex_lock(&receiver->lock);
    while (receiver->open > 0)
        pthread_cond_wait(&receiver->left, &receiver->lock);
    pthread_mutex_unlock(&receiver->lock);
    for (size_t i = 0; i < receiver->request_count; i++) {
        mem_free(receiver->requests[i]->head);
        mem_free(receiver->requests[i]->body);
        mem_free(receiver->requests[i]);
    }
    pthread_mutex_destroy(&receiver->lock);
    pthread_cond_destroy(&receiver->left);
    mem_free(receiver);
}

int receiver_port(const struct receiver *receiver)
{
    return receiver->port;
}

void receiver_will(struct receiver *receiver, struct receiver_reply reply)
{
    pthread_mutex_lock(&receiver->lock);
    assert(receiver->reply_count < CAP);
    receiver->replies[receiver->reply_count++] = reply;
    pthread_mutex_unlock(&receiver->lock);
}

static size_t locked(struct receiver *receiver, const size_t *value)
{
    pthread_mutex_lock(&receiver->lock);
    size_t copy = *value;
    pthread_mutex_unlock(&receiver->lock);
    return copy;
}

size_t receiver_requests(struct receiver *receiver)
{
    return locked(receiver, &receiver->request_count);
}

size_t receiver_connections(struct receiver *receiver)
{
    return locked(receiver, &receiver->connection_count);
}

size_t receiver_open(struct receiver *receiver)
{
    return locked(receiver, &receiver->open);
}

size_t receiver_peak(struct receiver *receiver)
{
    return locked(receiver, &receiver->peak);
}

const struct receiver_request *receiver_request(struct receiver *receiver, size_t index)
{
    pthread_mutex_lock(&receiver->lock);
    assert(index < receiver->request_count);
    const struct receiver_request *request = receiver->requests[index];
    pthread_mutex_unlock(&receiver->lock);
    return request;
}

bool receiver_header(const struct receiver_request *request, const char *name, char *value,
                     size_t size)
{
    size_t length = strlen(name);
    for (const char *line = request->head; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (line[0] == '\r')
            break;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *start = line + length + 1;
            start += strspn(start, " ");
            snprintf(value, size, "%.*s", (int)strcspn(start, "\r\n"), start);
            return true;
        }
    }
    return false;
}
