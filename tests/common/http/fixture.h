/*
 * A real server on a thread of its own and raw client sockets in the test's thread.
 *
 * What the server answers: /hold is kept until fixture_release; /import (64 MiB allowed) is read
 * with http_request_read and answered with its length and sum; /large is 4 MiB, /huge 32 MiB;
 * everything else is "METHOD PATH QUERY LENGTH BODY". Every request whose path is /smuggled is
 * counted.
 */
#pragma once

#include "common/http/http.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

struct fixture {
    struct loop *loop;
    struct http_server *server;
    int socket;
    char address[128];
    pthread_t thread;
    atomic_size_t served;
    atomic_size_t smuggled;
    struct http_request *held;
    sem_t holding; /* posted when /hold is with the handler */
    sem_t drained;
};

#define FIXTURE_SUM_SEED UINT64_C(1469598103934665603)

/* `address` NULL: a free port of 127.0.0.1. */
void fixture_start(struct fixture *fixture, const struct http_options *options,
                   const char *address);
void fixture_stop(struct fixture *fixture);
/* Runs `task` on the server's thread and waits for its end. */
void fixture_run(struct fixture *fixture, loop_task *task, void *argument);
void fixture_release(struct fixture *fixture);
uint64_t fixture_sum(uint64_t sum, const void *bytes, size_t length);

/* Sockets time out after 10 s, so that a server that says nothing fails a test and does not hang
 * it. */
int client_open(const struct fixture *fixture);
void client_send(int client, const void *bytes, size_t length); /* a closed peer is no error */
void client_text(int client, const char *text);
/* Reads until `text` stands in what was read; returns how much was read; fails on EOF before. */
size_t client_until(int client, char *answer, size_t size, const char *text);
/* Reads until the server closes; fails when it does not. */
size_t client_rest(int client, char *answer, size_t size);
/* One answer with its Content-Length of body, and nothing after it. */
void client_answer(int client, char *answer, size_t size);
bool client_silent(int client, int milliseconds); /* nothing came, and it is still open */
