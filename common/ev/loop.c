#include "common/ev/loop.h"

#include "common/base/mem.h"

#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

struct loop_posted {
    STAILQ_ENTRY(loop_posted) next;
    loop_task *task;
    void *argument;
};

STAILQ_HEAD(loop_posts, loop_posted);

struct loop {
    struct event_base *base;
    struct event *wake;     /* posts are waiting */
    struct event *stopping; /* an event, not a flag: a stop before loop_run is not lost */
    atomic_bool stopped;
    pthread_mutex_t lock; /* of `posts` */
    struct loop_posts posts;
};

struct loop_timer {
    struct event_base *base;
    struct event *event;
    loop_task *task;
    void *argument;
};

static pthread_once_t prepare_once = PTHREAD_ONCE_INIT;

static void fatal(const char *what)
{
    fprintf(stderr, "emnebank: %s\n", what);
    abort();
}

/* Once per process. A peer that leaves is an error code of a write, not the end of the process:
 * libevent writes with writev, which has no flag for that. */
static void prepare(void)
{
    if (evthread_use_pthreads() != 0)
        fatal("libevent cannot use threads");
    signal(SIGPIPE, SIG_IGN);
}

/* Takes the whole queue at once, so that a task that posts again does not starve the sockets. */
static void run_posts(evutil_socket_t fd, short what, void *argument)
{
    struct loop *loop = argument;
    struct loop_posts posts = STAILQ_HEAD_INITIALIZER(posts);
    (void)fd;
    (void)what;
    pthread_mutex_lock(&loop->lock);
    STAILQ_CONCAT(&posts, &loop->posts);
    pthread_mutex_unlock(&loop->lock);
    while (!STAILQ_EMPTY(&posts)) {
        struct loop_posted *post = STAILQ_FIRST(&posts);
        STAILQ_REMOVE_HEAD(&posts, next);
        post->task(post->argument);
        mem_free(post);
    }
}

static void run_stop(evutil_socket_t fd, short what, void *argument)
{
    struct loop *loop = argument;
    (void)fd;
    (void)what;
    event_base_loopbreak(loop->base);
}

struct loop *loop_create(void)
{
    pthread_once(&prepare_once, prepare);
    struct loop *loop = mem_zalloc(sizeof *loop);
    loop->base = event_base_new();
    if (loop->base == NULL)
        fatal("no event base");
    loop->wake = event_new(loop->base, -1, 0, run_posts, loop);
    loop->stopping = event_new(loop->base, -1, 0, run_stop, loop);
    if (loop->wake == NULL || loop->stopping == NULL)
        fatal("no event");
    pthread_mutex_init(&loop->lock, NULL);
    STAILQ_INIT(&loop->posts);
    return loop;
}

void loop_destroy(struct loop **loop)
{
    struct loop *gone = *loop;
    if (gone == NULL)
        return;
    *loop = NULL;
    event_free(gone->wake);
    event_free(gone->stopping);
    event_base_free(gone->base);
    while (!STAILQ_EMPTY(&gone->posts)) {
        struct loop_posted *post = STAILQ_FIRST(&gone->posts);
        STAILQ_REMOVE_HEAD(&gone->posts, next);
        mem_free(post);
    }
    pthread_mutex_destroy(&gone->lock);
    mem_free(gone);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

void loop_run(struct loop *loop)
{
    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopped, true);
    event_active(loop->stopping, EV_TIMEOUT, 0);
}

void loop_post(struct loop *loop, loop_task *task, void *argument)
{
    if (atomic_load(&loop->stopped))
        return;
    struct loop_posted *post = mem_alloc(sizeof *post);
    post->task = task;
    post->argument = argument;
    pthread_mutex_lock(&loop->lock);
    STAILQ_INSERT_TAIL(&loop->posts, post, next);
    pthread_mutex_unlock(&loop->lock);
    event_active(loop->wake, EV_TIMEOUT, 0);
}

static void run_timer(evutil_socket_t fd, short what, void *argument)
{
    struct loop_timer *timer = argument;
    (void)fd;
    (void)what;
    timer->task(timer->argument); /* may destroy the timer: nothing is touched after it */
}

struct loop_timer *loop_timer_create(struct loop *loop, loop_task *task, void *argument)
{
    struct loop_timer *timer = mem_zalloc(sizeof *timer);
    timer->base = loop->base;
    timer->event = evtimer_new(loop->base, run_timer, timer);
    if (timer->event == NULL)
        fatal("no timer");
    timer->task = task;
    timer->argument = argument;
    return timer;
}

void loop_timer_arm(struct loop_timer *timer, int64_t delay)
{
    if (delay < 0)
        delay = 0;
    const struct timeval span = {.tv_sec = (time_t)(delay / 1000000),
                                 .tv_usec = (suseconds_t)(delay % 1000000)};
    /* From now, not from when this turn of the loop began: a task may have taken its time. */
    event_base_update_cache_time(timer->base);
    if (evtimer_add(timer->event, &span) != 0)
        fatal("no room for a timer");
}

void loop_timer_disarm(struct loop_timer *timer)
{
    evtimer_del(timer->event);
}

void loop_timer_destroy(struct loop_timer **timer)
{
    struct loop_timer *gone = *timer;
    if (gone == NULL)
        return;
    *timer = NULL;
    event_free(gone->event);
    mem_free(gone);
}
