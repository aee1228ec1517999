/* `emnebank rank`: the daemon's own engine on files, with no database. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/json/writer.h"
#include "services/ctl/commands.h"
#include "services/ctl/offline.h"
#include "services/ctl/table.h"
#include "services/match/asked.h"
#include "services/match/day.h"
#include "services/match/explain.h"

#include <errno.h>
#include <string.h>

#define TOP_DEFAULT 20
#define ANSWER_CAP ((size_t)16 << 20) /* of what is not written yet: a few entries */
#define ANSWER_KEPT ((size_t)1 << 20)
#define TEXT_CAP ((size_t)1 << 20)
#define ORDER_CAP ((size_t)8 << 30) /* of an order, and of its whole list when it is for people */

struct ranker {
    struct context *context;
    struct offline_faults faults;
    struct words *words;
    struct offline_places *places;
    struct engine_vocabulary *vocabulary;
    struct offline_ids *candidates;
    struct offline_ids *orders;
    struct engine_snapshot *snapshot;
    struct engine_scratch *scratch;
    struct explain_heads *heads;
    struct buffer output;

    int ruleset;
    size_t top;
    enum engine_mode mode;
    bool explained;
    int32_t today;
};

/* One order on its way through. */
struct ranked {
    const char *name; /* as the file writes it */
    struct demand demand;
    struct asked asked;
    struct engine_order order;
    const struct engine_answer *answer;
    struct explain explain;
};

static int32_t today_in_denmark(void)
{
    int64_t since_midnight;
    return (int32_t)calendar_day_number(calendar_local(clock_now(), &since_midnight));
}

static int wrong_option(const char *text)
{
    fprintf(stderr, "emnebank: %s\n", text);
    return EXIT_USAGE;
}

static int read_number(struct context *context, const char *name, int64_t least, int64_t most,
                       int64_t fallback, int64_t *number)
{
    const char *text = command_value(context, name);
    *number = fallback;
    return text == NULL ? 0 : str_int64(text, least, most, number);
}

static int read_options(struct ranker *ranker)
{
    struct context *context = ranker->context;
    const char *mode = command_value(context, "mode");
    const char *explain = command_value(context, "explain");
    const char *as_of = command_value(context, "as-of");
    int64_t top, ruleset;
    if (read_number(context, "top", 1, ENGINE_ENTRIES_CAP, TOP_DEFAULT, &top) != 0) {
        return wrong_option("--top er et helt tal fra 1 til 10000");
    }
    if (read_number(context, "ruleset", ENGINE_RULESET_OLDEST, ENGINE_RULESET, ENGINE_RULESET,
                    &ruleset) != 0) {
        return wrong_option("--ruleset er nummeret på et udgivet regelsæt, 1 til 3");
    }
    if (mode != NULL && !str_equal(mode, "strict") && !str_equal(mode, "near-miss")) {
        return wrong_option("--mode er strict eller near-miss");
    }
    if (explain != NULL && !str_equal(explain, "full") && !str_equal(explain, "none")) {
        return wrong_option("--explain er full eller none");
    }
    ranker->today = today_in_denmark();
    if (as_of != NULL && day_read(as_of, &ranker->today) != 0) {
        return wrong_option("--as-of er en dag, for eksempel 2026-11-22");
    }
    ranker->top = (size_t)top;
    ranker->ruleset = (int)ruleset;
    ranker->mode = str_equal(mode, "near-miss") ? ENGINE_NEAR_MISS : ENGINE_STRICT;
    ranker->explained = !str_equal(explain, "none");
    return EXIT_DONE;
}

/* ---- one list ---- */

static const char *candidate_name(const struct ranker *ranker, const uint8_t id[ENGINE_ID_SIZE],
                                  char text[ENGINE_ID_TEXT_SIZE])
{
    const char *name = offline_ids_text(ranker->candidates, id);
    engine_id_write(id, text);
    return name != NULL ? name : text;
}

/* All that can be said of one entry. */
struct explained {
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
};

static void explain_entry(const struct ranker *ranker, const struct ranked *ranked, size_t index,
                          struct explained *explained)
{
    engine_explain(ranker->snapshot, &ranked->order, ranker->scratch, index, &explained->entry,
                   explained->parts);
}

static void write_entry(const struct ranker *ranker, const struct ranked *ranked, size_t index,
                        struct writer *json)
{
    const struct engine_standing *standing = &ranked->answer->standings[index];
    char id[ENGINE_ID_TEXT_SIZE];
    writer_object(json);
    writer_member_text(json, "candidate_id", candidate_name(ranker, standing->id, id));
    writer_member_unsigned(json, "rank", index + 1);
    writer_member_unsigned(json, "score", standing->score);
    writer_member_bool(json, "tied", standing->tied);
    if (ranker->mode == ENGINE_NEAR_MISS) {
        writer_name(json, "lacks");
        if (standing->lacks == ENGINE_LACKS_NONE) {
            writer_null(json);
        } else {
            writer_unsigned(json, standing->lacks);
        }
    }
    if (ranker->explained) {
        struct explained explained;
        explain_entry(ranker, ranked, index, &explained);
        if (explained.entry.has_distance) {
            writer_member_unsigned(json, "road_km", explained.entry.road_km);
        }
        explain_head_members(ranker->heads, &explained.entry, json);
    }
    writer_object_end(json);
}

/* A list of ten thousand explained entries is long: it is not kept until its end. */
static void write_out(struct ranker *ranker)
{
    fwrite(ranker->output.data, 1, ranker->output.length, stdout);
    buffer_clear(&ranker->output);
}

static void write_json(struct ranker *ranker, const struct ranked *ranked)
{
    char as_of[DAY_TEXT_SIZE];
    struct writer json;
    day_iso(ranked->asked.as_of, as_of);
    writer_init(&json, &ranker->output);
    writer_object(&json);
    writer_member_text(&json, "order_id", ranked->name);
    writer_member_integer(&json, "ruleset", ranker->ruleset);
    writer_member_text(&json, "mode", ranker->mode == ENGINE_STRICT ? "strict" : "near-miss");
    writer_member_text(&json, "as_of", as_of);
    writer_member_unsigned(&json, "considered", ranked->answer->pool);
    writer_member_unsigned(&json, "found", ranked->answer->found);
    if (ranker->explained) {
        writer_name(&json, "requirements");
        writer_begin_value(&json);
        explain_head_requirements(ranker->heads, &ranker->output);
    }
    writer_member_array(&json, "entries");
    for (size_t i = 0; i < ranked->answer->count; i++) {
        write_entry(ranker, ranked, i, &json);
        if (ranker->output.length > ANSWER_KEPT) {
            write_out(ranker);
        }
    }
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
    buffer_char(&ranker->output, '\n');
    write_out(ranker);
}

static const char *say_entry(const struct ranker *ranker, struct arena *arena,
                             const struct ranked *ranked, size_t index)
{
    struct explained explained;
    struct buffer text;
    explain_entry(ranker, ranked, index, &explained);
    buffer_init(&text, TEXT_CAP);
    explain_head_text(ranker->heads, &explained.entry, &text);
    const char *copy = arena_strndup(arena, text.data, text.length);
    buffer_deinit(&text);
    return copy;
}

static void print_list(struct ranker *ranker, struct arena *arena, const struct ranked *ranked)
{
    const struct engine_answer *answer = ranked->answer;
    struct table_row *rows = arena_array(arena, answer->count + 1, sizeof *rows);
    rows[0] = (struct table_row){{"NR", "POINT", "KANDIDAT", "BEGRUNDELSE"}};
    for (size_t i = 0; i < answer->count; i++) {
        char *id = arena_alloc(arena, ENGINE_ID_TEXT_SIZE);
        rows[i + 1] =
            (struct table_row){{arena_printf(arena, "%zu", i + 1),
                                arena_printf(arena, "%u", (unsigned)answer->standings[i].score),
                                candidate_name(ranker, answer->standings[i].id, id),
                                ranker->explained ? say_entry(ranker, arena, ranked, i) : ""}};
    }
    printf("Jobordre %s: %zu af %zu kandidater opfylder %s, regelsæt %d\n", ranked->name,
           answer->found, answer->pool,
           ranker->mode == ENGINE_STRICT ? "alle ufravigelige krav" : "alle krav på nær højst ét",
           ranker->ruleset);
    table_print(rows, answer->count + 1, 4);
    putchar('\n');
}

/* The asked order in the engine's terms; its id is the one that the name stands for. */
static int prepare(struct ranker *ranker, struct arena *arena, struct ranked *ranked)
{
    uint8_t id[ENGINE_ID_SIZE];
    const size_t before =
        offline_ids_add(ranker->orders, ranked->demand.id, ranker->faults.line, id);
    if (before != 0) {
        offline_fault(&ranker->faults, "/id",
                      arena_printf(arena, "Jobordren står allerede på linje %zu.", before));
        return ERROR_INVALID;
    }
    char *text = arena_alloc(arena, ENGINE_ID_TEXT_SIZE);
    engine_id_write(id, text);
    ranked->name = ranked->demand.id;
    ranked->demand.id = text;
    const int error =
        asked_make(&ranked->demand, ranker->ruleset, ranker->words, arena, &ranked->asked);
    return error != 0 ? error
                      : asked_order(&ranked->asked, ranker->vocabulary, arena, &ranked->order);
}

static int rank_order(struct ranker *ranker, struct arena *arena, const json_t *body)
{
    struct json_check check;
    struct ranked ranked = {0};
    json_check_init(&check, arena);
    offline_order_read(&check, body, ranker->places, ranker->today, &ranked.demand);
    offline_faults_merge(&ranker->faults, &check);
    if (!json_check_ok(&check) || prepare(ranker, arena, &ranked) != 0 ||
        engine_query(ranker->snapshot, &ranked.order, ranker->mode, ranker->top, ranker->scratch,
                     &ranked.answer) != 0) {
        return ERROR_INVALID;
    }
    ranked.explain = (struct explain){
        .asked = &ranked.asked,
        .snapshot = ranker->snapshot,
        .vocabulary = ranker->vocabulary,
        .words = ranker->words,
    };
    explain_heads_write(ranker->heads, &ranked.explain);
    if (ranker->context->json) {
        write_json(ranker, &ranked);
    } else {
        print_list(ranker, arena, &ranked);
    }
    return 0;
}

static int rank_orders(struct ranker *ranker, const char *path)
{
    struct offline_lines lines = {.file = str_equal(path, "-") ? stdin : fopen(path, "re")};
    if (lines.file == NULL) {
        fprintf(stderr, "emnebank: %s kan ikke læses: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    struct arena *arena = arena_create(ORDER_CAP);
    json_t *body;
    size_t refused = 0;
    ranker->faults.path = path;
    ranker->faults.line = 0;
    while (!ferror(stdout) && (body = offline_next(&lines, &ranker->faults)) != NULL) {
        refused += rank_order(ranker, arena, body) != 0 ? 1 : 0;
        json_decref(body);
        arena_reset(arena);
    }
    arena_destroy(&arena);
    offline_lines_close(&lines);
    offline_faults_close(&ranker->faults);
    return ranker->faults.count > 0 || refused > 0 ? EXIT_PARTLY : EXIT_DONE;
}

static int read_files(struct ranker *ranker)
{
    const char *folder = command_value(ranker->context, "vocabulary");
    int error = offline_words_read(ranker->context->arena, folder, &ranker->faults, &ranker->words,
                                   ranker->places);
    if (error == 0) {
        error = offline_pool_read(command_value(ranker->context, "pool"), ranker->places,
                                  ranker->vocabulary, ranker->candidates, &ranker->faults,
                                  &ranker->snapshot);
    }
    if (error != 0) {
        offline_faults_close(&ranker->faults);
        return error == ERROR_IO ? EXIT_USAGE : EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int run_rank(struct context *context)
{
    struct ranker ranker = {.context = context};
    int code = read_options(&ranker);
    if (code != EXIT_DONE) {
        return code;
    }
    ranker.places = offline_places_create();
    ranker.vocabulary = engine_vocabulary_create();
    ranker.candidates = offline_ids_create();
    ranker.orders = offline_ids_create();
    ranker.scratch = engine_scratch_create();
    ranker.heads = explain_heads_create(context->json ? EXPLAIN_JSON : EXPLAIN_PLAIN);
    buffer_init(&ranker.output, ANSWER_CAP);
    code = read_files(&ranker);
    if (code == EXIT_DONE) {
        code = rank_orders(&ranker, command_value(context, "orders"));
    }
    buffer_deinit(&ranker.output);
    explain_heads_destroy(&ranker.heads);
    engine_scratch_destroy(&ranker.scratch);
    engine_snapshot_destroy(&ranker.snapshot);
    offline_ids_destroy(&ranker.orders);
    offline_ids_destroy(&ranker.candidates);
    engine_vocabulary_destroy(&ranker.vocabulary);
    words_release(&ranker.words);
    offline_places_destroy(&ranker.places);
    return code;
}
