/* The room's state, for its own files. */
#pragma once

#include "services/match/follower.h"
#include "services/match/match.h"

struct match {
    struct loop *loop;
    struct pg_pool *pg;
    struct worker_pool *workers;
    struct published *published;
    struct engine_vocabulary *vocabulary;
    struct words_shelf *shelf;
    int ruleset; /* that new lists are made by */
    struct proposals *proposals;
    struct follower *follower;
    size_t step; /* in which counts of people are shown (counts.h) */
    struct desk *desk;
};
