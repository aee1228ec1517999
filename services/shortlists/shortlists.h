/*
 * Shortlists: reading them, as JSON or as a file, the home's answers, approval and release, and the
 * feed of changes. All decisions stand in sql/migrations/0009 and those after it. The room's state
 * is what files are written with: the keys, and a thread.
 */
#pragma once

#include "common/crypto/keyring.h"
#include "common/rest/rest.h"

struct shortlists;

/* The keyring is the caller's and outlives the room; it is immutable, so threads share it. */
struct shortlists *shortlists_create(const struct keyring *keyring);
void shortlists_destroy(struct shortlists **shortlists);

extern const struct rest_table shortlists_routes;
