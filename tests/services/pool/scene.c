#include "tests/services/pool/scene.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/access/access.h"
#include "services/pool/pool.h"
#include "tests/support/api.h"
#include "tests/support/pg_cluster.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWERS_CAP 2000

struct scene {
    const char *conninfo;
    struct session *root;
    struct arena *arena;
    struct access_made keys[CALLERS];
    const char *organisations[CALLERS];
    json_t *answers[ANSWERS_CAP];
    size_t answer_count;

    char folder[64];
    int log; /* the file that stands in for stderr */
    int stderr_kept;

    struct keyring *keyring;
    struct access *access;
    struct pool *pool;
    struct api *api;
};

static const char *const names[CALLERS] = {"0751", "0730", "team", "12345674", ""};

static void organisations_insert(struct scene *scene)
{
    scene_exec(scene, "INSERT INTO organisation (kind, name, municipality_code, cvr) VALUES"
                      " ('municipality', 'Aarhus Kommune', '0751', '55133018'),"
                      " ('municipality', 'Randers Kommune', '0730', '29189668'),"
                      " ('team', 'Team Bygge & Anlæg', NULL, NULL),"
                      " ('employer', 'Beton A/S (fiktiv)', NULL, '12345674')");
}

static void keys_make(struct scene *scene)
{
    struct error_detail detail = {{0}, {0}};

    for (int i = 0; i < NOBODY; i++) {
        const struct access_request request = {
            .organisation = names[i], .environment = "test", .label = "prøve", .days = 30};
        if (access_keys_create(scene->root, &request, &scene->keys[i], &detail) != 0)
            fail_msg("%s %s", detail.public_text, detail.private_text);
        scene->organisations[i] = scene_text(
            scene, arena_printf(scene->arena, "SELECT organisation_id FROM api_key WHERE id = '%s'",
                                scene->keys[i].id));
    }
    scene->organisations[NOBODY] = "";
}

static void server_start(struct scene *scene)
{
    static const char *const municipalities[] = {"0751", "0730", "server", NULL};
    char path[96];
    struct error_detail detail = {{0}, {0}};

    snprintf(path, sizeof path, "%s/keys", scene->folder);
    assert_int_equal(keyring_generate(path, municipalities, &detail), 0);
    assert_int_equal(keyring_load(path, &scene->keyring, &detail), 0);
    scene->access = access_create("test");
    scene->pool = pool_create(scene->keyring);
    scene->api = api_create(scene->conninfo, access_authenticate, scene->access);
    api_add(scene->api, &pool_routes, scene->pool);
    api_start(scene->api);
}

/* What the server writes on stderr goes to a file, so that a test can read it. */
static void log_keep(struct scene *scene)
{
    char path[96];

    snprintf(path, sizeof path, "%s/log", scene->folder);
    scene->log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(scene->log >= 0);
    scene->stderr_kept = dup(STDERR_FILENO);
    assert_true(dup2(scene->log, STDERR_FILENO) >= 0);
}

int scene_open(void **state)
{
    struct scene *scene = mem_zalloc(sizeof *scene);
    struct error_detail detail = {{0}, {0}};

    assert_int_equal(crypto_init(), 0);
    scene->arena = arena_create((size_t)1 << 30);
    snprintf(scene->folder, sizeof scene->folder, "/tmp/emnebank-pool.XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    scene->conninfo = pg_cluster_database("pool");
    if (session_open(scene->conninfo, NULL, &scene->root, &detail) != 0)
        fail_msg("%s", detail.private_text);
    scene_exec(scene, "SET search_path TO emnebank, public");
    organisations_insert(scene);
    keys_make(scene);
    log_keep(scene);
    server_start(scene);
    *state = scene;
    return 0;
}

static void folder_remove(const struct scene *scene)
{
    static const char *const files[] = {"keys", "log"};
    char path[96];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", scene->folder, files[i]);
        unlink(path);
    }
    rmdir(scene->folder);
}

int scene_close(void **state)
{
    struct scene *scene = *state;

    api_stop(&scene->api);
    dup2(scene->stderr_kept, STDERR_FILENO);
    close(scene->stderr_kept);
    close(scene->log);
    folder_remove(scene);
    pool_destroy(&scene->pool);
    access_destroy(&scene->access);
    keyring_destroy(&scene->keyring);
    session_close(&scene->root);
    for (size_t i = 0; i < scene->answer_count; i++)
        json_decref(scene->answers[i]);
    arena_destroy(&scene->arena);
    mem_free(scene);
    return 0;
}

struct session *scene_root(struct scene *scene)
{
    return scene->root;
}

struct session *scene_role(struct scene *scene, const char *role)
{
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_open(scene->conninfo, role, &session, &detail) != 0)
        fail_msg("%s", detail.private_text);
    return session;
}

const char *scene_organisation(struct scene *scene, enum caller caller)
{
    return scene->organisations[caller];
}

const char *scene_key_id(struct scene *scene, enum caller caller)
{
    return scene->keys[caller].id;
}

const char *scene_log(struct scene *scene)
{
    off_t size = lseek(scene->log, 0, SEEK_END);
    char *text = arena_alloc(scene->arena, (size_t)size + 1);

    assert_int_equal(pread(scene->log, text, (size_t)size, 0), size);
    return text;
}

int scene_send(struct scene *scene, enum caller caller, const char *line, const char *headers,
               const char *body, size_t length)
{
    const char *with_key = caller == NOBODY
                               ? headers
                               : arena_printf(scene->arena, "Authorization: Bearer %s\r\n%s",
                                              scene->keys[caller].text, headers);

    return api_send(scene->api, line, with_key, body, length);
}

struct answer scene_receive(struct scene *scene, int socket)
{
    const struct api_answer raw = api_receive(socket, scene->arena);
    const struct answer answer = {.status = raw.status,
                                  .head = raw.head,
                                  .body = raw.body,
                                  .length = raw.length,
                                  .json = json_loadb(raw.body, raw.length, 0, NULL)};

    assert_true(scene->answer_count < ANSWERS_CAP);
    scene->answers[scene->answer_count++] = answer.json;
    return answer;
}

struct answer scene_request(struct scene *scene, enum caller caller, const char *line,
                            const char *headers, const char *body, size_t length)
{
    return scene_receive(scene, scene_send(scene, caller, line, headers, body, length));
}

struct answer scene_json(struct scene *scene, enum caller caller, const char *line,
                         const char *headers, const char *body)
{
    if (body != NULL)
        headers = arena_printf(scene->arena, "Content-Type: application/json\r\n%s", headers);
    return scene_request(scene, caller, line, headers, body, body != NULL ? strlen(body) : 0);
}

static const struct pg_result *query(struct scene *scene, const char *text)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(scene->root, text, NULL, 0, &result, &detail) != 0)
        fail_msg("%s: %s", text, detail.private_text);
    assert_int_equal(pg_rows(result), 1);
    return result;
}

int64_t scene_number(struct scene *scene, const char *text)
{
    return pg_int64(query(scene, text), 0, 0);
}

const char *scene_text(struct scene *scene, const char *text)
{
    return arena_strdup(scene->arena, pg_text(query(scene, text), 0, 0));
}

void scene_exec(struct scene *scene, const char *script)
{
    struct error_detail detail = {{0}, {0}};

    if (session_exec(scene->root, script, &detail) != 0)
        fail_msg("%s: %s", script, detail.private_text);
}

const char *scene_body(struct scene *scene, const char *name, const char *postcode,
                       const char *facts)
{
    return arena_printf(scene->arena,
                        "{\"person\":{\"name\":\"%s\",\"phone\":\"+45 20 00 00 00\"},"
                        "\"postcode\":\"%s\",\"max_travel_km\":50,\"available_from\":"
                        "\"2026-12-01\",\"kinds\":[\"permanent\",\"temporary\"],"
                        "\"protection\":\"none\",\"facts\":%s}",
                        name, postcode, facts);
}
