#include "services/daemon/rooms.h"

#include "common/rest/lobby.h"
#include "services/access/access.h"
#include "services/citizen/citizen.h"
#include "services/deliver/deliver.h"
#include "services/employers/employers.h"
#include "services/figures/figures.h"
#include "services/forecast/forecast.h"
#include "services/leads/leads.h"
#include "services/match/match.h"
#include "services/orders/hours.h"
#include "services/orders/orders.h"
#include "services/orders/watch.h"
#include "services/pool/pool.h"
#include "services/shortlists/shortlists.h"
#include "services/vocabulary/vocabulary.h"

static const struct health_table metric_tables[] = {
    {http_metrics, &http_metrics_count},       {rest_metrics, &rest_metrics_count},
    {lobby_metrics, &lobby_metrics_count},     {access_metrics, &access_metrics_count},
    {pool_metrics, &pool_metrics_count},       {leads_metrics, &leads_metrics_count},
    {match_metrics, &match_metrics_count},     {suggest_metrics, &suggest_metrics_count},
    {deliver_metrics, &deliver_metrics_count}, {orders_metrics, &orders_metrics_count},
};

static struct metric *const warnings[] = {&match_memory_full};

const struct health rooms_health = {metric_tables, sizeof metric_tables / sizeof metric_tables[0],
                                    warnings, sizeof warnings / sizeof warnings[0]};

void rooms_create(struct rooms *rooms, const struct conf *conf, const struct keyring *keyring,
                  struct match *match, struct suggest_desk *suggest)
{
    const struct calendar_options calendar = hours_calendar(conf);

    *rooms = (struct rooms){.access = access_create(conf_text(conf, "daemon", "environment")),
                            .citizen = citizen_create(conf, keyring),
                            .pool = pool_create(keyring),
                            .orders = orders_create(conf),
                            .deliver = deliver_create(conf, keyring),
                            .figures = figures_create(&calendar),
                            .leads = leads_create(),
                            .shortlists = shortlists_create(keyring),
                            .match = match_door_create(match),
                            .suggest = suggest_door_create(suggest)};
}

void rooms_destroy(struct rooms *rooms)
{
    suggest_door_destroy(&rooms->suggest);
    match_door_destroy(&rooms->match);
    shortlists_destroy(&rooms->shortlists);
    leads_destroy(&rooms->leads);
    figures_destroy(&rooms->figures);
    deliver_destroy(&rooms->deliver);
    orders_destroy(&rooms->orders);
    pool_destroy(&rooms->pool);
    citizen_destroy(&rooms->citizen);
    access_destroy(&rooms->access);
}

void rooms_add_routes(const struct rooms *rooms, struct rest_router *router)
{
    rest_router_add(router, &pool_routes, rooms->pool);
    rest_router_add(router, &leads_routes, rooms->leads);
    rest_router_add(router, &orders_routes, rooms->orders);
    rest_router_add(router, &employers_routes, NULL);
    rest_router_add(router, &shortlists_routes, rooms->shortlists);
    rest_router_add(router, &citizen_routes, rooms->citizen);
    rest_router_add(router, &vocabulary_routes, NULL);
    rest_router_add(router, &suggest_routes, rooms->suggest);
    rest_router_add(router, &match_routes, rooms->match);
    rest_router_add(router, &deliver_routes, rooms->deliver);
    rest_router_add(router, &figures_routes, rooms->figures);
    rest_router_add(router, &forecast_routes, NULL);
}
