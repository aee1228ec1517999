#include "services/orders/posting.h"

#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/domain/identity.h"

#include <string.h>
#include <strings.h>

#define PLAIN_CAP ((size_t)1 << 20)
#define ENTITY_CAP 10
#define ITEMS_CAP 50
#define NAME_CAP 200 /* characters of a title or an employer's name, as an order takes them */

struct posting {
    struct arena *arena;
    struct draft *draft;
    const json_t *node;
    const struct posting_trade *trades;
    size_t trade_count;
};

/* --- HTML
 * ------------------------------------------------------------------------------------------------------
 */

static void put_point(struct buffer *plain, int64_t point)
{
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point > 0x10ffff ||
        (point >= 0xd800 && point < 0xe000))
        point = ' ';
    if (point < 0x80) {
        buffer_char(plain, (char)point);
    } else if (point < 0x800) {
        buffer_char(plain, (char)(0xc0 | point >> 6));
        buffer_char(plain, (char)(0x80 | (point & 0x3f)));
    } else {
        if (point < 0x10000) {
            buffer_char(plain, (char)(0xe0 | point >> 12));
        } else {
            buffer_char(plain, (char)(0xf0 | point >> 18));
            buffer_char(plain, (char)(0x80 | (point >> 12 & 0x3f)));
        }
        buffer_char(plain, (char)(0x80 | (point >> 6 & 0x3f)));
        buffer_char(plain, (char)(0x80 | (point & 0x3f)));
    }
}

/* The number of "#248" or "#xF8"; -1 when it is none. */
static int64_t entity_number(const char *name)
{
    static const char digits[] = "0123456789abcdef";
    const bool hex = name[1] == 'x' || name[1] == 'X';
    int64_t number = 0;

    for (const char *at = name + (hex ? 2 : 1); *at != '\0'; at++) {
        const char lower = *at >= 'A' && *at <= 'F' ? (char)(*at + 'a' - 'A') : *at;
        const char *digit = strchr(digits, lower);
        if (digit == NULL || digit - digits >= (hex ? 16 : 10) || number > 0x10ffff)
            return -1;
        number = number * (hex ? 16 : 10) + (digit - digits);
    }
    return name[hex ? 2 : 1] == '\0' ? -1 : number;
}

/* The entity at `html` ("&oslash;"); returns its bytes, 1 for an ampersand that is none. */
static size_t put_entity(struct buffer *plain, const char *html)
{
    static const struct {
        const char *name;
        int point;
    } names[] = {{"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},
                 {"apos", '\''},     {"nbsp", ' '},     {"aelig", 0xe6},   {"oslash", 0xf8},
                 {"aring", 0xe5},    {"AElig", 0xc6},   {"Oslash", 0xd8},  {"Aring", 0xc5},
                 {"eacute", 0xe9},   {"ndash", 0x2013}, {"mdash", 0x2014}, {"bull", 0x2022},
                 {"hellip", 0x2026}, {"sect", 0xa7}};
    char name[ENTITY_CAP + 1] = "";
    size_t length = 0;

    while (length <= ENTITY_CAP && html[1 + length] != ';' && html[1 + length] != '\0')
        length++;
    if (html[1 + length] == ';' && length > 0 && length <= ENTITY_CAP) {
        memcpy(name, html + 1, length);
        int64_t point = name[0] == '#' ? entity_number(name) : -1;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (str_equal(name, names[i].name))
                point = names[i].point;
        if (point >= 0) {
            put_point(plain, point);
            return length + 2;
        }
    }
    buffer_char(plain, '&');
    return 1;
}

/* The tag at `html`; returns its bytes, 0 for a '<' that begins none ("< 5 km"). `last` is the
 * text's last '>', or NULL: without one ahead nothing is searched for it, however many '<' there
 * are. */
static size_t pass_tag(struct buffer *plain, const char *html, const char *last)
{
    static const char *const lines[] = {"br", "p",  "li", "div", "ul", "ol",
                                        "tr", "h1", "h2", "h3",  "h4"};
    const char *name = html[1] == '/' ? html + 2 : html + 1;

    if (last == NULL || last < html ||
        !((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z') ||
          name[0] == '!'))
        return 0;
    const size_t end = strcspn(html, ">");
    const size_t length = strcspn(name, " \t\r\n/>");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strlen(lines[i]) != length || strncasecmp(lines[i], name, length) != 0)
            continue;
        if (plain->length > 0 && plain->data[plain->length - 1] != '\n')
            buffer_char(plain, '\n');
    }
    return end + 1;
}

const char *posting_plain(struct arena *arena, const char *html)
{
    const char *last = strrchr(html, '>');
    struct buffer plain;

    buffer_init(&plain, PLAIN_CAP);
    while (*html != '\0') {
        size_t took = 0;
        if (*html == '<')
            took = pass_tag(&plain, html, last);
        else if (*html == '&')
            took = put_entity(&plain, html);
        else if (*html == '\r')
            took = 1;
        if (took == 0) {
            buffer_char(&plain, *html);
            took = 1;
        }
        html += took;
    }
    const char *text = arena_strndup(arena, plain.length > 0 ? plain.data : "", plain.length);
    buffer_deinit(&plain);
    return text;
}

/* --- JSON-LD
 * -----------------------------------------------------------------------------------------------------
 */

/* "JobPosting", "schema:JobPosting", "https://schema.org/JobPosting", or one of a list. */
static bool is_type(const json_t *node, const char *wanted)
{
    const json_t *type = json_object_get(node, "@type");

    for (size_t i = 0; i < (json_is_array(type) ? json_array_size(type) : 1); i++) {
        const char *name = json_string_value(json_is_array(type) ? json_array_get(type, i) : type);
        if (name == NULL)
            continue;
        const char *last = strrchr(name, '/');
        const char *colon = strrchr(name, ':');
        if (str_equal(last != NULL ? last + 1 : colon != NULL ? colon + 1 : name, wanted))
            return true;
    }
    return false;
}

const json_t *posting_find(const json_t *document)
{
    const json_t *graph = json_object_get(document, "@graph");

    if (is_type(document, "JobPosting"))
        return document;
    for (size_t i = 0; i < json_array_size(graph); i++)
        if (is_type(json_array_get(graph, i), "JobPosting"))
            return json_array_get(graph, i);
    return NULL;
}

/* The text of a value: itself, or its @value, name or identifier. */
static const char *text_of(const json_t *value)
{
    static const char *const members[] = {"@value", "name", "value", "description"};

    if (json_is_string(value))
        return json_string_value(value);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_is_string(json_object_get(value, members[i])))
            return json_string_value(json_object_get(value, members[i]));
    return NULL;
}

/* The first of a list, or the value itself: JSON-LD makes no difference of one and a list of one.
 */
static const json_t *first_of(const json_t *value)
{
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* What a member holds, as a person would read it. */
static const char *shown(const struct posting *posting, const json_t *value)
{
    const char *text = text_of(value);

    if (text != NULL)
        return text;
    char *json = json_text(posting->arena, value);
    return json != NULL ? json : "";
}

static void unknown(const struct posting *posting, const char *pointer, const json_t *value)
{
    draft_unknown(posting->draft, pointer, shown(posting, value));
}

/* Texts longer than a person writes are cut at a character; the rest is listed. */
static void read_text(const struct posting *posting, const char *pointer, const char *html)
{
    const char *text = posting_plain(posting->arena, html);
    size_t bytes = 0, characters = 0;

    while (text[bytes] != '\0' &&
           (characters < POSTING_TEXT_CAP || ((unsigned char)text[bytes] & 0xc0) == 0x80)) {
        characters += ((unsigned char)text[bytes] & 0xc0) != 0x80;
        bytes++;
    }
    if (!str_blank(text))
        draft_text(posting->draft, pointer, arena_strndup(posting->arena, text, bytes));
    if (text[bytes] != '\0')
        draft_unknown(posting->draft, pointer, text + bytes);
}

/* --- members
 * ------------------------------------------------------------------------------------------------------
 */

static void read_texts(const struct posting *posting, const char *pointer, const json_t *value)
{
    const size_t count = json_is_array(value) ? json_array_size(value) : 1;

    for (size_t i = 0; i < count && i < ITEMS_CAP; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        const char *place =
            json_is_array(value) ? arena_printf(posting->arena, "%s/%zu", pointer, i) : pointer;
        const char *text = text_of(item);
        if (text != NULL)
            read_text(posting, place, text);
        else
            unknown(posting, place, item);
    }
}

static void read_title(const struct posting *posting, const char *pointer, const json_t *value)
{
    const char *text = text_of(first_of(value));

    const char *plain = text != NULL ? posting_plain(posting->arena, text) : NULL;
    if (str_blank(plain) || str_utf8_count(plain) > NAME_CAP) {
        unknown(posting, pointer, value);
        return;
    }
    (void)draft_value(posting->draft, pointer, plain, "/title", json_string(plain), TEXT_SURE,
                      NULL);
    read_text(posting, pointer, text); /* a trade, a number */
}

static void read_openings(const struct posting *posting, const char *pointer, const json_t *value)
{
    int64_t number = json_integer_value(value);

    if (json_is_string(value) && str_int64(json_string_value(value), 1, 500, &number) != 0)
        number = 0;
    if (number < 1 || number > 500)
        unknown(posting, pointer, value);
    else
        (void)draft_value(posting->draft, pointer,
                          arena_printf(posting->arena, "%lld", (long long)number), "/posts",
                          json_integer(number), TEXT_SURE, NULL);
}

/* "12345674" or "DK12345674" or "DK 12 34 56 74"; NULL when it is no CVR number. */
static const char *cvr_of(struct arena *arena, const char *text)
{
    char digits[9] = "";
    size_t count = 0;

    if (text == NULL)
        return NULL;
    if (strncasecmp(text, "DK", 2) == 0)
        text += text[2] == '-' ? 3 : 2;
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        if (*text < '0' || *text > '9' || count == 8)
            return NULL;
        digits[count++] = *text;
    }
    return cvr_valid(digits) ? arena_strdup(arena, digits) : NULL;
}

static void read_organisation(const struct posting *posting, const char *pointer,
                              const json_t *value)
{
    static const char *const numbers[] = {"identifier", "taxID", "vatID", "leiCode"};
    const json_t *organisation = first_of(value);
    const char *name = text_of(organisation);

    if (name == NULL || str_blank(name) || str_utf8_count(name) > NAME_CAP)
        unknown(posting, pointer, value);
    else
        (void)draft_value(posting->draft, arena_printf(posting->arena, "%s/name", pointer), name,
                          "/employer/name", json_string(name), TEXT_SURE, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const json_t *number = first_of(json_object_get(organisation, numbers[i]));
        if (number == NULL)
            continue;
        const char *place = arena_printf(posting->arena, "%s/%s", pointer, numbers[i]);
        const char *text = json_is_object(number)
                               ? json_string_value(json_object_get(number, "value"))
                               : json_string_value(number);
        const char *cvr = cvr_of(posting->arena, text);
        if (cvr == NULL)
            unknown(posting, place, number);
        else
            (void)draft_value(posting->draft, place, text, "/employer/cvr", json_string(cvr),
                              TEXT_SURE, NULL);
    }
}

/* A postcode is what an order has; a town alone is looked up as a text would be. */
static void read_location(const struct posting *posting, const char *pointer, const json_t *value)
{
    const json_t *place = first_of(value);
    const json_t *address = first_of(json_object_get(place, "address"));
    const json_t *postcode = json_object_get(address, "postalCode");
    const char *town = text_of(json_object_get(address, "addressLocality"));
    const char *code = json_string_value(postcode);

    if (json_is_integer(postcode))
        code = arena_printf(posting->arena, "%lld", (long long)json_integer_value(postcode));
    if (code != NULL && strncasecmp(code, "DK-", 3) == 0)
        code += 3;
    if (code != NULL && postcode_valid(code))
        (void)draft_value(posting->draft,
                          arena_printf(posting->arena, "%s/address/postalCode", pointer), code,
                          "/postcode", json_string(code), TEXT_SURE, NULL);
    else if (town != NULL)
        read_text(posting, arena_printf(posting->arena, "%s/address/addressLocality", pointer),
                  arena_printf(posting->arena, "i %s", town));
    else if (text_of(address) != NULL)
        read_text(posting, arena_printf(posting->arena, "%s/address", pointer), text_of(address));
    else
        unknown(posting, pointer, value);
    if (json_is_array(value) && json_array_size(value) > 1)
        draft_aside(posting->draft, pointer, shown(posting, value), "places",
                    "En jobordre har ét sted; det første er brugt.");
}

/* The day of a date or a date and time; NULL when it is none. */
static const char *day_of(struct arena *arena, const char *text)
{
    if (text == NULL || strlen(text) < 10)
        return NULL;
    char *day = arena_strndup(arena, text, 10);
    return json_date_valid(day) && (text[10] == '\0' || text[10] == 'T') ? day : NULL;
}

static void read_start(const struct posting *posting, const char *pointer, const json_t *value)
{
    const char *text = text_of(first_of(value));
    const char *day = day_of(posting->arena, text);

    if (day != NULL)
        (void)draft_value(posting->draft, pointer, text, "/start_date", json_string(day), TEXT_SURE,
                          NULL);
    else if (text != NULL)
        read_text(posting, pointer, text);
    else
        unknown(posting, pointer, value);
}

static void read_soon(const struct posting *posting, const char *pointer, const json_t *value)
{
    if (json_is_true(value) || str_equal(text_of(value), "true"))
        read_text(posting, pointer, "snarest");
    else
        draft_aside(posting->draft, pointer, "false", "false", "Ingen hast; startdatoen gælder.");
}

static void read_kind(const struct posting *posting, const char *pointer, const json_t *value)
{
    static const struct {
        const char *name, *kind, *note;
    } names[] = {{"TEMPORARY", "temporary", NULL},
                 {"CONTRACTOR", NULL, "En jobordre er en ansættelse, ikke en entreprise."},
                 {"FULL_TIME", NULL, "En jobordre har ikke plads til arbejdstid."},
                 {"PART_TIME", NULL, "En jobordre har ikke plads til arbejdstid."},
                 {"PER_DIEM", NULL, "En jobordre har ikke plads til arbejdstid."}};

    for (size_t i = 0; i < (json_is_array(value) ? json_array_size(value) : 1) && i < ITEMS_CAP;
         i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        const char *place =
            json_is_array(value) ? arena_printf(posting->arena, "%s/%zu", pointer, i) : pointer;
        const char *text = text_of(item);
        size_t at = 0;
        while (at < sizeof names / sizeof names[0] && !str_equal(text, names[at].name))
            at++;
        if (at == sizeof names / sizeof names[0]) {
            if (text != NULL)
                read_text(posting, place, text);
            else
                unknown(posting, place, item);
        } else if (names[at].kind != NULL) {
            draft_item(posting->draft, place, text, "/kinds", names[at].kind, TEXT_SURE, NULL);
        } else {
            draft_aside(posting->draft, place, text, text, names[at].note);
        }
    }
}

/* ESCO's address, our own code; DISCO's four digits alone name several trades and are not enough
 * unless there is one. */
static const char *trade_of(const struct posting *posting, const char *text)
{
    const char *by_address = NULL, *by_number = NULL;
    size_t addresses = 0, numbers = 0;

    for (size_t i = 0; text != NULL && i < posting->trade_count; i++) {
        const struct posting_trade *trade = &posting->trades[i];
        if (str_equal(trade->code, text))
            return trade->code;
        if (str_equal(trade->esco, text)) {
            by_address = addresses++ == 0 ? trade->code : by_address;
        } else if (str_equal(trade->disco, text)) {
            by_number = numbers++ == 0 ? trade->code : by_number;
        }
    }
    return addresses == 1 ? by_address : addresses == 0 && numbers == 1 ? by_number : NULL;
}

static void read_occupation(const struct posting *posting, const char *pointer, const json_t *value)
{
    static const char *const members[] = {"codeValue", "termCode",   "@id",
                                          "url",       "identifier", "sameAs"};

    for (size_t i = 0; i < (json_is_array(value) ? json_array_size(value) : 1) && i < ITEMS_CAP;
         i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        const char *place =
            json_is_array(value) ? arena_printf(posting->arena, "%s/%zu", pointer, i) : pointer;
        const char *code = trade_of(posting, json_string_value(item));
        const json_t *category = first_of(json_object_get(item, "occupationalCategory"));
        for (size_t m = 0; m < sizeof members / sizeof members[0] && code == NULL; m++) {
            code = trade_of(posting, json_string_value(json_object_get(item, members[m])));
            if (code == NULL)
                code = trade_of(posting, json_string_value(json_object_get(category, members[m])));
        }
        if (code == NULL)
            code = trade_of(posting, json_string_value(category));
        if (code != NULL)
            draft_item(posting->draft, place, shown(posting, item), "/occupations", code, TEXT_SURE,
                       NULL);
        else if (text_of(item) != NULL)
            read_text(posting, place, text_of(item));
        else
            unknown(posting, place, item);
    }
}

static void pass(const struct posting *posting, const char *pointer, const json_t *value)
{
    (void)posting;
    (void)pointer;
    (void)value;
}

static void read_pay(const struct posting *posting, const char *pointer, const json_t *value)
{
    draft_aside(posting->draft, pointer, shown(posting, value), "pay",
                "En jobordre har ikke plads til løn.");
}

static void read_deadline(const struct posting *posting, const char *pointer, const json_t *value)
{
    draft_aside(posting->draft, pointer, shown(posting, value), "deadline",
                "Jobordrens ur sættes af modtagelsen.");
}

/* In this order: what is said as a value comes before what is read out of texts. */
static const struct {
    const char *name;
    void (*read)(const struct posting *posting, const char *pointer, const json_t *value);
} members[] = {
    {"@context", pass},
    {"@type", pass},
    {"@id", pass},
    {"totalJobOpenings", read_openings},
    {"hiringOrganization", read_organisation},
    {"jobLocation", read_location},
    {"jobStartDate", read_start},
    {"jobImmediateStart", read_soon},
    {"employmentType", read_kind},
    {"occupationalCategory", read_occupation},
    {"relevantOccupation", read_occupation},
    {"title", read_title},
    {"skills", read_texts},
    {"qualifications", read_texts},
    {"experienceRequirements", read_texts},
    {"educationRequirements", read_texts},
    {"responsibilities", read_texts},
    {"description", read_texts},
    {"baseSalary", read_pay},
    {"estimatedSalary", read_pay},
    {"salaryCurrency", read_pay},
    {"datePosted", read_deadline},
    {"validThrough", read_deadline},
};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (str_equal(members[i].name, name))
            return true;
    return false;
}

/* RFC 6901. */
static const char *pointer_of(struct arena *arena, const char *name)
{
    char *pointer = arena_alloc(arena, 2 * strlen(name) + 2), *at = pointer;

    *at++ = '/';
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            *at++ = '~';
            *at++ = *name == '~' ? '0' : '1';
        } else {
            *at++ = *name;
        }
    }
    return pointer;
}

void posting_read(struct arena *arena, struct draft *draft, const json_t *document,
                  const struct posting_trade *trades, size_t count)
{
    const struct posting posting = {arena, draft, posting_find(document), trades, count};
    if (posting.node == NULL)
        return;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *given = json_object_get(posting.node, members[i].name);
        if (given != NULL && !json_is_null(given))
            members[i].read(&posting, pointer_of(arena, members[i].name), given);
    }
    /* The macro wants a writable object although it changes nothing. */
    union {
        const json_t *read;
        json_t *write;
    } bare = {.read = posting.node};
    const char *name;
    json_t *value;
    json_object_foreach(bare.write, name, value)
    {
        if (!is_known(name) && !json_is_null(value))
            unknown(&posting, pointer_of(arena, name), value);
    }
}
