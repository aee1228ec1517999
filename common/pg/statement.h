/* One SQL statement from sql/statements/ROOM/NAME.sql; made by the build (emnebank_sql). */
#pragma once

struct sql_statement {
    const char *name; /* "pool_candidate_put": also its name as a prepared statement */
    const char *text;
};
