/*
 * Test events for a receiver under development: what is sent, spoilt in one way each, and whether
 * what came back is what the emnebank needs. They go out as the real ones do (common/fetch under
 * its policy and deadlines, services/deliver's payload and signature), but loopback is allowed.
 */
#pragma once

#include "common/base/arena.h"
#include "common/fetch/fetch.h"
#include "services/deliver/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_wish {
    PROBE_TAKEN,    /* any 2xx */
    PROBE_REFUSED,  /* a 4xx that does not say more than "no" */
    PROBE_ANSWERED, /* 200 and the challenge */
};

struct probe {
    const char *name;  /* for machines: "tampered-body" */
    const char *title; /* Danish */
    const char *kind;  /* of the event */
    int manner;        /* of probe.c: how it is spoilt */
    int release;       /* which of the two made-up releases the event is of */
    enum probe_wish wish;
    const char *advice; /* Danish: what to do where it is not so */
};

struct probe_result {
    const struct probe *probe;
    bool right;
    const char *said; /* Danish, one line, in the arena: what the receiver did */
    enum fetch_class class;
    int status;
    int64_t duration;
};

struct probe_options {
    const char *url;
    const struct signature_key *key;
    const char *ca_file; /* PEM, trusted instead of the system's; NULL: the system's */
};

/* What the run has made up, for those who look into the receiver afterwards. */
struct probe_run {
    char kept[37];     /* the release whose CV the receiver has after the run … */
    int64_t version;   /* … and its event's version */
    char recalled[37]; /* the release whose CV it does not have */
};

typedef void probe_told(const struct probe_result *result, void *argument);

/* Sends all, one after another, on a loop of its own, and tells of each in turn; nothing more after
 * a first one that could not be delivered at all. Takes at most 20 s for each. */
void probe_all(struct arena *arena, const struct probe_options *options, probe_told *told,
               void *argument, struct probe_run *run);
