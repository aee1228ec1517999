/* The rooms' state for one front thread, and the tables that they export. */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"
#include "common/rest/rest.h"
#include "services/health/health.h"
#include "services/match/match.h"
#include "services/vocabulary/suggest_route.h"

struct rooms {
    struct access *access;
    struct citizen *citizen;
    struct pool *pool;
    struct orders *orders;
    struct deliver *deliver;
    struct figures *figures;
    struct leads *leads;
    struct shortlists *shortlists;
    struct match_door *match;
    struct suggest_door *suggest;
};

/* `match` is the ranking thread's, `suggest` all fronts'. */
void rooms_create(struct rooms *rooms, const struct conf *conf, const struct keyring *keyring,
                  struct match *match, struct suggest_desk *suggest);
void rooms_destroy(struct rooms *rooms);
void rooms_add_routes(const struct rooms *rooms, struct rest_router *router);

/* Every room's metrics, for /metrics. */
extern const struct health rooms_health;
