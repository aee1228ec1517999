/*
 * Who calls: finds the holder of an API key (D4) for common/rest. The key's secret is compared by
 * its SHA-256 in constant time; an unknown id, a wrong secret, a revoked and an expired key are all
 * the same answer.
 */
#pragma once

#include "common/rest/rest.h"

struct access;

/* `environment` is the configuration's, and keys must name it (access_environment); NULL: any. The
 * state of access_authenticate; immutable, so threads share it. */
struct access *access_create(const char *environment);
void access_destroy(struct access **access);

/* A rest_authenticate with a `struct access` as its state. One query per call. */
void access_authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument);

extern struct metric *const access_metrics[];
extern const size_t access_metrics_count;
