/*
 * Part of the role `front`: one loop that keeps the engine's pool up to date, runs the ranking jobs
 * and watches the clocks of all orders, woken by NOTIFY emnebank_job, emnebank_pool and
 * emnebank_order.
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
