#include "services/pool/pool.h"

#include "common/base/mem.h"
#include "common/obs/log.h"
#include "services/pool/internal.h"

struct metric pool_rows_read =
    METRIC_COUNTER("emnebank_pool_import_rows_total", "Rows read by imports of candidates");
struct metric pool_rows_rejected =
    METRIC_COUNTER("emnebank_pool_import_rows_rejected_total", "Rows of imports that had faults");

struct metric *const pool_metrics[] = {&pool_rows_read, &pool_rows_rejected};
const size_t pool_metrics_count = sizeof pool_metrics / sizeof pool_metrics[0];

#define IMPORTS_CAP ((size_t)16) /* each holds a file, and its batch in hand */
#define IMPORTS_SHARE 2          /* of one municipality, so that the others' are read */
#define SHEETS 2                 /* XLSX files at once: each may take its worker for seconds */

#define MATCH "jobformidling: udsøgning af kandidater til jobordrer"
#define UPKEEP "jobformidling: vedligeholdelse af egne kandidater"
#define LOOKUP "opslag i fælles lister"

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/municipalities", "reference:read", 0, LOOKUP, pool_get_municipalities},
    {HTTP_GET, "/v1/trades", "reference:read", 0, LOOKUP, pool_get_trades},
    {HTTP_GET, "/v1/competences", "reference:read", 0, LOOKUP, pool_get_competences},
    {HTTP_GET, "/v1/certificates", "reference:read", 0, LOOKUP, pool_get_certificates},
    {HTTP_GET, "/v1/organisations", "organisations:read", 0, LOOKUP, pool_get_organisations},
    {HTTP_GET, "/v1/candidates", "candidates:read", 0, UPKEEP, pool_get_candidates},
    {HTTP_POST, "/v1/candidates/import", "candidates:write", REST_IMPORT, MATCH, pool_post_import},
    {HTTP_GET, "/v1/batches", "shortlists:read", 0, UPKEEP, pool_get_batches},
    {HTTP_POST, "/v1/batches", "candidates:write", REST_JSON, MATCH, pool_post_batch},
    {HTTP_GET, "/v1/batches/{id}", "shortlists:read", 0, UPKEEP, pool_get_batch},
    {HTTP_GET, "/v1/candidate-tasks", "candidates:read", 0, UPKEEP, pool_get_tasks},
    {HTTP_POST, "/v1/candidates/confirmations", "candidates:write", REST_JSON, MATCH,
     pool_post_confirmations},
    {HTTP_GET, "/v1/candidates/{municipality}/{external_ref}", "candidates:read", 0, UPKEEP,
     pool_get_candidate},
    {HTTP_GET, "/v1/candidates/{municipality}/{external_ref}/history", "candidates:read", 0, UPKEEP,
     pool_get_history},
    {HTTP_PUT, "/v1/candidates/{municipality}/{external_ref}", "candidates:write", REST_JSON, MATCH,
     pool_put_candidate},
    {HTTP_PATCH, "/v1/candidates/{municipality}/{external_ref}/facts", "candidates:write",
     REST_JSON | REST_IF_MATCH, MATCH, pool_patch_facts},
    {HTTP_PUT, "/v1/candidates/{municipality}/{external_ref}/screening", "candidates:write",
     REST_JSON | REST_IF_MATCH, MATCH, pool_put_screening},
    {HTTP_POST, "/v1/candidates/{municipality}/{external_ref}/confirmation", "candidates:write",
     REST_JSON, MATCH, pool_post_confirmation},
    {HTTP_POST, "/v1/candidates/{municipality}/{external_ref}/withdrawal", "candidates:write",
     REST_JSON | REST_IF_MATCH, UPKEEP, pool_post_withdrawal},
};

const struct rest_table pool_routes = {routes, sizeof routes / sizeof routes[0]};

struct pool *pool_create(const struct keyring *keyring)
{
    struct pool *pool = mem_zalloc(sizeof *pool);

    pool->keyring = keyring;
    pool->imports = rest_places_create(IMPORTS_CAP, IMPORTS_SHARE);
    pool->workers = worker_pool_create(1, IMPORTS_CAP);
    pool->sheets = worker_pool_create(SHEETS, IMPORTS_CAP);
    return pool;
}

void pool_destroy(struct pool **pool)
{
    if (*pool == NULL)
        return;
    worker_pool_destroy(&(*pool)->sheets);
    worker_pool_destroy(&(*pool)->workers);
    rest_places_destroy(&(*pool)->imports);
    mem_free(*pool);
    *pool = NULL;
}

const struct crypto_key *pool_own_key(struct rest_call *call)
{
    const struct pool *pool = rest_room(call);
    const char *municipality = rest_principal(call)->municipality;
    const struct crypto_key *key = keyring_find(pool->keyring, municipality);

    if (key == NULL) {
        log_event(LOG_ERROR, "pool.key_missing", LOG_TEXT("municipality", municipality));
        rest_problem(call, "internal-error", "Kommunens nøgle mangler på serveren.");
    }
    return key;
}
