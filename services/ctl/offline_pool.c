#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "services/ctl/offline.h"

#include <errno.h>
#include <string.h>

#define CHUNK 50000 /* candidates that are indexed at a time */
#define CHUNK_CAP ((size_t)4 << 30)
#define FACTS_CAP 1000
#define LINE_CAP ((size_t)1 << 20)
#define ID_CAP 100
#define TRAVEL_MAX 1000
#define YEARS_MAX 99

struct pool {
    const struct offline_places *places;
    struct engine_vocabulary *vocabulary;
    struct offline_ids *ids;
    struct offline_faults *faults;
    struct engine_snapshot *snapshot;
    struct arena *arena; /* of the chunk */
    struct engine_candidate *chunk;
    size_t count;
};

static struct engine_fact read_fact(struct json_check *check, const json_t *item, const char *base,
                                    struct engine_vocabulary *vocabulary)
{
    struct engine_fact fact = {.years = ENGINE_YEARS_UNKNOWN};
    const int kind = json_check_choice(check, item, base, "kind", JSON_REQUIRED, fact_kinds);
    const char *code = json_check_text(check, item, base, "code", JSON_REQUIRED, ID_CAP);
    if (offline_said(item, "level")) {
        fact.level =
            (uint8_t)json_check_integer(check, item, base, "level", JSON_OPTIONAL, 1, 6, 0);
    }
    if (offline_said(item, "years")) {
        fact.years = (uint8_t)json_check_integer(check, item, base, "years", JSON_OPTIONAL, 0,
                                                 YEARS_MAX, ENGINE_YEARS_UNKNOWN);
    }
    fact.valid_until = offline_read_day(check, item, base, "valid_until", JSON_OPTIONAL);
    fact.last_used = offline_read_day(check, item, base, "last_used", JSON_OPTIONAL);
    fact.stated_on = offline_read_day(check, item, base, "stated_on", JSON_REQUIRED);
    if (kind >= 0 && code != NULL) {
        fact.kind = (enum engine_kind)kind; /* fact_kinds has the order of enum engine_kind */
        fact.code = engine_vocabulary_add(vocabulary, code);
    }
    return fact;
}

static void read_facts(struct pool *pool, struct json_check *check, const json_t *body,
                       struct engine_candidate *candidate)
{
    const json_t *list = json_check_array(check, body, "", "facts", JSON_REQUIRED, FACTS_CAP);
    const size_t count = json_array_size(list);
    struct engine_fact *facts = arena_array(pool->arena, count, sizeof *facts);
    for (size_t i = 0; i < count; i++) {
        facts[i] = read_fact(check, json_array_get(list, i), json_check_item(check, "/facts", i),
                             pool->vocabulary);
    }
    candidate->facts = facts;
    candidate->fact_count = count;
}

static void read_id(struct pool *pool, struct json_check *check, const json_t *body,
                    struct engine_candidate *candidate)
{
    const char *name = json_object_get(body, "id") != NULL ? "id" : "external_ref";
    const char *text = json_check_text(check, body, "", name, JSON_REQUIRED, ID_CAP);
    if (text == NULL) {
        return;
    }
    const size_t before = offline_ids_add(pool->ids, text, pool->faults->line, candidate->id);
    if (before != 0) {
        json_check_fail(check, json_check_pointer(check, "", name), "DUPLICATE",
                        "Kandidaten står allerede på linje %zu.", before);
    }
}

static uint16_t read_municipality(struct json_check *check, const json_t *body)
{
    const char *code = json_check_text(check, body, "", "municipality", JSON_OPTIONAL, 4);
    int64_t number = 0;
    if (code != NULL && (strlen(code) != 4 || str_int64(code, 0, 9999, &number) != 0)) {
        json_check_fail(check, "/municipality", "FORMAT",
                        "Skal være kommunens kode på fire cifre, for eksempel 0751.");
    }
    return (uint16_t)number;
}

static void read_candidate(struct pool *pool, struct json_check *check, const json_t *body)
{
    struct engine_candidate *candidate = &pool->chunk[pool->count];
    *candidate = (struct engine_candidate){.screening_until = ENGINE_NO_DAY};
    read_id(pool, check, body, candidate);
    candidate->municipality = read_municipality(check, body);
    candidate->place = offline_read_place(check, body, pool->places, false);
    if (offline_said(body, "max_travel_km")) {
        candidate->max_travel_km = (uint16_t)json_check_integer(check, body, "", "max_travel_km",
                                                                JSON_OPTIONAL, 1, TRAVEL_MAX, 0);
    }
    candidate->available_from = offline_read_day(check, body, "", "available_from", JSON_OPTIONAL);
    candidate->work = offline_read_work(check, body);
    if (offline_said(body, "screening")) {
        const json_t *screening = json_check_object(check, body, "", "screening", JSON_OPTIONAL);
        candidate->screening_until =
            offline_read_day(check, screening, "/screening", "until", JSON_REQUIRED);
    }
    const int protection =
        offline_said(body, "protection")
            ? json_check_choice(check, body, "", "protection", JSON_OPTIONAL, protections)
            : 0;
    candidate->is_protected = protection > 0; /* the first of them is "none" */
    candidate->withdrawn = json_check_bool(check, body, "", "withdrawn", JSON_OPTIONAL, false);
    read_facts(pool, check, body, candidate);
    pool->count += json_check_ok(check) ? 1 : 0;
}

static int index_chunk(struct pool *pool)
{
    struct engine_snapshot *next = NULL;
    const int error = engine_apply(pool->snapshot, 1, pool->chunk, pool->count, &next);
    if (error == 0) {
        engine_snapshot_destroy(&pool->snapshot);
        pool->snapshot = next;
    }
    arena_reset(pool->arena);
    pool->count = 0;
    return error;
}

static int read_lines(struct pool *pool, struct offline_lines *lines)
{
    struct arena *line_arena = arena_create(LINE_CAP);
    int error = 0;
    json_t *body;
    while (error == 0 && (body = offline_next(lines, pool->faults)) != NULL) {
        struct json_check check;
        json_check_init(&check, line_arena);
        read_candidate(pool, &check, body);
        offline_faults_merge(pool->faults, &check);
        json_decref(body);
        arena_reset(line_arena);
        if (pool->count == CHUNK) {
            error = index_chunk(pool);
        }
    }
    arena_destroy(&line_arena);
    return error;
}

int offline_pool_read(const char *path, const struct offline_places *places,
                      struct engine_vocabulary *vocabulary, struct offline_ids *ids,
                      struct offline_faults *faults, struct engine_snapshot **snapshot)
{
    const size_t faults_before = faults->count;
    struct offline_lines lines = {.file = str_equal(path, "-") ? stdin : fopen(path, "re")};
    if (lines.file == NULL) {
        fprintf(stderr, "emnebank: %s kan ikke læses: %s\n", path, strerror(errno));
        return ERROR_IO;
    }
    struct pool pool = {
        .places = places,
        .vocabulary = vocabulary,
        .ids = ids,
        .faults = faults,
        .arena = arena_create(CHUNK_CAP),
        .chunk = mem_array(CHUNK, sizeof *pool.chunk),
    };
    faults->path = path;
    faults->line = 0;
    int error = read_lines(&pool, &lines);
    if (error == 0 && faults->count > faults_before) {
        error = ERROR_INVALID;
    }
    if (error == 0) {
        error = index_chunk(&pool);
    }
    if (error != 0) {
        engine_snapshot_destroy(&pool.snapshot);
    }
    *snapshot = pool.snapshot;
    mem_free(pool.chunk);
    arena_destroy(&pool.arena);
    offline_lines_close(&lines);
    return error;
}
