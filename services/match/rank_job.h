/*
 * The job "rank": {"order_id": uuid, …} → a shortlist. Reads the order, waits until the follower's
 * snapshot is at least as new as the order's last change, ranks on a worker thread, and stores the
 * list in one transaction (function shortlist_store, which is idempotent per order and version, so
 * that a repeat of the job changes nothing).
 */
#pragma once

#include "common/queue/job.h"

/* A daemon that dies while it ranks holds its order up for so long. Longer than what the job waits
 * for: twice the deadline of a batch, and the ranking itself. */
#define RANK_JOB_LEASE (INT64_C(30) * 1000000)
#define RANK_JOB_ATTEMPTS 20

void rank_job(struct job *job);
