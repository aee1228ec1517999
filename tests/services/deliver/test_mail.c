/* The mail to the operators, at a small SMTP server of the test's own. */
#include "common/fetch/mail.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/queue/job.h"
#include "services/deliver/deliver.h"
#include "tests/services/deliver/scene.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT_CAP ((size_t)16384)

/* Takes one mail a connection, on a thread; refuses every recipient when told to. */
struct sink {
    int listener;
    int port;
    bool refuses;
    pthread_t thread;
    pthread_mutex_t lock;
    char text[TEXT_CAP]; /* all lines that came */
    size_t mails;
};

static void remember(struct sink *sink, const char *line)
{
    pthread_mutex_lock(&sink->lock);
    size_t length = strlen(sink->text);
    snprintf(sink->text + length, TEXT_CAP - length, "%s", line);
    pthread_mutex_unlock(&sink->lock);
}

static void took(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->mails++;
    pthread_mutex_unlock(&sink->lock);
}

static void converse(struct sink *sink, FILE *peer)
{
    char line[2048];
    bool data = false;
    fputs("220 prøve.example ESMTP\r\n", peer);
    while (fflush(peer) == 0 && fgets(line, sizeof line, peer) != NULL) {
        remember(sink, line);
        if (data) {
            if (!str_equal(line, ".\r\n"))
                continue;
            data = false;
            took(sink);
            fputs("250 taken\r\n", peer);
        } else if (strncmp(line, "DATA", 4) == 0) {
            data = true;
            fputs("354 go on\r\n", peer);
        } else if (strncmp(line, "QUIT", 4) == 0) {
            fputs("221 bye\r\n", peer);
            return;
        } else if (sink->refuses && strncmp(line, "RCPT", 4) == 0) {
            fputs("550 no such user\r\n", peer);
        } else {
            fputs("250 ok\r\n", peer);
        }
    }
}

static void *serve(void *argument)
{
    struct sink *sink = argument;
    int fd;
    while ((fd = accept(sink->listener, NULL, NULL)) >= 0) {
        FILE *peer = fdopen(fd, "r+");
        converse(sink, peer);
        fflush(peer);
        fclose(peer);
    }
    return NULL;
}

static struct sink *sink_create(void)
{
    struct sink *sink = calloc(1, sizeof *sink);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(sink->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(sink->listener, 8), 0);
    assert_int_equal(getsockname(sink->listener, (struct sockaddr *)&address, &size), 0);
    sink->port = ntohs(address.sin_port);
    pthread_mutex_init(&sink->lock, NULL);
    assert_int_equal(pthread_create(&sink->thread, NULL, serve, sink), 0);
    return sink;
}

/* The thread has ended: what came can be read. */
static void sink_close(struct sink *sink)
{
    shutdown(sink->listener, SHUT_RDWR);
    pthread_join(sink->thread, NULL);
    close(sink->listener);
}

static void sink_free(struct sink *sink)
{
    pthread_mutex_destroy(&sink->lock);
    free(sink);
}

/* The body, out of its base64. */
static char *body_of(struct arena *arena, const struct sink *sink)
{
    const char *start = strstr(sink->text, "\r\n\r\n");
    assert_non_null(start);
    char *packed = arena_strdup(arena, start + 4);
    char *to = packed;
    uint8_t *bytes;
    size_t length;
    *strstr(packed, "\r\n.\r\n") = '\0';
    for (const char *from = packed; *from != '\0'; from++) {
        if (*from != '\r' && *from != '\n')
            *to++ = *from;
    }
    *to = '\0';
    assert_int_equal(crypto_unbase64(arena, packed, &bytes, &length), 0);
    return arena_strndup(arena, (const char *)bytes, length);
}

static void test_one_mail(void **state)
{
    (void)state;
    struct arena *arena = arena_create(0);
    struct sink *sink = sink_create();
    struct error_detail detail = {0};
    const struct mail mail = {.server = arena_printf(arena, "smtp://127.0.0.1:%d", sink->port),
                              .from = "emnebank@example.dk",
                              .to = "drift@example.dk, vagt@example.dk",
                              .subject = "En prøve",
                              .text =
                                  "Første linje\n.\nÆØÅ og en lang linje til sidst, som er længere "
                                  "end det, en linje i en mail må være i base64\n"};
    assert_int_equal(mail_send(&mail, &detail), 0);
    sink_close(sink);
    assert_int_equal(sink->mails, 1);
    assert_non_null(strstr(sink->text, "MAIL FROM:<emnebank@example.dk>"));
    assert_non_null(strstr(sink->text, "RCPT TO:<drift@example.dk>"));
    assert_non_null(strstr(sink->text, "RCPT TO:<vagt@example.dk>"));
    assert_non_null(strstr(sink->text, arena_printf(arena, "\r\nSubject: =?utf-8?B?%s?=\r\n",
                                                    crypto_base64(arena, "En prøve", 9))));
    assert_string_equal(body_of(arena, sink), mail.text);
    sink_free(sink);
    arena_destroy(&arena);
}

static void test_what_cannot_be_sent(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "x",     "@x",   "x@", "a@b\r\nBCC: c@d",
                                      "a b@c", "<a@b>", "a@b@c"};
    struct sink *sink = sink_create();
    char server[64];
    snprintf(server, sizeof server, "smtp://127.0.0.1:%d", sink->port);
    struct mail mail = {.server = server, .to = "a@example.dk", .subject = "x", .text = "x\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mail.from = bad[i];
        assert_int_equal(mail_send(&mail, NULL), ERROR_INVALID);
    }
    mail.from = "a@example.dk";
    mail.to = " , ";
    assert_int_equal(mail_send(&mail, NULL), ERROR_INVALID);
    mail.to = "a@example.dk";
    mail.server = "file:///etc/passwd";
    assert_int_equal(mail_send(&mail, NULL), ERROR_INVALID);
    mail.server = "smtp://127.0.0.1:1";
    assert_int_equal(mail_send(&mail, NULL), ERROR_UNAVAILABLE);
    sink->refuses = true;
    mail.server = server;
    assert_int_equal(mail_send(&mail, NULL), ERROR_DENIED);
    sink_close(sink);
    assert_int_equal(sink->mails, 0);
    sink_free(sink);
}

/* --- the job --- */

struct run {
    struct scene *scene;
    struct loop *loop;
    struct loop_timer *timer;
    int64_t end;
    const char *until;
};

static void look(void *argument)
{
    struct run *run = argument;
    if (str_equal(scene_sql(run->scene, "%s", run->until), "t"))
        loop_stop(run->loop);
    else if (clock_monotonic() > run->end)
        fail_msg("never true: %s", run->until);
    else
        loop_timer_arm(run->timer, 10 * CLOCK_MILLISECOND);
}

/* Runs the room's jobs until the SQL says 't'. */
static void run_jobs(struct scene *scene, const char *until)
{
    struct run run = {.scene = scene,
                      .loop = loop_create(),
                      .end = clock_monotonic() + 60 * CLOCK_SECOND,
                      .until = until};
    const struct pg_options options = {.conninfo = scene->conninfo, .user = "emnebank_deliver"};
    struct pg_pool *pg = pg_pool_create(run.loop, &options);
    struct job_runner *runner = job_runner_create(run.loop, pg, 1);
    job_runner_add(runner, &deliver_jobs.kinds[0], scene->deliver);
    run.timer = loop_timer_create(run.loop, look, &run);
    loop_timer_arm(run.timer, 0);
    job_runner_start(runner);
    loop_run(run.loop);
    loop_timer_destroy(&run.timer);
    job_runner_destroy(&runner);
    pg_pool_destroy(&pg);
    loop_destroy(&run.loop);
}

static void disable(struct scene *scene)
{
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene, "SELECT endpoint_disable(id, 'failing') FROM endpoint");
    scene_sql(scene, "SELECT count(*) FROM job");
}

/* Disabled, the operators read which endpoint, why and what to do, and nothing of any person. */
static void test_disabled_is_told(void **state)
{
    struct scene *scene = *state;
    struct sink *sink = sink_create();
    scene_configure(scene,
                    arena_printf(scene->arena,
                                 "mail_server = smtp://127.0.0.1:%d\n"
                                 "mail_from = emnebank@example.dk\nmail_to = drift@example.dk\n",
                                 sink->port));
    disable(scene);
    run_jobs(scene, "SELECT count(*) = 1 FROM job WHERE kind = 'endpoint_mail' AND state = 'done'");
    sink_close(sink);
    assert_int_equal(sink->mails, 1);
    const char *body = body_of(scene->arena, sink);
    const char *endpoint = scene_sql(scene, "SELECT id FROM endpoint");
    assert_non_null(strstr(body, arena_printf(scene->arena, "Modtageradresse: %s\n", endpoint)));
    assert_non_null(strstr(body, "Organisation: " SCENE_EMPLOYER "\n"));
    assert_non_null(strstr(body, "Årsag: failing\n"));
    assert_non_null(strstr(body, "emnebank endpoint show "));
    assert_non_null(strstr(body, "emnebank endpoint approvals --state "));
    assert_null(strstr(body, "Letbanebyg"));
    assert_null(strstr(body, "http"));
    sink_free(sink);
}

/* The letter of each reminder: what it is, when, and where it is seen. */
static void test_reminders(void **state)
{
    static const struct {
        const char *change, *subject, *moment, *approvals;
    } letters[] = {
        {"UPDATE endpoint SET state = 'proven', proven_at = '2026-11-20T09:00:00Z'",
         "emnebank: en modtageradresse venter på godkendelse", "Siden: 2026-11-20T09:00:00.000Z\n",
         "--state proven\n"},
        {"INSERT INTO endpoint_identity (endpoint_id, organisation_id, not_after) SELECT id,"
         " organisation_id, app_now() + interval '3 days' FROM endpoint",
         "emnebank: et klientcertifikat udløber snart", "Udløber: 20", "--state active\n"},
        {"INSERT INTO endpoint_identity (endpoint_id, organisation_id, not_after) SELECT id,"
         " organisation_id, '2026-11-20T09:00:00Z' FROM endpoint",
         "emnebank: et klientcertifikat er udløbet", "Udløb: 2026-11-20T09:00:00.000Z\n",
         "--state active\n"},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        struct sink *sink = sink_create();
        scene_configure(scene,
                        arena_printf(scene->arena,
                                     "mail_server = smtp://127.0.0.1:%d\n"
                                     "mail_from = emnebank@example.dk\nmail_to = a@example.dk\n",
                                     sink->port));
        scene_sql(scene, "DELETE FROM job");
        scene_sql(scene, "DELETE FROM endpoint");
        scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
        scene_sql(scene, "%s", letters[i].change);
        scene_sql(scene, "SELECT endpoint_remind()");
        run_jobs(scene, "SELECT count(*) = 1 FROM job WHERE state = 'done'");
        sink_close(sink);
        const char *body = body_of(scene->arena, sink);
        assert_non_null(strstr(sink->text, crypto_base64(scene->arena, letters[i].subject,
                                                         strlen(letters[i].subject))));
        assert_non_null(strstr(body, letters[i].moment));
        assert_non_null(strstr(body, letters[i].approvals));
        assert_null(strstr(body, "ukendt"));
        assert_null(strstr(body, "Letbanebyg"));
        sink_free(sink);
    }
}

/* A server that is away loses nothing: the job is tried again later. */
static void test_away_is_tried_again(void **state)
{
    struct scene *scene = *state;
    scene_configure(scene, "mail_server = smtp://127.0.0.1:1\nmail_from = a@example.dk\n"
                           "mail_to = b@example.dk\n");
    disable(scene);
    run_jobs(scene,
             "SELECT count(*) = 1 FROM job WHERE kind = 'endpoint_mail' AND state = 'waiting' AND"
             " attempts = 1 AND reason = 'mail-not-taken' AND run_at > now() + interval '4"
             " minutes'");
}

static void test_no_server_no_mail(void **state)
{
    struct scene *scene = *state;
    disable(scene);
    run_jobs(scene, "SELECT count(*) = 1 FROM job WHERE kind = 'endpoint_mail' AND state = 'done'");
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mail), cmocka_unit_test(test_what_cannot_be_sent),
        SCENE(test_disabled_is_told),    SCENE(test_away_is_tried_again),
        SCENE(test_no_server_no_mail),   SCENE(test_reminders),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
