/*
 * The pool: organisations, candidates and their facts, screening, withdrawal, import, and the
 * reference lists. Routes for common/rest; the state is a `struct pool`.
 */
#pragma once

#include "common/crypto/keyring.h"
#include "common/obs/metric.h"
#include "common/rest/rest.h"

struct pool;

/* The keyring is the caller's and outlives the pool; both are immutable, so threads share them. */
struct pool *pool_create(const struct keyring *keyring);
void pool_destroy(struct pool **pool);

extern const struct rest_table pool_routes;
extern struct metric *const pool_metrics[];
extern const size_t pool_metrics_count;
