/*
 * bench_export --data FOLDER --size N [--region dk|eu] [--seed S] [--open N]
 *
 * The generated world in neutral files for the peers, little-endian columns and text:
 *
 *     world.txt          a name and a number per line
 *     distances.u16      road kilometres [from town * towns + to town]
 *     orders.txt         class number town radius start work part ...; a part is
 *                        code:must:minimum:share:ages:valid_on
 *     open.txt           the open orders for reverse matching, likewise
 *     town.u16 ...       a column per term of a candidate; unknown town: 65535
 *     fact_from.u32      facts of candidate i: [i] to [i + 1]
 *     fact_code.u16 ...  a column per property of a fact
 *     changed_*          the same columns for 2,000 candidates that take the place of others
 *
 * What a peer may work out beforehand is worked out: `until` is the last day on which a fact counts
 * (R10, R11), `used` the day by which it ages (R13); 32767 never ends, -32768 never holds.
 */
#include "tests/bench/oracle/judge.h"
#include "tests/bench/workload/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CHANGED 2000
#define FOREVER INT16_MAX
#define NEVER INT16_MIN

enum column {
    TOWN,
    TRAVEL,
    AVAILABLE,
    WORK,
    SCREENING,
    HIDDEN,
    FACT_FROM,
    FACT_CODE,
    FACT_LEVEL,
    FACT_UNTIL,
    FACT_USED,
    COLUMN_COUNT
};

static const struct {
    const char *name;
    size_t width;
} columns[COLUMN_COUNT] = {
    [TOWN] = {"town.u16", 2},
    [TRAVEL] = {"travel.u16", 2},
    [AVAILABLE] = {"available.i16", 2},
    [WORK] = {"work.u8", 1},
    [SCREENING] = {"screening.i16", 2},
    [HIDDEN] = {"hidden.u8", 1},
    [FACT_FROM] = {"fact_from.u32", 4},
    [FACT_CODE] = {"fact_code.u16", 2},
    [FACT_LEVEL] = {"fact_level.u8", 1},
    [FACT_UNTIL] = {"fact_until.i16", 2},
    [FACT_USED] = {"fact_used.i16", 2},
};

static FILE *create(const char *folder, const char *prefix, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, prefix, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void finish(FILE *file)
{
    if (fclose(file) != 0) {
        perror("close");
        exit(1);
    }
}

/* On a little-endian machine, as all that we measure on. */
static void put(FILE **files, enum column column, int64_t value)
{
    fwrite(&value, columns[column].width, 1, files[column]);
}

static void put_fact(FILE **files, const struct workload *workload, const struct engine_fact *fact)
{
    const bool ages = fact->kind == ENGINE_COMPETENCE || fact->kind == ENGINE_OCCUPATION;
    put(files, FACT_CODE, fact->code);
    put(files, FACT_LEVEL, fact->level);
    put(files, FACT_UNTIL,
        fact->valid_until != ENGINE_NO_DAY       ? fact->valid_until
        : workload_expires(workload, fact->code) ? NEVER
                                                 : FOREVER);
    put(files, FACT_USED,
        !ages                              ? FOREVER
        : fact->last_used != ENGINE_NO_DAY ? fact->last_used
                                           : fact->stated_on);
}

static void write_candidates(const struct workload *workload, const char *folder,
                             const char *prefix, uint64_t first, uint64_t count)
{
    FILE *files[COLUMN_COUNT];
    for (int i = 0; i < COLUMN_COUNT; i++) {
        files[i] = create(folder, prefix, columns[i].name);
    }
    struct workload_candidate who;
    uint32_t facts = 0;
    for (uint64_t i = 0; i < count; i++) {
        workload_candidate(workload, first + i, &who);
        const struct engine_candidate *candidate = &who.candidate;
        put(files, TOWN, who.town);
        put(files, TRAVEL, candidate->max_travel_km);
        put(files, AVAILABLE,
            candidate->available_from == ENGINE_NO_DAY ? FOREVER : candidate->available_from);
        put(files, WORK, candidate->work);
        put(files, SCREENING,
            candidate->screening_until == ENGINE_NO_DAY ? NEVER : candidate->screening_until);
        put(files, HIDDEN, candidate->is_protected || candidate->withdrawn);
        put(files, FACT_FROM, facts);
        for (size_t k = 0; k < candidate->fact_count; k++) {
            put_fact(files, workload, &candidate->facts[k]);
        }
        facts += (uint32_t)candidate->fact_count;
    }
    put(files, FACT_FROM, facts);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        finish(files[i]);
    }
}

static void write_order(FILE *file, const struct workload *workload, const uint16_t *distances,
                        enum workload_class class, uint32_t number)
{
    static struct judge_order order;
    judge_prepare(workload, distances, class, number, &order);
    const struct engine_order *asked = &order.asked.order;
    fprintf(file, "%s %u %u %u %d %u", workload_class_name(class), number, order.asked.town,
            asked->radius_km, asked->start, asked->work);
    for (size_t i = 0; i < order.part_count; i++) {
        const struct judge_part *part = &order.parts[i];
        fprintf(file, " %u:%d:%u:%u:%d:%d", part->code, part->must, part->minimum_level,
                part->share, part->ages, part->valid_on);
    }
    fprintf(file, "\n");
}

static void write_orders(const struct workload *workload, const uint16_t *distances,
                         const struct arguments *arguments)
{
    FILE *file = create(arguments->folder, "", "orders.txt");
    for (int class = 0; class < WORKLOAD_CLASSES; class ++) {
        for (uint32_t number = 0; number < WORKLOAD_ORDERS; number++) {
            write_order(file, workload, distances, (enum workload_class) class, number);
        }
    }
    finish(file);
    file = create(arguments->folder, "", "open.txt");
    for (uint32_t number = 0; number < arguments->open; number++) {
        write_order(file, workload, distances, WORKLOAD_OPEN, number);
    }
    finish(file);
}

static void write_world(const struct workload *workload, const uint16_t *distances,
                        const struct arguments *arguments)
{
    const unsigned towns = workload_town_count(workload);
    FILE *file = create(arguments->folder, "", "distances.u16");
    fwrite(distances, sizeof *distances, (size_t)towns * towns, file);
    finish(file);
    file = create(arguments->folder, "", "world.txt");
    fprintf(file, "size\t%llu\nchanged\t%d\nopen\t%u\ntowns\t%u\nas_of\t%d\nstale_before\t%d\n",
            (unsigned long long)arguments->size, CHANGED, arguments->open, towns, WORKLOAD_AS_OF,
            WORKLOAD_AS_OF - 1826);
    fprintf(file, "codes\t%d\nfirst_certificate\t%d\nfirst_occupation\t%d\n", WORKLOAD_CODES,
            WORKLOAD_FIRST_CERTIFICATE, WORKLOAD_FIRST_OCCUPATION);
    finish(file);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments) || arguments.folder == NULL) {
        fprintf(stderr, "usage: bench_export --data FOLDER --size N\n");
        return 2;
    }
    mkdir(arguments.folder, 0755);
    struct workload *workload = workload_create(arguments.region, arguments.seed);
    uint16_t *distances = workload != NULL ? judge_distances(workload) : NULL;
    if (distances == NULL) {
        return 1;
    }
    write_world(workload, distances, &arguments);
    write_orders(workload, distances, &arguments);
    write_candidates(workload, arguments.folder, "", 0, arguments.size);
    write_candidates(workload, arguments.folder, "changed_", WORKLOAD_CHANGED, CHANGED);
    free(distances);
    workload_destroy(&workload);
    return 0;
}
