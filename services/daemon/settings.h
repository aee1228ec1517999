/* The configuration of the whole daemon: its own keys and those that the rooms export, one table of
 * tables. */
#pragma once

#include "common/conf/conf.h"

enum role { ROLE_FRONT = 1, ROLE_DELIVER = 2, ROLE_INGEST = 4 };

extern const struct conf_table *const settings_tables[];
extern const size_t settings_tables_count;

/* Loads and checks what no single key can say: roles exist, production allows no loopback, leases
 * outlast deadlines. Every fault is a line in `faults`. */
MUST_CHECK int settings_load(const char *path, struct conf **conf, struct buffer *faults);

/* A set of `enum role`. */
unsigned settings_roles(const struct conf *conf);
