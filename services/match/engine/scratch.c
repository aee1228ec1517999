#include "services/match/engine/scratch.h"

#include "common/base/mem.h"

struct engine_scratch *engine_scratch_create(void)
{
    return mem_zalloc(sizeof(struct engine_scratch));
}

void engine_scratch_destroy(struct engine_scratch **scratch)
{
    if (*scratch == NULL) {
        return;
    }
    top_deinit(&(*scratch)->top);
    mem_free((*scratch)->standings);
    mem_free(*scratch);
    *scratch = NULL;
}

struct engine_counters engine_scratch_counters(const struct engine_scratch *scratch)
{
    return scratch->look.counters;
}
