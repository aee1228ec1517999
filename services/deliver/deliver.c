#include "services/deliver/deliver.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/fetch/fetch.h"
#include "services/deliver/room.h"

#define PAPERS_QUEUED 64 /* PDFs; more are told to come again */
/* A lease must outlast its request and what it takes to tell the database of it. */
#define LEASE_MARGIN (10 * CLOCK_SECOND)

static const struct conf_key keys[] = {
    {.section = "deliver",
     .name = "allow_loopback",
     .type = CONF_BOOL,
     .fallback = "false",
     .help = "Lets webhooks go to this machine itself, over http too; for tests and demos, and "
             "refused in production."},
    {.section = "deliver",
     .name = "ca_file",
     .type = CONF_TEXT,
     .fallback = "",
     .help =
         "PEM file of the authorities that receivers' certificates must come from; empty: those "
         "that this machine trusts."},
    {.section = "deliver",
     .name = "mail_server",
     .type = CONF_TEXT,
     .fallback = "",
     .help = "smtp://host[:port] or smtps://host[:port] of a mail server that takes mail from this "
             "machine: operators hear there of endpoints that fail, are disabled or want "
             "attention. Empty: no mail. "
             "The same on every machine."},
    {.section = "deliver",
     .name = "mail_from",
     .type = CONF_TEXT,
     .fallback = "",
     .help = "The address that such mail comes from."},
    {.section = "deliver",
     .name = "mail_to",
     .type = CONF_TEXT,
     .fallback = "",
     .help = "Who gets it: addresses separated by commas."},
    {.section = "deliver",
     .name = "in_flight",
     .type = CONF_INTEGER,
     .unit = "requests",
     .fallback = "256",
     .minimum = 1,
     .maximum = 1024,
     .help = "Most webhooks under way at a time in this process."},
    {.section = "deliver",
     .name = "per_endpoint",
     .type = CONF_INTEGER,
     .unit = "requests",
     .fallback = "2",
     .minimum = 1,
     .maximum = 64,
     .help = "Most webhooks under way to one endpoint, on all machines together."},
    {.section = "deliver",
     .name = "connect_deadline",
     .type = CONF_DURATION,
     .fallback = "5s",
     .minimum = CLOCK_SECOND / 10,
     .maximum = CLOCK_MINUTE,
     .help = "For finding a receiver and connecting to it."},
    {.section = "deliver",
     .name = "deadline",
     .type = CONF_DURATION,
     .fallback = "20s",
     .minimum = CLOCK_SECOND / 10,
     .maximum = CLOCK_MINUTE,
     .help = "For one webhook, connecting and answer included."},
    {.section = "deliver",
     .name = "lease",
     .type = CONF_DURATION,
     .fallback = "60s",
     .minimum = CLOCK_SECOND,
     .maximum = CLOCK_HOUR,
     .help = "How long a claimed webhook is this process's own; at least 10 s longer than the "
             "deadline."},
    {.section = "deliver",
     .name = "poll",
     .type = CONF_DURATION,
     .fallback = "5s",
     .minimum = CLOCK_SECOND / 10,
     .maximum = 5 * CLOCK_SECOND,
     .help = "How often it looks for due webhooks when nobody woke it."},
    {.section = "deliver",
     .name = "keep_days",
     .type = CONF_INTEGER,
     .unit = "days",
     .fallback = "14",
     .minimum = 7,
     .maximum = 90,
     .help = "How long events and deliveries are kept whole: so far back the feeds reach and dead "
             "ones can be sent again."},
    {.section = "deliver",
     .name = "keep_months",
     .type = CONF_INTEGER,
     .unit = "months",
     .fallback = "13",
     .minimum = 6,
     .maximum = 13,
     .help = "How long it can be read what became of a delivery and its attempts."},
};

const struct conf_table deliver_conf = {keys, sizeof keys / sizeof *keys};

#define ENDPOINTS_PURPOSE "Opsætning af modtageradresser"
#define APPROVALS_PURPOSE "Godkendelse af modtageradresser"
#define DELIVERIES_PURPOSE "Opfølgning på leveringer"
#define CV_PURPOSE "Hentning af et CV, som er frigivet til virksomheden"
#define EVENTS_PURPOSE "Afhentning af hændelser"
#define RECALLS_PURPOSE "Opfølgning på tilbagekaldte CV'er"
#define STOP_PURPOSE "Stop for forsendelser"

static const struct rest_route routes[] = {
    {HTTP_POST, "/v1/endpoints", "endpoints:write", REST_JSON | REST_IDEMPOTENT, ENDPOINTS_PURPOSE,
     endpoint_post},
    {HTTP_GET, "/v1/endpoints", "endpoints:read", 0, ENDPOINTS_PURPOSE, endpoint_get_all},
    {HTTP_GET, "/v1/endpoints/{id}", "endpoints:read", 0, ENDPOINTS_PURPOSE, endpoint_get},
    {HTTP_PATCH, "/v1/endpoints/{id}", "endpoints:write", REST_JSON | REST_IF_MATCH,
     ENDPOINTS_PURPOSE, endpoint_patch},
    {HTTP_DELETE, "/v1/endpoints/{id}", "endpoints:write", REST_IF_MATCH, ENDPOINTS_PURPOSE,
     endpoint_delete},
    {HTTP_POST, "/v1/endpoints/{id}/test", "endpoints:write", 0, ENDPOINTS_PURPOSE,
     endpoint_post_test},
    {HTTP_POST, "/v1/endpoints/{id}/challenge", "endpoints:write", 0, ENDPOINTS_PURPOSE,
     endpoint_post_challenge},
    {HTTP_GET, "/v1/endpoints/approvals", "endpoints:approve", 0, APPROVALS_PURPOSE,
     approval_get_all},
    {HTTP_POST, "/v1/endpoints/{id}/approval", "endpoints:approve", REST_JSON | REST_IF_MATCH,
     APPROVALS_PURPOSE, approval_post},
    {HTTP_DELETE, "/v1/endpoints/{id}/approval", "endpoints:approve", REST_IF_MATCH,
     APPROVALS_PURPOSE, approval_delete},
    {HTTP_GET, "/v1/endpoints/{id}/secrets", "endpoints:read", 0, ENDPOINTS_PURPOSE,
     secret_get_all},
    {HTTP_POST, "/v1/endpoints/{id}/secrets", "endpoints:write", REST_JSON | REST_IDEMPOTENT,
     ENDPOINTS_PURPOSE, secret_post},
    {HTTP_PUT, "/v1/endpoints/{id}/certificate", "endpoints:write", REST_JSON | REST_IF_MATCH,
     ENDPOINTS_PURPOSE, identity_put},
    {HTTP_DELETE, "/v1/endpoints/{id}/certificate", "endpoints:write", REST_IF_MATCH,
     ENDPOINTS_PURPOSE, identity_delete},
    {HTTP_GET, "/v1/releases/{id}/cv", "cvs:read", REST_PDF, CV_PURPOSE, cv_get},
    {HTTP_POST, "/v1/releases/{id}/cv-link", "cvs:read", REST_JSON | REST_IDEMPOTENT, CV_PURPOSE,
     cv_link_post},
    {HTTP_GET, "/v1/cv/{token}", "cvs:read", REST_PDF, CV_PURPOSE, cv_link_get},
    {HTTP_GET, "/v1/deliveries", "endpoints:read", 0, DELIVERIES_PURPOSE, delivery_get_all},
    {HTTP_GET, "/v1/deliveries/{id}", "endpoints:read", 0, DELIVERIES_PURPOSE, delivery_get},
    {HTTP_POST, "/v1/deliveries/{id}/replay", "endpoints:write", 0, DELIVERIES_PURPOSE,
     delivery_post_replay},
    {HTTP_POST, "/v1/endpoints/{id}/replay", "endpoints:write", REST_JSON, DELIVERIES_PURPOSE,
     endpoint_post_replay},
    {HTTP_GET, "/v1/events", "events:read", 0, EVENTS_PURPOSE, event_get_all},
    {HTTP_GET, "/v1/recalls", "shortlists:read", 0, RECALLS_PURPOSE, recall_get_all},
    {HTTP_GET, "/v1/events/schemas/{kind}", NULL, REST_PUBLIC, NULL, event_get_schema},
    {HTTP_GET, "/v1/push-stop", "changes:read", 0, STOP_PURPOSE, push_stop_get},
    {HTTP_PUT, "/v1/push-stop", "shortlists:approve", REST_JSON | REST_IF_MATCH, STOP_PURPOSE,
     push_stop_put},
};

const struct rest_table deliver_routes = {routes, sizeof routes / sizeof *routes};

struct metric deliver_attempts =
    METRIC_COUNTER("emnebank_deliver_attempts_total", "Webhooks that were tried.");
struct metric deliver_delivered =
    METRIC_COUNTER("emnebank_deliver_delivered_total", "Webhooks that a receiver took (2xx).");
struct metric deliver_retried =
    METRIC_COUNTER("emnebank_deliver_retried_total", "Attempts that failed and are tried again.");
struct metric deliver_dead =
    METRIC_COUNTER("emnebank_deliver_dead_total", "Webhooks that were given up.");
struct metric deliver_cancelled =
    METRIC_COUNTER("emnebank_deliver_cancelled_total",
                   "CVs that were not sent because their release is no longer in force.");
struct metric deliver_lost =
    METRIC_COUNTER("emnebank_deliver_lease_lost_total",
                   "Attempts that ended after their lease had gone to another sender.");
struct metric deliver_in_flight =
    METRIC_GAUGE("emnebank_deliver_in_flight", "Webhooks that are under way.");

struct metric deliver_held =
    METRIC_COUNTER("emnebank_deliver_held_total",
                   "Webhooks that were given back unsent because pushes were stopped.");
struct metric deliver_withdrawn =
    METRIC_COUNTER("emnebank_deliver_withdrawn_total",
                   "Webhooks with a CV that were claimed when the yes was taken back.");
struct metric deliver_stopped =
    METRIC_GAUGE("emnebank_push_stopped", "1 while the team has stopped all pushes.");

struct metric deliver_fetched =
    METRIC_COUNTER("emnebank_deliver_cvs_fetched_total", "CVs that employers fetched themselves.");

struct metric deliver_oldest =
    METRIC_GAUGE("emnebank_deliver_oldest_waiting_seconds",
                 "Age of the oldest event that still waits to reach an endpoint in use.");
struct metric deliver_failing = METRIC_GAUGE(
    "emnebank_deliver_endpoints_failing", "Endpoints in use that have failed since they last took "
                                          "something.");
struct metric deliver_breakers =
    METRIC_GAUGE("emnebank_deliver_breakers_open",
                 "Endpoints in use that are not sent to, or one at a time, because they are away.");

struct metric deliver_snapshot =
    METRIC_GAUGE("emnebank_database_oldest_snapshot_seconds",
                 "How long the oldest transaction on the database has held its snapshot.");

struct metric deliver_outcomes[] = {
    [FETCH_ANSWERED] = METRIC_COUNTER("emnebank_deliver_attempts_answered_total",
                                      "Attempts that the receiver answered, with any status."),
    [FETCH_REFUSED_BY_POLICY] =
        METRIC_COUNTER("emnebank_deliver_attempts_refused_by_policy_total",
                       "Attempts that the address policy refused, or that could not be made."),
    [FETCH_DNS] = METRIC_COUNTER("emnebank_deliver_attempts_dns_total",
                                 "Attempts that found no address for the receiver's name."),
    [FETCH_CONNECT] = METRIC_COUNTER("emnebank_deliver_attempts_connect_total",
                                     "Attempts that got no connection."),
    [FETCH_TLS] =
        METRIC_COUNTER("emnebank_deliver_attempts_tls_total", "Attempts that failed at TLS."),
    [FETCH_TIMEOUT] = METRIC_COUNTER("emnebank_deliver_attempts_timeout_total",
                                     "Attempts that took longer than they may."),
    [FETCH_BROKEN] = METRIC_COUNTER("emnebank_deliver_attempts_broken_total",
                                    "Attempts whose connection broke off."),
    [FETCH_HELD] = METRIC_COUNTER("emnebank_deliver_attempts_held_total",
                                  "Attempts that were given back before their first byte."),
};

struct metric deliver_recalls_underway =
    METRIC_GAUGE("emnebank_deliver_recalls_underway",
                 "CVs called back in the last thirty days that not every place has heard of yet.");
struct metric deliver_recalls_failed =
    METRIC_GAUGE("emnebank_deliver_recalls_failed",
                 "CVs called back in the last thirty days of which a place could not be told.");

struct metric *const deliver_metrics[] = {
    &deliver_recalls_underway,
    &deliver_recalls_failed,
    &deliver_oldest,
    &deliver_failing,
    &deliver_breakers,
    &deliver_snapshot,
    &deliver_outcomes[FETCH_ANSWERED],
    &deliver_outcomes[FETCH_REFUSED_BY_POLICY],
    &deliver_outcomes[FETCH_DNS],
    &deliver_outcomes[FETCH_CONNECT],
    &deliver_outcomes[FETCH_TLS],
    &deliver_outcomes[FETCH_TIMEOUT],
    &deliver_outcomes[FETCH_BROKEN],
    &deliver_outcomes[FETCH_HELD],
    &deliver_fetched,
    &deliver_attempts,
    &deliver_delivered,
    &deliver_retried,
    &deliver_dead,
    &deliver_cancelled,
    &deliver_lost,
    &deliver_in_flight,
    &deliver_held,
    &deliver_withdrawn,
    &deliver_stopped,
};
const size_t deliver_metrics_count = sizeof deliver_metrics / sizeof *deliver_metrics;

int deliver_check(const struct conf *conf, struct error_detail *detail)
{
    if (conf_bool(conf, "deliver", "allow_loopback") &&
        str_equal(conf_text(conf, "daemon", "environment"), "production")) {
        error_detail_set(detail, "allow_loopback in production",
                         "[deliver] allow_loopback: is for tests and demos; production refuses it");
        return ERROR_INVALID;
    }
    const char *mail_server = conf_text(conf, "deliver", "mail_server");
    if (mail_server[0] != '\0' &&
        ((!str_starts(mail_server, "smtp://") && !str_starts(mail_server, "smtps://")) ||
         conf_text(conf, "deliver", "mail_from")[0] == '\0' ||
         conf_text(conf, "deliver", "mail_to")[0] == '\0')) {
        error_detail_set(detail, "mail_server",
                         "[deliver] mail_server: begins with smtp:// or smtps://, and wants "
                         "mail_from and mail_to");
        return ERROR_INVALID;
    }
    if (conf_duration(conf, "deliver", "lease") <
        conf_duration(conf, "deliver", "deadline") + LEASE_MARGIN) {
        error_detail_set(detail, "lease too short",
                         "[deliver] lease: must be at least 10 s longer than [deliver] deadline");
        return ERROR_INVALID;
    }
    return 0;
}

struct deliver *deliver_create(const struct conf *conf, const struct keyring *keyring)
{
    struct deliver *deliver = mem_zalloc(sizeof *deliver);
    deliver->keyring = keyring;
    deliver->allow_loopback = conf_bool(conf, "deliver", "allow_loopback");
    if (conf_text(conf, "deliver", "ca_file")[0] != '\0')
        deliver->ca_file = mem_strdup(conf_text(conf, "deliver", "ca_file"));
    deliver->in_flight = (size_t)conf_integer(conf, "deliver", "in_flight");
    deliver->per_endpoint = (size_t)conf_integer(conf, "deliver", "per_endpoint");
    deliver->connect_deadline = conf_duration(conf, "deliver", "connect_deadline");
    deliver->deadline = conf_duration(conf, "deliver", "deadline");
    deliver->lease = conf_duration(conf, "deliver", "lease");
    deliver->poll = conf_duration(conf, "deliver", "poll");
    deliver->keep_days = conf_integer(conf, "deliver", "keep_days");
    deliver->keep_months = conf_integer(conf, "deliver", "keep_months");
    if (conf_text(conf, "deliver", "mail_server")[0] != '\0')
        deliver->mail_server = mem_strdup(conf_text(conf, "deliver", "mail_server"));
    deliver->mail_from = mem_strdup(conf_text(conf, "deliver", "mail_from"));
    deliver->mail_to = mem_strdup(conf_text(conf, "deliver", "mail_to"));
    deliver->papers = worker_pool_create(1, PAPERS_QUEUED);
    return deliver;
}

void deliver_destroy(struct deliver **deliver)
{
    if (*deliver == NULL)
        return;
    worker_pool_destroy(&(*deliver)->papers);
    mem_free((*deliver)->ca_file);
    mem_free((*deliver)->mail_server);
    mem_free((*deliver)->mail_from);
    mem_free((*deliver)->mail_to);
    mem_free(*deliver);
    *deliver = NULL;
}

const struct crypto_key *deliver_server_key(const struct deliver *deliver)
{
    return keyring_find(deliver->keyring, "server");
}
