#include "services/daemon/thread.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

struct thread {
    const char *name;
    const struct thread_tasks *tasks;
    void *state;
    struct loop *loop;
    pthread_t pthread;
    sem_t started;
    sem_t ended;
    int error;
    struct error_detail *detail;
};

static void *thread_main(void *argument)
{
    struct thread *thread = argument;

    thread->error = thread->tasks->start(thread->loop, thread->state, thread->detail);
    const bool running = thread->error == 0;
    sem_post(&thread->started);
    if (running)
        loop_run(thread->loop);
    thread->tasks->stop(thread->state);
    sem_post(&thread->ended);
    return NULL;
}

static void thread_free(struct thread *thread)
{
    pthread_join(thread->pthread, NULL);
    loop_destroy(&thread->loop);
    sem_destroy(&thread->started);
    sem_destroy(&thread->ended);
    mem_free(thread);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

int thread_start(const char *name, const struct thread_tasks *tasks, void *state,
                 struct thread **thread, struct error_detail *detail)
{
    struct thread *made = mem_zalloc(sizeof *made);

    made->name = name;
    made->tasks = tasks;
    made->state = state;
    made->detail = detail;
    made->loop = loop_create();
    sem_init(&made->started, 0, 0);
    sem_init(&made->ended, 0, 0);
    if (pthread_create(&made->pthread, NULL, thread_main, made) != 0) {
        loop_destroy(&made->loop);
        mem_free(made);
        error_detail_set(detail, "pthread_create", "kan ikke starte tråden %s", name);
        return ERROR_IO;
    }
    pthread_setname_np(made->pthread, name);
    wait_for(&made->started);
    if (made->error != 0) {
        const int error = made->error;
        thread_free(made);
        return error;
    }
    made->detail = NULL;
    *thread = made;
    return 0;
}

static void drain_on_thread(void *argument)
{
    struct thread *thread = argument;

    thread->tasks->drain(thread->state);
}

void thread_drain(struct thread *thread)
{
    loop_post(thread->loop, drain_on_thread, thread);
}

void thread_finished(struct thread *thread)
{
    loop_stop(thread->loop);
}

void thread_join(struct thread **thread, int64_t deadline)
{
    if (*thread == NULL)
        return;

    const int64_t left = deadline - clock_monotonic();
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += left > 0 ? left / CLOCK_SECOND : 0;

    int result;
    while ((result = sem_timedwait(&(*thread)->ended, &until)) != 0 && errno == EINTR)
        ;
    if (result != 0) {
        log_event(LOG_WARNING, "daemon.drain_cut_short", LOG_TEXT("thread", (*thread)->name));
        loop_stop((*thread)->loop);
    }
    thread_free(*thread);
    *thread = NULL;
}
