/*
 * The API: one event loop per thread, each with its own connections to PostgreSQL and its own
 * router over all rooms' routes; the listening socket is shared. The first thread also serves the
 * admin address.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"
#include "services/daemon/thread.h"
#include "services/match/match.h"
#include "services/vocabulary/suggest_route.h"

struct front;

struct front_options {
    const struct conf *conf;
    const struct keyring *keyring;
    struct match *match;          /* the ranking thread's; outlives the front */
    struct suggest_desk *suggest; /* all fronts'; outlives them */
    int listener;                 /* the API's socket */
    int admin_listener;           /* -1: not on this thread */
};

MUST_CHECK int front_start(const struct front_options *options, struct front **front,
                           struct error_detail *detail);
void front_drain(struct front *front);
void front_join(struct front **front, int64_t deadline); /* frees; NULL is fine */
