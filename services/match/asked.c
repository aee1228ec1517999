#include "services/match/asked.h"

#include <stdlib.h>
#include <string.h>

#define OCCUPATION_WEIGHT 5
#define UNIT_OF_REQUIREMENTS 3 /* the first ruleset */
#define ASKED_COUNTS_ONCE 3    /* the first ruleset */

/* ---- from the demand and the words ---- */

/* The strongest first, then by bytes; so of one code the strongest comes first. */
static int compare_words(const void *left, const void *right)
{
    const struct asked_word *l = left;
    const struct asked_word *r = right;
    if (l->relation != r->relation) {
        return l->relation < r->relation ? -1 : 1;
    }
    return strcmp(l->code, r->code);
}

static bool holds(const struct asked_word *words, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the ruleset lets a fact count by this relation. The first two knew related occupations in
 * place of the order's own occupation alone, not of one that a requirement names. */
static bool counts(int ruleset, size_t part, enum engine_relation relation)
{
    return engine_ruleset_counts(ruleset, relation) &&
           (part == 0 || relation != ENGINE_UNIT || ruleset >= UNIT_OF_REQUIREMENTS);
}

/* Whether the order asks for the code itself: then it earns its points there and nowhere else. */
static bool asked_itself(const struct asked_part *parts, size_t part_count, enum engine_kind kind,
                         const char *code)
{
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].kind == kind && holds(parts[i].codes, parts[i].code_count, code)) {
            return true;
        }
    }
    return false;
}

/* A part on its way: what the words say of each of its codes. */
struct found_part {
    const struct words_found *codes;
    size_t related_count; /* of all of them */
};

/* All that count in place of any of the part's codes, each once, none of them its own. */
static void relate(const struct words *words, int ruleset, struct asked_part *parts,
                   size_t part_count, size_t index, const struct found_part *known,
                   struct arena *arena)
{
    struct asked_part *part = &parts[index];
    struct asked_word *found = arena_array(arena, known->related_count, sizeof *found);
    size_t count = 0;
    for (size_t i = 0; i < part->code_count; i++) {
        for (size_t j = 0; j < known->codes[i].related_count; j++) {
            const struct words_relation *relation = &known->codes[i].related[j];
            if (counts(ruleset, index, relation->relation)) {
                found[count++] =
                    (struct asked_word){.code = relation->code, .relation = relation->relation};
            }
        }
    }
    if (count > 1) {
        qsort(found, count, sizeof *found, compare_words);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < ENGINE_RELATED_CAP; i++) {
        const bool elsewhere = ruleset >= ASKED_COUNTS_ONCE &&
                               found[i].relation != ENGINE_IMPLIED &&
                               asked_itself(parts, part_count, part->kind, found[i].code);
        if (!elsewhere && !holds(part->codes, part->code_count, found[i].code) &&
            !holds(found, kept, found[i].code)) {
            found[kept] = found[i];
            found[kept].code = arena_strdup(arena, found[i].code);
            found[kept].label =
                arena_strdup(arena, words_label(words, part->kind, found[kept].code));
            kept++;
        }
    }
    part->related = found;
    part->related_count = kept;
}

/* What the words say of all of the demand's codes: of its occupations, then of its requirements. */
static const struct words_found *look_up(const struct words *words, const struct demand *demand,
                                         struct arena *arena)
{
    const size_t count = demand->occupation_count + demand->requirement_count;
    struct words_key *keys = arena_array(arena, count, sizeof *keys);
    struct words_found *found = arena_array(arena, count, sizeof *found);
    for (size_t i = 0; i < demand->occupation_count; i++) {
        keys[i] = (struct words_key){ENGINE_OCCUPATION, demand->occupations[i]};
    }
    for (size_t i = 0; i < demand->requirement_count; i++) {
        const struct demand_requirement *wanted = &demand->requirements[i];
        keys[demand->occupation_count + i] = (struct words_key){wanted->kind, wanted->code};
    }
    words_look_all(words, keys, count, found);
    return found;
}

/* The codes with their labels, into the part; what else is known of them into `known`. */
static void take_codes(const char *const *codes, const struct words_found *found, size_t count,
                       struct arena *arena, struct asked_part *part, struct found_part *known)
{
    struct asked_word *labelled = arena_array(arena, count, sizeof *labelled);
    *known = (struct found_part){.codes = found};
    for (size_t i = 0; i < count; i++) {
        known->related_count += found[i].related_count;
        labelled[i] = (struct asked_word){
            .code = arena_strdup(arena, codes[i]),
            .label = arena_strdup(arena, found[i].label),
            .relation = ENGINE_EXACT,
        };
    }
    part->codes = labelled;
    part->code_count = count;
}

int asked_make(const struct demand *demand, int ruleset, const struct words *words,
               struct arena *arena, struct asked *asked)
{
    if (demand->occupation_count > ENGINE_OCCUPATIONS_CAP ||
        demand->requirement_count > ENGINE_REQUIREMENTS_CAP) {
        return ERROR_LIMIT;
    }
    const size_t part_count = 1 + demand->requirement_count;
    const struct words_found *found = look_up(words, demand, arena);
    struct asked_part *parts = arena_array(arena, part_count, sizeof *parts);
    struct found_part *known = arena_array(arena, part_count, sizeof *known);
    parts[0] = (struct asked_part){.kind = ENGINE_OCCUPATION, .weight = OCCUPATION_WEIGHT};
    take_codes(demand->occupations, found, demand->occupation_count, arena, &parts[0], &known[0]);
    found += demand->occupation_count;
    for (size_t i = 1; i < part_count; i++) {
        const struct demand_requirement *wanted = &demand->requirements[i - 1];
        parts[i] = (struct asked_part){
            .kind = wanted->kind,
            .must = wanted->must,
            .through_period = wanted->through_period,
            .weight = wanted->weight,
            .minimum_level = wanted->minimum_level,
        };
        take_codes(&wanted->code, &found[i - 1], 1, arena, &parts[i], &known[i]);
        parts[i].expires = known[i].codes[0].expires;
    }
    for (size_t i = 0; i < part_count; i++) {
        relate(words, ruleset, parts, part_count, i, &known[i], arena);
    }
    *asked = (struct asked){
        .order = arena_strdup(arena, demand->id),
        .ruleset = ruleset,
        .vocabulary_version = words_version(words),
        .as_of = demand->as_of,
        .k = demand_entries(demand),
        .place = demand->place,
        .radius_km = demand->radius_km,
        .start = demand->start,
        .end = demand->end,
        .work = demand->work,
        .parts = parts,
        .part_count = part_count,
    };
    return 0;
}

/* ---- to the engine ---- */

/* The vocabulary's codes of all that the parts ask for, one part after another. */
static const uint32_t *find_codes(const struct asked *asked, struct engine_vocabulary *vocabulary,
                                  struct arena *arena)
{
    const size_t count = asked->parts[0].code_count + asked->part_count - 1;
    const char **keys = arena_array(arena, count, sizeof *keys);
    uint32_t *codes = arena_array(arena, count, sizeof *codes);
    size_t filled = 0;
    for (size_t i = 0; i < asked->parts[0].code_count; i++) {
        keys[filled++] = asked->parts[0].codes[i].code;
    }
    for (size_t i = 1; i < asked->part_count; i++) {
        keys[filled++] = asked->parts[i].codes[0].code;
    }
    engine_vocabulary_find_all(vocabulary, keys, count, codes);
    return codes;
}

static const struct engine_related *related_codes(const struct asked_part *part,
                                                  struct engine_vocabulary *vocabulary,
                                                  struct arena *arena)
{
    const size_t count = part->related_count;
    if (count == 0) {
        return NULL;
    }
    struct engine_related *related = arena_array(arena, count, sizeof *related);
    const char **keys = arena_array(arena, count, sizeof *keys);
    uint32_t *codes = arena_array(arena, count, sizeof *codes);
    for (size_t i = 0; i < count; i++) {
        keys[i] = part->related[i].code;
    }
    engine_vocabulary_find_all(vocabulary, keys, count, codes);
    for (size_t i = 0; i < count; i++) {
        related[i] =
            (struct engine_related){.code = codes[i], .relation = part->related[i].relation};
    }
    return related;
}

int asked_order(const struct asked *asked, struct engine_vocabulary *vocabulary,
                struct arena *arena, struct engine_order *order)
{
    const struct asked_part *occupation = &asked->parts[0];
    const uint32_t *occupations = find_codes(asked, vocabulary, arena);
    const uint32_t *codes = occupations + occupation->code_count;
    struct engine_requirement *requirements =
        arena_array(arena, asked->part_count - 1, sizeof *requirements);
    for (size_t i = 1; i < asked->part_count; i++) {
        const struct asked_part *part = &asked->parts[i];
        requirements[i - 1] = (struct engine_requirement){
            .kind = part->kind,
            .code = codes[i - 1],
            .related = related_codes(part, vocabulary, arena),
            .related_count = part->related_count,
            .must = part->must,
            .weight = part->weight,
            .minimum_level = part->minimum_level,
            .expires = part->expires,
            .valid_through = part->through_period,
        };
    }
    *order = (struct engine_order){
        .occupations = occupations,
        .occupation_count = occupation->code_count,
        .related = related_codes(occupation, vocabulary, arena),
        .related_count = occupation->related_count,
        .occupation_must = occupation->must,
        .requirements = requirements,
        .requirement_count = asked->part_count - 1,
        .place = asked->place,
        .radius_km = asked->radius_km,
        .start = asked->start,
        .end = asked->end,
        .work = asked->work,
        .as_of = asked->as_of,
    };
    return engine_id_read(asked->order, order->id);
}
