/*
 * The candidate's own side: a single-use link by which they say yes or no and take a yes back (D10,
 * GDPR art. 7), and the view of who has seen them (GDPR art. 15, C-579/21). Everything is decided
 * in sql/migrations/0027_citizen.sql. One state per loop thread; it holds settings and a key.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"
#include "common/rest/rest.h"

struct citizen;

extern const struct rest_table citizen_routes;
extern const struct conf_table citizen_conf;

/* What no single key can say: the address is one of ours, and over TLS in production. */
MUST_CHECK int citizen_check(const struct conf *conf, struct error_detail *detail);

/* `conf` has passed citizen_check and outlives the room; `keyring` has the key `server`. */
struct citizen *citizen_create(const struct conf *conf, const struct keyring *keyring);
void citizen_destroy(struct citizen **citizen);
