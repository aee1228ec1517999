#include "services/match/gap.h"
#include "services/match/match.h"
#include "services/match/near_miss.h"
#include "services/match/proposal.h"
#include "services/match/what_if.h"
#include "services/match/why_not.h"

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/job-orders/{id}/why-not/{candidate}", "shortlists:read", 0,
     "svar på, hvorfor en kandidat ikke er på kandidatlisten", why_not},
    {HTTP_GET, "/v1/job-orders/{id}/what-if", "shortlists:read", 0,
     "beregning af, hvad jobordrens krav koster", what_if},
    {HTTP_POST, "/v1/job-orders/what-if", "orders:write", REST_JSON,
     "beregning af, hvad en kommende jobordres krav koster", what_if_draft},
    {HTTP_GET, "/v1/job-orders/{id}/gap", "shortlists:read", 0,
     "beregning af, hvilket kursus der giver flere kandidater", gap},
    {HTTP_GET, "/v1/job-orders/{id}/near-misses", "shortlists:read", 0,
     "overblik over kandidater, der kun mangler et krav", near_misses},
    {HTTP_GET, "/v1/job-orders/{id}/proposals", "shortlists:read", 0,
     "overblik over bedre kandidater til en jobordre", proposal_list},
    {HTTP_PATCH, "/v1/proposals/{id}", "orders:write", REST_JSON | REST_IF_MATCH,
     "behandling af forslag om en bedre kandidat", proposal_change},
    {HTTP_POST, "/v1/job-orders/{id}/rerank", "orders:write", REST_JSON | REST_IF_MATCH,
     "ny rangering af en jobordre", proposal_rerank},
};
const struct rest_table match_routes = {routes, sizeof routes / sizeof routes[0]};
