#include "services/ctl/client.h"

#include "common/base/str.h"
#include "common/crypto/crypto.h"

#include <stdio.h>
#include <string.h>

#define KEY_FILE_CAP ((size_t)4096)

/* "Bearer emb_…" from --key-file. */
static int authorization(struct context *context, const char **value)
{
    char *key;
    size_t length;

    if (context->api == NULL || context->key_file == NULL) {
        fputs("emnebank: angiv --api URL og --key-file FIL (eller EMNEBANK_API og "
              "EMNEBANK_KEY_FILE)\n",
              stderr);
        return EXIT_USAGE;
    }
    const int code = command_read_file(context, context->key_file, KEY_FILE_CAP, &key, &length);
    if (code != EXIT_DONE)
        return code;
    key[strcspn(key, " \t\r\n")] = '\0';
    *value = arena_printf(context->arena, "Bearer %s", key);
    return EXIT_DONE;
}

static const char *idempotency_key(struct context *context, const struct client_call *call)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char text[2 * CRYPTO_DIGEST_SIZE + 1];

    crypto_sha256(call->body, call->length, digest);
    str_hex(digest, sizeof digest, text);
    return arena_printf(context->arena, "\"emnebank-%s\"", text);
}

static void print_problem(const struct fetch_reply *reply, const json_t *problem)
{
    const char *title = json_string_value(json_object_get(problem, "title"));
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    size_t index;
    const json_t *error;

    fprintf(stderr, "emnebank: %d %s\n", reply->status, title != NULL ? title : "");
    if (detail != NULL)
        fprintf(stderr, "  %s\n", detail);
    json_array_foreach(json_object_get(problem, "errors"), index, error)
    {
        const char *pointer = json_string_value(json_object_get(error, "pointer"));
        const char *text = json_string_value(json_object_get(error, "detail"));
        const bool whole = pointer == NULL || pointer[0] == '\0';
        fprintf(stderr, "  %s%s%s\n", whole ? "" : pointer, whole ? "" : ": ",
                text != NULL ? text : "");
    }
}

/* In one line: the first fault, else what the problem says. */
static const char *first_fault(struct arena *arena, const json_t *problem)
{
    const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
    const char *text = json_string_value(json_object_get(error, "detail"));

    if (text == NULL)
        text = json_string_value(json_object_get(problem, "detail"));
    if (text == NULL)
        text = json_string_value(json_object_get(problem, "title"));
    return arena_strdup(arena, text != NULL ? text : "afvist");
}

static json_t *read_json(const struct fetch_reply *reply)
{
    return reply->length > 0 ? json_loadb(reply->body, reply->length, JSON_REJECT_DUPLICATES, NULL)
                             : NULL;
}

/* Makes the call; what is not 2xx is printed as the problem that it is. */
static int send_call(struct context *context, const struct client_call *call,
                     struct fetch_reply *reply)
{
    struct fetch_header headers[5];
    size_t count = 0;
    const char *bearer;
    int code = authorization(context, &bearer);

    if (code != EXIT_DONE)
        return code;
    headers[count++] = (struct fetch_header){"Authorization", bearer};
    headers[count++] =
        (struct fetch_header){"Accept", call->accept != NULL ? call->accept : "application/json"};
    if (call->content_type != NULL)
        headers[count++] = (struct fetch_header){"Content-Type", call->content_type};
    if (call->if_match != NULL)
        headers[count++] = (struct fetch_header){"If-Match", call->if_match};
    if (call->idempotent)
        headers[count++] = (struct fetch_header){"Idempotency-Key", idempotency_key(context, call)};

    const struct fetch_request request = {
        .method = call->method,
        .url = arena_printf(context->arena, "%s%s", context->api, call->path),
        .headers = headers,
        .header_count = count,
        .body = call->body,
        .length = call->length,
        .progress = call->progress};
    struct error_detail detail = {0};
    code = fetch_blocking(context->arena, &request, reply, &detail);
    if (code != 0)
        return command_failed(code, &detail);
    if (reply->status >= 200 && reply->status < 300)
        return EXIT_DONE;
    json_t *problem = read_json(reply);
    print_problem(reply, problem);
    if (call->refusal != NULL)
        *call->refusal = first_fault(context->arena, problem);
    json_decref(problem);
    return reply->status >= 500 ? EXIT_AWAY : EXIT_REFUSED;
}

int client_do(struct context *context, const struct client_call *call, json_t **answer)
{
    struct fetch_reply reply;

    *answer = NULL;
    const int code = send_call(context, call, &reply);
    if (code != EXIT_DONE)
        return code;
    *answer = read_json(&reply);
    if (reply.length > 0 && *answer == NULL) {
        fputs("emnebank: serverens svar er ikke JSON\n", stderr);
        return EXIT_AWAY;
    }
    return EXIT_DONE;
}

int client_read(struct context *context, const struct client_call *call, const char **bytes,
                size_t *length)
{
    struct fetch_reply reply;

    const int code = send_call(context, call, &reply);
    if (code != EXIT_DONE)
        return code;
    *bytes = reply.body;
    *length = reply.length;
    return EXIT_DONE;
}

const char *client_escape(struct arena *arena, const char *text)
{
    char *escaped = arena_array(arena, strlen(text) + 1, 3);
    char *at = escaped;

    for (; *text != '\0'; text++)
        if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
            (*text >= '0' && *text <= '9'))
            *at++ = *text;
        else
            at += snprintf(at, 4, "%%%02X", (unsigned char)*text);
    return escaped;
}

void client_print_json(struct context *context, const json_t *answer)
{
    puts(json_text(context->arena, answer));
}
