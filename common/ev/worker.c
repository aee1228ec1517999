#include "common/ev/worker.h"

#include "common/base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct worker_job {
    struct loop *loop;
    loop_task *work;
    loop_task *done;
    void *argument;
};

struct worker_pool {
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t filled;
    struct worker_job *queue; /* a ring of `cap` */
    size_t cap, first, count;
    bool stopping;
    size_t threads;
    pthread_t *thread;
};

/* Waits for a job; false when the pool ends and its queue is empty. */
static bool take(struct worker_pool *pool, struct worker_job *job)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->count == 0 && !pool->stopping)
        pthread_cond_wait(&pool->filled, &pool->lock);
    const bool taken = pool->count > 0;
    if (taken) {
        *job = pool->queue[pool->first];
        pool->first = (pool->first + 1) % pool->cap;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

static void *run(void *argument)
{
    struct worker_pool *pool = argument;
    struct worker_job job;
    while (take(pool, &job)) {
        job.work(job.argument);
        if (job.done != NULL)
            loop_post(job.loop, job.done, job.argument);
    }
    return NULL;
}

struct worker_pool *worker_pool_create(size_t threads, size_t queue_cap)
{
    struct worker_pool *pool = mem_zalloc(sizeof *pool);
    pool->cap = queue_cap > 0 ? queue_cap : 1;
    pool->queue = mem_array(pool->cap, sizeof *pool->queue);
    pool->threads = threads > 0 ? threads : 1;
    pool->thread = mem_array(pool->threads, sizeof *pool->thread);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    for (size_t i = 0; i < pool->threads; i++) {
        if (pthread_create(&pool->thread[i], NULL, run, pool) != 0) {
            fputs("emnebank: no thread\n", stderr);
            abort();
        }
    }
    return pool;
}

void worker_pool_destroy(struct worker_pool **pool)
{
    struct worker_pool *gone = *pool;
    if (gone == NULL)
        return;
    *pool = NULL;
    pthread_mutex_lock(&gone->lock);
    gone->stopping = true;
    pthread_cond_broadcast(&gone->filled);
    pthread_mutex_unlock(&gone->lock);
    for (size_t i = 0; i < gone->threads; i++)
        pthread_join(gone->thread[i], NULL);
    pthread_cond_destroy(&gone->filled);
    pthread_mutex_destroy(&gone->lock);
    mem_free(gone->thread);
    mem_free(gone->queue);
    mem_free(gone);
}

int worker_submit(struct worker_pool *pool, struct loop *loop, loop_task *work, loop_task *done,
                  void *argument)
{
    int error = 0;
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping) {
        error = ERROR_UNAVAILABLE;
    } else if (pool->count == pool->cap) {
        error = ERROR_LIMIT;
    } else {
        const size_t at = (pool->first + pool->count) % pool->cap;
        pool->queue[at] =
            (struct worker_job){.loop = loop, .work = work, .done = done, .argument = argument};
        pool->count++;
        pthread_cond_signal(&pool->filled);
    }
    pthread_mutex_unlock(&pool->lock);
    return error;
}
