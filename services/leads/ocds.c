#include "services/leads/ocds.h"

#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "services/leads/notice_value.h"
#include "services/leads/ocds_release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000000)
#define CHUNK ((size_t)65536)

/* --- lines --- */

bool ocds_room(struct ocds_reader *reader, const struct raw_list *list)
{
    if (list->count == NOTICE_RECORD_CAP ||
        arena_used(reader->arena) - reader->used_before > OCDS_MEMORY_CAP)
        reader->overflow = true;
    return !reader->overflow;
}

void ocds_line_add(struct ocds_reader *reader, const struct ocds_release *release,
                   enum notice_severity severity, const char *code, const char *format, ...)
{
    if (!ocds_room(reader, &reader->lines))
        return;
    struct ocds_line *line = arena_alloc(reader->arena, sizeof *line);
    va_list arguments;
    va_start(arguments, format);
    line->at = reader->at;
    line->release = release ? release->id : NULL;
    line->line =
        (struct notice_line){severity, code, NULL, arena_vprintf(reader->arena, format, arguments)};
    va_end(arguments);
    raw_list_add(reader->arena, &reader->lines, line);
}

/* --- values --- */

static const char *text_cut(struct arena *arena, const char *text)
{
    static const char blank[] = " \t\r\n";
    text += strspn(text, blank);
    size_t length = strlen(text);
    while (length > 0 && strchr(blank, text[length - 1]))
        length--;
    if (length == 0)
        return NULL;
    if (length <= NOTICE_TEXT_CAP)
        return arena_strndup(arena, text, length);
    length = NOTICE_TEXT_CAP - 3;
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return arena_printf(arena, "%.*s…", (int)length, text);
}

const char *ocds_text(struct arena *arena, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value))
        return text_cut(arena, json_string_value(value));
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    return NULL;
}

/* The first ten characters of a date-time, if what follows is a time. */
static const char *day_of(struct arena *arena, const char *text)
{
    if (!text || strlen(text) < 10 || (text[10] != 'T' && text[10] != '\0'))
        return notice_date(arena, text);
    return notice_date(arena, arena_strndup(arena, text, 10));
}

const char *ocds_day(struct resolver *resolver, const json_t *object, const char *name,
                     const char *what)
{
    const char *text = ocds_text(resolver->arena, object, name);
    const char *day = day_of(resolver->arena, text);
    if (text && !day)
        resolver_line(resolver, NOTICE_NOTE, "DATE_INVALID", NULL, "%s er ikke en dato: „%s“", what,
                      text);
    return day;
}

/* --- one release --- */

static const json_t *array_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_array(value) ? value : NULL;
}

static const char *tags_of(struct arena *arena, const json_t *json)
{
    const json_t *tags = array_of(json, "tag");
    const char *all = NULL;
    for (size_t i = 0; i < json_array_size(tags) && i < 10; i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (tag && strlen(tag) < 40)
            all = all ? arena_printf(arena, "%s, %s", all, tag) : arena_strdup(arena, tag);
    }
    return all;
}

/* The minute of the release, so that a later one is a later version; 0 without a date. */
static int version_of(const char *date)
{
    int64_t time;
    char noon[32];
    if (date && strlen(date) == 10) {
        snprintf(noon, sizeof noon, "%sT00:00:00Z", date);
        date = noon;
    }
    if (!date || calendar_read_time(date, &time) != 0 || time < 0)
        return 0;
    return (int)(time / MINUTE < INT32_MAX ? time / MINUTE : INT32_MAX);
}

static int in_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids of a release's awards, in order. */
static const char **award_ids(struct ocds_reader *reader, const struct ocds_release *release,
                              size_t *count)
{
    const char **ids =
        arena_array(reader->arena, json_array_size(release->awards) + 1, sizeof *ids);
    const json_t *award;
    size_t index;
    *count = 0;
    json_array_foreach(release->awards, index, award)
    {
        const char *id = ocds_text(reader->arena, award, "id");
        if (id)
            ids[(*count)++] = id;
    }
    qsort(ids, *count, sizeof *ids, in_order);
    return ids;
}

/* Contracts without their award: who has them is not said here. */
static void contracts_told(struct ocds_reader *reader, const struct ocds_release *release)
{
    size_t count;
    const char **ids = award_ids(reader, release, &count);
    const json_t *contract;
    size_t index;
    json_array_foreach(release->contracts, index, contract)
    {
        const char *award = ocds_text(reader->arena, contract, "awardID");
        const char *id = ocds_text(reader->arena, contract, "id");
        if (!ocds_room(reader, &reader->lines))
            return;
        if (!award || !bsearch(&award, ids, count, sizeof *ids, in_order))
            ocds_line_add(
                reader, release, NOTICE_UNUSABLE, "CONTRACT_WITHOUT_AWARD",
                "Kontrakt %s hører til tildeling %s, som udgivelsen ikke beskriver; intet "
                "er ændret",
                id ? id : "(uden id)", award ? award : "(uden id)");
    }
}

static void release_read(struct ocds_reader *reader, const json_t *json)
{
    const char *date = ocds_text(reader->arena, json, "date");
    struct ocds_release release = {
        .json = json,
        .tender = json_object_get(json, "tender"),
        .awards = array_of(json, "awards"),
        .contracts = array_of(json, "contracts"),
        .ocid = ocds_text(reader->arena, json, "ocid"),
        .id = ocds_text(reader->arena, json, "id"),
        .date = day_of(reader->arena, date),
        .tag = tags_of(reader->arena, json),
        .version = version_of(date),
    };
    const json_t *award;
    size_t index;
    reader->file->releases++;
    if (reader->file->releases > OCDS_RELEASES_CAP)
        reader->overflow = true;
    if (!release.ocid) {
        ocds_line_add(reader, &release, NOTICE_UNUSABLE, "OCID_MISSING",
                      "Udgivelsen har intet ocid, så den kan ikke kendes igen");
        return;
    }
    if (release.version == 0)
        ocds_line_add(
            reader, &release, NOTICE_NOTE, "DATE_INVALID",
            "Udgivelsens dato mangler eller er ikke en dato, så den kan ikke ordnes efter "
            "de andre");
    json_array_foreach(release.awards, index, award)
    {
        if (reader->overflow)
            return;
        ocds_award_read(reader, &release, award);
    }
    if (json_array_size(release.awards) == 0 && json_array_size(release.contracts) == 0)
        ocds_line_add(reader, &release, NOTICE_UNUSABLE, "NOT_AN_AWARD",
                      "Udgivelsen (%s) rummer ingen tildeling",
                      release.tag ? release.tag : "uden mærke");
    contracts_told(reader, &release);
}

/* --- what a document is --- */

static bool is_release(const json_t *json)
{
    return json_is_string(json_object_get(json, "ocid")) && !json_object_get(json, "releases") &&
           !json_object_get(json, "compiledRelease") && !json_object_get(json, "versionedRelease");
}

static bool is_record(const json_t *json)
{
    return json_is_string(json_object_get(json, "ocid"));
}

static void record_read(struct ocds_reader *reader, const json_t *record)
{
    const json_t *compiled = json_object_get(record, "compiledRelease");
    const json_t *releases = array_of(record, "releases");
    const json_t *release;
    size_t index;
    if (json_is_object(compiled)) {
        release_read(reader, compiled);
        return;
    }
    json_array_foreach(releases, index, release)
    {
        if (reader->overflow)
            return;
        if (is_release(release))
            release_read(reader, release);
        else
            ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "RELEASE_LINKED",
                          "Posten %s henviser til en udgivelse et andet sted; den er ikke hentet",
                          json_string_value(json_object_get(record, "ocid")));
    }
    if (json_array_size(releases) == 0)
        ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "RECORD_EMPTY",
                      "Posten %s rummer ingen udgivelse, der kan læses",
                      json_string_value(json_object_get(record, "ocid")));
}

/* A release or a record; false: neither. */
static bool item_read(struct ocds_reader *reader, const json_t *item)
{
    if (is_release(item))
        release_read(reader, item);
    else if (is_record(item))
        record_read(reader, item);
    else
        return false;
    return true;
}

static void items_read(struct ocds_reader *reader, const json_t *items)
{
    const json_t *item;
    size_t index;
    json_array_foreach(items, index, item)
    {
        if (reader->overflow)
            return;
        if (!item_read(reader, item))
            ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "NOT_A_RELEASE",
                          "Nummer %zu i listen er hverken en udgivelse eller en post", index + 1);
    }
}

/* The document's form, or NULL: nothing of OCDS. */
static const char *document_read(struct ocds_reader *reader, const json_t *json)
{
    const json_t *releases = array_of(json, "releases");
    const json_t *records = array_of(json, "records");
    if (is_release(json) || is_record(json)) {
        const char *form = is_release(json) ? "release" : "record";
        item_read(reader, json);
        return form;
    }
    if (releases || records) {
        items_read(reader, releases ? releases : records);
        return releases ? "release_package" : "record_package";
    }
    if (!json_is_array(json))
        return NULL;
    items_read(reader, json);
    return "releases";
}

/* --- bytes --- */

/* Byte order marks are common in files, and mean nothing. */
static size_t mark_length(const char *bytes, size_t length)
{
    return length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static void fault_of_json(struct notice_fault *fault, const struct json_fault *json)
{
    fault->line = json->line;
    fault->column = json->column;
    snprintf(fault->text, sizeof fault->text, "Filen er ikke gyldig JSON (%.100s)", json->text);
}

static int document_parse(struct ocds_reader *reader, const char *bytes, size_t length,
                          struct notice_fault *fault)
{
    struct json_fault json_fault;
    json_t *json;
    size_t mark = mark_length(bytes, length);
    int error = json_read_capped(bytes + mark, length - mark, OCDS_DOCUMENT_CAP, OCDS_VALUES_CAP,
                                 &json, &json_fault);
    if (error) {
        fault_of_json(fault, &json_fault);
        return error;
    }
    reader->file->form = document_read(reader, json);
    if (!reader->file->form) {
        reader->file->form = "other";
        ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "NOT_A_RELEASE",
                      "Filen er JSON, men hverken en OCDS-udgivelse, en post eller en pakke");
    }
    json_decref(json);
    return 0;
}

static void line_parse(struct ocds_reader *reader, const char *bytes, size_t length)
{
    struct json_fault json_fault;
    json_t *json;
    size_t mark = reader->at == 1 ? mark_length(bytes, length) : 0;
    size_t blank = strspn(bytes + mark, " \t\r");
    if (mark + blank >= length)
        return;
    if (json_read_capped(bytes + mark, length - mark, OCDS_LINE_CAP, OCDS_VALUES_CAP, &json,
                         &json_fault) != 0) {
        reader->file->refused++;
        ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "JSON", "Linjen er ikke gyldig JSON (%s)",
                      json_fault.text);
        return;
    }
    if (!document_read(reader, json)) {
        reader->file->refused++;
        ocds_line_add(reader, NULL, NOTICE_UNUSABLE, "NOT_A_RELEASE",
                      "Linjen er hverken en OCDS-udgivelse, en post eller en pakke");
    }
    json_decref(json);
}

static int source_failed(struct notice_fault *fault, int error, const char *text)
{
    *fault = (struct notice_fault){.line = 0};
    snprintf(fault->text, sizeof fault->text, "%s", text);
    return error;
}

/* Reads on at the end of the buffer. 1: there is more, 0: the end. */
static int more_read(notice_source *read, void *source, struct buffer *buffer,
                     struct notice_fault *fault)
{
    char *room = buffer_room(buffer, CHUNK);
    if (!room)
        return source_failed(
            fault, ERROR_LIMIT,
            "Filen, eller en linje i den, er for lang; del den, eller send den som "
            "JSON Lines");
    ssize_t length = read(source, room, CHUNK);
    if (length < 0)
        return source_failed(fault, (int)length, "Filen kunne ikke læses");
    if (length > 0)
        buffer_wrote(buffer, (size_t)length);
    return length > 0;
}

static int document_whole(struct ocds_reader *reader, notice_source *read, void *source,
                          struct notice_fault *fault)
{
    struct buffer buffer;
    int answer;
    buffer_init(&buffer, OCDS_DOCUMENT_CAP + 2 * CHUNK);
    do
        answer = more_read(read, source, &buffer, fault);
    while (answer == 1);
    if (answer == 0)
        answer = document_parse(reader, buffer.data ? buffer.data : "", buffer.length, fault);
    buffer_deinit(&buffer);
    return answer;
}

/* Whole lines are read and forgotten; the rest moves to the front. */
static void lines_take(struct ocds_reader *reader, struct buffer *buffer, bool end)
{
    char *start = buffer->data;
    char *stop = buffer->data + buffer->length;
    while (!reader->overflow && start < stop) {
        char *feed = memchr(start, '\n', (size_t)(stop - start));
        if (!feed && !end)
            break;
        size_t length = (size_t)((feed ? feed : stop) - start);
        start[length] = '\0';
        reader->at++;
        line_parse(reader, start, length);
        start += length + (feed != NULL);
    }
    if (start > stop)
        start = stop;
    memmove(buffer->data, start, (size_t)(stop - start));
    buffer->length = (size_t)(stop - start);
}

static int lines_whole(struct ocds_reader *reader, notice_source *read, void *source,
                       struct notice_fault *fault)
{
    struct buffer buffer;
    int answer;
    reader->file->form = "lines";
    buffer_init(&buffer, OCDS_LINE_CAP + 2 * CHUNK);
    do {
        answer = more_read(read, source, &buffer, fault);
        if (answer >= 0 && buffer.length > 0)
            lines_take(reader, &buffer, answer == 0);
    } while (answer == 1 && !reader->overflow);
    buffer_deinit(&buffer);
    return answer < 0 ? answer : 0;
}

/* --- the file --- */

struct placed {
    const struct notice *notice;
    size_t place;
};

static int placed_compare(const void *left, const void *right)
{
    const struct placed *a = left;
    const struct placed *b = right;
    if (a->notice->version != b->notice->version)
        return a->notice->version < b->notice->version ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* The oldest first, so that the newest has the last word. */
static void file_finish(struct ocds_reader *reader)
{
    struct ocds_file *file = reader->file;
    size_t count = reader->notices.count;
    struct placed *order = arena_array(reader->arena, count + 1, sizeof *order);
    struct notice *notices = arena_array(reader->arena, count + 1, sizeof *notices);
    struct ocds_line *lines = arena_array(reader->arena, reader->lines.count + 1, sizeof *lines);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct placed){reader->notices.items[i], i};
    if (count > 1)
        qsort(order, count, sizeof *order, placed_compare);
    for (size_t i = 0; i < count; i++)
        notices[i] = *order[i].notice;
    for (size_t i = 0; i < reader->lines.count; i++)
        lines[i] = *(const struct ocds_line *)reader->lines.items[i];
    file->notices = notices;
    file->notices_count = count;
    file->lines = lines;
    file->lines_count = reader->lines.count;
}

int ocds_parse(struct arena *arena, notice_source *read, void *source, bool lines,
               struct ocds_file *file, struct notice_fault *fault)
{
    struct ocds_reader reader = {.arena = arena, .file = file, .used_before = arena_used(arena)};
    memset(file, 0, sizeof *file);
    memset(fault, 0, sizeof *fault);
    int error = lines ? lines_whole(&reader, read, source, fault)
                      : document_whole(&reader, read, source, fault);
    if (error)
        return error;
    if (reader.overflow)
        return source_failed(fault, ERROR_LIMIT,
                             "Filen rummer for mange udgivelser, emner eller linjer; del den");
    file_finish(&reader);
    return 0;
}

int ocds_parse_memory(struct arena *arena, const void *bytes, size_t length, bool lines,
                      struct ocds_file *file, struct notice_fault *fault)
{
    struct notice_memory memory = {bytes, length};
    return ocds_parse(arena, notice_memory_read, &memory, lines, file, fault);
}
