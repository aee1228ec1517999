#include "services/ctl/probe.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/json/json.h"
#include "services/deliver/kinds.h"
#include "services/deliver/payload.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FAR (10 * CLOCK_MINUTE) /* twice what Standard Webhooks allows a clock to be off */
#define LARGE ((size_t)20480)
#define CHALLENGE_BYTES 24
#define CHALLENGE_ANSWER_CAP ((size_t)1024)

/* How an event is spoilt, or what is peculiar about it. */
enum manner {
    AS_IT_IS,
    AGAIN,      /* the one before it, under the same webhook-id */
    OTHER_BODY, /* after signing */
    OTHER_ID,   /* after signing */
    OTHER_TIME, /* after signing */
    OTHER_KEY,  /* signed with it */
    TOO_OLD,    /* signed as such */
    TOO_NEW,    /* signed as such */
    WITHOUT_ID,
    WITHOUT_TIME,
    WITHOUT_SIGNATURE,
    KEY_FIRST, /* then a signature by another */
    KEY_LAST,
    UNKNOWN_KIND,
    UNKNOWN_MEMBER,
    LARGE_BODY,
    EARLIER, /* a version below all others */
};

#define RAW                                                                                         \
    "Regn signaturen over webhook-id, punktum, webhook-timestamp, punktum og de rå bytes, som de " \
    "kom; læs først JSON bagefter."
#define COVERED                                                                                    \
    "Signaturen dækker webhook-id, webhook-timestamp og alle bytes i indholdet; afvis med 401, "  \
    "når den ikke passer."
#define CLOCK "Afvis med 400, når webhook-timestamp er mere end fem minutter fra dit eget ur."
#define MISSING "Afvis med 400, når et af de tre felter webhook-… mangler."
#define ROTATION                                                                                   \
    "webhook-signature er en liste med mellemrum imellem; det er nok, at én passer. Sådan kan "  \
    "hemmeligheden skiftes, uden at noget går tabt."
#define TAKE_ALL "Svar 2xx på alt, der er ægte; ellers sendes det igen og igen i tre døgn."
#define NEWER                                                                                      \
    "Nye slags hændelser og nye felter kommer til: svar 2xx, brug det, du kender, og lad resten " \
    "ligge."
#define ORDER                                                                                      \
    "Svar 2xx, men lad en lavere version ligge, end den du har for samme release_id: "             \
    "forsendelser "                                                                                \
    "kan overhale hinanden."
#define RECALL "Slet CV'et, husk versionen for release_id, og svar 2xx."
#define CHALLENGE "Svar 200 med JSON {\"challenge\": \"…\"}, hvor … er data.challenge, som den kom."

static const struct probe probes[] = {
    {"good", "Et CV, som det skal være", "cv.released", AS_IT_IS, 0, PROBE_TAKEN, RAW},
    {"again", "Det samme igen, med samme webhook-id", "cv.released", AGAIN, 0, PROBE_TAKEN,
     TAKE_ALL},
    {"tampered-body", "Ændret indhold", "cv.released", OTHER_BODY, 0, PROBE_REFUSED, COVERED},
    {"other-id", "Et andet webhook-id end det signerede", "cv.released", OTHER_ID, 0, PROBE_REFUSED,
     COVERED},
    {"other-time", "Et andet tidspunkt end det signerede", "cv.released", OTHER_TIME, 0,
     PROBE_REFUSED, COVERED},
    {"wrong-secret", "Signeret med en anden hemmelighed", "cv.released", OTHER_KEY, 0,
     PROBE_REFUSED, COVERED},
    {"too-old", "Signeret for ti minutter siden", "cv.released", TOO_OLD, 0, PROBE_REFUSED, CLOCK},
    {"too-new", "Signeret ti minutter ude i fremtiden", "cv.released", TOO_NEW, 0, PROBE_REFUSED,
     CLOCK},
    {"no-id", "Uden webhook-id", "cv.released", WITHOUT_ID, 0, PROBE_REFUSED, MISSING},
    {"no-timestamp", "Uden webhook-timestamp", "cv.released", WITHOUT_TIME, 0, PROBE_REFUSED,
     MISSING},
    {"no-signature", "Uden webhook-signature", "cv.released", WITHOUT_SIGNATURE, 0, PROBE_REFUSED,
     MISSING},
    {"rotation-first", "To signaturer, den første passer", "order.changed", KEY_FIRST, 0,
     PROBE_TAKEN, ROTATION},
    {"rotation-last", "To signaturer, den sidste passer", "order.changed", KEY_LAST, 0, PROBE_TAKEN,
     ROTATION},
    {"unknown-kind", "En ukendt slags hændelse", "endpoint.test", UNKNOWN_KIND, 0, PROBE_TAKEN,
     NEWER},
    {"unknown-member", "Et ukendt felt", "order.changed", UNKNOWN_MEMBER, 0, PROBE_TAKEN, NEWER},
    {"large", "En hændelse på over 20 KiB", "shortlist.proposed", LARGE_BODY, 0, PROBE_TAKEN,
     "Tag imod indhold på op til 256 KiB."},
    {"earlier-version", "En lavere version af et CV, du har", "cv.released", EARLIER, 0,
     PROBE_TAKEN, ORDER},
    {"another", "Et CV mere", "cv.released", AS_IT_IS, 1, PROBE_TAKEN, TAKE_ALL},
    {"recall", "Det CV kaldes tilbage", "cv.recalled", AS_IT_IS, 1, PROBE_TAKEN, RECALL},
    {"late", "Det samme CV kommer for sent", "cv.released", EARLIER, 1, PROBE_TAKEN, ORDER},
    {"challenge", "Ejerskabsprøven", "endpoint.verify", AS_IT_IS, 0, PROBE_ANSWERED, CHALLENGE},
    {"forged-challenge", "Ejerskabsprøven med en anden hemmelighed", "endpoint.verify", OTHER_KEY,
     0, PROBE_REFUSED, "Kontrollér signaturen, før du svarer på ejerskabsprøven."},
};
#define PROBES (sizeof probes / sizeof *probes)

/* What one request consists of. */
struct message {
    char *id;
    int64_t timestamp; /* seconds */
    char *body;
    char *signature;
};

struct run {
    struct arena *arena;
    const struct probe_options *options;
    struct signature_key other; /* nobody's */
    struct loop *loop;
    struct fetch_client *client;
    probe_told *told;
    void *argument;
    size_t at;
    char release[2][RANDOM_UUID_SIZE];
    int64_t version; /* below it: what is stale */
    const char *challenge;
    struct message message;
};

/* --- what is sent ---------------------------------------------------------------------------- */

static char *new_id(struct arena *arena)
{
    char id[RANDOM_UUID_SIZE];
    random_uuid(id);
    return arena_printf(arena, "msg_%s", id);
}

/* The schema's own example of a kind; the caller's reference. */
static json_t *example_data(const char *kind)
{
    const struct event_schema *schema = event_schema_find(kind);
    struct json_fault fault;
    json_t *document = NULL;
    int error = json_read_own(schema->text, schema->length, &document, &fault);
    assert(error == 0);
    (void)error;
    const json_t *example = json_array_get(json_object_get(document, "examples"), 0);
    json_t *data = json_deep_copy(json_object_get(example, "data"));
    json_decref(document);
    return data;
}

/* The same entry again and again, each under an id of its own. */
static void enlarge(json_t *data)
{
    json_t *entries = json_object_get(data, "entries");
    size_t each = json_dumpb(json_array_get(entries, 0), NULL, 0, 0);
    char id[RANDOM_UUID_SIZE];
    for (size_t size = 0; size < LARGE; size += each) {
        json_t *entry = json_deep_copy(json_array_get(entries, 0));
        random_uuid(id);
        json_object_set_new(entry, "id", json_string(id));
        json_array_append_new(entries, entry);
    }
}

static void make_data(struct run *run, const struct probe *probe, json_t *data)
{
    uint8_t bytes[CHALLENGE_BYTES];
    if (json_object_get(data, "release_id") != NULL)
        json_object_set_new(data, "release_id", json_string(run->release[probe->release]));
    if (json_object_get(data, "challenge") != NULL) {
        random_bytes(bytes, sizeof bytes);
        run->challenge = crypto_base64url(run->arena, bytes, sizeof bytes);
        json_object_set_new(data, "challenge", json_string(run->challenge));
    }
    if (probe->manner == UNKNOWN_MEMBER)
        json_object_set_new(data, "kommer_senere", json_string("æøå"));
    if (probe->manner == LARGE_BODY)
        enlarge(data);
}

/* With blanks after : and , as PostgreSQL writes JSON: whoever signs what they wrote anew finds
 * out.
 */
static char *make_body(struct run *run, const struct probe *probe)
{
    char timestamp[CLOCK_TEXT_SIZE];
    struct buffer bytes;
    json_t *data = example_data(probe->kind);
    make_data(run, probe, data);
    char *text = json_dumps(data, 0);
    clock_text(clock_now(), timestamp);
    buffer_init(&bytes, PAYLOAD_CAP);
    payload_write(&bytes,
                  &(struct payload){
                      .type = probe->manner == UNKNOWN_KIND ? "noget.nyt" : probe->kind,
                      .timestamp = timestamp,
                      .version = run->version + (probe->manner == EARLIER ? -1 : (int64_t)run->at),
                      .data = text,
                  });
    char *body = arena_strndup(run->arena, bytes.data, bytes.length);
    buffer_deinit(&bytes);
    free(text);
    json_decref(data);
    return body;
}

static void sign(struct run *run, const struct probe *probe, struct message *message)
{
    const struct signature_message signed_over = {message->id, message->timestamp, message->body,
                                                  strlen(message->body)};
    struct signature_key keys[2] = {*run->options->key, run->other};
    size_t first = probe->manner == OTHER_KEY ? 1 : 0;
    size_t count = probe->manner == KEY_FIRST || probe->manner == KEY_LAST ? 2 : 1;
    if (probe->manner == KEY_LAST) {
        keys[0] = run->other;
        keys[1] = *run->options->key;
    }
    message->signature = signature_header(run->arena, &signed_over, keys + first, count);
    crypto_wipe(keys, sizeof keys);
}

static void make_message(struct run *run, const struct probe *probe)
{
    struct message *message = &run->message;
    int64_t now = clock_now();
    if (probe->manner != AGAIN) {
        message->id = new_id(run->arena);
        message->body = make_body(run, probe);
    }
    if (probe->manner == TOO_OLD)
        now -= FAR;
    if (probe->manner == TOO_NEW)
        now += FAR;
    message->timestamp = now / CLOCK_SECOND;
    sign(run, probe, message);
    if (probe->manner == OTHER_BODY) { /* the last digit of the release: it would be another CV */
        char *place = strstr(message->body, run->release[probe->release]);
        assert(place != NULL);
        place += strlen(run->release[probe->release]) - 1;
        *place = *place == '0' ? '1' : '0';
    }
    if (probe->manner == OTHER_ID)
        message->id = new_id(run->arena);
    if (probe->manner == OTHER_TIME)
        message->timestamp -= 1;
}

/* --- what comes back ------------------------------------------------------------------------- */

static const char *class_said(enum fetch_class class)
{
    switch (class) {
    case FETCH_REFUSED_BY_POLICY:
        return "adressen må ikke bruges: kun denne maskine eller en offentlig https-adresse";
    case FETCH_DNS:
        return "navnet findes ikke";
    case FETCH_CONNECT:
        return "ingen forbindelse: lytter modtageren på den port?";
    case FETCH_TLS:
        return "TLS mislykkedes: gælder certifikatet for navnet, og er kæden hel?";
    case FETCH_TIMEOUT:
        return "intet svar i tide: svar med det samme, og arbejd bagefter";
    default:
        return "forbindelsen blev afbrudt uden svar";
    }
}

static bool challenge_answered(const struct run *run, const struct fetch_answer *answer)
{
    struct json_fault fault;
    json_t *body = NULL;
    bool same = false;
    if (answer->body != NULL && json_read(answer->body, answer->body_length, &body, &fault) == 0)
        same = str_equal(json_string_value(json_object_get(body, "challenge")), run->challenge);
    json_decref(body);
    return same;
}

/* Whether it is right, and what the receiver did, in Danish. */
static bool judge(struct run *run, const struct probe *probe, const struct fetch_answer *answer,
                  const char **said)
{
    const int status = answer->status;
    const bool taken = status >= 200 && status < 300;
    if (answer->class != FETCH_ANSWERED) {
        *said = class_said(answer->class);
        return false;
    }
    *said = arena_printf(run->arena, "%d", status);
    if (status == 410)
        *said = "410, som slår adressen fra for altid";
    else if (status >= 300 && status < 400)
        *said = arena_printf(run->arena, "%d: en omstilling følges ikke", status);
    else if (status >= 500)
        *said = arena_printf(run->arena, "%d: koden fejler på det", status);
    else if (probe->wish == PROBE_REFUSED && taken)
        *said = arena_printf(run->arena, "%d, men det skulle afvises", status);
    else if (probe->wish != PROBE_REFUSED && !taken)
        *said = arena_printf(run->arena, "%d, men det skulle tages imod", status);
    switch (probe->wish) {
    case PROBE_TAKEN:
        return taken;
    case PROBE_REFUSED:
        return status >= 400 && status < 500 && status != 410 && status != 408 && status != 429;
    default:
        if (taken && !(status == 200 && challenge_answered(run, answer))) {
            *said = arena_printf(run->arena, "%d, men uden challenge i svaret", status);
            return false;
        }
        return taken;
    }
}

/* --- one after another ----------------------------------------------------------------------- */

static void send_next(void *argument);

static void came_back(const struct fetch_answer *answer, void *argument)
{
    struct run *run = argument;
    struct probe_result result = {.probe = &probes[run->at],
                                  .class = answer->class,
                                  .status = answer->status,
                                  .duration = answer->duration};
    result.right = judge(run, result.probe, answer, &result.said);
    run->told(&result, run->argument);
    const bool away = run->at == 0 && answer->class != FETCH_ANSWERED;
    if (away || ++run->at == PROBES)
        loop_stop(run->loop);
    else
        loop_post(run->loop, send_next, run);
}

static void send_next(void *argument)
{
    struct run *run = argument;
    const struct probe *probe = &probes[run->at];
    struct fetch_header headers[4] = {{"content-type", "application/json"}};
    size_t count = 1;
    make_message(run, probe);
    if (probe->manner != WITHOUT_ID)
        headers[count++] = (struct fetch_header){"webhook-id", run->message.id};
    if (probe->manner != WITHOUT_TIME)
        headers[count++] = (struct fetch_header){
            "webhook-timestamp", arena_printf(run->arena, "%" PRId64, run->message.timestamp)};
    if (probe->manner != WITHOUT_SIGNATURE)
        headers[count++] = (struct fetch_header){"webhook-signature", run->message.signature};
    fetch_start(run->client,
                &(struct fetch_request){.method = "POST",
                                        .url = run->options->url,
                                        .headers = headers,
                                        .header_count = count,
                                        .body = run->message.body,
                                        .length = strlen(run->message.body),
                                        .keep_body = CHALLENGE_ANSWER_CAP},
                came_back, run);
}

void probe_all(struct arena *arena, const struct probe_options *options, probe_told *told,
               void *argument, struct probe_run *made)
{
    const struct fetch_options fetch = {.allow_loopback = true, .ca_file = options->ca_file};
    struct run run = {.arena = arena, .options = options, .told = told, .argument = argument};
    random_uuid(run.release[0]);
    random_uuid(run.release[1]);
    run.version = clock_now() / CLOCK_MILLISECOND; /* above those of any run before it */
    signature_key_make(options->key->scheme, &run.other);
    run.loop = loop_create();
    run.client = fetch_client_create(run.loop, &fetch);
    loop_post(run.loop, send_next, &run);
    loop_run(run.loop);
    fetch_client_destroy(&run.client);
    loop_destroy(&run.loop);
    signature_key_wipe(&run.other);
    *made = (struct probe_run){.version = run.version};
    memcpy(made->kept, run.release[0], sizeof made->kept);
    memcpy(made->recalled, run.release[1], sizeof made->recalled);
}
