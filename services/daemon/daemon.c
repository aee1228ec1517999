#include "services/daemon/daemon.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/http/http.h"
#include "common/obs/log.h"
#include "services/daemon/database.h"
#include "services/daemon/dispatch.h"
#include "services/daemon/front.h"
#include "services/daemon/ranking.h"
#include "services/daemon/settings.h"

#include <stdio.h>
#include <unistd.h>

#define FRONTS_CAP 64
#define ADDRESS_SIZE 256

struct daemon {
    const struct conf *conf;
    const struct keyring *keyring;
    int listener;
    int admin_listener;
    struct suggest_desk *suggest;
    struct front *fronts[FRONTS_CAP];
    struct ranking *ranking;
    struct dispatch *dispatch;
};

/* Written aside and renamed, so that whoever waits for the file finds it whole. */
static int write_addresses(const struct daemon *daemon, const char *path,
                           struct error_detail *detail)
{
    char api[ADDRESS_SIZE] = "-", admin[ADDRESS_SIZE] = "-", aside[4096];

    if (daemon->listener >= 0 && http_address(daemon->listener, api, sizeof api) != 0)
        return ERROR_IO;
    if (daemon->admin_listener >= 0 &&
        http_address(daemon->admin_listener, admin, sizeof admin) != 0)
        return ERROR_IO;
    log_event(LOG_INFO, "daemon.listening", LOG_TEXT("api", api), LOG_TEXT("admin", admin));
    if (path == NULL)
        return 0;

    snprintf(aside, sizeof aside, "%s.part", path);
    FILE *file = fopen(aside, "w");
    const bool written = file != NULL && fprintf(file, "%s\n%s\n", api, admin) > 0;
    if (file != NULL && fclose(file) == 0 && written && rename(aside, path) == 0)
        return 0;
    error_detail_set(detail, "fopen, write or rename", "cannot write %s", path);
    return ERROR_IO;
}

/* A fault names the key and the address: whoever starts the daemon must know which of the two is
 * taken. */
static int bind_one(const struct conf *conf, const char *key, int *listener,
                    struct error_detail *detail)
{
    const char *address = conf_text(conf, "http", key);
    struct error_detail why = {0};
    const int error = http_listen(address, listener, &why);

    if (error != 0)
        error_detail_set(detail, NULL, "[http] %s = %s: %s", key, address, why.public_text);
    return error;
}

static int bind_sockets(struct daemon *daemon, struct error_detail *detail)
{
    const int error = bind_one(daemon->conf, "listen", &daemon->listener, detail);

    return error != 0 ? error
                      : bind_one(daemon->conf, "admin_listen", &daemon->admin_listener, detail);
}

static int start_fronts(struct daemon *daemon, struct error_detail *detail)
{
    const int64_t threads = conf_integer(daemon->conf, "http", "threads");
    /* First, since the fronts ask them. */
    daemon->suggest = suggest_desk_create();
    int error = ranking_start(daemon->conf, &daemon->ranking, detail);

    for (int64_t i = 0; i < threads && error == 0; i++) {
        const struct front_options options = {.conf = daemon->conf,
                                              .keyring = daemon->keyring,
                                              .match = ranking_match(daemon->ranking),
                                              .suggest = daemon->suggest,
                                              .listener = daemon->listener,
                                              .admin_listener =
                                                  i == 0 ? daemon->admin_listener : -1};
        error = front_start(&options, &daemon->fronts[i], detail);
    }
    return error;
}

int daemon_start(const struct conf *conf, const struct keyring *keyring, const char *address_file,
                 struct daemon **daemon, struct error_detail *detail)
{
    struct daemon *made = mem_zalloc(sizeof *made);
    const unsigned roles = settings_roles(conf);

    made->conf = conf;
    made->keyring = keyring;
    made->listener = made->admin_listener = -1;
    int error = database_check(conf, detail);
    if (error == 0 && (roles & ROLE_FRONT) != 0)
        error = bind_sockets(made, detail);
    if (error == 0 && (roles & ROLE_DELIVER) != 0)
        error = dispatch_start(conf, keyring, &made->dispatch, detail);
    if (error == 0 && (roles & ROLE_FRONT) != 0)
        error = start_fronts(made, detail);
    if (error == 0)
        error = write_addresses(made, address_file, detail);
    if (error != 0)
        daemon_stop(&made, 0);
    *daemon = made;
    return error;
}

static void close_socket(int socket)
{
    if (socket >= 0)
        close(socket);
}

/* The ranking thread ends after the fronts: a call that asks it is in flight until it has answered,
 * and answers go to loops that must still be there. */
void daemon_stop(struct daemon **daemon, int64_t patience)
{
    struct daemon *stopped = *daemon;
    const int64_t deadline = clock_monotonic() + patience;

    if (stopped == NULL)
        return;
    for (size_t i = 0; i < FRONTS_CAP && stopped->fronts[i] != NULL; i++)
        front_drain(stopped->fronts[i]);
    if (stopped->dispatch != NULL)
        dispatch_drain(stopped->dispatch);

    for (size_t i = 0; i < FRONTS_CAP; i++)
        front_join(&stopped->fronts[i], deadline);
    if (stopped->ranking != NULL)
        ranking_drain(stopped->ranking);
    ranking_join(&stopped->ranking, deadline);
    dispatch_join(&stopped->dispatch, deadline);
    suggest_desk_destroy(&stopped->suggest);
    close_socket(stopped->listener);
    close_socket(stopped->admin_listener);
    mem_free(stopped);
    *daemon = NULL;
}
