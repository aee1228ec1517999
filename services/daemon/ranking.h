/*
 * Part of the role `front`: one loop that keeps the engine's pool up to date and runs the ranking
 * jobs, woken by NOTIFY emnebank_job and emnebank_pool.
 */
#pragma once

#include "common/conf/conf.h"
#include "services/daemon/thread.h"
#include "services/match/match.h"

struct ranking;

MUST_CHECK int ranking_start(const struct conf *conf, struct ranking **ranking,
                             struct error_detail *detail);
struct match *ranking_match(struct ranking *ranking);
void ranking_drain(struct ranking *ranking);
void ranking_join(struct ranking **ranking, int64_t deadline); /* frees; NULL is fine */
