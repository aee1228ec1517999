/* pg_migrate CONNINFO: brings a database to the schema of this build; for tests/support/pg. */
#include "common/pg/migrate.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};
    size_t applied = 0;

    if (count != 2) {
        fprintf(stderr, "usage: %s CONNINFO\n", arguments[0]);
        return EXIT_FAILURE;
    }
    int error = session_open(arguments[1], NULL, &session, &detail);
    if (error == 0) {
        error = migrate_run(session, &applied, &detail);
    }
    session_close(&session);
    if (error != 0) {
        fprintf(stderr, "pg_migrate: %s\n%s\n", detail.public_text, detail.private_text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
