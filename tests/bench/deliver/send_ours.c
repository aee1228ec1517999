#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/crypto/keyring.h"
#include "common/ev/loop.h"
#include "common/fetch/fetch.h"
#include "common/pg/internal.h"
#include "services/deliver/outgoing.h"
#include "services/deliver/room.h"
#include "services/deliver/schedule.h"
#include "services/deliver/secrets.h"
#include "tests/bench/deliver/send.h"
#include "tests/bench/deliver/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_CAP ((size_t)4 << 20)
#define COLUMNS 64 /* more than a claim has; those that are not named here are NULL */
#define SEALED_CAP ((size_t)256)

struct our_sender {
    struct loop *loop;
    struct fetch_client *fetch;
    struct deliver deliver;
    struct pg_result claimed; /* a row for each connection */
    struct arena *arena;
    struct meter meter;
    bool over;
};

struct slot {
    struct our_sender *sender;
    size_t row;
};

static void start(struct slot *slot);

static void answered(const struct fetch_answer *answer, void *argument)
{
    struct slot *slot = argument;
    const struct decision decision = schedule_decide(answer, 1);
    if (slot->sender->over)
        return;
    if (decision.verdict != VERDICT_DELIVERED)
        fail("not delivered");
    slot->sender->over = !meter_count(&slot->sender->meter);
    if (slot->sender->over)
        loop_stop(slot->sender->loop);
    else
        start(slot);
}

static void start(struct slot *slot)
{
    struct our_sender *sender = slot->sender;
    struct outgoing outgoing;
    const char *reason = NULL;
    struct arena *arena = arena_create(ARENA_CAP); /* as sender.c does for each */
    if (outgoing_make(arena, &sender->deliver, &sender->claimed, slot->row, &outgoing, &reason) !=
        0)
        fail(reason);
    fetch_start(sender->fetch, &outgoing.request, answered, slot);
    outgoing_wipe(&outgoing);
    arena_destroy(&arena);
}

/* --- a claim's answer, without a database --- */

static void put(PGresult *result, size_t row, enum claim_column column, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL || PQsetvalue(result, (int)row, (int)column, copy, (int)strlen(copy)) == 0)
        fail("PQsetvalue");
    free(copy);
}

/* As the server writes a bytea. */
static void put_bytes(PGresult *result, size_t row, enum claim_column column,
                      const struct sealed_bytes *sealed)
{
    char text[2 + 2 * SEALED_CAP + 1] = "\\x";
    if (sealed->length > SEALED_CAP)
        fail("sealed");
    for (size_t i = 0; i < sealed->length; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", sealed->bytes[i]);
    put(result, row, column, text);
}

static void put_key(struct our_sender *sender, PGresult *result, size_t row, const char *endpoint,
                    enum signature_scheme scheme)
{
    struct signature_key key;
    signature_key_make(scheme, &key);
    const struct sealed_bytes sealed = secret_seal(sender->arena, &sender->deliver, endpoint, &key);
    put_bytes(result, row, scheme == SIGNATURE_V1 ? CLAIM_SECRETS : CLAIM_SIGNING_KEYS, &sealed);
}

static PGresult *make_claim(struct our_sender *sender, const struct plan *plan)
{
    PGresAttDesc columns[COLUMNS];
    char name[] = "?";
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (PGresAttDesc){.name = name};
    if (result == NULL || PQsetResultAttrs(result, COLUMNS, columns) == 0)
        fail("PQsetResultAttrs");
    for (size_t row = 0; row < plan->connections; row++) {
        char url[64];
        char endpoint[64];
        const size_t which = row % plan->port_count;
        snprintf(endpoint, sizeof endpoint, "0190d3e0-5f6a-7c11-8a53-0242ac12%04zu", which);
        snprintf(url, sizeof url, "http%s://127.0.0.1:%d/hooks", plan->ca == NULL ? "" : "s",
                 plan->ports[which]);
        put(result, row, CLAIM_DELIVERY, "0190d3e0-5f6a-7c11-8a53-0242ac120005");
        put(result, row, CLAIM_VERDICT, "send");
        put(result, row, CLAIM_ATTEMPT, "1");
        put(result, row, CLAIM_KIND, "entry.changed");
        put(result, row, CLAIM_EVENT_AT, "2026-11-23T08:00:00.000000Z");
        put(result, row, CLAIM_ENDPOINT, endpoint);
        put(result, row, CLAIM_URL, url);
        put(result, row, CLAIM_DATA, plan->data);
        put(result, row, CLAIM_VERSION, "4711");
        put(result, row, CLAIM_MODE, "full");
        put_key(sender, result, row, endpoint, SIGNATURE_V1);
        if (plan->both)
            put_key(sender, result, row, endpoint, SIGNATURE_V1A);
    }
    return result;
}

static const struct keyring *make_keyring(void)
{
    static const char *const names[] = {"server", NULL};
    char folder[] = "/tmp/emnebank-bench-keys.XXXXXX";
    char path[sizeof folder + 16];
    struct keyring *keyring = NULL;
    if (crypto_init() != 0 || mkdtemp(folder) == NULL)
        fail("keys");
    snprintf(path, sizeof path, "%s/keyring", folder);
    if (keyring_generate(path, names, NULL) != 0 || keyring_load(path, &keyring, NULL) != 0)
        fail("keys");
    unlink(path);
    rmdir(folder);
    return keyring;
}

struct meter send_ours(const struct plan *plan)
{
    static struct our_sender sender;
    static struct slot slots[SEND_CONNECTIONS_CAP];
    const struct fetch_options options = {.allow_loopback = true, .ca_file = plan->ca};
    sender.loop = loop_create();
    sender.fetch = fetch_client_create(sender.loop, &options);
    sender.deliver = (struct deliver){.keyring = make_keyring(), .allow_loopback = true};
    sender.arena = arena_create(ARENA_CAP);
    sender.claimed.handle = make_claim(&sender, plan);
    sender.meter = meter_start(plan);
    for (size_t i = 0; i < plan->connections && i < SEND_CONNECTIONS_CAP; i++) {
        slots[i] = (struct slot){&sender, i};
        start(&slots[i]);
    }
    loop_run(sender.loop);
    fetch_client_destroy(&sender.fetch);
    loop_destroy(&sender.loop);
    PQclear(sender.claimed.handle);
    arena_destroy(&sender.arena);
    return sender.meter;
}
