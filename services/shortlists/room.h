/* Between the files of services/shortlists. */
#pragma once

#include "common/ev/worker.h"
#include "services/shortlists/shortlists.h"

struct shortlists {
    const struct keyring *keyring;
    struct worker_pool *papers; /* writes files */
};
