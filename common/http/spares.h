/*
 * The memory of answers, on its way from the handler that wrote one to the socket and back. A
 * server keeps what its latest answers stood in, so that the next need not ask for as much again.
 *
 *     handler's buffer ──spares_send──▶ evbuffer ──sent, or the client is gone──▶ spare
 *            ▲                                                                      │
 *            └────────────────────────────── the next spares_send ─────────────────┘
 *
 * libevent lets go of an answer when it likes, also after the server is destroyed: whoever is last
 * frees. One thread, the loop's.
 */
#pragma once

#include "common/base/buffer.h"

#include <event2/buffer.h>

struct spares;

struct spares *spares_create(void);
/* Frees what is spare; what is under way is freed when libevent lets go of it. */
void spares_destroy(struct spares **spares);
/* Moves the bytes of `buffer` to the end of `output`, without a copy. The buffer is empty after it,
 * with other memory under the same cap. */
void spares_send(struct spares *spares, struct buffer *buffer, struct evbuffer *output);
