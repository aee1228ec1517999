#include "tests/common/fetch/tls.h"

#include "common/base/mem.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ENDED_MOST 64
#define PATIENCE_MS 30000
#define PEM_MOST ((size_t)65536)

/* --- certificates --- */

static void run(const char *program, const char *argument, const char *more)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        execlp(program, program, argument, more, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

void pki_create(struct pki *pki)
{
    snprintf(pki->folder, sizeof pki->folder, "/tmp/emnebank-pki-XXXXXX");
    assert_non_null(mkdtemp(pki->folder));
    run(MAKE_PKI, pki->folder, NULL);
}

void pki_destroy(struct pki *pki)
{
    run("rm", "-rf", pki->folder);
}

const char *pki_path(struct pki *pki, const char *name)
{
    snprintf(pki->path, sizeof pki->path, "%s/%s", pki->folder, name);
    return pki->path;
}

char *pki_read(struct pki *pki, const char *name)
{
    char *text = mem_zalloc(PEM_MOST);
    FILE *file = fopen(pki_path(pki, name), "r");
    assert_non_null(file);
    assert_true(fread(text, 1, PEM_MOST - 1, file) > 0);
    fclose(file);
    return text;
}

/* --- the receiver --- */

struct tls_receiver {
    pid_t child;
    int leash; /* it ends when this is closed */
    FILE *says;
    int port;
    bool ended[ENDED_MOST];
};

static void exec_node(struct pki *pki, const char *certificate, enum tls_manner manner)
{
    char pem[160];
    char authority[160];
    snprintf(pem, sizeof pem, "%s/%s.pem", pki->folder, certificate);
    snprintf(authority, sizeof authority, "%s/authority.pem", pki->folder);
    execlp("node", "node", TLS_RECEIVER, pem, authority, manner & TLS_HTTP2 ? "h2" : "http1",
           manner & TLS_CLIENTS ? "clients" : "anybody", (char *)NULL);
    _exit(127);
}

/* Its next line; a test that waits for what does not come fails. */
static void say(struct tls_receiver *receiver, char *line, int size)
{
    struct pollfd ready = {.fd = fileno(receiver->says), .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    assert_non_null(fgets(line, size, receiver->says));
}

struct tls_receiver *tls_receiver_create(struct pki *pki, const char *certificate,
                                         enum tls_manner manner)
{
    struct tls_receiver *receiver = mem_zalloc(sizeof *receiver);
    char line[64];
    int in[2];
    int out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    receiver->child = fork();
    if (receiver->child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        exec_node(pki, certificate, manner);
    }
    assert_true(receiver->child > 0);
    close(in[0]);
    close(out[1]);
    receiver->leash = in[1];
    receiver->says = fdopen(out[0], "r");
    setvbuf(receiver->says, NULL, _IONBF, 0); /* else a line may be here that poll does not see */
    say(receiver, line, sizeof line);
    assert_int_equal(sscanf(line, "port %d", &receiver->port), 1);
    return receiver;
}

void tls_receiver_destroy(struct tls_receiver **pointer)
{
    struct tls_receiver *receiver = *pointer;
    if (receiver == NULL)
        return;
    *pointer = NULL;
    close(receiver->leash);
    kill(receiver->child, SIGTERM);
    waitpid(receiver->child, NULL, 0);
    fclose(receiver->says);
    mem_free(receiver);
}

int tls_receiver_port(const struct tls_receiver *receiver)
{
    return receiver->port;
}

/* True when it was a request; an end is noted. */
static bool read_line(struct tls_receiver *receiver, struct tls_request *request)
{
    char line[256];
    int ended = 0;
    say(receiver, line, sizeof line);
    if (sscanf(line, "closed %d", &ended) == 1) {
        assert_true(ended > 0 && ended < ENDED_MOST);
        receiver->ended[ended] = true;
        return false;
    }
    assert_int_equal(sscanf(line, "request %3s %d %63s %63s %d", request->version,
                            &request->connection, request->peer, request->path, &request->length),
                     5);
    return true;
}

struct tls_request tls_receiver_next(struct tls_receiver *receiver)
{
    struct tls_request request = {0};
    while (!read_line(receiver, &request))
        ;
    return request;
}

void tls_receiver_await_end(struct tls_receiver *receiver, int connection)
{
    struct tls_request request = {0};
    while (!receiver->ended[connection])
        assert_false(read_line(receiver, &request));
}
