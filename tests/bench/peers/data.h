/*
 * The exported world (tests/bench/export) as C peers read it: columns mapped into memory, orders
 * parsed. Ends the process with a line on stderr when something is missing or odd: a peer without
 * its data has nothing to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DATA_PARTS_CAP 25
#define DATA_ORDERS 200 /* of each class, by number */
#define DATA_NO_TOWN UINT16_MAX

struct data_columns {
    size_t count;
    const uint16_t *town, *travel; /* travel 0: no limit */
    const int16_t *available, *screening;
    const uint8_t *work, *hidden;
    const uint32_t *fact_from;
    const uint16_t *fact_code;
    const uint8_t *fact_level;
    const int16_t *fact_until, *fact_used;
};

struct data_part {
    unsigned code;
    bool must, ages;
    unsigned minimum, share;
    int valid_on;
};

struct data_order {
    char class_name[16];
    unsigned number, town, radius;
    int start;
    unsigned work;
    struct data_part parts[DATA_PARTS_CAP];
    size_t part_count;
};

struct data {
    struct data_columns pool, changed;
    unsigned towns;
    unsigned first_certificate, first_occupation, codes;
    int as_of, stale_before;
    const uint16_t *distances; /* [from * towns + to] */
    struct data_order *orders;
    size_t order_count;
    struct data_order *open;
    size_t open_count;
};

struct data *data_open(const char *folder);
/* The order of that class and number. */
const struct data_order *data_find(const struct data *data, const char *class_name,
                                   unsigned number);

/*
 * A fact or a wish as one number, so that sets of numbers can be intersected: "has `code` at
 * `level` or above" for every level up to that of the fact (0: has it at all), and beside it the
 * same with `stale` for what is stale. Points of a part then add up over the tokens that a
 * candidate has.
 */
int32_t data_token(unsigned code, unsigned level, bool stale);
#define DATA_TOKENS_CAP 1024 /* per candidate */
/* In ascending order. */
size_t data_tokens(const struct data *data, const struct data_columns *columns, size_t candidate,
                   int32_t tokens[DATA_TOKENS_CAP]);

/* The tokens that earn points for a part that is a nice without a day, and how many each. */
struct data_gain {
    int32_t token;
    int points;
};
#define DATA_GAINS_CAP 4
size_t data_gains(const struct data_part *part, struct data_gain gains[DATA_GAINS_CAP]);
/* Certificates hold until a day, which no token can say. */
bool data_is_certificate(const struct data *data, unsigned code);

#ifdef __cplusplus
}
#endif
