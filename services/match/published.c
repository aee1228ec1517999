#include "services/match/published.h"

#include "common/base/mem.h"

#include <pthread.h>

struct published_reader {
    struct engine_snapshot *snapshot;
    size_t holders; /* readers, and one more while it is the newest */
};

struct published {
    pthread_mutex_t lock; /* of `newest` and of all `holders` */
    struct published_reader *newest;
};

struct published *published_create(void)
{
    struct published *published = mem_zalloc(sizeof *published);
    pthread_mutex_init(&published->lock, NULL);
    return published;
}

void published_destroy(struct published **published)
{
    struct published *gone = *published;
    if (gone == NULL) {
        return;
    }
    *published = NULL;
    struct published_reader *newest = gone->newest;
    published_release(gone, &newest);
    pthread_mutex_destroy(&gone->lock);
    mem_free(gone);
}

void published_swap(struct published *published, struct engine_snapshot *snapshot)
{
    struct published_reader *next = mem_zalloc(sizeof *next);
    next->snapshot = snapshot;
    next->holders = 1;
    pthread_mutex_lock(&published->lock);
    struct published_reader *old = published->newest;
    published->newest = next;
    pthread_mutex_unlock(&published->lock);
    published_release(published, &old);
}

struct published_reader *published_take(struct published *published)
{
    pthread_mutex_lock(&published->lock);
    struct published_reader *reader = published->newest;
    if (reader != NULL) {
        reader->holders++;
    }
    pthread_mutex_unlock(&published->lock);
    return reader;
}

const struct engine_snapshot *published_snapshot(const struct published_reader *reader)
{
    return reader->snapshot;
}

void published_release(struct published *published, struct published_reader **reader)
{
    struct published_reader *held = *reader;
    if (held == NULL) {
        return;
    }
    *reader = NULL;
    pthread_mutex_lock(&published->lock);
    const bool last = --held->holders == 0;
    pthread_mutex_unlock(&published->lock);
    if (last) {
        engine_snapshot_destroy(&held->snapshot);
        mem_free(held);
    }
}

int64_t published_version(struct published *published)
{
    struct published_reader *reader = published_take(published);
    const int64_t version = reader != NULL ? engine_snapshot_version(reader->snapshot) : -1;
    published_release(published, &reader);
    return version;
}
