/* How the daemon's parts reach PostgreSQL: one place that turns configuration into a pool's
 * options. */
#pragma once

#include "common/conf/conf.h"
#include "common/pg/pg.h"

/* `role` is one of emnebank_front, emnebank_match, emnebank_deliver. The texts stay the
 * configuration's. */
struct pg_options database_options(const struct conf *conf, const char *role);

/* Refuses a schema that is not exactly this binary's. Blocking; for the start alone. */
MUST_CHECK int database_check(const struct conf *conf, struct error_detail *detail);
