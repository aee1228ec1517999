#include "services/leads/notice.h"

#include "common/base/str.h"
#include "services/leads/notice_resolve.h"
#include "services/leads/notice_value.h"
#include "services/leads/ted.h"

#include <libxml/parser.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- lines --- */

bool resolver_room(struct resolver *resolver, const struct raw_list *list)
{
    if (list->count == NOTICE_RECORD_CAP ||
        arena_used(resolver->arena) - resolver->used_before > NOTICE_MEMORY_CAP)
        resolver->overflow = true;
    return !resolver->overflow;
}

void resolver_line(struct resolver *resolver, enum notice_severity severity, const char *code,
                   const char *lot, const char *format, ...)
{
    if (!resolver_room(resolver, &resolver->lines))
        return;
    struct notice_line *line = arena_alloc(resolver->arena, sizeof *line);
    line->severity = severity;
    line->code = code;
    line->lot = lot;
    va_list arguments;
    va_start(arguments, format);
    line->text = arena_vprintf(resolver->arena, format, arguments);
    va_end(arguments);
    raw_list_add(resolver->arena, &resolver->lines, line);
}

/* --- indexes --- */

static int entry_compare(const void *left, const void *right)
{
    const struct index_entry *a = left;
    const struct index_entry *b = right;
    int order = strcmp(a->id, b->id);
    if (order != 0)
        return order;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void index_add(struct index *index, const char *id, void *item)
{
    if (!id)
        return;
    index->entries[index->count] = (struct index_entry){id, item, index->count};
    index->count++;
}

static void index_sort(struct index *index)
{
    if (index->count > 1)
        qsort(index->entries, index->count, sizeof *index->entries, entry_compare);
}

void *index_find(const struct index *index, const char *id)
{
    if (!id)
        return NULL;
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(index->entries[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < index->count && str_equal(index->entries[low].id, id);
    return found ? index->entries[low].item : NULL;
}

/* An id that stands twice makes its references ambiguous: the first is used, and it is said. */
static void index_tell_doubles(struct resolver *resolver, const struct index *index)
{
    for (size_t i = 1; i < index->count; i++) {
        const char *id = index->entries[i].id;
        bool second = str_equal(id, index->entries[i - 1].id);
        if (second && (i < 2 || !str_equal(id, index->entries[i - 2].id)))
            resolver_line(resolver, NOTICE_NOTE, "ID_TWICE", NULL,
                          "%s er beskrevet flere gange i bekendtgørelsen; den første er brugt", id);
    }
}

/* Records that begin with their id: `const char *id` is the first member of each. */
static void index_build(struct resolver *resolver, struct index *index, const struct raw_list *list)
{
    index->entries = arena_array(resolver->arena, list->count + 1, sizeof *index->entries);
    for (size_t i = 0; i < list->count; i++)
        index_add(index, *(const char *const *)list->items[i], list->items[i]);
    index_sort(index);
    index_tell_doubles(resolver, index);
}

static void index_settled(struct resolver *resolver)
{
    const struct raw_list *contracts = &resolver->raw->contracts;
    size_t count = 0;
    for (size_t i = 0; i < contracts->count; i++)
        count += ((struct raw_contract *)contracts->items[i])->tenders.count;
    struct index *index = &resolver->settled;
    index->entries = arena_array(resolver->arena, count + 1, sizeof *index->entries);
    for (size_t i = 0; i < contracts->count; i++) {
        struct raw_contract *contract = contracts->items[i];
        for (size_t j = 0; j < contract->tenders.count; j++)
            index_add(index, contract->tenders.items[j], contract);
    }
    index_sort(index);
}

/* --- values --- */

const char *resolver_date(struct resolver *resolver, const char *lot, const char *what,
                          const char *text)
{
    const char *date = notice_date(resolver->arena, text);
    if (text && !date)
        resolver_line(resolver, NOTICE_NOTE, "DATE_INVALID", lot, "%s er ikke en dato: „%s“", what,
                      text);
    return date;
}

struct notice_amount resolver_amount(struct resolver *resolver, const char *lot, const char *what,
                                     const struct raw_amount *raw)
{
    struct notice_amount amount;
    if (!notice_amount_read(raw->text, raw->currency, &amount))
        resolver_line(resolver, NOTICE_NOTE, "AMOUNT_INVALID", lot,
                      "%s kan ikke læses som et beløb: „%s %s“", what, raw->text,
                      raw->currency ? raw->currency : "(uden valuta)");
    return amount;
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]) || text[i] == '\0')
            return false;
    }
    return true;
}

/* Some write the check digit after a dash. */
const char *resolver_cpv(struct resolver *resolver, const char *lot, const char *text)
{
    if (!text)
        return NULL;
    size_t digits = strspn(text, "0123456789");
    if (digits == 8 && (text[8] == '\0' || (text[8] == '-' && strlen(text) == 10)))
        return arena_strndup(resolver->arena, text, 8);
    resolver_line(resolver, NOTICE_NOTE, "CPV_INVALID", lot, "„%s“ er ikke en CPV-kode", text);
    return NULL;
}

/* --- what is bought --- */

static const struct notice_place *places_read(struct resolver *resolver,
                                              const struct raw_list *list)
{
    struct notice_place *places = arena_array(resolver->arena, list->count + 1, sizeof *places);
    for (size_t i = 0; i < list->count; i++) {
        const struct raw_place *raw = list->items[i];
        places[i] = (struct notice_place){
            .nuts = raw->nuts,
            .country = raw->country,
            .postal_code = raw->postal_code,
            .city = raw->city,
            .region = raw->region,
        };
    }
    return places;
}

static void project_read(struct resolver *resolver, const char *lot, const struct raw_project *raw,
                         struct notice_project *project)
{
    project->name = raw->name.text;
    project->nature = raw->nature;
    project->cpv = resolver_cpv(resolver, lot, raw->cpv);
    const char **more = arena_array(resolver->arena, raw->more_cpv.count + 1, sizeof *more);
    for (size_t i = 0; i < raw->more_cpv.count; i++) {
        const char *cpv = resolver_cpv(resolver, lot, raw->more_cpv.items[i]);
        if (cpv)
            more[project->more_cpv_count++] = cpv;
    }
    project->more_cpv = more;
    project->places = places_read(resolver, &raw->places);
    project->places_count = raw->places.count;
    project->start = resolver_date(resolver, lot, "Periodens start", raw->start);
    project->end = resolver_date(resolver, lot, "Periodens slutning", raw->end);
}

/* Where a lot is silent, the procedure speaks for it. */
static void project_inherit(struct notice_project *lot, const struct notice_project *whole)
{
    if (!lot->name)
        lot->name = whole->name;
    if (!lot->nature)
        lot->nature = whole->nature;
    if (!lot->cpv && lot->more_cpv_count == 0) {
        lot->cpv = whole->cpv;
        lot->more_cpv = whole->more_cpv;
        lot->more_cpv_count = whole->more_cpv_count;
    }
    if (lot->places_count == 0) {
        lot->places = whole->places;
        lot->places_count = whole->places_count;
    }
    if (!lot->start && !lot->end) {
        lot->start = whole->start;
        lot->end = whole->end;
    }
}

static void lots_read(struct resolver *resolver)
{
    const struct raw_list *list = &resolver->raw->lots;
    struct notice *notice = resolver->notice;
    resolver->read_lots =
        arena_array(resolver->arena, list->count + 1, sizeof *resolver->read_lots);
    for (size_t i = 0; i < list->count; i++) {
        const struct raw_lot *raw = list->items[i];
        struct notice_lot *lot = &resolver->read_lots[i];
        lot->id = raw->id;
        lot->framework = raw->technique && !str_equal(raw->technique, "none");
        project_read(resolver, raw->id, &raw->project, &lot->project);
        project_inherit(&lot->project, &notice->project);
    }
    notice->lots = resolver->read_lots;
    notice->lots_count = list->count;
}

const struct notice_lot *resolver_lot(const struct resolver *resolver, const char *id)
{
    const struct raw_lot *wanted = index_find(&resolver->lots, id);
    for (size_t i = 0; wanted && i < resolver->raw->lots.count; i++) {
        if (resolver->raw->lots.items[i] == wanted)
            return &resolver->read_lots[i];
    }
    return NULL;
}

/* --- companies --- */

static void companies_read(struct resolver *resolver)
{
    const struct raw_list *list = &resolver->raw->companies;
    struct index *index = &resolver->companies;
    struct known_company *known = arena_array(resolver->arena, list->count + 1, sizeof *known);
    index->entries = arena_array(resolver->arena, 2 * list->count + 1, sizeof *index->entries);
    for (size_t i = 0; i < list->count; i++) {
        const struct raw_company *raw = list->items[i];
        struct notice_company *company = &known[i].company;
        char cvr[9];
        company->reference = raw->id;
        company->name = raw->name.text;
        company->id = raw->company_id;
        company->postal_code = raw->postal_code;
        company->city = raw->city;
        company->country = raw->country;
        company->nuts = raw->nuts;
        company->natural_person = str_equal(raw->natural_person, "true");
        if (str_equal(raw->country, "DNK") &&
            notice_cvr_read(raw->company_id, cvr) == NOTICE_CVR_OK)
            company->cvr = arena_strdup(resolver->arena, cvr);
        index_add(index, raw->id, &known[i]);
        index_add(index, raw->touchpoint, &known[i]);
    }
    index_sort(index);
    index_tell_doubles(resolver, index);
}

static void buyers_read(struct resolver *resolver)
{
    const struct raw_list *list = &resolver->raw->buyers;
    const struct notice_company **buyers =
        arena_array(resolver->arena, list->count + 1, sizeof *buyers);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *reference = list->items[i];
        const struct known_company *known = index_find(&resolver->companies, reference);
        if (known)
            buyers[count++] = &known->company;
        else
            resolver_line(resolver, NOTICE_NOTE, "BUYER_UNKNOWN", NULL,
                          "Ordregiveren %s er ikke beskrevet i bekendtgørelsen", reference);
    }
    if (list->count == 0)
        resolver_line(resolver, NOTICE_NOTE, "BUYER_MISSING", NULL, "Ordregiveren er ikke nævnt");
    resolver->notice->buyers = buyers;
    resolver->notice->buyers_count = count;
}

/* --- the notice itself --- */

static void identity_read(struct resolver *resolver)
{
    const struct raw_notice *raw = resolver->raw;
    struct notice *notice = resolver->notice;
    int64_t version = 0;
    if (str_int64(raw->version ? raw->version : "", 1, 99, &version) != 0 && raw->id)
        resolver_line(resolver, NOTICE_NOTE, "VERSION_INVALID", NULL,
                      "Bekendtgørelsens version mangler eller er ikke et tal");
    if (!raw->id && !raw->ted) /* TED has a publication number instead */
        resolver_line(resolver, NOTICE_NOTE, "NOTICE_ID_MISSING", NULL,
                      "Bekendtgørelsen har intet id");
    else if (raw->id && (strlen(raw->id) != 36 || !is_uuid(raw->id)))
        resolver_line(resolver, NOTICE_NOTE, "NOTICE_ID_INVALID", NULL,
                      "Bekendtgørelsens id er ikke et UUID: „%s“", raw->id);
    notice->version = (int)version;
    notice->id = raw->id;
    notice->publication = raw->publication;
    if (raw->changes && strlen(raw->changes) >= 36 && is_uuid(raw->changes))
        notice->changes = arena_strndup(resolver->arena, raw->changes, 36);
    notice->subtype = raw->subtype;
    notice->language = raw->language;
    notice->procedure = raw->procedure;
    notice->issue_date = resolver_date(resolver, NULL, "Bekendtgørelsens dato", raw->issue_date);
}

static bool subtype_between(const char *subtype, int low, int high)
{
    int64_t number;
    return subtype && str_int64(subtype, low, high, &number) == 0;
}

static enum notice_kind kind_of(const struct raw_notice *raw)
{
    if (!raw->award_schema)
        return NOTICE_OTHER;
    if (subtype_between(raw->subtype, 29, 37) || str_equal(raw->subtype, "E4"))
        return NOTICE_AWARD;
    return subtype_between(raw->subtype, 25, 28) ? NOTICE_EX_ANTE : NOTICE_OTHER;
}

static void other_told(struct resolver *resolver)
{
    const struct raw_notice *raw = resolver->raw;
    const char *subtype = raw->subtype ? raw->subtype : "ukendt";
    if (raw->ted)
        ted_other_told(resolver);
    else if (str_equal(raw->root, "ContractNotice"))
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "Udbudsbekendtgørelse (undertype %s): endnu ingen tildeling", subtype);
    else if (str_equal(raw->root, "PriorInformationNotice"))
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "Forhåndsbekendtgørelse (undertype %s): endnu ingen tildeling", subtype);
    else if (!raw->award_schema)
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_A_NOTICE", NULL,
                      "Filens rodelement er „%s“, ikke en eForms-bekendtgørelse", raw->root);
    else if (subtype_between(raw->subtype, 38, 40))
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "Ændring af en indgået kontrakt (undertype %s), ikke en ny tildeling",
                      subtype);
    else if (str_equal(raw->subtype, "E5"))
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "Afslutning af en kontrakt (undertype E5), ikke en ny tildeling");
    else if (!raw->subtype)
        resolver_line(resolver, NOTICE_UNUSABLE, "SUBTYPE_MISSING", NULL,
                      "Bekendtgørelsens undertype mangler, så den kan ikke læses som en tildeling");
    else
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "Undertype %s er ikke en tildeling", subtype);
}

static void award_read(struct resolver *resolver)
{
    const struct raw_notice *raw = resolver->raw;
    struct notice *notice = resolver->notice;
    if (notice->kind == NOTICE_EX_ANTE)
        resolver_line(resolver, NOTICE_NOTE, "EX_ANTE", NULL,
                      "Frivillig forudgående bekendtgørelse (undertype %s): kontrakten er måske "
                      "ikke indgået endnu",
                      raw->subtype);
    notice->total = resolver_amount(resolver, NULL, "Den samlede værdi", &raw->total);
    notice->framework_max =
        resolver_amount(resolver, NULL, "Rammeaftalernes loft", &raw->framework_max);
    project_read(resolver, NULL, &raw->project, &notice->project);
    index_build(resolver, &resolver->lots, &raw->lots);
    index_build(resolver, &resolver->tenders, &raw->tenders);
    index_build(resolver, &resolver->contracts, &raw->contracts);
    index_build(resolver, &resolver->parties, &raw->parties);
    index_settled(resolver);
    companies_read(resolver);
    buyers_read(resolver);
    lots_read(resolver);
    resolve_award(resolver);
}

void resolver_finish(struct resolver *resolver)
{
    struct notice *notice = resolver->notice;
    struct notice_lead *leads =
        arena_array(resolver->arena, resolver->leads.count + 1, sizeof *leads);
    for (size_t i = 0; i < resolver->leads.count; i++)
        leads[i] = *(struct notice_lead *)resolver->leads.items[i];
    struct notice_line *lines =
        arena_array(resolver->arena, resolver->lines.count + 1, sizeof *lines);
    for (size_t i = 0; i < resolver->lines.count; i++)
        lines[i] = *(struct notice_line *)resolver->lines.items[i];
    notice->leads = leads;
    notice->leads_count = resolver->leads.count;
    notice->lines = lines;
    notice->lines_count = resolver->lines.count;
}

void notice_prepare(void)
{
    xmlInitParser();
}

int notice_parse(struct arena *arena, notice_source *read, void *source, struct notice *notice,
                 struct notice_fault *fault)
{
    struct raw_notice raw;
    size_t used_before = arena_used(arena);
    memset(notice, 0, sizeof *notice);
    int error = notice_read_raw(arena, read, source, &raw, fault);
    if (error)
        return error;
    struct resolver resolver = {
        .arena = arena, .raw = &raw, .notice = notice, .used_before = used_before};
    notice->root = raw.root;
    if (raw.ted)
        ted_resolve(&resolver);
    else
        raw.kind = kind_of(&raw);
    notice->kind = raw.kind;
    notice->total.minor = -1;
    notice->framework_max.minor = -1;
    if (notice->kind == NOTICE_OTHER) {
        other_told(&resolver);
        if (raw.id || raw.ted)
            identity_read(&resolver);
    } else {
        identity_read(&resolver);
        award_read(&resolver);
    }
    if (resolver.overflow) {
        *fault =
            (struct notice_fault){.text = "Bekendtgørelsen giver for mange emner eller linjer"};
        return ERROR_LIMIT;
    }
    resolver_finish(&resolver);
    return 0;
}

ssize_t notice_memory_read(void *source, void *bytes, size_t size)
{
    struct notice_memory *memory = source;
    size_t length = size < memory->left ? size : memory->left;
    if (length > 0)
        memcpy(bytes, memory->bytes, length);
    memory->bytes += length;
    memory->left -= length;
    return (ssize_t)length;
}

int notice_parse_memory(struct arena *arena, const void *bytes, size_t length,
                        struct notice *notice, struct notice_fault *fault)
{
    struct notice_memory memory = {bytes, length};
    return notice_parse(arena, notice_memory_read, &memory, notice, fault);
}
