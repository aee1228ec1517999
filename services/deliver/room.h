/* What the files of this room share; nobody else includes it. */
#pragma once

#include "common/ev/worker.h"
#include "services/deliver/deliver.h"

struct deliver {
    const struct keyring *keyring;
    bool allow_loopback;
    char *ca_file;       /* NULL: what this machine trusts */
    size_t in_flight;    /* most requests under way in this process */
    size_t per_endpoint; /* most under way to one endpoint, on all machines together */
    int64_t connect_deadline;
    int64_t deadline;
    int64_t lease;
    int64_t poll;
    int64_t keep_days;          /* of events and deliveries, whole */
    int64_t keep_months;        /* of what became of a delivery */
    struct worker_pool *papers; /* writes PDFs, and mails */
    char *mail_server;          /* NULL: no mail is sent */
    char *mail_from;
    char *mail_to;
};

/* What belongs to an endpoint is sealed under the keyring's `server` key (secrets.h, identity.h).
 */
const struct crypto_key *deliver_server_key(const struct deliver *deliver);

extern struct metric deliver_attempts;
extern struct metric deliver_delivered;
extern struct metric deliver_retried;
extern struct metric deliver_dead;
extern struct metric deliver_cancelled;
extern struct metric deliver_lost;
extern struct metric deliver_in_flight;
extern struct metric deliver_held;
extern struct metric deliver_withdrawn;
extern struct metric deliver_stopped;
extern struct metric deliver_recalls_underway;
extern struct metric deliver_recalls_failed;
extern struct metric deliver_oldest;
extern struct metric deliver_outcomes[]; /* by enum fetch_class */
extern struct metric deliver_failing;
extern struct metric deliver_breakers;
extern struct metric deliver_snapshot;
extern struct metric deliver_fetched;

/* The id in a path, or NULL and a 404. */
const char *deliver_path_id(struct rest_call *call);

/* Runs a statement whose parameters are the id in the path and the version that the caller saw. */
void deliver_run_seen(struct rest_call *call, const struct sql_statement *statement);

/* A page of the statement's rows, each a document (JSON text) and its position; the limit becomes
 * its last parameter. */
void deliver_list(struct rest_call *call, const struct sql_statement *statement,
                  const struct pg_parameter *parameters, size_t count, size_t limit);

/* Handlers of the routes. */
void cv_get(struct rest_call *call);
void cv_link_get(struct rest_call *call);
void cv_link_post(struct rest_call *call);
void endpoint_post(struct rest_call *call);
void endpoint_get_all(struct rest_call *call);
void endpoint_get(struct rest_call *call);
void endpoint_patch(struct rest_call *call);
void endpoint_delete(struct rest_call *call);
void endpoint_post_test(struct rest_call *call);
void endpoint_post_challenge(struct rest_call *call);
void approval_get_all(struct rest_call *call);
void approval_post(struct rest_call *call);
void approval_delete(struct rest_call *call);
void secret_get_all(struct rest_call *call);
void secret_post(struct rest_call *call);
void identity_put(struct rest_call *call);
void identity_delete(struct rest_call *call);
void delivery_get_all(struct rest_call *call);
void delivery_get(struct rest_call *call);
void delivery_post_replay(struct rest_call *call);
void endpoint_post_replay(struct rest_call *call);
void event_get_all(struct rest_call *call);
void event_get_schema(struct rest_call *call);
void recall_get_all(struct rest_call *call);
void push_stop_get(struct rest_call *call);
void push_stop_put(struct rest_call *call);
