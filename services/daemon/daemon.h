/* The running daemon: its sockets and the threads of its roles. */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"

struct daemon;

/* Checks the schema, binds the sockets, starts the threads of the configured roles. `address_file`
 * may be NULL. `conf` and `keyring` outlive it. */
MUST_CHECK int daemon_start(const struct conf *conf, const struct keyring *keyring,
                            const char *address_file, struct daemon **daemon,
                            struct error_detail *detail);
/* Stops taking work and waits until what is in flight has ended, at most `patience` microseconds.
 * NULL is fine. */
void daemon_stop(struct daemon **daemon, int64_t patience);
