/* For whoever writes a receiver of webhooks: is it right? Needs neither API nor database. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/fetch/address.h"
#include "common/json/json.h"
#include "services/ctl/commands.h"
#include "services/ctl/probe.h"
#include "services/ctl/table.h"

#include <stdio.h>

#define SLOW (5 * CLOCK_SECOND) /* the sender hangs up after 20 s */
#define TITLE_WIDTH 42

int run_endpoint_secret(struct context *context)
{
    const char *scheme = command_value(context, "scheme");
    struct signature_key key;

    if (scheme != NULL && !str_equal(scheme, "v1") && !str_equal(scheme, "v1a")) {
        fputs("emnebank: --scheme er v1 eller v1a\n", stderr);
        return EXIT_USAGE;
    }
    signature_key_make(str_equal(scheme, "v1a") ? SIGNATURE_V1A : SIGNATURE_V1, &key);
    const char *secret = signature_key_text(context->arena, &key);
    const char *public = signature_public_text(context->arena, &key);
    signature_key_wipe(&key);
    if (context->json)
        printf("{\"secret\":\"%s\",\"public_key\":%s}\n", secret,
               public == NULL ? "null" : arena_printf(context->arena, "\"%s\"", public));
    else
        printf("%s\n%s%s", secret, public != NULL ? public : "", public != NULL ? "\n" : "");
    return EXIT_DONE;
}

/* --- verify ---------------------------------------------------------------------------------- */

struct report {
    struct context *context;
    json_t *checks; /* with --json */
    size_t right;
    size_t wrong;
    size_t slow;
    bool away;
};

static void tell_machine(struct report *report, const struct probe_result *result)
{
    json_array_append_new(
        report->checks,
        json_pack("{s:s, s:s, s:b, s:o, s:s, s:I}", "check", result->probe->name, "title",
                  result->probe->title, "right", result->right, "status",
                  result->class == FETCH_ANSWERED ? json_integer(result->status) : json_null(),
                  "said", result->said, "milliseconds",
                  (json_int_t)(result->duration / CLOCK_MILLISECOND)));
}

static void tell_person(const struct probe_result *result)
{
    printf("%s  ", result->right ? "rigtigt" : "FORKERT");
    table_cell(result->probe->title, TITLE_WIDTH);
    printf("%s (%lld ms)\n", result->said, (long long)(result->duration / CLOCK_MILLISECOND));
    if (!result->right && result->class == FETCH_ANSWERED)
        printf("         %s\n", result->probe->advice);
    if (result->duration > SLOW)
        puts("         Det tog mere end 5 sekunder: svar med det samme, og arbejd bagefter; efter "
             "20 sekunder lægges der på.");
    fflush(stdout);
}

static void told(const struct probe_result *result, void *argument)
{
    struct report *report = argument;

    if (report->right + report->wrong == 0)
        report->away = result->class != FETCH_ANSWERED;
    if (result->right)
        report->right++;
    else
        report->wrong++;
    if (result->duration > SLOW)
        report->slow++;
    if (report->context->json)
        tell_machine(report, result);
    else
        tell_person(result);
}

static void sum_up(const struct report *report, const struct probe_run *run)
{
    if (report->away) {
        puts("\nModtageren kunne ikke nås, så resten er ikke prøvet.");
        return;
    }
    printf("\n%zu af %zu er rigtige.\n", report->right, report->right + report->wrong);
    printf("Se selv efter i dit system, for det kan ikke ses udefra:\n"
           "  CV'et fra release_id %s er der én gang, i version %lld.\n"
           "  CV'et fra release_id %s er der ikke.\n",
           run->kept, (long long)run->version, run->recalled);
}

static int finish(struct report *report, const struct probe_run *run)
{
    if (report->context->json) {
        json_t *answer =
            json_pack("{s:o, s:i, s:i, s:i, s:{s:s, s:I}, s:{s:s}}", "checks", report->checks,
                      "right", (int)report->right, "wrong", (int)report->wrong, "slow",
                      (int)report->slow, "kept", "release_id", run->kept, "version",
                      (json_int_t)run->version, "recalled", "release_id", run->recalled);
        puts(json_text(report->context->arena, answer));
        json_decref(answer);
    } else {
        sum_up(report, run);
    }
    if (report->away)
        return EXIT_AWAY;
    return report->wrong > 0 ? EXIT_REFUSED : EXIT_DONE;
}

int run_endpoint_verify(struct context *context)
{
    struct signature_key key;
    struct error_detail detail = {0};
    struct probe_run run;
    struct report report = {.context = context};
    const struct probe_options options = {
        .url = context->words[0], .key = &key, .ca_file = command_value(context, "ca-file")};

    if (address_check_url(options.url, true, &detail) != 0) {
        fprintf(stderr, "emnebank: %s\n", detail.public_text);
        return EXIT_USAGE;
    }
    if (signature_key_read(command_value(context, "secret"), &key) != 0) {
        fputs("emnebank: --secret er whsec_… (v1) eller whsk_… (v1a); emnebank endpoint secret "
              "laver en til prøver\n",
              stderr);
        return EXIT_USAGE;
    }
    if (context->json)
        report.checks = json_array();
    else
        printf("Modtager: %s\n\n", options.url);
    probe_all(context->arena, &options, told, &report, &run);
    signature_key_wipe(&key);
    return finish(&report, &run);
}
