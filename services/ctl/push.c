/* The switch that halts every push, over the API: by the key of a named person of the team. */
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"

#include <stdio.h>
#include <string.h>

#define PATH "/v1/push-stop"

static void print_state(struct context *context, const json_t *answer)
{
    (void)context;
    puts(json_is_true(json_object_get(answer, "stopped"))
             ? "Alle forsendelser er stoppet; kun tilbagekaldelser går ud."
             : "Forsendelserne går ud.");
    if (*answer_text(answer, "since")) {
        fputs("Siden ", stdout);
        answer_print_time(answer_text(answer, "since"));
        printf(", %s: %s\n", answer_text(answer, "person"), answer_text(answer, "reason"));
    }
}

static int turn(struct context *context, bool stop)
{
    json_t *wish =
        json_pack("{s:b, s:s}", "stopped", stop, "reason", command_value(context, "reason"));
    if (wish == NULL) {
        fputs("emnebank: --reason er ikke UTF-8\n", stderr);
        return EXIT_USAGE;
    }
    const char *body = json_text(context->arena, wish);
    json_decref(wish);
    return answer_show(context,
                       &(struct client_call){.method = "PUT",
                                             .path = PATH,
                                             .content_type = "application/json",
                                             .body = body,
                                             .length = strlen(body),
                                             .if_match = "*"},
                       print_state);
}

int run_push_stop(struct context *context)
{
    return turn(context, true);
}

int run_push_resume(struct context *context)
{
    return turn(context, false);
}

int run_push_status(struct context *context)
{
    return answer_show(context, &(struct client_call){.method = "GET", .path = PATH}, print_state);
}
