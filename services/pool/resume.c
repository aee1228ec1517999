#include "services/pool/resume_reading.h"

#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"

#include <string.h>
#include <strings.h>

#define OWN "/meta/emnebank"

/* --- what all sections need --- */

/* The first RESUME_GAP_TEXT characters. */
static json_t *cut_text(const char *text)
{
    size_t bytes = 0, characters = 0;

    while (text[bytes] != '\0') {
        characters += ((unsigned char)text[bytes] & 0xc0) != 0x80;
        if (characters > RESUME_GAP_TEXT)
            break;
        bytes++;
    }
    return json_stringn(text, bytes);
}

void resume_gap(struct resume_reading *reading, const char *pointer, const char *text,
                const char *reason)
{
    if (reading->gap_count > RESUME_GAPS_CAP)
        return;
    const bool last = reading->gap_count++ == RESUME_GAPS_CAP;
    json_t *gap = json_object();
    json_object_set_new(gap, "pointer", json_string(last ? "" : pointer));
    json_object_set_new(gap, "text", cut_text(last || text == NULL ? "" : text));
    json_object_set_new(gap, "reason", json_string(last ? "too_many" : reason));
    json_array_append_new(reading->gaps, gap);
}

const char *resume_place(struct resume_reading *reading, const char *base, const char *name)
{
    return json_check_pointer(&reading->pointers, base, name);
}

const char *resume_text(struct resume_reading *reading, const json_t *object, const char *base,
                        const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);

    if (value != NULL && text == NULL && !json_is_null(value))
        resume_gap(reading, resume_place(reading, base, name), NULL, "format");
    return text != NULL && !str_blank(text) ? text : NULL;
}

size_t resume_items(struct resume_reading *reading, const json_t *object, const char *base,
                    const char *name, const json_t **list)
{
    const json_t *value = json_object_get(object, name);
    const size_t count = json_array_size(value);

    *list = value;
    if (value != NULL && !json_is_array(value) && !json_is_null(value))
        resume_gap(reading, resume_place(reading, base, name), NULL, "format");
    if (count <= RESUME_ITEMS_CAP)
        return count;
    resume_gap(
        reading,
        json_check_item(&reading->pointers, resume_place(reading, base, name), RESUME_ITEMS_CAP),
        NULL, "too_many");
    return RESUME_ITEMS_CAP;
}

const char *resume_word(struct resume_reading *reading, const char *const *kinds, const char *text,
                        const char *pointer, const char **kind)
{
    const char *code = NULL;

    for (; *kinds != NULL; kinds++) {
        enum resume_found found =
            resume_words_find(reading->words, reading->arena, *kinds, text, &code);
        if (found == RESUME_UNKNOWN)
            continue;
        if (found == RESUME_AMBIGUOUS) {
            resume_gap(reading, pointer, text, "ambiguous");
            return NULL;
        }
        if (kind != NULL)
            *kind = *kinds;
        return code;
    }
    resume_gap(reading, pointer, text, "unknown_word");
    return NULL;
}

int64_t resume_number(struct resume_reading *reading, const json_t *object, const char *base,
                      const char *name, int64_t minimum, int64_t maximum, int64_t absent)
{
    const json_t *value = json_object_get(object, name);
    const json_int_t number = json_integer_value(value);

    if (value == NULL || json_is_null(value))
        return absent;
    if (json_is_integer(value) && number >= minimum && number <= maximum)
        return number;
    resume_gap(reading, resume_place(reading, base, name), json_string_value(value), "format");
    return absent;
}

/* The fact of that kind and code, or NULL. */
static const struct resume_fact *fact_known(const struct resume_reading *reading, const char *kind,
                                            const char *code)
{
    for (size_t i = 0; i < reading->fact_count; i++) {
        const struct resume_fact *fact = &reading->facts[i];
        if (str_equal(fact->code, code) && str_equal(fact->kind, kind))
            return fact;
    }
    return NULL;
}

/* A bare repetition says nothing new. */
static bool says_otherwise(const struct resume_fact *fact, const struct resume_fact *known)
{
    return (fact->level > 0 && fact->level != known->level) ||
           (fact->years >= 0 && fact->years != known->years) ||
           (fact->valid_until != NULL && !str_equal(fact->valid_until, known->valid_until));
}

void resume_keep(struct resume_reading *reading, struct resume_fact fact, const char *pointer,
                 const char *text)
{
    const struct resume_fact *known = fact_known(reading, fact.kind, fact.code);

    if (known != NULL && says_otherwise(&fact, known))
        resume_gap(reading, pointer, text, "repeated");
    else if (known == NULL && reading->fact_count == POOL_FACTS_CAP)
        resume_gap(reading, pointer, text, "too_many");
    else if (known == NULL)
        reading->facts[reading->fact_count++] = fact;
}

/* --- the person --- */

/* Carriage returns, which a text of ours has not. */
static json_t *without_returns(struct arena *arena, const char *text)
{
    char *clean = arena_strdup(arena, text);
    size_t length = 0;

    for (; *text != '\0'; text++)
        if (*text != '\r')
            clean[length++] = *text;
    return json_stringn(clean, length);
}

/* Copies what is there and not blank; what kind of value it is, PUT's check says. */
static void copy(struct resume_reading *reading, json_t *target, const char *name,
                 const json_t *object, const char *from)
{
    const json_t *value = json_object_get(object, from);
    const char *text = json_string_value(value);

    if (value == NULL || json_is_null(value) || (text != NULL && str_blank(text)))
        return;
    json_object_set_new(
        target, name, text != NULL ? without_returns(reading->arena, text) : json_deep_copy(value));
}

static json_t *read_person(struct resume_reading *reading)
{
    const json_t *basics = json_object_get(reading->resume, "basics");
    json_t *person = json_object();

    copy(reading, person, "name", basics, "name");
    copy(reading, person, "phone", basics, "phone");
    copy(reading, person, "email", basics, "email");
    copy(reading, person, "note", basics, "summary");
    copy(reading, person, "address", json_object_get(basics, "location"), "address");
    copy(reading, person, "cpr", reading->own, "cpr");
    return person;
}

/* "8900", "DK-8900", "DK 8900"; of another country it is no postcode of ours. */
static void read_postcode(struct resume_reading *reading, json_t *body)
{
    const json_t *location =
        json_object_get(json_object_get(reading->resume, "basics"), "location");
    const char *code = json_string_value(json_object_get(location, "postalCode"));
    const char *country = json_string_value(json_object_get(location, "countryCode"));

    if (country != NULL && !str_blank(country) && strcasecmp(country, "DK") != 0) {
        json_check_fail(reading->check, "/basics/location/countryCode", "POSTCODE",
                        "En kandidat skal have et dansk postnummer.");
        return;
    }
    if (code != NULL && strncasecmp(code, "DK", 2) == 0)
        code += strspn(code + 2, "- ") + 2;
    if (code != NULL && !str_blank(code))
        json_object_set_new(body, "postcode", json_string(code));
    else
        copy(reading, body, "postcode", location, "postalCode");
}

/* --- what a Resume has no place for, and what has no place here --- */

static bool says_nothing(const json_t *value)
{
    if (json_is_string(value))
        return str_blank(json_string_value(value));
    return json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Lists every member that is not in `read`. */
static void list_others(struct resume_reading *reading, const json_t *object, const char *base,
                        const char *const *read)
{
    /* The macro wants a writable object although it changes nothing. */
    const union {
        const json_t *read;
        json_t *write;
    } bare = {.read = object};
    const char *name;
    json_t *value;

    json_object_foreach(bare.write, name, value)
    {
        if (kind_index(read, name) < 0 && !says_nothing(value))
            resume_gap(reading, resume_place(reading, base, name), NULL, "no_place");
    }
}

static void read_own(struct resume_reading *reading, json_t *body)
{
    static const char *const names[] = {"max_travel_km", "available_from", "kinds", "protection",
                                        "screening"};
    const json_t *availability = json_object_get(reading->resume, "availability");

    copy(reading, body, "external_ref", reading->own, "external_ref");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        copy(reading, body, names[i], reading->defaults, names[i]);
        if (str_equal(names[i], "available_from")) /* as our own CVs say it */
            copy(reading, body, names[i], availability, "from");
        else if (str_equal(names[i], "kinds"))
            copy(reading, body, names[i], availability, "kinds");
        copy(reading, body, names[i], reading->own, names[i]);
    }
}

static void read_others(struct resume_reading *reading)
{
    static const char *const top[] = {"$schema",      "basics",   "work",      "skills",
                                      "certificates", "licences", "languages", "availability",
                                      "left_out",     "meta",     NULL};
    static const char *const basics[] = {"name",    "label",    "email", "phone",
                                         "summary", "location", NULL};
    static const char *const own[] = {
        "external_ref", "max_travel_km", "available_from", "kinds",  "protection",
        "screening",    "cpr",           "stated_on",      "source", NULL};

    list_others(reading, json_object_get(reading->resume, "basics"), "/basics", basics);
    list_others(reading, reading->own, OWN, own);
    list_others(reading, reading->resume, "", top);
}

/* --- the facts --- */

/* When it was stated: as it says itself, when it was changed last, as the caller says, or the day
 * of the screening. */
static const char *stated_on(struct resume_reading *reading)
{
    const json_t *meta = json_object_get(reading->resume, "meta");
    const char *own = resume_text(reading, reading->own, OWN, "stated_on");
    const char *changed = resume_text(reading, meta, "/meta", "lastModified");

    if (own != NULL)
        return own;
    if (changed != NULL && strlen(changed) >= 10) {
        const char *day = arena_strndup(reading->arena, changed, 10);
        if (json_date_valid(day) && (changed[10] == 'T' || changed[10] == '\0'))
            return day;
    }
    if (changed != NULL)
        resume_gap(reading, "/meta/lastModified", changed, "date");
    const char *given = json_string_value(json_object_get(reading->defaults, "stated_on"));
    return given != NULL ? given
                         : json_string_value(
                               json_object_get(json_object_get(reading->own, "screening"), "on"));
}

/* Where the facts come from; NULL with a fault when the resume names no such source. */
static const char *source(struct resume_reading *reading)
{
    const char *own = json_string_value(json_object_get(reading->own, "source"));

    if (own == NULL || kind_index(fact_sources, own) >= 0)
        return own != NULL ? own : "cv";
    json_check_fail(reading->check, OWN "/source", "CHOICE",
                    "Skal være interview, cv, certificate_seen, register eller self.");
    return NULL;
}

static json_t *fact_object(const struct resume_fact *fact, const char *stated, const char *from)
{
    json_t *object = json_object();

    json_object_set_new(object, "kind", json_string(fact->kind));
    json_object_set_new(object, "code", json_string(fact->code));
    if (fact->level > 0)
        json_object_set_new(object, "level", json_integer(fact->level));
    if (fact->years >= 0)
        json_object_set_new(object, "years", json_integer(fact->years));
    if (fact->last_used != NULL)
        json_object_set_new(object, "last_used", json_string(fact->last_used));
    if (fact->valid_until != NULL)
        json_object_set_new(object, "valid_until", json_string(fact->valid_until));
    json_object_set_new(object, "stated_on", json_string(stated));
    json_object_set_new(object, "source", json_string(from));
    return object;
}

/* None at all where it is not known when or by whom they were stated: one fault says it for all. */
static json_t *facts_array(struct resume_reading *reading)
{
    const char *from = source(reading);
    json_t *facts = json_array();

    if (reading->fact_count == 0)
        return facts;
    if (reading->stated_on == NULL || !json_date_valid(reading->stated_on)) {
        json_check_fail(reading->check, OWN "/stated_on",
                        reading->stated_on == NULL ? "REQUIRED" : "FORMAT",
                        "Skriv, hvilken dag oplysningerne er fra (ÅÅÅÅ-MM-DD): her, i "
                        "meta.lastModified eller som stated_on i kaldet.");
        return facts;
    }
    for (size_t i = 0; from != NULL && i < reading->fact_count; i++)
        json_array_append_new(facts, fact_object(&reading->facts[i], reading->stated_on, from));
    return facts;
}

json_t *resume_body(const json_t *resume, const struct resume_words *words, const char *today,
                    const json_t *defaults, struct json_check *check, json_t *not_understood)
{
    const json_t *own = json_object_get(json_object_get(resume, "meta"), "emnebank");

    if (!json_is_object(resume)) {
        json_check_fail(check, "", "TYPE", "Et CV skal være et JSON-objekt.");
        return NULL;
    }
    if (own != NULL && !json_is_object(own)) {
        json_check_fail(check, OWN, "TYPE", "Skal være et objekt.");
        own = NULL;
    }
    struct arena *arena = arena_create(0);
    struct resume_reading *reading = arena_alloc(arena, sizeof *reading);
    *reading = (struct resume_reading){.arena = arena,
                                       .resume = resume,
                                       .own = own,
                                       .defaults = defaults,
                                       .words = words,
                                       .today = today,
                                       .check = check,
                                       .gaps = not_understood};
    json_check_init(&reading->pointers, arena);
    json_t *body = json_object();
    reading->stated_on = stated_on(reading);
    json_object_set_new(body, "person", read_person(reading));
    read_postcode(reading, body);
    read_own(reading, body);
    resume_read_skills(reading);
    resume_read_work(reading);
    read_others(reading);
    json_object_set_new(body, "facts", facts_array(reading));
    arena_destroy(&arena);
    return body;
}

const char *resume_pointer(struct arena *arena, const char *pointer)
{
    static const struct {
        const char *body, *resume;
    } places[] = {
        {"/person/name", "/basics/name"},
        {"/person/phone", "/basics/phone"},
        {"/person/email", "/basics/email"},
        {"/person/note", "/basics/summary"},
        {"/person/address", "/basics/location/address"},
        {"/person/cpr", OWN "/cpr"},
        {"/postcode", "/basics/location/postalCode"},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (str_equal(pointer, places[i].body))
            return places[i].resume;
    if (*pointer == '\0' || str_starts(pointer, "/facts") || str_starts(pointer, "/person") ||
        str_starts(pointer, "/meta") || str_starts(pointer, "/basics"))
        return pointer;
    return arena_printf(arena, OWN "%s", pointer);
}
