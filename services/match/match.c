#include "services/match/match.h"

#include "common/base/mem.h"
#include "services/match/desk.h"
#include "services/match/metrics.h"
#include "services/match/notice_job.h"
#include "services/match/proposals.h"
#include "services/match/rank_job.h"
#include "services/match/room.h"

#define THREADS 2
#define WHAT_IF_STEP 5
#define QUEUE_CAP 64

static const struct conf_key keys[] = {
    {.section = "match",
     .name = "threads",
     .type = CONF_INTEGER,
     .unit = "threads",
     .fallback = "2",
     .minimum = 1,
     .maximum = 64,
     .help = "Threads that rank job orders and build the pool's next version."},
    {.section = "match",
     .name = "ruleset",
     .type = CONF_INTEGER,
     .unit = "a published ruleset (services/match/RANKING.md)",
     .fallback = "3",
     .minimum = ENGINE_RULESET_OLDEST,
     .maximum = ENGINE_RULESET,
     .help = "Rules that new lists are made by; an older one may stay until all partners agree."},
    {.section = "match",
     .name = "what_if_step",
     .type = CONF_INTEGER,
     .unit = "candidates",
     .fallback = "5",
     .minimum = 1,
     .maximum = 100,
     .help =
         "What-if counts candidates in steps of so many, and fewer not at all. 1: exact counts."},
    {.section = "match",
     .name = "memory_limit",
     .type = CONF_INTEGER,
     .unit = "MiB",
     .fallback = "4096",
     .minimum = 1,
     .maximum = 1 << 20,
     .help = "What the pool in memory may take; a pool that would take more stays out, and "
             "/readyz warns. A million candidates take about 260."},
    {.section = "match",
     .name = "snapshot_file",
     .type = CONF_TEXT,
     .fallback = "",
     .help = "File that the pool in memory is kept in, to restart from; empty: none. It holds "
             "pseudonymised personal data: keep it where nobody else reads. One per daemon."},
};
const struct conf_table match_conf = {keys, sizeof keys / sizeof keys[0]};

static const struct job_kind kinds[] = {
    {.name = "rank",
     .role = "front",
     .lease = RANK_JOB_LEASE,
     .attempts = RANK_JOB_ATTEMPTS,
     .handler = rank_job},
    {.name = "notice",
     .role = "front",
     .lease = NOTICE_JOB_LEASE,
     .attempts = NOTICE_JOB_ATTEMPTS,
     .handler = notice_job},
};
const struct job_table match_jobs = {kinds, sizeof kinds / sizeof kinds[0]};

struct metric match_pool_version =
    METRIC_GAUGE("emnebank_match_pool_version", "Version of the pool in memory.");
struct metric match_pool_candidates =
    METRIC_GAUGE("emnebank_match_pool_candidates", "Candidates in memory, eligible or not.");
struct metric match_vocabulary_version =
    METRIC_GAUGE("emnebank_match_vocabulary_version", "Version of the vocabulary in memory.");
struct metric match_candidates_read = METRIC_COUNTER(
    "emnebank_match_candidates_read_total", "Candidates read from the database into the pool.");
struct metric match_pool_bytes =
    METRIC_GAUGE("emnebank_match_pool_bytes", "Memory that the pool takes.");
struct metric match_pool_pieces =
    METRIC_GAUGE("emnebank_match_pool_pieces", "Indexed pieces that the pool consists of.");
struct metric match_compactions =
    METRIC_COUNTER("emnebank_match_compactions_total", "Times that pieces were merged.");
struct metric match_memory_full =
    METRIC_GAUGE("emnebank_match_memory_full",
                 "1 while the newest pool takes more memory than it may, and stays out.");
struct metric match_rankings =
    METRIC_COUNTER("emnebank_match_rankings_total", "Job orders ranked and stored.");
struct metric match_waits = METRIC_COUNTER("emnebank_match_waits_total",
                                           "Rankings that waited for a newer version of the pool.");
struct metric match_proposals =
    METRIC_COUNTER("emnebank_match_proposals_total", "Better candidates proposed for open orders.");
struct metric match_questions = METRIC_GAUGE(
    "emnebank_match_questions", "Questions about orders that the engine has yet to answer.");
struct metric *const match_metrics[] = {
    &match_pool_version, &match_pool_candidates, &match_vocabulary_version, &match_candidates_read,
    &match_pool_bytes,   &match_pool_pieces,     &match_compactions,        &match_memory_full,
    &match_rankings,     &match_waits,           &match_proposals,          &match_questions,
};
const size_t match_metrics_count = sizeof match_metrics / sizeof match_metrics[0];

struct match *match_create(const struct match_options *options)
{
    struct match *match = mem_zalloc(sizeof *match);
    struct pg_options pg = options->pg;
    pg.user = "emnebank_match";
    match->loop = options->loop;
    match->pg = pg_pool_create(options->loop, &pg);
    match->workers =
        worker_pool_create(options->threads > 0 ? options->threads : THREADS, QUEUE_CAP);
    match->published = published_create();
    match->vocabulary = engine_vocabulary_create();
    match->shelf = words_shelf_create();
    match->ruleset = options->ruleset > 0 ? options->ruleset : ENGINE_RULESET;
    match->step = options->what_if_step > 0 ? options->what_if_step : WHAT_IF_STEP;
    match->desk = desk_create();
    match->proposals = proposals_create(&(struct proposals_parts){.loop = match->loop,
                                                                  .pg = match->pg,
                                                                  .workers = match->workers,
                                                                  .vocabulary = match->vocabulary});
    match->follower = follower_create(&(struct follower_parts){
        .loop = match->loop,
        .pg = match->pg,
        .workers = match->workers,
        .published = match->published,
        .vocabulary = match->vocabulary,
        .shelf = match->shelf,
        .changed = proposals_take,
        .changed_argument = match->proposals,
        .memory_limit = options->memory_limit,
        .file = options->snapshot_file != NULL && options->snapshot_file[0] != '\0'
                    ? options->snapshot_file
                    : NULL,
    });
    return match;
}

void match_destroy(struct match **match)
{
    struct match *gone = *match;
    if (gone == NULL) {
        return;
    }
    *match = NULL;
    pg_pool_destroy(&gone->pg); /* its last callbacks may still submit work */
    worker_pool_destroy(&gone->workers);
    follower_destroy(&gone->follower);
    proposals_destroy(&gone->proposals);
    desk_destroy(&gone->desk);
    words_shelf_destroy(&gone->shelf);
    engine_vocabulary_destroy(&gone->vocabulary);
    published_destroy(&gone->published);
    mem_free(gone);
}

void match_wake(struct match *match)
{
    follower_wake(match->follower);
}

int64_t match_version(struct match *match)
{
    return published_version(match->published);
}
