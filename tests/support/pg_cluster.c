#include "tests/support/pg_cluster.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pg/session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_CAP 512
#define TEXTS_CAP 64

/* What this program has handed out; a test program is the one place where a global may live. */
static struct {
    pthread_mutex_t lock;
    pid_t owner; /* children of fork tests must not drop their parent's databases */
    char admin[TEXT_CAP];
    char *databases[TEXTS_CAP];
    size_t database_count;
    char *texts[TEXTS_CAP];
    size_t text_count;
} cluster = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "pg_cluster: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* The folder of the build is compiled in; EMNEBANK_TEST_PG names another cluster by its conninfo.
 */
static void read_admin(void)
{
    const char *given = getenv("EMNEBANK_TEST_PG");
    if (given != NULL) {
        snprintf(cluster.admin, sizeof cluster.admin, "%s", given);
        return;
    }
    FILE *file = fopen(EMNEBANK_PG_STATE "/conninfo", "re");
    if (file == NULL || fgets(cluster.admin, sizeof cluster.admin, file) == NULL) {
        fail("no cluster runs", "start it with: tests/support/pg start BUILD");
    }
    fclose(file);
    cluster.admin[strcspn(cluster.admin, "\n")] = '\0';
}

static void administer(const char *statement)
{
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_open(cluster.admin, NULL, &session, &detail) != 0 ||
        session_exec(session, statement, &detail) != 0) {
        fail(statement, detail.private_text);
    }
    session_close(&session);
}

static void drop_all(void)
{
    if (getpid() != cluster.owner) {
        return;
    }
    for (size_t i = 0; i < cluster.database_count; i++) {
        char statement[TEXT_CAP];
        snprintf(statement, sizeof statement, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)",
                 cluster.databases[i]);
        if (getenv("EMNEBANK_TEST_KEEP") == NULL) {
            administer(statement);
        }
        mem_free(cluster.databases[i]);
    }
    for (size_t i = 0; i < cluster.text_count; i++) {
        mem_free(cluster.texts[i]);
    }
    cluster.database_count = 0;
    cluster.text_count = 0;
}

static const char *keep(const char *text)
{
    if (cluster.text_count == TEXTS_CAP) {
        fail("too many databases", "raise TEXTS_CAP");
    }
    return cluster.texts[cluster.text_count++] = mem_strdup(text);
}

static const char *create(const char *test_name, const char *template)
{
    char name[64];
    char text[TEXT_CAP];

    pthread_mutex_lock(&cluster.lock);
    if (cluster.owner == 0) {
        cluster.owner = getpid();
        read_admin();
        atexit(drop_all);
    }
    snprintf(name, sizeof name, "%.40s_%d_%zu", test_name, (int)getpid(), cluster.database_count);
    snprintf(text, sizeof text, "CREATE DATABASE \"%s\" TEMPLATE %s", name, template);
    administer(text);
    cluster.databases[cluster.database_count++] = mem_strdup(name);

    const char *end = strstr(cluster.admin, " dbname=");
    int length = end != NULL ? (int)(end - cluster.admin) : (int)strlen(cluster.admin);
    snprintf(text, sizeof text, "%.*s dbname=%s", length, cluster.admin, name);
    const char *conninfo = keep(text);
    pthread_mutex_unlock(&cluster.lock);
    return conninfo;
}

const char *pg_cluster_database(const char *test_name)
{
    return create(test_name, "emnebank_template");
}

const char *pg_cluster_empty_database(const char *test_name)
{
    return create(test_name, "template0");
}

const char *pg_cluster_as(const char *conninfo, const char *role)
{
    char text[TEXT_CAP];

    /* libpq takes the last of two equal keywords. */
    snprintf(text, sizeof text, "%s user=%s", conninfo, role);
    pthread_mutex_lock(&cluster.lock);
    const char *kept = keep(text);
    pthread_mutex_unlock(&cluster.lock);
    return kept;
}
