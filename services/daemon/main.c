#include "common/base/clock.h"
#include "common/crypto/keyring.h"
#include "common/obs/log.h"
#include "services/daemon/daemon.h"
#include "services/daemon/options.h"
#include "services/daemon/settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define FAULTS_CAP ((size_t)65536)
/* What is in flight may take this long after SIGTERM; a second one ends the process at once. */
#define PATIENCE (25 * CLOCK_SECOND)

static int complain(const char *what, const struct error_detail *detail)
{
    fprintf(stderr, "emnebankd: %s: %s%s%s\n", what, detail->public_text,
            detail->private_text[0] != '\0' ? ": " : "", detail->private_text);
    return EXIT_FAILURE;
}

static int print_sample(void)
{
    struct buffer text;

    buffer_init(&text, FAULTS_CAP);
    conf_sample(settings_tables, settings_tables_count, &text);
    fputs(text.data, stdout);
    buffer_deinit(&text);
    return EXIT_SUCCESS;
}

static int load(const struct options *options, struct conf **conf)
{
    struct buffer faults;

    buffer_init(&faults, FAULTS_CAP);
    const int error = settings_load(options->config, conf, &faults);
    if (error != 0)
        fprintf(stderr, "emnebankd: the configuration has faults:\n%s", faults.data);
    buffer_deinit(&faults);
    return error;
}

/* SIGTERM and SIGINT are taken by this thread alone. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void wait_for_signal(const sigset_t *signals)
{
    int number;

    while (sigwait(signals, &number) != 0)
        ;
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

/* The file with the keys is part of what must be right before a start. */
static int check(const struct conf *conf)
{
    struct error_detail detail = {0};
    struct keyring *keyring = NULL;

    if (keyring_load(conf_text(conf, "daemon", "keys"), &keyring, &detail) != 0)
        return complain("keys", &detail);
    keyring_destroy(&keyring);
    puts("The configuration is fine.");
    return EXIT_SUCCESS;
}

static int serve(const struct options *options, const struct conf *conf)
{
    struct error_detail detail = {0};
    struct keyring *keyring = NULL;
    struct daemon *daemon = NULL;
    sigset_t signals;
    int code = EXIT_SUCCESS;

    block_signals(&signals);
    if (keyring_load(conf_text(conf, "daemon", "keys"), &keyring, &detail) != 0)
        code = complain("keys", &detail);
    else if (daemon_start(conf, keyring, options->address_file, &daemon, &detail) != 0)
        code = complain("start", &detail);
    if (code == EXIT_SUCCESS) {
        sd_notify(0, "READY=1");
        wait_for_signal(&signals);
        sd_notify(0, "STOPPING=1");
        log_event(LOG_INFO, "daemon.stopping");
        daemon_stop(&daemon, PATIENCE);
    }
    keyring_destroy(&keyring);
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct conf *conf = NULL;
    int code = EXIT_SUCCESS;

    if (options_parse(argc, argv, &options) != 0)
        return 2;
    if (options.help)
        options_help();
    else if (options.sample)
        code = print_sample();
    else if (crypto_init() != 0 || load(&options, &conf) != 0)
        code = EXIT_FAILURE;
    else if (options.check)
        code = check(conf);
    else
        code = serve(&options, conf);
    conf_destroy(&conf);
    return code;
}
