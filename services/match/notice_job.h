/*
 * The job "notice": {"order_id": uuid, …} → the gap of an order that has too few candidates, kept
 * where the notice finds it (function order_gap_put): as the team sees it, exact, and in steps for
 * whoever else received the order. The notice waits a minute for it and goes without it then
 * (0021): an order is never met with silence because the engine is slow.
 */
#pragma once

#include "common/queue/job.h"

#define NOTICE_JOB_LEASE (INT64_C(30) * 1000000)
#define NOTICE_JOB_ATTEMPTS 10

void notice_job(struct job *job);
