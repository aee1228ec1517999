#include "tests/bench/peers/sqlite/query.h"

#include <stdio.h>
#include <stdlib.h>

/* The order, with its musts first, the rarest of them first. */
struct asked {
    const struct data *data;
    const struct data_order *order;
    size_t sorted[DATA_PARTS_CAP]; /* parts */
    size_t must_count;
    bool near_miss;
};

static void sort_parts(struct asked *asked, const uint32_t *counts)
{
    const struct data_part *parts = asked->order->parts;
    size_t count = 0;
    for (size_t i = 0; i < asked->order->part_count; i++) {
        if (!parts[i].must) {
            continue;
        }
        size_t at = count++;
        for (; at > 0 && counts[parts[asked->sorted[at - 1]].code] > counts[parts[i].code]; at--) {
            asked->sorted[at] = asked->sorted[at - 1];
        }
        asked->sorted[at] = i;
    }
    asked->must_count = count;
    for (size_t i = 0; i < asked->order->part_count; i++) {
        if (!parts[i].must) {
            asked->sorted[count++] = i;
        }
    }
}

/* Whether the fact in alias p`part` meets the must; NULL where there is none. */
static void write_met(FILE *sql, const struct asked *asked, size_t part)
{
    const struct data_part *wanted = &asked->order->parts[part];
    if (data_is_certificate(asked->data, wanted->code)) {
        fprintf(sql, "p%zu.until >= %d", part, wanted->valid_on);
    } else {
        fprintf(sql, "p%zu.level >= %u", part, wanted->minimum);
    }
}

/* The points that the fact in alias p`part` earns; NULL or 0 where none. */
static void write_points(FILE *sql, const struct asked *asked, size_t part)
{
    const struct data_part *wanted = &asked->order->parts[part];
    const unsigned share = wanted->share;
    if (wanted->must || data_is_certificate(asked->data, wanted->code)) {
        fprintf(sql, "CASE WHEN ");
        write_met(sql, asked, part);
        fprintf(sql, " THEN %u ELSE 0 END", share);
        return;
    }
    fprintf(sql, "CASE WHEN p%zu.level >= %u THEN ", part, wanted->minimum);
    if (wanted->ages) {
        fprintf(sql, "CASE p%zu.stale WHEN 0 THEN %u ELSE %u END", part, share, share / 2);
    } else {
        fprintf(sql, "%u", share);
    }
    if (wanted->minimum > 1) {
        fprintf(sql, " WHEN p%zu.level = %u THEN ", part, wanted->minimum - 1);
        if (wanted->ages) {
            fprintf(sql, "CASE p%zu.stale WHEN 0 THEN %u ELSE %u END", part, share / 2, share / 4);
        } else {
            fprintf(sql, "%u", share / 2);
        }
    }
    fprintf(sql, " ELSE 0 END");
}

static void write_ranges(FILE *sql, const struct places *places, const struct asked *asked)
{
    struct places_range *ranges = malloc(asked->data->towns * sizeof *ranges);
    const size_t count =
        ranges == NULL ? 0 : places_within(places, asked->data, asked->order, ranges);
    fprintf(sql, "range (first, last) AS (VALUES ");
    for (size_t i = 0; i < count; i++) {
        fprintf(sql, i == 0 ? "(%zu, %zu)" : ", (%zu, %zu)", ranges[i].begin, ranges[i].end - 1);
    }
    fprintf(sql, count == 0 ? "(1, 0))" : ")");
    free(ranges);
}

/* Rows of the circle that have the code of a must. */
static void write_holders(FILE *sql, const struct asked *asked, size_t part)
{
    fprintf(sql,
            "SELECT fact.row FROM range CROSS JOIN fact"
            " WHERE fact.code = %u AND fact.row BETWEEN range.first AND range.last",
            asked->order->parts[part].code);
}

/* Whoever lacks at most one must has one of the two rarest; with one must, anybody may. */
static void write_leads(FILE *sql, const struct asked *asked)
{
    fprintf(sql, ", lead AS (");
    if (!asked->near_miss) {
        write_holders(sql, asked, asked->sorted[0]);
    } else if (asked->must_count < 2) {
        fprintf(sql, "SELECT c.row FROM range CROSS JOIN candidate c"
                     " WHERE c.row BETWEEN range.first AND range.last");
    } else {
        write_holders(sql, asked, asked->sorted[0]);
        fprintf(sql, " UNION ");
        write_holders(sql, asked, asked->sorted[1]);
    }
    fprintf(sql, ")");
}

static void write_score(FILE *sql, const struct asked *asked)
{
    for (size_t i = 0; i < asked->order->part_count; i++) {
        fprintf(sql, i == 0 ? "ifnull(" : " + ifnull(");
        write_points(sql, asked, i);
        fprintf(sql, ", 0)");
    }
    fprintf(sql, " AS score, ");
    if (!asked->near_miss) {
        fprintf(sql, "-1");
        return;
    }
    fprintf(sql, "CASE");
    for (size_t i = 0; i < asked->must_count; i++) {
        fprintf(sql, " WHEN NOT ifnull(");
        write_met(sql, asked, asked->sorted[i]);
        fprintf(sql, ", 0) THEN %zu", asked->sorted[i]);
    }
    fprintf(sql, " ELSE -1 END");
}

static void write_joins(FILE *sql, const struct asked *asked)
{
    fprintf(sql, " FROM lead CROSS JOIN candidate c ON c.row = lead.row");
    fprintf(sql, " AND c.in_play AND c.available <= %d AND c.work & %u", asked->order->start,
            asked->order->work);
    fprintf(sql, " CROSS JOIN distance d ON d.origin = %u AND d.town = c.town", asked->order->town);
    fprintf(sql, " AND (c.travel = 0 OR c.travel >= d.km)");
    for (size_t i = 0; i < asked->order->part_count; i++) {
        const size_t part = asked->sorted[i];
        const bool needed = i < asked->must_count && !asked->near_miss;
        fprintf(sql, " %s JOIN fact p%zu ON p%zu.code = %u AND p%zu.row = c.row",
                needed ? "CROSS" : "LEFT", part, part, asked->order->parts[part].code, part);
        if (needed) {
            fprintf(sql, " AND ");
            write_met(sql, asked, part);
        }
    }
}

char *query_for(const struct data *data, const struct places *places, const uint32_t *counts,
                const struct data_order *order, bool near_miss)
{
    struct asked asked = {.data = data, .order = order, .near_miss = near_miss};
    sort_parts(&asked, counts);
    char *text = NULL;
    size_t size = 0;
    FILE *sql = open_memstream(&text, &size);
    if (sql == NULL) {
        return NULL;
    }
    fprintf(sql, "WITH ");
    write_ranges(sql, places, &asked);
    write_leads(sql, &asked);
    fprintf(sql, " SELECT c.id, ");
    write_score(sql, &asked);
    write_joins(sql, &asked);
    if (near_miss) {
        fprintf(sql, " WHERE ");
        for (size_t i = 0; i < asked.must_count; i++) {
            fprintf(sql, i == 0 ? "ifnull(" : " + ifnull(");
            write_met(sql, &asked, asked.sorted[i]);
            fprintf(sql, ", 0)");
        }
        fprintf(sql, " >= %zu", asked.must_count - 1);
    }
    fprintf(sql, " ORDER BY score DESC, c.id LIMIT 20");
    fclose(sql);
    return text;
}
