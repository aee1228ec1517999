#include "tests/bench/deliver/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void without_delay(int socket)
{
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (fcntl(socket, F_SETFL, O_NONBLOCK) != 0)
        fail("fcntl");
}

void wire_accept(struct wire *wire, int socket, SSL_CTX *context)
{
    *wire = (struct wire){.socket = socket};
    without_delay(socket);
    if (context == NULL)
        return;
    wire->ssl = SSL_new(context);
    if (wire->ssl == NULL || SSL_set_fd(wire->ssl, socket) != 1)
        fail("SSL_new");
    SSL_set_accept_state(wire->ssl);
}

void wire_connect(struct wire *wire, int port, SSL_CTX *context)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *wire = (struct wire){.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(wire->socket, (const struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    if (context != NULL) {
        wire->ssl = SSL_new(context);
        if (wire->ssl == NULL || SSL_set_fd(wire->ssl, wire->socket) != 1 ||
            SSL_connect(wire->ssl) != 1)
            fail("SSL_connect");
    }
    without_delay(wire->socket);
}

void wire_close(struct wire *wire)
{
    SSL_free(wire->ssl);
    close(wire->socket);
    *wire = (struct wire){.socket = -1};
}

ssize_t wire_read(struct wire *wire, char *bytes, size_t room)
{
    if (wire->ssl == NULL) {
        const ssize_t length = recv(wire->socket, bytes, room, 0);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        return length > 0 ? length : -1;
    }
    const int length = SSL_read(wire->ssl, bytes, (int)room);
    if (length > 0)
        return length;
    const int error = SSL_get_error(wire->ssl, length);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int wire_write(struct wire *wire, const char *bytes, size_t length)
{
    if (wire->ssl != NULL)
        return SSL_write(wire->ssl, bytes, (int)length) == (int)length ? 0 : -1;
    return send(wire->socket, bytes, length, MSG_NOSIGNAL) == (ssize_t)length ? 0 : -1;
}

const char *message_header(const char *bytes, size_t length, const char *name)
{
    const size_t name_length = strlen(name);
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end == NULL)
        return NULL;
    const char *line = memchr(bytes, '\n', (size_t)(end - bytes));
    for (; line != NULL; line = memchr(line, '\n', (size_t)(end - line))) {
        line++;
        if ((size_t)(end - line) > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0) {
            line += name_length + 1;
            return line + strspn(line, " ");
        }
    }
    return NULL;
}

size_t message_length(const char *bytes, size_t length)
{
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    const char *stated = message_header(bytes, length, "content-length");
    const size_t body = stated == NULL ? 0 : strtoul(stated, NULL, 10);
    const size_t whole = (size_t)(end - bytes) + 4 + body;
    return whole <= length ? whole : 0;
}
