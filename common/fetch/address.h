/*
 * Which addresses a webhook may go to (REQUIREMENTS B6; OWASP API7:2023). Pure functions: text or
 * socket address in, verdict out. IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged by the range it
 * stands in.
 */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <sys/socket.h>

/* True when the address is public unicast; false for every range of B6's deny set. */
bool address_public(const struct sockaddr *address);
bool address_loopback(const struct sockaddr *address);

/* https, a fully-qualified name (no IP literal in any spelling, no trailing-dot tricks), port 443
 * or 8443, no userinfo, no fragment. With `allow_loopback` also http(s)://127.0.0.1:port, [::1] and
 * localhost. ERROR_INVALID fills `detail` with a Danish sentence. */
MUST_CHECK int address_check_url(const char *url, bool allow_loopback, struct error_detail *detail);
