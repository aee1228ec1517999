/*
 * Leads made by hand for the tests of the forecast, whose people can be worked out by hand, on the
 * scene of orders and shortlists (tests/services/shortlists/server.h): the team, Aarhus, Horsens.
 * The database's clock stands on the 24th of November 2026. All companies are made up.
 */
#pragma once

#include "tests/services/shortlists/server.h"

/* cmocka's group fixture: a world without leads. */
int sites_open(void **state, const char *name);
/* cmocka's fixture of one test: no leads, no needs, no screened candidates, the first rules. */
int sites_clear(void **state);

/* What differs from a contract of 60 million kroner for a building in Aarhus, January to December
 * 2027. NULL: as there; "": not known. */
struct site {
    const char *cvr; /* of the company; NULL: it has none */
    const char *cpv;
    const char *value; /* JSON */
    const char *more;  /* JSON members, with their comma: ", \"role\": \"member\"" */
    const char *begins, *ends;
    const char *places;       /* JSON */
    const char *municipality; /* codes with spaces between */
    const char *stage;
    const char *project; /* its name; NULL: no other source can know it again */
};
/* Its id, in the scene's arena. */
const char *site_make(struct world *world, const struct site *site);

/* People of a trade, to be found in a month by the rules, with four decimals; "" for none. */
const char *site_people(struct world *world, const char *lead, const char *trade,
                        const char *month);

/* The forecast as text; the query begins with '?'. */
const char *forecast_of(struct world *world, enum actor actor, const char *query);
/* Fails unless the forecast of `query` has exactly these lines: "month trade place needed
 * by_rule+by_contact+by_panel supply[~] short", '~' where the supply is not exact; "-" for none. */
void assert_rows(struct world *world, enum actor actor, const char *query, const char *lines);
/* The same of what is not known: "REASON leads people". */
void assert_unknown(struct world *world, const char *query, const char *lines);
