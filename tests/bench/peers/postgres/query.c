#include "tests/bench/peers/postgres/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether the must `part` is met, as an expression. */
static void write_met(FILE *sql, const struct data *data, const struct data_part *part)
{
    if (data_is_certificate(data, part->code)) {
        fprintf(sql, "coalesce(certificate_days[idx(certificates, %u)] >= %d, false)", part->code,
                part->valid_on);
    } else {
        fprintf(sql, "codes @> '{%d}'", data_token(part->code, part->minimum, false));
    }
}

/* For the index: every token that a must needs; or, near-miss, all but any one of them. */
static void write_search(FILE *sql, const struct data_order *order, bool near_miss)
{
    int32_t tokens[DATA_PARTS_CAP];
    size_t count = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        const struct data_part *part = &order->parts[i];
        if (part->must) {
            tokens[count++] = data_token(part->code, part->minimum, false);
        }
    }
    if (near_miss && count < 2) {
        fprintf(sql, "true");
        return;
    }
    if (!near_miss) {
        fprintf(sql, "codes @> '{");
        for (size_t i = 0; i < count; i++) {
            fprintf(sql, i == 0 ? "%d" : ",%d", tokens[i]);
        }
        fprintf(sql, "}'");
        return;
    }
    fprintf(sql, "codes @@ '");
    for (size_t without = 0; without < count; without++) {
        fprintf(sql, without == 0 ? "(" : "|(");
        bool first = true;
        for (size_t i = 0; i < count; i++) {
            if (i != without) {
                fprintf(sql, first ? "%d" : "&%d", tokens[i]);
                first = false;
            }
        }
        fprintf(sql, ")");
    }
    fprintf(sql, "'::query_int");
}

static void write_score(FILE *sql, const struct data *data, const struct data_order *order,
                        bool near_miss)
{
    struct data_gain gains[DATA_PARTS_CAP * DATA_GAINS_CAP];
    size_t count = 0;
    unsigned sure = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        const struct data_part *part = &order->parts[i];
        if (part->must && !near_miss) {
            sure += part->share;
        } else if (data_is_certificate(data, part->code)) {
            fprintf(sql, "CASE WHEN ");
            write_met(sql, data, part);
            fprintf(sql, " THEN %u ELSE 0 END + ", part->share);
        } else {
            count += data_gains(part, gains + count);
        }
    }
    fprintf(sql, "%u + (SELECT coalesce(sum(('{", sure);
    for (size_t i = 0; i < count; i++) {
        fprintf(sql, i == 0 ? "%d" : ",%d", gains[i].points);
    }
    /* Sorted, so that the intersection need not sort. */
    fprintf(sql, "}'::int4[])[idx('{");
    for (size_t i = 0; i < count; i++) {
        fprintf(sql, i == 0 ? "%d" : ",%d", gains[i].token);
    }
    fprintf(sql, "}'::int4[], token)]), 0) FROM unnest(codes & sort('{");
    for (size_t i = 0; i < count; i++) {
        fprintf(sql, i == 0 ? "%d" : ",%d", gains[i].token);
    }
    fprintf(sql, "}'::int4[])) token)");
}

static void write_lacking(FILE *sql, const struct data *data, const struct data_order *order)
{
    fprintf(sql, "CASE");
    for (size_t i = 0; i < order->part_count; i++) {
        if (order->parts[i].must) {
            fprintf(sql, " WHEN NOT ");
            fprintf(sql, "(");
            write_met(sql, data, &order->parts[i]);
            fprintf(sql, ") THEN %zu", i);
        }
    }
    fprintf(sql, " ELSE -1 END");
}

/* What the index cannot say: certificates' days; near-miss, how many musts are met. */
static void write_musts(FILE *sql, const struct data *data, const struct data_order *order,
                        bool near_miss)
{
    size_t count = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        const struct data_part *part = &order->parts[i];
        if (!part->must || (!near_miss && !data_is_certificate(data, part->code))) {
            continue;
        }
        fprintf(sql, near_miss ? (count == 0 ? " AND (" : ")::int + (") : " AND ");
        write_met(sql, data, part);
        count++;
    }
    if (near_miss) {
        fprintf(sql, ")::int >= %zu", count - 1);
    }
}

static void write_places(FILE *sql, const struct data *data, const struct data_order *order)
{
    const uint16_t *km = data->distances + (size_t)order->town * data->towns;
    bool first = true;
    fprintf(sql, " AND town = ANY('{");
    for (unsigned town = 0; town < data->towns; town++) {
        if (km[town] <= order->radius) {
            fprintf(sql, first ? "%u" : ",%u", town);
            first = false;
        }
    }
    fprintf(sql, "}'::int2[]) AND (travel = 0 OR travel >= ('{");
    for (unsigned town = 0; town < data->towns; town++) {
        fprintf(sql, town == 0 ? "%d" : ",%d", km[town] > INT16_MAX ? INT16_MAX : km[town]);
    }
    fprintf(sql, "}'::int2[])[town + 1])");
}

char *query_for(const struct data *data, const struct data_order *order, bool near_miss)
{
    char *text = NULL;
    size_t size = 0;
    FILE *sql = open_memstream(&text, &size);
    if (sql == NULL) {
        return NULL;
    }
    fprintf(sql, "SELECT id, ");
    write_score(sql, data, order, near_miss);
    fprintf(sql, " AS score, ");
    if (near_miss) {
        write_lacking(sql, data, order);
    } else {
        fprintf(sql, "-1");
    }
    fprintf(sql, " FROM candidate WHERE ");
    write_search(sql, order, near_miss);
    fprintf(sql, " AND NOT hidden AND screening >= %d AND available <= %d AND work & %u::int2 <> 0",
            data->as_of, order->start, order->work);
    write_places(sql, data, order);
    write_musts(sql, data, order, near_miss);
    fprintf(sql, " ORDER BY score DESC, id LIMIT 20");
    fclose(sql);
    return text;
}

const char query_reverse[] =
    "SELECT id,"
    " (SELECT coalesce(sum(points[idx(tokens, token)]), 0)"
    "    FROM unnest($1::int4[] & sort(tokens)) token)"
    " + (SELECT coalesce(sum(c.points), 0)"
    "      FROM unnest(certificates, certificate_days, certificate_points) c (code, day, points)"
    "     WHERE ($3::int4[])[idx($2::int4[], c.code)] >= c.day), -1"
    " FROM open_order"
    " WHERE pivot = ANY($1::int4[]) AND musts <@ $1::int4[]"
    " AND start >= $6::int2 AND work & $7::int2 <> 0"
    " AND ($4::int2[])[town + 1] <= radius"
    " AND ($5::int2 = 0 OR ($4::int2[])[town + 1] <= $5::int2)"
    " AND NOT EXISTS (SELECT FROM unnest(certificates, certificate_days, certificate_musts)"
    "                             c (code, day, must)"
    "                 WHERE c.must = 1"
    "                   AND coalesce(($3::int4[])[idx($2::int4[], c.code)] < c.day, true))"
    " AND $8::int2 >= (SELECT as_of FROM today)"
    " ORDER BY id";
