/* The example receivers of services/deliver/receivers on the real sender. Each shows
 * that its endpoint is its own, takes two CVs, and gives one of them back. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include "tests/services/deliver/scene.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CV_KINDS "{cv.released,cv.recalled}"
#define NOT_INSTALLED 127

struct example {
    char folder[64];
    int port;
    pid_t pid;
};

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool listens(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

/* In the child: the environment that the examples name, and nobody's terminal. */
static void become(char *const *command, const struct example *example, const char *secret)
{
    char port[32], place[128], key[128], path[4096];
    char *environment[] = {port, place, key, path, NULL};
    int nowhere = open("/dev/null", O_RDWR);
    snprintf(port, sizeof port, "PORT=%d", example->port);
    snprintf(place, sizeof place, "FOLDER=%s", example->folder);
    snprintf(key, sizeof key, "EMNEBANK_SECRET=%s", secret);
    snprintf(path, sizeof path, "PATH=%s", getenv("PATH"));
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvpe(command[0], command, environment);
    _exit(NOT_INSTALLED);
}

/* Skips the test when there is no such interpreter. */
static void start(struct scene *scene, struct example *example, const char *interpreter,
                  const char *file)
{
    *example = (struct example){.folder = "/tmp/emnebank-receiver.XXXXXX", .port = free_port()};
    assert_non_null(mkdtemp(example->folder));
    char *address = arena_printf(scene->arena, "127.0.0.1:%d", example->port);
    char *path = arena_printf(scene->arena, RECEIVERS "/%s", file);
    char *name = arena_strdup(scene->arena, interpreter);
    char *serve = arena_strdup(scene->arena, "-S");
    char *const php[] = {name, serve, address, path, NULL};
    char *const others[] = {name, path, NULL};
    example->pid = fork();
    if (example->pid == 0)
        become(str_equal(interpreter, "php") ? php : others, example, scene->secret);
    while (!listens(example->port)) {
        int status = 0;
        if (waitpid(example->pid, &status, WNOHANG) == example->pid) {
            if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_INSTALLED)
                fail_msg("%s ended with %d", file, status);
            print_message("%s is not installed, so %s was not tried (deploy/packages test)\n",
                          interpreter, file);
            rmdir(example->folder);
            skip();
        }
        sched_yield();
    }
}

static void stop(struct scene *scene, struct example *example)
{
    const char *command = arena_printf(scene->arena, "rm -r '%s'", example->folder);
    kill(example->pid, SIGTERM);
    assert_int_equal(waitpid(example->pid, NULL, 0), example->pid);
    assert_int_equal(system(command), 0);
}

/* What the example has stored under a release: an event; the caller's reference. */
static json_t *stored(struct scene *scene, const struct example *example, const char *release)
{
    json_t *event = json_load_file(
        arena_printf(scene->arena, "%s/cv/%s.json", example->folder, release), 0, NULL);
    if (event == NULL)
        fail_msg("nothing is stored under %s", release);
    return event;
}

/* The ownership challenge, which the example answers; a human's approval is for others to test. */
static void prove(struct scene *scene, const struct example *example)
{
    const char *endpoint =
        scene_endpoint_at(scene, SCENE_EMPLOYER, CV_KINDS,
                          arena_printf(scene->arena, "http://127.0.0.1:%d/krog", example->port));
    scene_sql(scene, "UPDATE endpoint SET state = 'unproven' WHERE id = '%s'", endpoint);
    scene_start(scene);
    scene_sql(scene, "SELECT endpoint_ask('%s')", endpoint);
    scene_until(scene, "SELECT state = 'proven' FROM endpoint WHERE id = '%s'", endpoint);
    scene_sql(scene, "UPDATE endpoint SET state = 'active', approved_at = now() WHERE id = '%s'",
              endpoint);
}

static void try(struct scene *scene, const char *interpreter, const char *file)
{
    struct example example;
    start(scene, &example, interpreter, file);
    prove(scene, &example);
    const char *kept = scene_release(scene);
    const char *taken_back = scene_release(scene);
    scene_send(scene, kept);
    scene_send(scene, taken_back);
    scene_until(scene, "SELECT count(*) = 3 FROM delivery WHERE state = 'delivered'");
    json_t *event = stored(scene, &example, taken_back);
    char *text = json_dumps(event, 0);
    assert_non_null(strstr(text, "Søren Prøve nr. 2 (fiktiv)"));
    free(text);
    json_decref(event);

    scene_sql(scene,
              "UPDATE consent SET withdrawn_at = now() WHERE id ="
              " (SELECT consent_id FROM release WHERE id = '%s')",
              taken_back);
    scene_until(scene, "SELECT count(*) = 4 FROM delivery WHERE state = 'delivered'");
    assert_string_equal(scene_sql(scene, "SELECT max(attempts) FROM delivery"), "1");
    event = stored(scene, &example, taken_back);
    text = json_dumps(event, 0);
    assert_string_equal(json_string_value(json_object_get(event, "type")), "cv.recalled");
    assert_null(strstr(text, "(fiktiv)"));
    free(text);
    json_decref(event);
    event = stored(scene, &example, kept);
    assert_string_equal(json_string_value(json_object_get(event, "type")), "cv.released");
    json_decref(event);
    stop(scene, &example);
}

static void test_node(void **state)
{
    try(*state, "node", "receiver.mjs");
}

static void test_python(void **state)
{
    try(*state, "python3", "receiver.py");
}

static void test_php(void **state)
{
    try(*state, "php", "receiver.php");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_node, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_python, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(test_php, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
