#include "tests/services/deliver/scene.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/person.h"
#include "services/deliver/deliver.h"
#include "services/deliver/secrets.h"
#include "tests/support/pg_cluster.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE (120 * CLOCK_SECOND)

struct scene_thread {
    struct scene *scene;
    pthread_t pthread;
    struct loop *loop;
    struct pg_pool *pg;
    struct pg_listener *listener;
    struct sender *sender;
    sem_t draining; /* posted when the sender was told */
    atomic_bool drained;
};

/* --- set up --- */

static void must(int error, const struct error_detail *detail)
{
    if (error != 0)
        fail_msg("%s: %s", error_name(error), detail->private_text);
}

static char *read_file(const char *path)
{
    static char text[16384];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

void scene_configure(struct scene *scene, const char *lines)
{
    static const struct conf_table *const tables[] = {&deliver_conf};
    char path[] = "/tmp/emnebank-scene.XXXXXX";
    struct conf *conf = NULL;
    struct buffer faults;
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fprintf(file, "[deliver]\n%s", lines);
    fclose(file);
    buffer_init(&faults, 4096);
    if (conf_load(path, tables, 1, &conf, &faults) != 0)
        fail_msg("%s", faults.data);
    unlink(path);
    deliver_destroy(&scene->deliver);
    scene->deliver = deliver_create(conf, scene->keyring);
    conf_destroy(&conf);
    buffer_deinit(&faults);
}

int scene_set_up(void **state)
{
    static const char *const names[] = {"server", "0751", NULL};
    struct scene *scene = mem_zalloc(sizeof *scene);
    struct error_detail detail = {0};
    char path[64];
    *state = scene;
    scene->arena = arena_create(0);
    scene->conninfo = pg_cluster_database("deliver");
    must(session_open(scene->conninfo, NULL, &scene->admin, &detail), &detail);
    must(session_exec(scene->admin, read_file(SCENE_SQL), &detail), &detail);
    scene->receiver = receiver_create();
    snprintf(path, sizeof path, "/tmp/emnebank-scene-keys.%d", (int)getpid());
    unlink(path);
    must(keyring_generate(path, names, &detail), &detail);
    must(keyring_load(path, &scene->keyring, &detail), &detail);
    unlink(path);
    signature_key_make(SIGNATURE_V1, &scene->key);
    snprintf(scene->secret, sizeof scene->secret, "%s",
             signature_key_text(scene->arena, &scene->key));
    scene_configure(scene, "allow_loopback = true\ndeadline = 60s\nlease = 120s\n");
    return 0;
}

/* One line per request of this program, for tests/contract/events.py; PostgreSQL's line breaks
 * stand between values alone. */
static void keep_payloads(struct scene *scene)
{
    static bool begun;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.ndjson", PAYLOADS, program_invocation_short_name);
    FILE *file = fopen(path, begun ? "ae" : "we");
    begun = true;
    assert_non_null(file);
    for (size_t i = 0; i < receiver_requests(scene->receiver); i++) {
        const struct receiver_request *request = receiver_request(scene->receiver, i);
        for (size_t at = 0; at < request->length; at++)
            putc(request->body[at] == '\n' ? ' ' : request->body[at], file);
        putc('\n', file);
    }
    fclose(file);
}

int scene_tear_down(void **state)
{
    struct scene *scene = *state;
    scene_stop(scene);
    keep_payloads(scene);
    receiver_destroy(&scene->receiver);
    deliver_destroy(&scene->deliver);
    keyring_destroy(&scene->keyring);
    session_close(&scene->admin);
    arena_destroy(&scene->arena);
    mem_free(scene);
    return 0;
}

/* --- the sender's thread --- */

static void woken(const char *channel, const char *payload, void *argument)
{
    struct scene_thread *thread = argument;
    if (str_equal(channel, "emnebank_withdrawn"))
        sender_withdraw(thread->sender, payload);
    else
        sender_wake(thread->sender);
}

static void *run_thread(void *argument)
{
    static const char *const channels[] = {"emnebank_delivery", "emnebank_withdrawn"};
    struct scene_thread *thread = argument;
    const struct pg_options options = {
        .conninfo = thread->scene->conninfo, .user = "emnebank_deliver", .deadline = PATIENCE};
    thread->pg = pg_pool_create(thread->loop, &options);
    thread->sender = sender_create(thread->loop, thread->pg, thread->scene->deliver);
    thread->listener = pg_listener_create(thread->loop, &options, channels, 2, woken, thread);
    sender_start(thread->sender);
    loop_run(thread->loop);
    pg_listener_destroy(&thread->listener);
    sender_destroy(&thread->sender);
    pg_pool_destroy(&thread->pg);
    return NULL;
}

void scene_start(struct scene *scene)
{
    struct scene_thread *thread = mem_zalloc(sizeof *thread);
    assert_null(scene->thread);
    thread->scene = scene;
    thread->loop = loop_create();
    sem_init(&thread->draining, 0, 0);
    scene->thread = thread;
    assert_int_equal(pthread_create(&thread->pthread, NULL, run_thread, thread), 0);
}

static void wake(void *argument)
{
    struct scene_thread *thread = argument;
    sender_wake(thread->sender);
}

void scene_wake(struct scene *scene)
{
    loop_post(scene->thread->loop, wake, scene->thread);
}

static void drained(void *argument)
{
    struct scene_thread *thread = argument;
    atomic_store(&thread->drained, true);
}

static void drain(void *argument)
{
    struct scene_thread *thread = argument;
    sender_drain(thread->sender, drained, thread);
    sem_post(&thread->draining);
}

void scene_drain(struct scene *scene)
{
    loop_post(scene->thread->loop, drain, scene->thread);
    while (sem_wait(&scene->thread->draining) != 0)
        assert_int_equal(errno, EINTR);
}

bool scene_drained(struct scene *scene)
{
    return atomic_load(&scene->thread->drained);
}

void scene_stop(struct scene *scene)
{
    if (scene->thread == NULL)
        return;
    loop_stop(scene->thread->loop);
    pthread_join(scene->thread->pthread, NULL);
    loop_destroy(&scene->thread->loop);
    sem_destroy(&scene->thread->draining);
    mem_free(scene->thread);
    scene->thread = NULL;
    /* A claim that was already at the server is still carried out there. */
    scene_until(scene, "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename ="
                       " 'emnebank_deliver' AND datname ="
                       " current_database()");
}

/* --- SQL --- */

static const char *query(struct scene *scene, const char *text,
                         const struct pg_parameter *parameters, size_t count)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    int error = session_query(scene->admin, text, parameters, count, &result, &detail);
    if (error != 0)
        fail_msg("%s\n%s: %s", text, error_name(error), detail.private_text);
    if (pg_rows(result) == 0)
        return "";
    return arena_strdup(scene->arena, pg_text(result, 0, 0));
}

const char *scene_sql(struct scene *scene, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(scene->arena, format, arguments);
    va_end(arguments);
    return query(scene, text, NULL, 0);
}

void scene_assert(struct scene *scene, const char *expected, const char *text)
{
    const char *got = query(scene, text, NULL, 0);
    if (!str_equal(got, expected))
        fail_msg("'%s', not '%s': %s", got, expected, text);
}

void scene_until(struct scene *scene, const char *format, ...)
{
    va_list arguments;
    int64_t end = clock_monotonic() + PATIENCE;
    va_start(arguments, format);
    const char *text = arena_vprintf(scene->arena, format, arguments);
    va_end(arguments);
    while (!str_equal(query(scene, text, NULL, 0), "t")) {
        if (clock_monotonic() > end)
            fail_msg("never true: %s", text);
    }
}

void scene_until_requests(struct scene *scene, size_t count)
{
    int64_t end = clock_monotonic() + PATIENCE;
    while (receiver_requests(scene->receiver) < count) {
        if (clock_monotonic() > end)
            fail_msg("%zu requests, not %zu", receiver_requests(scene->receiver), count);
        sched_yield();
    }
}

/* --- rows --- */

const char *scene_endpoint_at(struct scene *scene, const char *organisation, const char *kinds,
                              const char *url)
{
    char id[RANDOM_UUID_SIZE];
    random_uuid(id);
    struct sealed_bytes sealed = secret_seal(scene->arena, scene->deliver, id, &scene->key);
    const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(organisation), PG_TEXT(url),
                                              PG_TEXT(kinds),
                                              PG_BYTES(sealed.bytes, sealed.length)};
    return query(
        scene,
        "WITH made AS (INSERT INTO emnebank.endpoint (id, organisation_id, url, kinds, state)"
        " VALUES ($1, $2, $3, $4, 'active') RETURNING id, organisation_id)"
        " INSERT INTO emnebank.endpoint_secret (endpoint_id, organisation_id, scheme, sealed)"
        " SELECT id, organisation_id, 'v1', $5::bytea FROM made RETURNING endpoint_id",
        parameters, 5);
}

const char *scene_endpoint(struct scene *scene, const char *organisation, const char *kinds)
{
    return scene_endpoint_at(
        scene, organisation, kinds,
        arena_printf(scene->arena, "http://127.0.0.1:%d/krog", receiver_port(scene->receiver)));
}

static struct pg_parameter bytes(struct sealed_bytes sealed)
{
    return PG_BYTES(sealed.bytes, sealed.length);
}

const char *scene_release(struct scene *scene)
{
    struct person_sealed sealed;
    int number = ++scene->released;
    const char *reference = arena_printf(scene->arena, "sag-%d", number);
    const struct person person = {
        .name = arena_printf(scene->arena, "Søren Prøve nr. %d (fiktiv)", number),
        .phone = "+45 00 00 00 00",
        .email = "soeren@example.dk",
        .address = "Hemmelig Vej 1",
        .note = "hemmelig note",
        .cpr = "0101901234"};
    person_seal(scene->arena, keyring_find(scene->keyring, "0751"), "0751", reference, &person,
                &sealed);
    const struct pg_parameter parameters[] = {
        PG_TEXT(arena_printf(scene->arena, "%d", number)),
        PG_TEXT(reference),
        bytes(sealed.wrapped_key),
        bytes(sealed.name),
        bytes(sealed.phone),
        bytes(sealed.email),
    };
    return query(scene, "SELECT scene_release($1, $2, $3, $4, $5, $6)", parameters, 6);
}

const char *scene_send(struct scene *scene, const char *release)
{
    const char *event = scene_sql(scene, "SELECT scene_send('%s')", release);
    return scene_sql(scene, "SELECT id FROM emnebank.delivery WHERE outbox_id = '%s' ORDER BY id",
                     event);
}

/* What the rooms put into the outbox with the kinds that the tests need, as proto/events has it. */
static const char *payload_of(const char *kind)
{
    if (str_equal(kind, "entry.changed"))
        return "{\"entry_id\": \"" SCENE_SHORTLIST "\", \"state\": \"confirmed\"}";
    if (str_equal(kind, "order.changed"))
        return "{\"state\": \"open\", \"version\": 1}";
    return "{}";
}

const char *scene_put(struct scene *scene, const char *kind, const char *receiver)
{
    const char *list = str_equal(kind, "order.changed") ? "NULL" : "'" SCENE_SHORTLIST "'";
    const char *event = scene_sql(scene,
                                  "SELECT emnebank.outbox_put('%s', '%s', '" SCENE_ORDER
                                  "', %s, event_payload => '%s')",
                                  kind, receiver, list, payload_of(kind));
    return scene_sql(scene, "SELECT id FROM emnebank.delivery WHERE outbox_id = '%s' ORDER BY id",
                     event);
}

/* --- the signature --- */

void scene_verify(struct scene *scene, const struct receiver_request *request)
{
    char id[128], stamp[32], signature[256];
    assert_true(receiver_header(request, "webhook-id", id, sizeof id));
    assert_true(receiver_header(request, "webhook-timestamp", stamp, sizeof stamp));
    assert_true(receiver_header(request, "webhook-signature", signature, sizeof signature));
    const char *command = arena_printf(scene->arena, "python3 '%s' '%s' '%s' '%s' '%s'", VERIFY_PY,
                                       scene->secret, id, stamp, signature);
    FILE *pipe = popen(command, "we");
    assert_non_null(pipe);
    assert_int_equal(fwrite(request->body, 1, request->length, pipe), request->length);
    assert_int_equal(pclose(pipe), 0);
}
