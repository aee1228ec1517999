/* Commands that talk to the API: notices, job orders, shortlists. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOCUMENT_CAP ((size_t)67108864)
#define REASONS_CAP ((size_t)65536)

/* Sends a file; the answer is the caller's. */
static int send_file(struct context *context, const char *path, struct client_call *call,
                     json_t **answer)
{
    char *bytes;
    size_t length;

    const int code = command_read_file(context, path, DOCUMENT_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    call->body = bytes;
    call->length = length;
    return client_do(context, call, answer);
}

/* --- imports --------------------------------------------------------------------------------- */

static void print_notice(const char *path, const json_t *answer)
{
    size_t index;
    const json_t *item;

    json_array_foreach(json_object_get(answer, "leads"), index, item)
    {
        const json_t *winner = json_object_get(item, "winner");
        const char *cvr = answer_text(winner, "cvr");
        printf("%s: emne til opsøgning: %s (%s%s)\n", path, answer_text(winner, "name"),
               cvr[0] != '\0' ? "CVR " : "uden CVR-nummer", cvr);
    }
    json_array_foreach(json_object_get(answer, "lines"), index, item)
        printf("%s: %s\n", path,
               json_is_string(item) ? json_string_value(item) : answer_text(item, "text"));
}

int run_import_notices(struct context *context)
{
    size_t refused = 0;

    for (size_t i = 0; i < context->word_count; i++) {
        struct client_call call = {
            .method = "POST", .path = "/v1/leads/notices", .content_type = "application/xml"};
        json_t *answer;
        if (!context->json && context->word_count > 1)
            fprintf(stderr, "%zu af %zu: %s\n", i + 1, context->word_count, context->words[i]);
        const int code = send_file(context, context->words[i], &call, &answer);
        if (code != EXIT_DONE) {
            if (code == EXIT_USAGE || code == EXIT_AWAY)
                return code;
            refused++;
            continue;
        }
        if (context->json)
            client_print_json(context, answer);
        else
            print_notice(context->words[i], answer);
        json_decref(answer);
    }
    if (refused == 0)
        return EXIT_DONE;
    return refused < context->word_count ? EXIT_PARTLY : EXIT_REFUSED;
}

/* --- job orders and shortlists ---------------------------------------------------------------- */

static void print_requirement(const json_t *requirement)
{
    const long long level = answer_number(requirement, "minimum_level");

    printf("  %-5s  %s %s",
           str_equal(answer_text(requirement, "necessity"), "must") ? "krav" : "ønske",
           words_say(words_fact, answer_text(requirement, "kind")),
           answer_text(requirement, "code"));
    if (level > 0)
        printf(", mindst niveau %lld", level);
    printf(", vægt %lld\n", answer_number(requirement, "weight"));
}

static void print_order(struct context *context, const json_t *order)
{
    (void)context;
    const json_t *employer = json_object_get(order, "employer");
    const char *due = answer_text(order, "due_at");
    size_t index;
    const json_t *item;

    printf("Jobordre      %s (%s)\n", answer_text(order, "id"),
           words_say(words_order, answer_text(order, "state")));
    printf("Titel         %s\n", answer_text(order, "title"));
    printf("Arbejdsgiver  %s, CVR %s\n", answer_text(employer, "name"),
           answer_text(employer, "cvr"));
    printf("Stillinger    %lld, mindst %lld kandidater\n", answer_number(order, "posts"),
           answer_number(order, "minimum"));
    printf("Frist         %s", due[0] != '\0' ? "" : "ingen, før jobordren åbnes");
    answer_print_time(due);
    printf("\nSted          %s, start %s\nArbejdsform  ", answer_text(order, "postcode"),
           answer_text(order, "start_date"));
    json_array_foreach(json_object_get(order, "kinds"), index, item)
        printf("%s %s", index > 0 ? "," : "", words_say(words_work, json_string_value(item)));
    putchar('\n');
    json_array_foreach(json_object_get(order, "requirements"), index, item) print_requirement(item);
}

int run_order_post(struct context *context)
{
    char *bytes;
    size_t length;

    const int code = command_read_file(context, context->words[0], JSON_INPUT_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    return answer_show(context,
                       &(struct client_call){.method = "POST",
                                             .path = "/v1/job-orders",
                                             .content_type = "application/json",
                                             .body = bytes,
                                             .length = length,
                                             .idempotent = true},
                       print_order);
}

int run_order_show(struct context *context)
{
    return answer_show(
        context,
        &(struct client_call){
            .method = "GET",
            .path = arena_printf(context->arena, "/v1/job-orders/%s", context->words[0])},
        print_order);
}

static void print_why_not(struct context *context, const json_t *answer)
{
    (void)context;
    printf("Kandidat          %s\n", answer_text(json_object_get(answer, "candidate"), "id"));
    printf("På kandidatlisten %s\n",
           json_is_true(json_object_get(answer, "listed")) ? "ja" : "nej");
    printf("Beregnet          %s, regelsæt %lld, emnebankens version %lld\n",
           answer_text(answer, "as_of"), answer_number(answer, "ruleset"),
           answer_number(answer, "pool_version"));
    puts(answer_text(answer, "explanation_da"));
}

int run_order_why_not(struct context *context)
{
    const struct client_call call = {.method = "GET",
                                     .path = arena_printf(context->arena,
                                                          "/v1/job-orders/%s/why-not/%s",
                                                          context->words[0], context->words[1])};
    return answer_show(context, &call, print_why_not);
}

/* "Fag 227/227 · Epoxy og isocyanater 227/227 · Tegningslæsning 0/91 mangler" */
static const char *reasons(struct arena *arena, const json_t *requirements, const json_t *parts)
{
    struct buffer text;
    size_t index;
    const json_t *part;

    buffer_init(&text, REASONS_CAP);
    json_array_foreach(parts, index, part)
    {
        const size_t number = (size_t)answer_number(part, "part");
        const json_t *asked = json_array_get(requirements, number);
        const char *status = words_find(words_part, answer_text(part, "status"));
        buffer_printf(&text, "%s%s %lld/%lld", index > 0 ? " · " : "",
                      number == 0 ? "Fag" : answer_text(asked, "label"),
                      answer_number(part, "points"), answer_number(asked, "of"));
        if (status != NULL)
            buffer_printf(&text, " %s", status);
    }
    const char *copy = arena_strndup(arena, text.length > 0 ? text.data : "", text.length);
    buffer_deinit(&text);
    return copy;
}

static void print_shortlist(struct context *context, const json_t *shortlist)
{
    const json_t *entries = json_object_get(shortlist, "entries");
    const size_t count = json_array_size(entries);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"NR", "POINT", "KOMMUNE", "KANDIDAT", "STATUS", "BEGRUNDELSE"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *own = answer_text(entry, "external_ref");
        rows[i + 1] = (struct table_row){
            {arena_printf(context->arena, "%lld", answer_number(entry, "rank")),
             arena_printf(context->arena, "%lld", answer_number(entry, "score")),
             answer_text(entry, "municipality"),
             own[0] != '\0' ? own
                            : arena_printf(context->arena, "%.8s",
                                           answer_text(json_object_get(entry, "candidate"), "id")),
             kind_word(entry_states, entry_state_words, answer_text(entry, "state")),
             reasons(context->arena, json_object_get(shortlist, "requirements"),
                     json_object_get(entry, "parts"))}};
    }
    printf("Kandidatliste %s, regelsæt %lld, emnebankens version %lld, %lld kandidater set på\n",
           answer_text(shortlist, "id"), answer_number(shortlist, "ruleset"),
           answer_number(shortlist, "pool_version"), answer_number(shortlist, "considered"));
    table_print(rows, count + 1, 6);
}

static int say_unwritten(const char *path, const char *why)
{
    fprintf(stderr, "emnebank: %s kan ikke skrives: %s\n", path, why);
    return EXIT_AWAY;
}

static bool write_all(FILE *file, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, file) == length && fflush(file) == 0;
}

/* The list as a file for its reader's eyes alone: it has names in it. So it is written beside the
 * path and takes that name when it is whole; an older file there may be open to others, and is
 * theirs until then. "-" is standard output. */
static int write_list(struct context *context, const char *path, const char *bytes, size_t length)
{
    char *aside = arena_printf(context->arena, "%s.XXXXXX", path);
    struct stat about;

    if (str_equal(path, "-"))
        return write_all(stdout, bytes, length) ? EXIT_DONE : say_unwritten("-", strerror(errno));
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return say_unwritten(path, "er ikke en almindelig fil");
    const int number = mkostemp(aside, O_CLOEXEC); /* 0600 */
    FILE *file = number < 0 ? NULL : fdopen(number, "w");
    const bool written = file != NULL && write_all(file, bytes, length);
    const bool kept = file != NULL && fclose(file) == 0 && written && rename(aside, path) == 0;

    if (kept)
        return EXIT_DONE;
    const int why = errno;
    if (number >= 0)
        unlink(aside);
    return say_unwritten(path, strerror(why));
}

static int save_list(struct context *context, struct client_call *call, const char *file)
{
    const char *bytes;
    size_t length;

    const int code = client_read(context, call, &bytes, &length);
    return code == EXIT_DONE ? write_list(context, file, bytes, length) : code;
}

int run_shortlist_show(struct context *context)
{
    const char *csv = command_value(context, "csv");
    const char *pdf = command_value(context, "pdf");
    struct client_call call = {
        .method = "GET",
        .path = arena_printf(context->arena, "/v1/job-orders/%s/shortlist", context->words[0])};

    if (csv != NULL && pdf != NULL) {
        fputs("emnebank: Vælg --csv eller --pdf.\n", stderr);
        return EXIT_USAGE;
    }
    if (csv == NULL && pdf == NULL)
        return answer_show(context, &call, print_shortlist);
    call.accept = csv != NULL ? "text/csv" : "application/pdf";
    return save_list(context, &call, csv != NULL ? csv : pdf);
}
