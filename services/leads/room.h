/* What the parts of this room share. */
#pragma once

#include "common/ev/worker.h"

struct leads {
    struct worker_pool *workers; /* read the files */
};
