#include "services/match/match.h"
#include "services/match/why_not.h"

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/job-orders/{id}/why-not/{candidate}", "shortlists:read", 0,
     "svar på, hvorfor en kandidat ikke er på kandidatlisten", why_not},
};
const struct rest_table match_routes = {routes, sizeof routes / sizeof routes[0]};
