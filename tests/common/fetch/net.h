/*
 * The network as a test wants it, by standing in front of libc in the test's own binary
 * (getaddrinfo, connect, getpeername, getifaddrs): names resolve as told, and public addresses
 * reach a receiver on loopback. Nothing leaves the machine, and whatever libcurl connects to is
 * counted. One test at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Nothing resolves but numbers, and nothing is reached. */
void net_reset(void);
/* What the name resolves to from now on: addresses with a space between. */
void net_resolve(const char *name, const char *addresses);
/* Look-ups of any name are stuck until net_release; those that are stuck may be counted. */
void net_hold(void);
void net_release(void);
size_t net_stuck(void);
size_t net_lookups(void); /* of names that are not numbers, since net_reset */
/* Connecting to this IPv4 address, on any port, reaches this port of 127.0.0.1. */
void net_reach(const char *address, int port);
/* The machine has this address too; NULL: its own alone. */
void net_own(const char *address);
/* Connections begun since net_reset, to wherever. */
size_t net_connects(void);
