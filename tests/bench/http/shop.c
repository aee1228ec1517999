#include "tests/bench/http/shop.h"

#include "common/base/mem.h"
#include "common/domain/kinds.h"
#include "common/json/json.h"
#include "services/ctl/offline.h"
#include "services/match/day.h"
#include "tests/bench/engine/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1 /* any; the same for both servers and the client */
#define ORDERS 400
#define CODE_SIZE 32

struct shop {
    struct workload *workload;
    struct engine_snapshot *snapshot;
    struct engine_vocabulary *vocabulary;
    struct engine_scratch *scratch;
    struct words *words;
    struct offline_places *places;
};

/* ---- words and places ---- */

static enum engine_kind kind_of(uint32_t code)
{
    return code < WORKLOAD_FIRST_CERTIFICATE  ? ENGINE_COMPETENCE
           : code < WORKLOAD_FIRST_OCCUPATION ? ENGINE_CERTIFICATE
           : code < WORKLOAD_FIRST_LANGUAGE   ? ENGINE_OCCUPATION
                                              : ENGINE_LANGUAGE;
}

/* As codes of the official lists look: a few letters and digits. */
static void code_text(uint32_t code, char text[CODE_SIZE])
{
    static const char *const forms[] = {"opgave", "bevis", "koerekort", "sprog", "fag"};
    snprintf(text, CODE_SIZE, "%s-%05u", forms[kind_of(code)], (unsigned)code);
}

/* A label as long as ESCO's usual ones. */
static void label_text(uint32_t code, char *text, size_t size)
{
    static const char *const deeds[] = {"Udføre", "Planlægge", "Montere", "Efterse", "Tilpasse"};
    static const char *const things[] = {"støbearbejde", "afvanding", "bærende træværk",
                                         "belægning"};
    switch (kind_of(code)) {
    case ENGINE_CERTIFICATE:
        snprintf(text, size, "Kursusbevis nr. %u", (unsigned)code);
        break;
    case ENGINE_OCCUPATION:
        snprintf(text, size, "Anlægsfag nr. %u", (unsigned)code);
        break;
    case ENGINE_LANGUAGE:
        snprintf(text, size, "Sprog nr. %u", (unsigned)code);
        break;
    default:
        snprintf(text, size, "%s %s, opgave %u", deeds[code % 5], things[code / 5 % 4],
                 (unsigned)code);
    }
}

/* The workload's codes are the numbers that the vocabulary gives when they come in order. */
static void learn(struct shop *shop)
{
    for (uint32_t code = 1; code < WORKLOAD_CODES; code++) {
        char text[CODE_SIZE];
        char label[96];
        code_text(code, text);
        label_text(code, label, sizeof label);
        if (engine_vocabulary_add(shop->vocabulary, text) != code) {
            abort();
        }
        words_add(shop->words, kind_of(code), text, label, workload_expires(shop->workload, code));
    }
    for (unsigned town = 0; town < workload_town_count(shop->workload); town++) {
        char postcode[8];
        snprintf(postcode, sizeof postcode, "%04u", 1000 + town);
        offline_places_add(shop->places, postcode, workload_town_place(shop->workload, town));
    }
    offline_places_close(shop->places);
}

struct shop *shop_create(uint64_t size)
{
    struct shop *shop = mem_zalloc(sizeof *shop);
    shop->workload = workload_create(WORKLOAD_DENMARK, SEED);
    shop->snapshot = shop->workload != NULL ? pool_load(shop->workload, size) : NULL;
    shop->vocabulary = engine_vocabulary_create();
    shop->scratch = engine_scratch_create();
    shop->words = words_create(1);
    shop->places = offline_places_create();
    if (shop->snapshot == NULL) {
        shop_destroy(&shop);
        return NULL;
    }
    learn(shop);
    return shop;
}

void shop_destroy(struct shop **shop)
{
    if (*shop == NULL) {
        return;
    }
    offline_places_destroy(&(*shop)->places);
    words_release(&(*shop)->words);
    engine_scratch_destroy(&(*shop)->scratch);
    engine_vocabulary_destroy(&(*shop)->vocabulary);
    engine_snapshot_destroy(&(*shop)->snapshot);
    workload_destroy(&(*shop)->workload);
    mem_free(*shop);
    *shop = NULL;
}

/* ---- from a body to standings ---- */

int shop_rank(struct shop *shop, struct arena *arena, const char *body, size_t length,
              struct shop_ranked *ranked)
{
    struct json_fault fault;
    struct json_check *check = arena_alloc(arena, sizeof *check);
    struct demand demand;
    const json_t *parsed;
    if (json_read_in(arena, body, length, &parsed, &fault) != 0) {
        return ERROR_INVALID;
    }
    json_check_init(check, arena);
    offline_order_read(check, parsed, shop->places, WORKLOAD_AS_OF, &demand);
    int error = json_check_ok(check) ? 0 : ERROR_INVALID;
    if (error == 0) {
        error = asked_make(&demand, ENGINE_RULESET, shop->words, arena, &ranked->asked);
    }
    if (error == 0) {
        error = asked_order(&ranked->asked, shop->vocabulary, arena, &ranked->order);
    }
    if (error == 0) {
        error = engine_query(shop->snapshot, &ranked->order, ENGINE_STRICT, SHOP_TOP, shop->scratch,
                             &ranked->answer);
    }
    ranked->explain = (struct explain){
        .asked = &ranked->asked,
        .snapshot = shop->snapshot,
        .vocabulary = shop->vocabulary,
        .words = shop->words,
    };
    return error;
}

void shop_entry(struct shop *shop, const struct shop_ranked *ranked, size_t index,
                struct engine_entry *entry, struct engine_part *parts)
{
    engine_explain(shop->snapshot, &ranked->order, shop->scratch, index, entry, parts);
}

/* ---- bodies ---- */

static void write_day(struct writer *json, const char *name, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == ENGINE_NO_DAY) {
        return;
    }
    day_iso(day, text);
    writer_member_text(json, name, text);
}

static void write_requirement(const struct engine_requirement *requirement, struct writer *json)
{
    char code[CODE_SIZE];
    code_text(requirement->code, code);
    writer_object(json);
    writer_member_text(json, "kind", fact_kinds[requirement->kind]);
    writer_member_text(json, "code", code);
    writer_member_text(json, "necessity", requirement->must ? "must" : "nice");
    writer_member_unsigned(json, "weight", requirement->weight);
    if (requirement->minimum_level > 0) {
        writer_member_unsigned(json, "minimum_level", requirement->minimum_level);
    }
    if (requirement->valid_through) {
        writer_member_bool(json, "through_period", true);
    }
    writer_object_end(json);
}

static void write_kinds(uint8_t work, struct writer *json)
{
    static const char *const names[] = {"permanent",    "temporary",  "seasonal", "job_rotation",
                                        "wage_subsidy", "work_trial", "flex"};
    writer_member_array(json, "kinds");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((work & 1U << i) != 0) {
            writer_text(json, names[i]);
        }
    }
    writer_array_end(json);
}

void shop_body(const struct shop *shop, uint32_t number, struct buffer *json)
{
    struct workload_order made;
    struct writer writer;
    char text[ENGINE_ID_TEXT_SIZE];
    workload_order(shop->workload, WORKLOAD_STRICT, number, &made);
    engine_id_write(made.order.id, text);
    writer_init(&writer, json);
    writer_object(&writer);
    writer_member_text(&writer, "id", text);
    writer_member_integer(&writer, "posts", 10);
    snprintf(text, sizeof text, "%04u", 1000U + made.town);
    writer_member_text(&writer, "postcode", text);
    writer_member_unsigned(&writer, "radius_km", made.order.radius_km);
    write_day(&writer, "start_date", made.order.start);
    write_day(&writer, "end_date", made.order.end);
    write_kinds(made.order.work, &writer);
    writer_member_array(&writer, "occupations");
    for (size_t i = 0; i < made.order.occupation_count; i++) {
        code_text(made.order.occupations[i], text);
        writer_text(&writer, text);
    }
    writer_array_end(&writer);
    writer_member_array(&writer, "requirements");
    for (size_t i = 0; i < made.order.requirement_count; i++) {
        write_requirement(&made.order.requirements[i], &writer);
    }
    writer_array_end(&writer);
    writer_object_end(&writer);
    writer_finish(&writer);
}

bool shop_next_body(struct shop *shop, struct arena *arena, uint32_t *number, struct buffer *json)
{
    while (*number < ORDERS) {
        struct shop_ranked ranked;
        const uint32_t tried = (*number)++;
        buffer_clear(json);
        arena_reset(arena);
        shop_body(shop, tried, json);
        if (shop_rank(shop, arena, json->data, json->length, &ranked) != 0) {
            fprintf(stderr, "order %u is refused: %s\n", (unsigned)tried, json->data);
            abort();
        }
        if (ranked.answer->count == SHOP_TOP) {
            return true;
        }
    }
    return false;
}
