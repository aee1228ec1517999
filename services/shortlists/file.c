/*
 * A shortlist leaves as a file: who is in it is written down (shortlist_file, 0058), the names that
 * are the caller's own are opened with its key, and the bytes are made on a worker's thread.
 */
#include "services/shortlists/file.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/person.h"
#include "common/domain/uuid.h"
#include "common/obs/log.h"
#include "services/shortlists/room.h"
#include "sql/shortlists_sql.h"

#include <string.h>

#define FILE_CAP ((size_t)16 << 20)
#define MISSING "Jobordren findes ikke."
#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

enum column { DOCUMENT, HOME, REFERENCE, WRAPPED_KEY, NAME };

/* What is known of an entry before its document has been read. */
struct line {
    const char *document;
    size_t length;
};

/* One answer in the making; in the call's arena, with all that it points to, and touched by the
 * worker's thread alone while that runs. */
struct taking {
    struct rest_call *call;
    const char *order;
    bool pdf;
    struct line *lines; /* the heading, then the entries */
    struct file_row *rows;
    size_t count;
    int64_t taken;
    struct buffer bytes;
    int error;
};

static const char *form(const struct taking *taking)
{
    return taking->pdf ? "pdf" : "csv";
}

/* --- on a worker's thread --- */

static int write_file(struct taking *taking, json_t *const *documents)
{
    const struct file file = {.arena = rest_arena(taking->call),
                              .list = documents[0],
                              .rows = taking->rows,
                              .count = taking->count,
                              .taken = taking->taken};

    for (size_t i = 0; i < taking->count; i++)
        taking->rows[i].entry = documents[i + 1];
    if (taking->pdf)
        return file_pdf(&file, &taking->bytes);
    file_sheet(&file, &taking->bytes);
    return buffer_full(&taking->bytes) ? ERROR_LIMIT : 0;
}

static void make(void *argument)
{
    struct taking *taking = argument;
    json_t **documents =
        arena_array(rest_arena(taking->call), taking->count + 1, sizeof *documents);
    struct json_fault fault;
    size_t count = 0;

    taking->error = 0;
    for (; count <= taking->count && taking->error == 0; count++) {
        documents[count] = NULL;
        taking->error = json_read_own(taking->lines[count].document, taking->lines[count].length,
                                      &documents[count], &fault);
    }
    if (taking->error == 0)
        taking->error = write_file(taking, documents);
    while (count > 0)
        json_decref(documents[--count]);
}

/* --- on the loop --- */

/* The order's id names the file: a title may be anything, and a name is in logs and histories. */
static void reply_headers(struct taking *taking)
{
    rest_header(taking->call, "Vary", "Accept");
    rest_header(taking->call, "Content-Disposition",
                arena_printf(rest_arena(taking->call), "attachment; filename=\"shortlist-%s.%s\"",
                             taking->order, form(taking)));
}

static const char *type(const struct taking *taking)
{
    return taking->pdf ? "application/pdf" : "text/csv; charset=utf-8";
}

/* The call ends with its answer, and what is being taken with it: the bytes are held here. */
static void made(void *argument)
{
    struct taking *taking = argument;
    struct buffer bytes = taking->bytes;

    if (taking->error != 0) {
        log_event(LOG_ERROR, "shortlists.file_unwritten",
                  LOG_TEXT("error", error_name(taking->error)), LOG_TEXT("order", taking->order));
        rest_problem(taking->call, "internal-error", "Filen kunne ikke skrives.");
    } else {
        reply_headers(taking);
        rest_reply_buffer(taking->call, 200, type(taking), &bytes);
    }
    buffer_deinit(&bytes);
}

static struct sealed_bytes sealed(struct arena *arena, const struct pg_result *rows, size_t row,
                                  enum column column)
{
    struct sealed_bytes bytes = {0};

    bytes.bytes = pg_bytes(arena, rows, row, column, &bytes.length);
    return bytes;
}

/* ERROR_NOT_FOUND, ERROR_DENIED: a key is not there or does not fit. */
static int open_name(struct rest_call *call, const struct pg_result *rows, size_t row,
                     const char **name)
{
    const struct shortlists *shortlists = rest_room(call);
    const char *municipality = rest_principal(call)->municipality;
    const struct crypto_key *key = keyring_find(shortlists->keyring, municipality);
    struct arena *arena = rest_arena(call);
    struct person person;

    *name = NULL;
    if (pg_is_null(rows, row, WRAPPED_KEY))
        return 0;
    if (key == NULL)
        return ERROR_NOT_FOUND;
    const struct person_sealed one = {.wrapped_key = sealed(arena, rows, row, WRAPPED_KEY),
                                      .name = sealed(arena, rows, row, NAME)};
    const int error =
        person_open(arena, key, municipality, pg_text(rows, row, REFERENCE), &one, &person);
    if (error == 0)
        *name = person.name;
    return error;
}

static int take_rows(struct taking *taking, const struct pg_result *rows)
{
    struct arena *arena = rest_arena(taking->call);
    int error = 0;

    taking->count = pg_rows(rows) - 1;
    taking->lines = arena_array(arena, pg_rows(rows), sizeof *taking->lines);
    taking->rows = arena_array(arena, pg_rows(rows), sizeof *taking->rows);
    for (size_t i = 0; i <= taking->count && error == 0; i++) {
        const char *text = arena_strdup(arena, pg_text(rows, i, DOCUMENT));
        taking->lines[i] = (struct line){text, strlen(text)};
        if (i == 0)
            continue;
        struct file_row *row = &taking->rows[i - 1];
        row->home = arena_strdup(arena, pg_text(rows, i, HOME));
        error = open_name(taking->call, rows, i, &row->name);
    }
    return error;
}

static void found(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const struct shortlists *shortlists = rest_room(call);
    struct taking *taking = rest_state(call);

    if (pg_rows(rows) == 0 || take_rows(taking, rows) != 0) {
        log_event(LOG_ERROR, "shortlists.file_unreadable", LOG_TEXT("order", taking->order));
        rest_problem(call, "internal-error", "Personoplysningerne kan ikke åbnes.");
        return;
    }
    buffer_init(&taking->bytes, FILE_CAP);
    if (worker_submit(shortlists->papers, rest_loop(call), make, made, taking) == 0)
        return;
    buffer_deinit(&taking->bytes);
    rest_problem(call, "temporarily-unavailable",
                 "Mange filer skrives lige nu. Prøv igen om lidt.");
}

/* HEAD says whether it could be had: nothing is opened, nothing leaves, nothing is written down. */
static void looked(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct taking *taking = rest_state(call);

    (void)outcome;
    reply_headers(taking);
    rest_reply_text(call, 200, type(taking), "", 0);
}

bool file_answer(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const bool pdf = rest_wants_pdf(call);

    if (!pdf && !rest_wants_csv(call))
        return false;
    const char *id = rest_path_id(call, MISSING);
    if (id == NULL || !rest_query_only(call, none))
        return true;
    struct taking *taking = arena_alloc(rest_arena(call), sizeof *taking);
    *taking = (struct taking){.call = call, .order = id, .pdf = pdf, .taken = clock_now()};
    rest_set_state(call, taking);
    const bool look = http_request_method(rest_http(call)) == HTTP_HEAD;
    const struct pg_parameter parameters[] = {
        PG_TEXT(id), PG_TEXT(form(taking)),
        PG_TEXT(arena_printf(rest_arena(call), "%d", FILE_ROWS))};
    const struct pg_step step = {look ? &shortlists_sql_look : &shortlists_sql_file, parameters,
                                 look ? 1 : COUNT(parameters)};
    rest_batch(call, &step, 1, look ? looked : found);
    return true;
}
