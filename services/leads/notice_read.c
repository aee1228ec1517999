#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/leads/notice_rules.h"
#include "services/leads/ted.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <string.h>

#define PATH_CAP 1024
#define RAW_CAP (NOTICE_MEMORY_CAP / 2) /* of one notice's texts and records */
#define AWARD_NAMESPACE "urn:oasis:names:specification:ubl:schema:xsd:ContractAwardNotice-2"

/* What stands between the source and libxml2: counts, and stops what must never reach it. */
struct guard {
    notice_source *read;
    void *source;
    size_t seen;
    size_t line;
    size_t column;
    size_t matched; /* bytes of DOCTYPE seen so far */
    bool ended;     /* the source has no more */
    int error;      /* why it stopped, or 0 */
    const char *reason;
};

struct reader {
    struct arena *arena;
    struct raw_notice *raw;
    struct notice_fault *fault;
    struct guard guard;
    xmlTextReader *xml;
    const struct dialect *dialect; /* of the root */
    void *current[DIALECT_RECORDS_CAP];
    char path[PATH_CAP];
    size_t path_length;
    size_t ends[NOTICE_DEPTH_CAP + 1]; /* length of the path at each depth */
    size_t depth;                      /* open elements below the root */
    const struct rule *wanted;         /* of an open element whose text is read, or NULL */
    size_t wanted_depth;
    struct buffer text;   /* its text so far */
    const char *currency; /* attributes of that element that rules use */
    bool danish;
    size_t used_before;
};

void raw_list_add(struct arena *arena, struct raw_list *list, void *item)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 4;
        void **items = arena_array(arena, room, sizeof *items);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

/* --- the guard --- */

static int guard_stop(struct guard *guard, int error, const char *reason)
{
    guard->error = error;
    guard->reason = reason;
    return -1;
}

static int guard_check(struct guard *guard, const char *bytes, size_t length)
{
    static const char doctype[] = "<!DOCTYPE";
    for (size_t i = 0; i < length; i++) {
        char byte = bytes[i];
        guard->column++;
        if (byte == '\n') {
            guard->line++;
            guard->column = 0;
        }
        if (byte == '\0')
            return guard_stop(guard, ERROR_INVALID, "Filen er ikke XML i UTF-8 (nul-byte)");
        if (byte == doctype[guard->matched])
            guard->matched++;
        else
            guard->matched = byte == '<';
        if (guard->matched == sizeof doctype - 1)
            return guard_stop(guard, ERROR_INVALID, "DOCTYPE er ikke tilladt i en bekendtgørelse");
    }
    return 0;
}

static int guard_read(void *context, char *bytes, int size)
{
    struct guard *guard = context;
    if (guard->error)
        return -1;
    ssize_t length = guard->read(guard->source, bytes, (size_t)size);
    if (length < 0)
        return guard_stop(guard, (int)length, "Filen kunne ikke læses");
    guard->ended = length == 0;
    guard->seen += (size_t)length;
    if (guard->seen > NOTICE_SIZE_CAP)
        return guard_stop(guard, ERROR_LIMIT, "Filen er større end 64 MiB");
    if (guard_check(guard, bytes, (size_t)length) != 0)
        return -1;
    return (int)length;
}

/* --- faults --- */

static void fault_set(struct notice_fault *fault, size_t line, size_t column, const char *text)
{
    fault->line = line;
    fault->column = column;
    snprintf(fault->text, sizeof fault->text, "%s", text);
}

static const char *xml_fault_text(int code)
{
    switch (code) {
    case XML_ERR_DOCUMENT_EMPTY:
        return "Filen er tom eller er ikke XML";
    case XML_ERR_TAG_NAME_MISMATCH:
        return "Filen er ikke velformet XML: start- og slutmærke passer ikke sammen";
    case XML_ERR_INVALID_ENCODING:
    case XML_ERR_INVALID_CHAR:
    case XML_I18N_CONV_FAILED:
        return "Filen rummer tegn, der ikke er gyldig UTF-8 i XML";
    case XML_ERR_UNDECLARED_ENTITY:
        return "Filen bruger en entitet, der ikke er kendt";
    default:
        return "Filen er ikke velformet XML";
    }
}

#if LIBXML_VERSION >= 21200
typedef const xmlError reported_error;
#else
typedef xmlError reported_error;
#endif

/* A fault at the very end of the input, whatever it is called, means that the rest is missing. */
static bool is_at_end(const struct guard *guard, size_t line, size_t column)
{
    return guard->ended && guard->seen > 0 && line >= guard->line && column + 64 > guard->column;
}

/* Keeps the first error: the later ones follow from it. */
static void xml_reported(void *context, reported_error *error)
{
    struct reader *reader = context;
    if (reader->fault->text[0] != '\0' || error->level < XML_ERR_ERROR)
        return;
    size_t line = error->line > 0 ? (size_t)error->line : 0;
    size_t column = error->int2 > 0 ? (size_t)error->int2 : 0;
    bool cut = is_at_end(&reader->guard, line, column);
    fault_set(reader->fault, line, column,
              cut ? "Filen slutter for tidligt; måske er den afkortet"
                  : xml_fault_text(error->code));
}

static int stop_here(struct reader *reader, int error, const char *text)
{
    int line = xmlTextReaderGetParserLineNumber(reader->xml);
    int column = xmlTextReaderGetParserColumnNumber(reader->xml);
    fault_set(reader->fault, line > 0 ? (size_t)line : 0, column > 0 ? (size_t)column : 0, text);
    return error;
}

static int xml_failed(struct reader *reader)
{
    const struct guard *guard = &reader->guard;
    if (guard->error) {
        fault_set(reader->fault, guard->line, guard->column, guard->reason);
        return guard->error;
    }
    if (guard->seen == 0)
        return stop_here(reader, ERROR_INVALID, xml_fault_text(XML_ERR_DOCUMENT_EMPTY));
    if (reader->fault->text[0] == '\0')
        return stop_here(reader, ERROR_INVALID, xml_fault_text(XML_ERR_OK));
    return ERROR_INVALID;
}

/* --- the path and its rules --- */

/* A pattern's "*" is any one name. From the end: that is where paths differ. */
static bool path_fits(const char *pattern, const char *path, size_t length)
{
    const char *left = pattern + strlen(pattern);
    const char *right = path + length;
    while (left > pattern && right > path) {
        if (left[-1] == '*') {
            left--;
            while (right > path && right[-1] != '/')
                right--;
        } else if (*--left != *--right) {
            return false;
        }
    }
    return left == pattern && right == path;
}

static bool rule_fits(const struct reader *reader, const struct rule *rule)
{
    if (!path_fits(rule->path, reader->path, reader->path_length))
        return false;
    if (!rule->value)
        return true;
    xmlChar *value = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)rule->attribute);
    bool fits = str_equal((const char *)value, rule->value);
    xmlFree(value);
    return fits;
}

static void *field(void *record, size_t offset)
{
    return (char *)record + offset;
}

static int record_begin(struct reader *reader, unsigned record)
{
    const struct record_kind *kind = &reader->dialect->records[record];
    void *parent = reader->current[kind->parent];
    struct raw_list *list = field(parent, kind->list);
    if (list->count == NOTICE_RECORD_CAP)
        return stop_here(reader, ERROR_LIMIT, "Bekendtgørelsen rummer for mange poster");
    reader->current[record] = arena_alloc(reader->arena, kind->size);
    raw_list_add(reader->arena, list, reader->current[record]);
    return 0;
}

/* The text trimmed and cut at a whole character; NULL when blank. */
static char *text_cut(struct reader *reader, const char *text)
{
    static const char blank[] = " \t\r\n";
    const char *start = text ? text : "";
    start += strspn(start, blank);
    size_t length = strlen(start);
    while (length > 0 && strchr(blank, start[length - 1]))
        length--;
    if (length == 0)
        return NULL;
    if (length <= NOTICE_TEXT_CAP)
        return arena_strndup(reader->arena, start, length);
    length = NOTICE_TEXT_CAP - 3;
    while (((unsigned char)start[length] & 0xc0) == 0x80)
        length--;
    return arena_printf(reader->arena, "%.*s…", (int)length, start);
}

/* A name over several lines or paragraphs becomes one line. */
static char *squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        bool blank = strchr(" \t\r\n", *from) != NULL;
        if (!blank || (to > text && to[-1] != ' '))
            *to++ = blank ? ' ' : *from;
    }
    *to = '\0';
    return text;
}

static int list_append(struct reader *reader, struct raw_list *list, char *text)
{
    if (list->count == NOTICE_RECORD_CAP)
        return stop_here(reader, ERROR_LIMIT, "Bekendtgørelsen rummer for mange henvisninger");
    raw_list_add(reader->arena, list, text);
    return 0;
}

static int text_store(struct reader *reader, const struct rule *rule, char *text)
{
    void *target = field(reader->current[rule->record], rule->offset);
    struct raw_name *name = target;
    struct raw_amount *amount = target;
    char **plain = target;
    switch (rule->action) {
    case ACTION_TEXT:
    case ACTION_ATTRIBUTE:
        if (!*plain)
            *plain = text;
        return 0;
    case ACTION_NAME:
        if (!name->text || (reader->danish && !name->danish))
            *name = (struct raw_name){squeeze(text), reader->danish};
        return 0;
    case ACTION_AMOUNT:
        if (!amount->text)
            *amount = (struct raw_amount){text, reader->currency};
        return 0;
    case ACTION_APPEND:
    case ACTION_ATTRIBUTES:
        return list_append(reader, target, text);
    case ACTION_SEEN:
    case ACTION_BEGIN:
        return 0;
    }
    return 0;
}

static char *attribute_take(struct reader *reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)name);
    char *text = text_cut(reader, (const char *)value);
    xmlFree(value);
    return text;
}

/* What can be done at the start of the element; of rules for texts the first is remembered. */
static int rule_apply(struct reader *reader, const struct rule *rule, const struct rule **wanted)
{
    char *text;
    if (!reader->current[rule->record] && rule->action != ACTION_BEGIN)
        return 0;
    switch (rule->action) {
    case ACTION_BEGIN:
        reader->wanted = NULL;
        return record_begin(reader, rule->record);
    case ACTION_SEEN:
        *(bool *)field(reader->current[rule->record], rule->offset) = true;
        return 0;
    case ACTION_ATTRIBUTE:
    case ACTION_ATTRIBUTES:
        text = attribute_take(reader, rule->attribute);
        return text ? text_store(reader, rule, text) : 0;
    default:
        if (!*wanted)
            *wanted = rule;
        return 0;
    }
}

static int rules_apply(struct reader *reader, const struct rule **wanted)
{
    const struct dialect *dialect = reader->dialect;
    int error = 0;
    *wanted = NULL;
    for (size_t i = 0; !error && i < dialect->rules_count; i++) {
        if (rule_fits(reader, &dialect->rules[i]))
            error = rule_apply(reader, &dialect->rules[i], wanted);
    }
    return error;
}

static void attributes_read(struct reader *reader)
{
    xmlChar *currency = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)"currencyID");
    if (!currency)
        currency = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)"CURRENCY");
    xmlChar *language = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)"languageID");
    reader->currency = currency && strlen((const char *)currency) == 3
                           ? arena_strdup(reader->arena, (const char *)currency)
                           : NULL;
    reader->danish = str_equal((const char *)language, "DAN");
    xmlFree(currency);
    xmlFree(language);
}

/* --- the elements --- */

static int root_opened(struct reader *reader)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(reader->xml);
    const char *space = (const char *)xmlTextReaderConstNamespaceUri(reader->xml);
    size_t length = strlen(name);
    reader->raw->root = arena_strndup(reader->arena, name, length < 64 ? length : 64);
    reader->raw->award_schema =
        str_equal(name, "ContractAwardNotice") && str_equal(space, AWARD_NAMESPACE);
    if (str_equal(name, "TED_EXPORT")) {
        reader->raw->ted = arena_alloc(reader->arena, sizeof *reader->raw->ted);
        reader->raw->ted->publication = attribute_take(reader, "DOC_ID");
        reader->current[0] = reader->raw->ted;
        reader->dialect = &ted_dialect;
    }
    return 0;
}

static int path_push(struct reader *reader)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(reader->xml);
    size_t length = strlen(name);
    if (reader->depth + 1 >= NOTICE_DEPTH_CAP)
        return stop_here(reader, ERROR_LIMIT, "Elementerne står mere end 128 lag dybt");
    if (reader->path_length + length + 2 > PATH_CAP)
        return stop_here(reader, ERROR_LIMIT, "Elementernes navne er for lange");
    reader->ends[reader->depth++] = reader->path_length;
    if (reader->path_length > 0)
        reader->path[reader->path_length++] = '/';
    memcpy(reader->path + reader->path_length, name, length + 1);
    reader->path_length += length;
    return 0;
}

static void path_pop(struct reader *reader)
{
    reader->path_length = reader->ends[--reader->depth];
    reader->path[reader->path_length] = '\0';
}

static int element_closed(struct reader *reader)
{
    if (reader->depth == 0)
        return 0;
    int error = 0;
    if (reader->wanted && reader->wanted_depth == reader->depth) {
        char *text = text_cut(reader, reader->text.data);
        if (text)
            error = text_store(reader, reader->wanted, text);
        reader->wanted = NULL;
    } else if (reader->wanted && reader->path_length > 1 &&
               str_equal(reader->path + reader->path_length - 2, "/P")) {
        buffer_char(&reader->text, ' '); /* between paragraphs */
    }
    path_pop(reader);
    return error;
}

static int element_opened(struct reader *reader)
{
    bool empty = xmlTextReaderIsEmptyElement(reader->xml) == 1;
    if (xmlTextReaderDepth(reader->xml) == 0)
        return root_opened(reader);
    const struct rule *wanted;
    int error = path_push(reader);
    if (!error)
        error = rules_apply(reader, &wanted);
    if (error)
        return error;
    if (wanted) {
        reader->wanted = wanted;
        reader->wanted_depth = reader->depth;
        buffer_clear(&reader->text);
        attributes_read(reader);
    }
    return empty ? element_closed(reader) : 0;
}

static int text_seen(struct reader *reader)
{
    if (!reader->wanted)
        return 0;
    buffer_text(&reader->text, (const char *)xmlTextReaderConstValue(reader->xml));
    if (buffer_full(&reader->text))
        return stop_here(reader, ERROR_LIMIT, "Et felt er længere end 64 KiB");
    return 0;
}

static int node_seen(struct reader *reader)
{
    if (arena_used(reader->arena) - reader->used_before > RAW_CAP)
        return stop_here(reader, ERROR_LIMIT, "Bekendtgørelsen rummer for meget tekst");
    switch (xmlTextReaderNodeType(reader->xml)) {
    case XML_READER_TYPE_ELEMENT:
        return element_opened(reader);
    case XML_READER_TYPE_END_ELEMENT:
        return element_closed(reader);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return text_seen(reader);
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return stop_here(reader, ERROR_INVALID, "DOCTYPE er ikke tilladt i en bekendtgørelse");
    default:
        return 0;
    }
}

/* Only notices are read on; of anything else the root's name is all that is needed. */
static bool worth_reading(const struct reader *reader)
{
    return !reader->raw->root || reader->raw->award_schema || reader->raw->ted ||
           str_equal(reader->raw->root, "ContractNotice") ||
           str_equal(reader->raw->root, "PriorInformationNotice");
}

static int read_all(struct reader *reader)
{
    int answer = xmlTextReaderRead(reader->xml);
    while (answer == 1) {
        int error = node_seen(reader);
        if (error)
            return error;
        if (!worth_reading(reader))
            return 0;
        answer = xmlTextReaderRead(reader->xml);
    }
    return answer == 0 && !reader->guard.error ? 0 : xml_failed(reader);
}

int notice_read_raw(struct arena *arena, notice_source *read, void *source, struct raw_notice *raw,
                    struct notice_fault *fault)
{
    struct reader reader = {.arena = arena, .raw = raw, .fault = fault};
    reader.guard = (struct guard){.read = read, .source = source, .line = 1};
    reader.used_before = arena_used(arena);
    memset(raw, 0, sizeof *raw);
    memset(fault, 0, sizeof *fault);
    reader.dialect = &eforms_dialect;
    reader.current[0] = raw;
    buffer_init(&reader.text, (size_t)65536);
    /* The encoding is given, so that a declaration of another cannot hide a DOCTYPE from the guard;
     * XML_PARSE_HUGE stays off, so libxml2's own limits hold. */
    reader.xml = xmlReaderForIO(guard_read, NULL, &reader.guard, NULL, "UTF-8",
                                XML_PARSE_NONET | XML_PARSE_NOCDATA);
    int error;
    if (reader.xml) {
        xmlTextReaderSetStructuredErrorHandler(reader.xml, xml_reported, &reader);
        error = read_all(&reader);
    } else {
        fault_set(fault, 1, 1, xml_fault_text(XML_ERR_DOCUMENT_EMPTY));
        error = reader.guard.error ? reader.guard.error : ERROR_INVALID;
    }
    xmlFreeTextReader(reader.xml);
    buffer_deinit(&reader.text);
    return error;
}
