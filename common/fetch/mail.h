/*
 * One plain e-mail over SMTP (RFC 5321), to an operator: text/plain in UTF-8, no attachments.
 * Blocking, at most 30 s: for a worker's thread, never a loop's. Over smtp:// TLS is used where the
 * server offers it, over smtps:// from the first byte, and its certificate is checked then.
 */
#pragma once

#include "common/base/error.h"

struct mail {
    const char *server; /* "smtp://host[:port]" or "smtps://host[:port]" */
    const char *from;   /* an address alone, without a name */
    const char *to;     /* the same, several separated by commas */
    const char *subject;
    const char *text; /* lines end in \n */
};

/* 0 when the server has taken it for every one in `to`. ERROR_INVALID: an address that cannot be
 * one; ERROR_UNAVAILABLE, ERROR_TIMEOUT: the server is away; ERROR_DENIED: it does not want it;
 * ERROR_UNCERTAIN: it broke off. `detail` (may be NULL) names no address. */
MUST_CHECK int mail_send(const struct mail *mail, struct error_detail *detail);
