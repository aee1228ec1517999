#include "services/daemon/database.h"

#include "common/pg/migrate.h"

struct pg_options database_options(const struct conf *conf, const char *role)
{
    return (struct pg_options){.conninfo = conf_text(conf, "database", "conninfo"),
                               .user = role,
                               .connections = (size_t)conf_integer(conf, "database", "connections"),
                               .queue = (size_t)conf_integer(conf, "database", "queue"),
                               .deadline = conf_duration(conf, "database", "deadline")};
}

int database_check(const struct conf *conf, struct error_detail *detail)
{
    struct session *session;

    int error =
        session_open(conf_text(conf, "database", "conninfo"), "emnebank_front", &session, detail);
    if (error != 0)
        return error;
    error = migrate_check(session, detail);
    session_close(&session);
    return error;
}
