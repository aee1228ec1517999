#include "tests/services/match/golden.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_CAP 8
#define UNDATED ENGINE_NO_DAY
#define UNUSED ENGINE_NO_DAY

struct row {
    enum engine_kind kind;
    const char *code;
    uint8_t level;
    int32_t valid_until;
    int32_t last_used;
};

struct person {
    const char *name; /* for the reader of this file */
    int32_t available_from;
    uint16_t max_travel_km;
    bool is_protected;
    struct engine_place place;
    struct row facts[FACTS_CAP];
};

#define AARHUS                                                                                     \
    {                                                                                              \
        56148400, 10204500                                                                         \
    }
#define RANDERS                                                                                    \
    {                                                                                              \
        56464200, 10034100                                                                         \
    }
#define SKANDERBORG                                                                                \
    {                                                                                              \
        56037300, 9886700                                                                          \
    }

#define EPOXY(until)                                                                               \
    {                                                                                              \
        ENGINE_CERTIFICATE, "epoxy-isocyanate", 0, until, UNUSED                                   \
    }
#define ROAD(until)                                                                                \
    {                                                                                              \
        ENGINE_CERTIFICATE, "road-works", 0, until, UNUSED                                         \
    }
#define STRUCTURES                                                                                 \
    {                                                                                              \
        ENGINE_OCCUPATION, "7114.8", 0, UNDATED, 20700                                             \
    }
#define RELATED                                                                                    \
    {                                                                                              \
        ENGINE_OCCUPATION, "7114.1", 0, UNDATED, 20700                                             \
    }
#define POURING(level, used)                                                                       \
    {                                                                                              \
        ENGINE_COMPETENCE, "concrete-pouring", level, UNDATED, used                                \
    }
#define FORMWORK(level)                                                                            \
    {                                                                                              \
        ENGINE_COMPETENCE, "formwork", level, UNDATED, 20600                                       \
    }
#define DANISH(level)                                                                              \
    {                                                                                              \
        ENGINE_LANGUAGE, "da", level, UNDATED, UNUSED                                              \
    }
#define NEXT_YEAR GOLDEN_NEXT_YEAR
#define TODAY GOLDEN_AS_OF

static const struct person people[GOLDEN_CANDIDATES] = {
    {"1 Anna (fiktiv): everything",
     TODAY,
     50,
     false,
     AARHUS,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(4, 20700), FORMWORK(3), ROAD(NEXT_YEAR), DANISH(6)}},
    {"2 Bo (fiktiv): pouring one level low, road works expires before the start",
     TODAY,
     50,
     false,
     RANDERS,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(2, 20700), FORMWORK(2), ROAD(20849), DANISH(4)}},
    {"3 Carl (fiktiv): related trade, poured long ago, no formwork",
     TODAY,
     50,
     false,
     AARHUS,
     {EPOXY(NEXT_YEAR), RELATED, POURING(5, 18000), ROAD(NEXT_YEAR), DANISH(5)}},
    {"4 Ditte (fiktiv): as many points as Bo",
     TODAY,
     50,
     false,
     SKANDERBORG,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(2, 20600), FORMWORK(5), DANISH(3)}},
    {"5 Erik (fiktiv): epoxy runs out the day before the start",
     TODAY,
     50,
     false,
     AARHUS,
     {EPOXY(GOLDEN_START - 1), STRUCTURES, POURING(5, 20700)}},
    {"6 Fie (fiktiv): epoxy runs out on the start day, little else",
     TODAY,
     50,
     false,
     AARHUS,
     {EPOXY(GOLDEN_START), STRUCTURES}},
    {"7 Gert (fiktiv): epoxy without an expiry date",
     TODAY,
     50,
     false,
     AARHUS,
     {EPOXY(UNDATED), STRUCTURES, POURING(5, 20700)}},
    {"8 Hanne (fiktiv): no epoxy",
     TODAY,
     50,
     false,
     AARHUS,
     {STRUCTURES, POURING(5, 20700), FORMWORK(5), ROAD(NEXT_YEAR), DANISH(6)}},
    {"9 Ib (fiktiv): everything, and protected",
     TODAY,
     50,
     true,
     AARHUS,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(4, 20700), FORMWORK(3), ROAD(NEXT_YEAR), DANISH(6)}},
    {"10 Jan (fiktiv): will not travel from Randers",
     TODAY,
     40,
     false,
     RANDERS,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(4, 20700), FORMWORK(3), ROAD(NEXT_YEAR), DANISH(6)}},
    {"11 Kim (fiktiv): another trade, as many points as Carl",
     TODAY,
     50,
     false,
     SKANDERBORG,
     {EPOXY(NEXT_YEAR), POURING(3, 20700), FORMWORK(1), ROAD(NEXT_YEAR), DANISH(0)}},
    {"12 Lis (fiktiv): free the day after the start",
     GOLDEN_START + 1,
     50,
     false,
     AARHUS,
     {EPOXY(NEXT_YEAR), STRUCTURES, POURING(4, 20700), FORMWORK(3), ROAD(NEXT_YEAR), DANISH(6)}},
};

void golden_id(unsigned number, uint8_t id[ENGINE_ID_SIZE])
{
    static const uint8_t first[ENGINE_ID_SIZE] = {0x5f, 0x8d, 0, 0, 0, 0, 0x40, 0, 0x80};
    memcpy(id, first, ENGINE_ID_SIZE);
    id[ENGINE_ID_SIZE - 1] = (uint8_t)number;
}

static size_t read_facts(struct engine_vocabulary *vocabulary, const struct person *person,
                         struct engine_fact *facts)
{
    size_t count = 0;
    for (; count < FACTS_CAP && person->facts[count].code != NULL; count++) {
        const struct row *row = &person->facts[count];
        facts[count] = (struct engine_fact){
            .kind = row->kind,
            .code = engine_vocabulary_add(vocabulary, row->code),
            .level = row->level,
            .years = ENGINE_YEARS_UNKNOWN,
            .valid_until = row->valid_until,
            .last_used = row->last_used,
            .stated_on = GOLDEN_STATED,
        };
    }
    return count;
}

static struct engine_snapshot *build(struct engine_vocabulary *vocabulary)
{
    struct engine_candidate candidates[GOLDEN_CANDIDATES];
    struct engine_fact facts[GOLDEN_CANDIDATES][FACTS_CAP];
    for (size_t i = 0; i < GOLDEN_CANDIDATES; i++) {
        candidates[i] = (struct engine_candidate){
            .municipality = 751,
            .place = people[i].place,
            .max_travel_km = people[i].max_travel_km,
            .available_from = people[i].available_from,
            .work = ENGINE_PERMANENT | ENGINE_TEMPORARY,
            .screening_until = GOLDEN_AS_OF,
            .is_protected = people[i].is_protected,
            .facts = facts[i],
            .fact_count = read_facts(vocabulary, &people[i], facts[i]),
        };
        golden_id((unsigned)i + 1, candidates[i].id);
    }
    struct engine_snapshot *snapshot = NULL;
    if (engine_apply(NULL, 42, candidates, GOLDEN_CANDIDATES, &snapshot) != 0) {
        abort();
    }
    return snapshot;
}

static struct engine_requirement ask(struct engine_vocabulary *vocabulary, enum engine_kind kind,
                                     const char *code, uint8_t weight, uint8_t minimum_level)
{
    return (struct engine_requirement){
        .kind = kind,
        .code = engine_vocabulary_add(vocabulary, code),
        .weight = weight,
        .minimum_level = minimum_level,
        .expires = kind == ENGINE_CERTIFICATE,
    };
}

/* Weights 5 5 4 3 2 1: the shares are 250 250 200 150 100 50. */
void golden_create(struct golden *golden)
{
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    golden->vocabulary = vocabulary;
    /* Codes in another order than that of the words, as they may well come. */
    engine_vocabulary_add(vocabulary, "road-works");
    engine_vocabulary_add(vocabulary, "formwork");
    golden->snapshot = build(vocabulary);

    uint32_t *occupations = calloc(2, sizeof *occupations);
    struct engine_related *related = calloc(1, sizeof *related);
    struct engine_requirement *requirements = calloc(GOLDEN_REQUIREMENTS, sizeof *requirements);
    occupations[0] = engine_vocabulary_add(vocabulary, "7114.8");
    occupations[1] = engine_vocabulary_add(vocabulary, "7114.9");
    *related = (struct engine_related){engine_vocabulary_add(vocabulary, "7114.1"), ENGINE_UNIT};
    requirements[0] = ask(vocabulary, ENGINE_CERTIFICATE, "epoxy-isocyanate", 5, 0);
    requirements[0].must = true;
    requirements[1] = ask(vocabulary, ENGINE_COMPETENCE, "concrete-pouring", 4, 3);
    requirements[2] = ask(vocabulary, ENGINE_COMPETENCE, "formwork", 3, 2);
    requirements[3] = ask(vocabulary, ENGINE_CERTIFICATE, "road-works", 2, 0);
    requirements[4] = ask(vocabulary, ENGINE_LANGUAGE, "da", 1, 3);
    golden->order = (struct engine_order){
        .id = {0x01, 0x92, 0xa0, 0x00, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01},
        .occupations = occupations,
        .occupation_count = 2,
        .related = related,
        .related_count = 1,
        .requirements = requirements,
        .requirement_count = GOLDEN_REQUIREMENTS,
        .place = AARHUS,
        .radius_km = 60,
        .start = GOLDEN_START,
        .end = ENGINE_NO_DAY,
        .work = ENGINE_PERMANENT,
        .as_of = GOLDEN_AS_OF,
    };
}

void golden_destroy(struct golden *golden)
{
    free((void *)(uintptr_t)golden->order.occupations);
    free((void *)(uintptr_t)golden->order.related);
    free((void *)(uintptr_t)golden->order.requirements);
    engine_snapshot_destroy(&golden->snapshot);
    engine_vocabulary_destroy(&golden->vocabulary);
}
