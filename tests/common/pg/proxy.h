/*
 * Stands between a client and the test's cluster on a unix socket of its own, in a thread, and does
 * one unkind thing when the client asks to COMMIT. One connection at a time is enough.
 */
#pragma once

enum proxy_trick {
    PROXY_NONE,            /* passes everything on */
    PROXY_CUT_AFTER,       /* lets the COMMIT through, waits for its answer, and hangs up */
    PROXY_CUT_BEFORE,      /* hangs up with the COMMIT in its hand */
    PROXY_SWALLOW_ANSWERS, /* lets the COMMIT through and never answers */
};

struct proxy;

struct proxy *proxy_start(const char *conninfo, enum proxy_trick trick);
/* Again where another, stopped by now, was: `at` is its conninfo. Passes everything on. */
struct proxy *proxy_start_at(const char *at, const char *conninfo);
const char *proxy_conninfo(const struct proxy *proxy);
void proxy_stop(struct proxy **proxy);
