#include "tests/bench/peers/data.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void give_up(const char *what, const char *name)
{
    fprintf(stderr, "data: %s: %s\n", what, name);
    exit(1);
}

static const void *map(const char *folder, const char *prefix, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, prefix, name);
    const int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        give_up("cannot open", path);
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        give_up("cannot map", path);
    }
    close(file);
    return bytes;
}

static struct data_columns map_columns(const char *folder, const char *prefix, size_t count)
{
    return (struct data_columns){
        .count = count,
        .town = map(folder, prefix, "town.u16"),
        .travel = map(folder, prefix, "travel.u16"),
        .available = map(folder, prefix, "available.i16"),
        .screening = map(folder, prefix, "screening.i16"),
        .work = map(folder, prefix, "work.u8"),
        .hidden = map(folder, prefix, "hidden.u8"),
        .fact_from = map(folder, prefix, "fact_from.u32"),
        .fact_code = map(folder, prefix, "fact_code.u16"),
        .fact_level = map(folder, prefix, "fact_level.u8"),
        .fact_until = map(folder, prefix, "fact_until.i16"),
        .fact_used = map(folder, prefix, "fact_used.i16"),
    };
}

static FILE *open_text(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        give_up("cannot open", path);
    }
    return file;
}

static long world_number(const char *folder, const char *wanted)
{
    FILE *file = open_text(folder, "world.txt");
    char name[64];
    long value = 0;
    bool found = false;
    while (!found && fscanf(file, "%63s %ld", name, &value) == 2) {
        found = strcmp(name, wanted) == 0;
    }
    fclose(file);
    if (!found) {
        give_up("world.txt lacks", wanted);
    }
    return value;
}

static void parse_parts(char *text, struct data_order *order)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        unsigned must = 0;
        unsigned ages = 0;
        struct data_part part = {0};
        if (order->part_count == DATA_PARTS_CAP ||
            sscanf(word, "%u:%u:%u:%u:%u:%d", &part.code, &must, &part.minimum, &part.share, &ages,
                   &part.valid_on) != 6) {
            give_up("no part of an order", word);
        }
        part.must = must != 0;
        part.ages = ages != 0;
        order->parts[order->part_count++] = part;
    }
}

static struct data_order *read_orders(const char *folder, const char *name, size_t *count)
{
    FILE *file = open_text(folder, name);
    struct data_order *orders = NULL;
    size_t cap = 0;
    char *line = NULL;
    size_t size = 0;
    *count = 0;
    while (getline(&line, &size, file) > 0) {
        if (*count == cap) {
            cap = cap == 0 ? 1024 : cap * 2;
            orders = realloc(orders, cap * sizeof *orders);
            if (orders == NULL) {
                give_up("no memory for", name);
            }
        }
        struct data_order order = {.part_count = 0};
        int at = 0;
        if (sscanf(line, "%15s %u %u %u %d %u%n", order.class_name, &order.number, &order.town,
                   &order.radius, &order.start, &order.work, &at) != 6) {
            give_up("no order", line);
        }
        parse_parts(line + at, &order);
        orders[(*count)++] = order;
    }
    free(line);
    fclose(file);
    return orders;
}

struct data *data_open(const char *folder)
{
    struct data *data = calloc(1, sizeof *data);
    if (data == NULL) {
        give_up("no memory for", folder);
    }
    data->pool = map_columns(folder, "", (size_t)world_number(folder, "size"));
    data->changed = map_columns(folder, "changed_", (size_t)world_number(folder, "changed"));
    data->towns = (unsigned)world_number(folder, "towns");
    data->first_certificate = (unsigned)world_number(folder, "first_certificate");
    data->first_occupation = (unsigned)world_number(folder, "first_occupation");
    data->codes = (unsigned)world_number(folder, "codes");
    data->as_of = (int)world_number(folder, "as_of");
    data->stale_before = (int)world_number(folder, "stale_before");
    data->distances = map(folder, "", "distances.u16");
    data->orders = read_orders(folder, "orders.txt", &data->order_count);
    data->open = read_orders(folder, "open.txt", &data->open_count);
    return data;
}

const struct data_order *data_find(const struct data *data, const char *class_name, unsigned number)
{
    for (size_t i = 0; i + number < data->order_count; i += DATA_ORDERS) {
        if (strcmp(data->orders[i].class_name, class_name) == 0) {
            return &data->orders[i + number];
        }
    }
    give_up("no orders of class", class_name);
    return NULL;
}

int32_t data_token(unsigned code, unsigned level, bool stale)
{
    return (int32_t)(code * 16 + (stale ? 8 : 0) + level);
}

size_t data_tokens(const struct data *data, const struct data_columns *columns, size_t candidate,
                   int32_t tokens[DATA_TOKENS_CAP])
{
    size_t count = 0;
    for (uint32_t at = columns->fact_from[candidate]; at < columns->fact_from[candidate + 1];
         at++) {
        const bool is_stale = columns->fact_used[at] < data->stale_before;
        for (int stale = 0; stale <= (is_stale ? 1 : 0); stale++) {
            for (unsigned level = 0; level <= columns->fact_level[at]; level++) {
                tokens[count++] = data_token(columns->fact_code[at], level, stale != 0);
            }
        }
    }
    return count;
}

/*
 * Whole: the share. One level too low, or stale: half. Both: a quarter. Said as sums: having the
 * level below earns half, the level itself the other half; being stale takes away what is too much.
 */
size_t data_gains(const struct data_part *part, struct data_gain gains[DATA_GAINS_CAP])
{
    const int whole = (int)part->share;
    const int half = whole / 2;
    const int quarter = whole / 4;
    size_t count = 0;
    const bool has_below = part->minimum > 1 && !part->must;
    if (has_below) {
        gains[count++] = (struct data_gain){data_token(part->code, part->minimum - 1, false), half};
    }
    gains[count++] = (struct data_gain){data_token(part->code, part->minimum, false),
                                        has_below ? whole - half : whole};
    if (part->ages && !part->must) {
        if (has_below) {
            gains[count++] =
                (struct data_gain){data_token(part->code, part->minimum - 1, true), quarter - half};
        }
        gains[count++] =
            (struct data_gain){data_token(part->code, part->minimum, true),
                               has_below ? half - whole - (quarter - half) : half - whole};
    }
    return count;
}

bool data_is_certificate(const struct data *data, unsigned code)
{
    return code >= data->first_certificate && code < data->first_occupation;
}
