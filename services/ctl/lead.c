/* The inbox of leads: looking, moving, contacts, and leads that are one. */
#include "common/base/str.h"
#include "services/ctl/answer.h"
#include "services/ctl/commands.h"
#include "services/ctl/table.h"
#include "services/ctl/words.h"

#include <stdio.h>
#include <string.h>

#define PAGE 50
#define FILE_CAP ((size_t)256 << 10)

static const char *company_text(struct context *context, const json_t *winner)
{
    const char *cvr = answer_text(winner, "cvr");
    return arena_printf(context->arena, "%s%s%s", answer_text(winner, "name"),
                        cvr[0] != '\0' ? ", " : "", cvr);
}

static const char *codes_text(struct context *context, const json_t *codes)
{
    const char *text = "";
    size_t index;
    const json_t *code;

    json_array_foreach(codes, index, code) text =
        arena_printf(context->arena, "%s%s%s", text, index > 0 ? " " : "", json_string_value(code));
    return text;
}

/* --- list and show ---------------------------------------------------------------------------- */

static void print_leads(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"EMNE", "TILSTAND", "STADE", "STEDER", "VIRKSOMHED", "SAG"}};
    for (size_t i = 0; i < count; i++) {
        const json_t *lead = json_array_get(items, i);
        rows[i + 1] = (struct table_row){
            {answer_text(lead, "id"), words_say(words_lead_state, answer_text(lead, "state")),
             words_say(words_lead_stage, answer_text(lead, "stage")),
             codes_text(context, json_object_get(lead, "municipalities")),
             company_text(context, json_object_get(lead, "winner")), answer_text(lead, "title")}};
    }
    table_print(rows, count + 1, 6);
    if (!json_is_null(json_object_get(answer, "next")))
        printf("Der er flere; --after %s viser de næste.\n", answer_text(answer, "next"));
}

int run_lead_list(struct context *context)
{
    static const struct answer_filter filters[] = {
        {"state", "state"},   {"stage", "stage"}, {"municipality", "municipality"},
        {"source", "source"}, {"q", "q"},         {"after", "cursor"}};
    const char *path = arena_printf(context->arena, "/v1/leads?limit=%d%s", PAGE,
                                    command_value(context, "mine") ? "&mine=true" : "");
    const struct client_call call = {
        .method = "GET",
        .path = answer_filtered(context, path, filters, sizeof filters / sizeof *filters)};

    return answer_show(context, &call, print_leads);
}

static void print_origins(const json_t *lead)
{
    size_t index;
    const json_t *origin;

    json_array_foreach(json_object_get(lead, "origins"), index, origin)
    {
        const bool notice = json_is_string(json_object_get(origin, "notice"));
        printf("Ophav         %s %s%s%s, %s%s\n", notice ? "bekendtgørelse" : "udtræk",
               answer_text(origin, notice ? "notice" : "source"), notice ? "" : ", række ",
               notice ? "" : answer_text(origin, "row"),
               words_say(words_lead_stage, answer_text(origin, "stage")),
               json_is_true(json_object_get(origin, "listed")) ? "" : ", er der ikke længere");
    }
}

static void print_lead(struct context *context, const json_t *lead)
{
    const json_t *project = json_object_get(lead, "project");
    const char *owner = answer_text(json_object_get(lead, "assigned_to"), "name");
    const char *value = answer_text(json_object_get(lead, "value"), "raw");
    const char *merged = answer_text(lead, "merged_into");
    const char *reason = answer_text(json_object_get(lead, "dismissed"), "reason");

    printf("Emne          %s (%s%s%s)\n", answer_text(lead, "id"),
           words_say(words_lead_state, answer_text(lead, "state")), reason[0] != '\0' ? ": " : "",
           words_say(words_lead_reason, reason));
    if (merged[0] != '\0')
        printf("Lagt sammen   med %s\n", merged);
    printf("Virksomhed    %s\n", company_text(context, json_object_get(lead, "winner")));
    printf("Sag           %s, %s\n", answer_text(lead, "title"),
           words_say(words_lead_stage, answer_text(lead, "stage")));
    if (answer_text(project, "developer")[0] != '\0')
        printf("Bygherre      %s\n", answer_text(project, "developer"));
    printf("Steder        %s\n", codes_text(context, json_object_get(lead, "municipalities")));
    printf("Værdi         %s\n", value[0] != '\0' ? value : "ukendt");
    printf("Periode       %s til %s\n", answer_text(lead, "start_date"),
           answer_text(lead, "end_date"));
    printf("Varetages af  %s\n", owner[0] != '\0' ? owner : "ingen bestemt");
    if (json_array_size(json_object_get(lead, "order_ids")) > 0)
        printf("Jobordrer     %s\n", codes_text(context, json_object_get(lead, "order_ids")));
    print_origins(lead);
}

static const char *lead_path(struct context *context, const char *more)
{
    return arena_printf(context->arena, "/v1/leads/%s%s", context->words[0], more);
}

int run_lead_show(struct context *context)
{
    const struct client_call call = {.method = "GET", .path = lead_path(context, "")};

    return answer_show(context, &call, print_lead);
}

/* --- move and merge --------------------------------------------------------------------------- */

/* Sends an object of texts, which is used up; a member without a value is left out. */
static int send_object(struct context *context, const char *method, const char *path,
                       const char *if_match, json_t *object,
                       void (*print)(struct context *context, const json_t *answer))
{
    const char *body = json_text(context->arena, object);
    const struct client_call call = {.method = method,
                                     .path = path,
                                     .content_type = "application/json",
                                     .body = body,
                                     .length = strlen(body),
                                     .if_match = if_match};

    json_decref(object);
    return answer_show(context, &call, print);
}

int run_lead_move(struct context *context)
{
    static const char *const names[] = {"state", "assign", "reason", "text"};
    json_t *body = json_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = command_value(context, names[i]);
        if (value != NULL)
            json_object_set_new(body, names[i], json_string(value));
    }
    return send_object(context, "PATCH", lead_path(context, ""), "*", body, print_lead);
}

int run_lead_merge(struct context *context)
{
    json_t *body = json_pack("{s:s}", "into", command_value(context, "into"));

    return send_object(context, "POST", lead_path(context, "/merge"), "*", body, print_lead);
}

static void print_alike(struct context *context, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    const size_t count = json_array_size(items);
    struct table_row *rows = arena_array(context->arena, 2 * count + 1, sizeof *rows);

    rows[0] = (struct table_row){{"LIGHED", "EMNE", "STADE", "VIRKSOMHED", "SAG"}};
    for (size_t i = 0; i < 2 * count; i++) {
        const json_t *item = json_array_get(items, i / 2);
        const json_t *lead = json_array_get(json_object_get(item, "leads"), i % 2);
        rows[i + 1] =
            (struct table_row){{i % 2 == 0 ? answer_text(item, "id") : "", answer_text(lead, "id"),
                                words_say(words_lead_stage, answer_text(lead, "stage")),
                                answer_text(lead, "company"), answer_text(lead, "title")}};
    }
    table_print(rows, 2 * count + 1, 5);
}

int run_lead_alike(struct context *context)
{
    const struct client_call call = {.method = "GET", .path = "/v1/lead-likenesses"};

    return answer_show(context, &call, print_alike);
}

static void print_decided(struct context *context, const json_t *answer)
{
    (void)context;
    puts(str_equal(answer_text(answer, "state"), "same")
             ? "Emnerne er lagt sammen."
             : "Emnerne er hver for sig og foreslås ikke igen.");
}

int run_lead_decide(struct context *context)
{
    json_t *body = json_pack("{s:s}", "state", context->words[1]);

    return send_object(context, "PATCH",
                       arena_printf(context->arena, "/v1/lead-likenesses/%s", context->words[0]),
                       NULL, body, print_decided);
}

/* --- contacts --------------------------------------------------------------------------------- */

static void print_contact(struct context *context, const json_t *contact)
{
    const char *again = answer_text(contact, "again_on");
    json_t *answers = json_object_get(contact, "answers");
    const char *key;
    json_t *value;

    printf("%s  %s, %s, %s%s%s (%s)\n", answer_text(contact, "held_on"),
           words_say(words_contact, answer_text(contact, "channel")),
           words_say(words_contact, answer_text(contact, "role")),
           words_say(words_contact, answer_text(contact, "outcome")),
           again[0] != '\0' ? ", igen " : "", again,
           answer_text(json_object_get(contact, "by"), "name"));
    json_object_foreach(answers, key, value)
        printf("  %s: %s\n", key, json_text(context->arena, value));
}

static void print_contacts(struct context *context, const json_t *answer)
{
    size_t index;
    const json_t *contact;

    json_array_foreach(json_object_get(answer, "items"), index, contact)
        print_contact(context, contact);
}

int run_lead_contact(struct context *context)
{
    struct client_call call = {.method = "GET", .path = lead_path(context, "/contacts")};
    char *bytes;
    size_t length;

    if (context->word_count == 1)
        return answer_show(context, &call, print_contacts);
    const int code = command_read_file(context, context->words[1], FILE_CAP, &bytes, &length);
    if (code != EXIT_DONE)
        return code;
    call.method = "POST";
    call.content_type = "application/json";
    call.body = bytes;
    call.length = length;
    call.idempotent = true;
    return answer_show(context, &call, print_contact);
}

static void print_guide(struct context *context, const json_t *guide)
{
    size_t index;
    const json_t *question;

    printf("Spørgeguide, version %lld\n", answer_number(guide, "version"));
    json_array_foreach(json_object_get(guide, "questions"), index, question)
        printf("%zu. %s (%s: %s)\n", index + 1, answer_text(question, "text"),
               answer_text(question, "key"), answer_text(question, "kind"));
    (void)context;
}

int run_lead_guide(struct context *context)
{
    const struct client_call call = {.method = "GET", .path = "/v1/question-guide"};

    return answer_show(context, &call, print_guide);
}
