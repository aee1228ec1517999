/*
 * GET /v1/job-orders/{id}/why-not/{candidate}. A question is asked on a front's thread and answered
 * from the match's, so it passes between the two:
 *
 *     front: may the caller ask (SQL) → match: order, pool new enough → worker: engine, words
 *         → match → front: the answer
 *
 * One desk per match holds every question that is out. A question is the match's from the asking
 * until `finish`, then the front's, which frees it. A front that ends first takes its calls back
 * (match_door_destroy); the match then frees the question, or the desk does when it ends.
 */
#pragma once

#include "services/match/match.h"

struct why_not_desk;

struct why_not_desk *why_not_desk_create(void);
/* After the match's loop and workers have ended, and all doors are closed. */
void why_not_desk_destroy(struct why_not_desk **desk);
