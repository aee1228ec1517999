/*
 * The working time that the clock of an order runs in, as the configuration says, and as SQL reads
 * it: table office_hours, a row for each working day of the years around now. The calendar is
 * computed here and nowhere else (common/domain/calendar.h); SQL only adds up.
 */
#pragma once

#include "common/base/arena.h"
#include "common/conf/conf.h"
#include "common/domain/calendar.h"
#include "common/pg/pg.h"

/* The keys of [orders] that say when offices are open and when answers are due. */
struct calendar_options hours_calendar(const struct conf *conf);

#define HOURS_PARAMETERS 2
/* Parameters of the statement orders_sql_hours for the working days from two years before to two
 * years after `now`; in the arena. */
void hours_parameters(const struct calendar_options *options, int64_t now, struct arena *arena,
                      struct pg_parameter parameters[HOURS_PARAMETERS]);
