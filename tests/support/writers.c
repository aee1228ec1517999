#include "tests/support/writers.h"

#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/pg/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define WRITERS 6
#define EVENTS_CAP 10000
#define OPEN_CAP 40 /* events in one transaction */

enum fate { NOT_WRITTEN, ROLLED_BACK, COMMITTED };

struct writer {
    struct session *session;
    size_t open[OPEN_CAP];
    size_t count;
};

struct writers {
    char *organisation;
    struct writer writer[WRITERS];
    enum fate fate[EVENTS_CAP];
    unsigned char seen[EVENTS_CAP];
    size_t next;
};

static void exec(struct session *session, const char *text)
{
    struct error_detail detail = {0};

    if (session_exec(session, text, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

struct writers *writers_create(const char *conninfo, const char *organisation)
{
    struct writers *writers = mem_zalloc(sizeof *writers);

    writers->organisation = mem_strdup(organisation);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(session_open(conninfo, NULL, &writers->writer[i].session, NULL), 0);
    return writers;
}

void writers_destroy(struct writers **pointer)
{
    struct writers *writers = *pointer;

    if (writers == NULL)
        return;
    *pointer = NULL;
    for (size_t i = 0; i < WRITERS; i++)
        session_close(&writers->writer[i].session);
    mem_free(writers->organisation);
    mem_free(writers);
}

void writers_put(struct writers *writers, size_t which)
{
    struct writer *writer = &writers->writer[which];
    char text[200];

    if (writer->count == OPEN_CAP)
        return;
    assert_true(writers->next < EVENTS_CAP);
    if (writer->count == 0)
        exec(writer->session, "BEGIN");
    snprintf(text, sizeof text,
             "SELECT emnebank.outbox_put('order.changed', '%s', event_payload => '{\"n\": %zu}')",
             writers->organisation, writers->next);
    exec(writer->session, text);
    writer->open[writer->count++] = writers->next++;
}

static void end(struct writers *writers, size_t which, enum fate fate)
{
    struct writer *writer = &writers->writer[which];

    if (writer->count == 0)
        return;
    exec(writer->session, fate == COMMITTED ? "COMMIT" : "ROLLBACK");
    for (size_t i = 0; i < writer->count; i++)
        writers->fate[writer->open[i]] = fate;
    writer->count = 0;
}

void writers_commit(struct writers *writers, size_t which)
{
    end(writers, which, COMMITTED);
}

void writers_seen(struct writers *writers, const char *number)
{
    const unsigned long event = strtoul(number, NULL, 10);

    assert_true(event < writers->next);
    if (writers->fate[event] != COMMITTED)
        fail_msg("event %lu was seen before its commit", event);
    if (writers->seen[event]++ != 0)
        fail_msg("event %lu was seen twice", event);
}

size_t writers_times_seen(const struct writers *writers, size_t number)
{
    return writers->seen[number];
}

void writers_settle(struct writers *writers)
{
    const struct pg_result *result = NULL;

    do
        assert_int_equal(
            session_query(writers->writer[0].session,
                          "SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid) FROM"
                          " emnebank.change",
                          NULL, 0, &result, NULL),
            0);
    while (!str_equal(pg_text(result, 0, 0), "t"));
}

static void turn(struct writers *writers, size_t (*pull)(void *reader, size_t limit), void *reader)
{
    const size_t which = random_below(WRITERS);
    const uint64_t choice = random_below(100);
    const uint64_t ends = which < 2 ? 4 : 35;

    if (choice < ends)
        end(writers, which, random_below(10) == 0 ? ROLLED_BACK : COMMITTED);
    else if (choice < 80)
        writers_put(writers, which);
    else
        (void)pull(reader, 1 + random_below(7));
}

void writers_play(struct writers *writers, uint64_t seed, size_t turns,
                  size_t (*pull)(void *reader, size_t limit), void *reader)
{
    size_t committed = 0, seen = 0;

    random_fake(seed);
    for (size_t i = 0; i < turns; i++)
        turn(writers, pull, reader);
    for (size_t i = 0; i < WRITERS; i++)
        writers_commit(writers, i);
    random_real();

    writers_settle(writers);
    while (pull(reader, 200) > 0)
        continue;
    for (size_t i = 0; i < writers->next; i++) {
        committed += writers->fate[i] == COMMITTED;
        seen += writers->seen[i];
    }
    assert_true(committed > turns / 4);
    assert_int_equal(seen, committed);
    print_message("%zu events, %zu committed, each seen once\n", writers->next, committed);
}
