#include "services/daemon/settings.h"

#include "common/base/error.h"
#include "common/base/str.h"
#include "services/citizen/citizen.h"
#include "services/deliver/deliver.h"
#include "services/match/match.h"
#include "services/orders/orders.h"

#include <string.h>

static const struct conf_key daemon_keys[] = {
    {.section = "daemon",
     .name = "environment",
     .type = CONF_TEXT,
     .fallback = "production",
     .help = "production, test or demo; production refuses settings that are for tests alone."},
    {.section = "daemon",
     .name = "roles",
     .type = CONF_TEXT,
     .fallback = "front deliver ingest",
     .help = "What this process does: any of front, deliver, ingest."},
    {.section = "daemon",
     .name = "keys",
     .type = CONF_TEXT,
     .help = "File with the keys that live outside the database (mode 0400 or 0600); `emnebank "
             "keys generate` makes one."},
    {.section = "http",
     .name = "listen",
     .type = CONF_TEXT,
     .fallback = "127.0.0.1:8480",
     .help = "Where the API answers: host:port or unix:/path."},
    {.section = "http",
     .name = "admin_listen",
     .type = CONF_TEXT,
     .fallback = "127.0.0.1:8481",
     .help = "Where /healthz, /readyz and /metrics answer; keep it on this machine."},
    {.section = "http",
     .name = "threads",
     .type = CONF_INTEGER,
     .unit = "threads",
     .fallback = "2",
     .minimum = 1,
     .maximum = 64,
     .help = "Event loops that answer the API; they share one listening socket."},
    {.section = "http",
     .name = "connections",
     .type = CONF_INTEGER,
     .unit = "connections per thread",
     .fallback = "512",
     .minimum = 1,
     .maximum = 65536,
     .help = "Beyond it nothing is accepted until somebody leaves."},
    {.section = "http",
     .name = "connections_per_address",
     .type = CONF_INTEGER,
     .unit = "connections per thread",
     .fallback = "128",
     .minimum = 0,
     .maximum = 65536,
     .help = "From one address; 0 for no cap, as behind a proxy."},
    {.section = "http",
     .name = "waiting",
     .type = CONF_INTEGER,
     .unit = "requests per thread",
     .fallback = "256",
     .minimum = 1,
     .maximum = 4096,
     .help = "Requests that may wait for something to happen (wait=); beyond it they are answered "
             "at once. Fewer than connections."},
    {.section = "http",
     .name = "spool",
     .type = CONF_TEXT,
     .fallback = "/tmp",
     .help = "Folder for the unlinked files that hold large imports while they are read."},
    {.section = "http",
     .name = "spool_mebibytes",
     .type = CONF_INTEGER,
     .unit = "MiB per thread",
     .fallback = "256",
     .minimum = 64,
     .maximum = 65536,
     .help = "What these files may hold at once; beyond it an import is answered with 503."},
    {.section = "database",
     .name = "conninfo",
     .type = CONF_TEXT,
     .fallback = "dbname=emnebank",
     .help = "libpq connection string; several hosts are allowed, the writable one is used."},
    {.section = "database",
     .name = "connections",
     .type = CONF_INTEGER,
     .unit = "connections per thread",
     .fallback = "4",
     .minimum = 1,
     .maximum = 64,
     .help = "Cap of each thread's pool."},
    {.section = "database",
     .name = "queue",
     .type = CONF_INTEGER,
     .unit = "transactions per thread",
     .fallback = "1024",
     .minimum = 1,
     .maximum = 65536,
     .help = "How many may wait for a connection; beyond it the answer is 503."},
    {.section = "database",
     .name = "deadline",
     .type = CONF_DURATION,
     .fallback = "10s",
     .minimum = 100000,
     .maximum = INT64_C(600000000),
     .help = "For one transaction, waiting included."},
};

static const struct conf_table daemon_conf = {daemon_keys,
                                              sizeof daemon_keys / sizeof daemon_keys[0]};

const struct conf_table *const settings_tables[] = {&daemon_conf, &orders_conf, &deliver_conf,
                                                    &match_conf, &citizen_conf};
const size_t settings_tables_count = sizeof settings_tables / sizeof settings_tables[0];

static const struct {
    const char *name;
    enum role role;
} role_names[] = {{"front", ROLE_FRONT}, {"deliver", ROLE_DELIVER}, {"ingest", ROLE_INGEST}};

static unsigned role_named(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof role_names / sizeof role_names[0]; i++)
        if (strlen(role_names[i].name) == length && memcmp(role_names[i].name, name, length) == 0)
            return role_names[i].role;
    return 0;
}

/* 0 when a word is no role, or there is none. */
static unsigned roles_parse(const char *text)
{
    unsigned roles = 0;

    while (*text != '\0') {
        const size_t gap = strspn(text, " ,");
        const size_t length = strcspn(text + gap, " ,");
        if (length == 0)
            break;
        const unsigned role = role_named(text + gap, length);
        if (role == 0)
            return 0;
        roles |= role;
        text += gap + length;
    }
    return roles;
}

unsigned settings_roles(const struct conf *conf)
{
    return roles_parse(conf_text(conf, "daemon", "roles"));
}

static bool environment_known(const char *environment)
{
    return str_equal(environment, "production") || str_equal(environment, "test") ||
           str_equal(environment, "demo");
}

int settings_load(const char *path, struct conf **conf, struct buffer *faults)
{
    int error = conf_load(path, settings_tables, settings_tables_count, conf, faults);
    if (error != 0)
        return error;

    struct error_detail detail = {0};
    if (!environment_known(conf_text(*conf, "daemon", "environment"))) {
        buffer_text(faults, "[daemon] environment: must be production, test or demo\n");
        error = ERROR_INVALID;
    }
    if (settings_roles(*conf) == 0) {
        buffer_text(faults, "[daemon] roles: must name one or more of front, deliver, ingest\n");
        error = ERROR_INVALID;
    }
    if (deliver_check(*conf, &detail) != 0) {
        buffer_printf(faults, "%s\n", detail.public_text);
        error = ERROR_INVALID;
    }
    if (citizen_check(*conf, &detail) != 0) {
        buffer_printf(faults, "%s\n", detail.public_text);
        error = ERROR_INVALID;
    }
    if (error != 0)
        conf_destroy(conf);
    return error;
}
