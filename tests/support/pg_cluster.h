/*
 * A fresh, migrated database per test program, on the private cluster that `tests/support/pg start`
 * runs (under ctest: the fixture `pg`). See README.md beside this file.
 */
#pragma once

/*
 * Creates the database and returns its conninfo, as superuser; to act as one of the daemon's roles
 * pass the role as `user` (struct pg_options, session_open), or use pg_cluster_as. The text lives
 * until the program ends; then the database is dropped, unless EMNEBANK_TEST_KEEP is set. Call it
 * once or more; each call is another database. Ends the program with a clear line when no cluster
 * runs.
 */
const char *pg_cluster_database(const char *test_name);

/* An empty database instead, without the schema. */
const char *pg_cluster_empty_database(const char *test_name);

/* `conninfo` with "user=role" in place of the superuser, for programs that take a conninfo only. */
const char *pg_cluster_as(const char *conninfo, const char *role);
