#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/leads/notice_value.h"
#include "services/leads/ocds_release.h"

#include <math.h>
#include <string.h>

#define ITEMS_CAP 500 /* of an award, looked through for codes and places */

/* An award on its way to a notice. */
struct award {
    struct resolver resolver;
    const struct ocds_release *release;
    const json_t *json;
    const char *id;
    const char *lot;
    const json_t *contract; /* the one of it, or NULL */
    const json_t *lot_json; /* as the tender describes it, or NULL */
    const char *status;
    struct notice_project *project;
    bool framework;
};

/* --- values --- */

static const char *amount_text(struct arena *arena, const json_t *number)
{
    if (json_is_integer(number))
        return arena_printf(arena, "%lld", (long long)json_integer_value(number));
    /* Hundredths where that is what was written; else all its digits, which are no amount. */
    double value = json_real_value(number);
    double cents = round(value * 100) / 100;
    bool whole_cents = fabs(value) < 1e13 && fabs(value - cents) <= 1e-9 * fmax(1, fabs(value));
    return whole_cents ? arena_printf(arena, "%.2f", cents) : arena_printf(arena, "%.15g", value);
}

static struct notice_amount amount_read(struct award *award, const json_t *value, const char *what)
{
    struct resolver *resolver = &award->resolver;
    struct raw_amount raw = {NULL, ocds_text(resolver->arena, value, "currency")};
    const json_t *number = json_object_get(value, "amount");
    if (json_is_string(number))
        raw.text = ocds_text(resolver->arena, value, "amount");
    else if (json_is_number(number))
        raw.text = amount_text(resolver->arena, number);
    if (!raw.text)
        raw.currency = NULL;
    return resolver_amount(resolver, award->lot, what, &raw);
}

/* --- what is bought --- */

static const char *nature_of(const char *category)
{
    return str_equal(category, "goods")                                      ? "supplies"
           : str_equal(category, "works") || str_equal(category, "services") ? category
                                                                             : NULL;
}

static void cpv_add(struct award *award, const json_t *classification, struct raw_list *codes)
{
    const char *scheme = json_string_value(json_object_get(classification, "scheme"));
    if (!str_equal(scheme, "CPV") && !str_equal(scheme, "cpv"))
        return;
    const char *text = ocds_text(award->resolver.arena, classification, "id");
    const char *code = resolver_cpv(&award->resolver, award->lot, text);
    for (size_t i = 0; code && i < codes->count; i++) {
        if (str_equal(codes->items[i], code))
            return;
    }
    if (code && codes->count < ITEMS_CAP)
        raw_list_add(award->resolver.arena, codes, (void *)(uintptr_t)code);
}

static void codes_of_items(struct award *award, const json_t *items, struct raw_list *codes)
{
    for (size_t i = 0; i < json_array_size(items) && i < ITEMS_CAP; i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *more = json_object_get(item, "additionalClassifications");
        cpv_add(award, json_object_get(item, "classification"), codes);
        for (size_t j = 0; j < json_array_size(more) && j < ITEMS_CAP; j++)
            cpv_add(award, json_array_get(more, j), codes);
    }
}

static bool is_nuts(const char *text)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = text ? strlen(text) : 0;
    return length >= 2 && length <= 5 && strspn(text, letters) >= 2 &&
           strspn(text + 2, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length - 2 &&
           (length == 2 || strcspn(text, digits) < length);
}

static void place_add(struct award *award, const json_t *address, struct raw_list *places)
{
    struct arena *arena = award->resolver.arena;
    if (!json_is_object(address) || places->count == ITEMS_CAP)
        return;
    struct notice_place *place = arena_alloc(arena, sizeof *place);
    const char *region = ocds_text(arena, address, "region");
    place->nuts = is_nuts(region) ? region : NULL;
    place->country = ocds_country(arena, address);
    place->postal_code = ocds_text(arena, address, "postalCode");
    place->city = ocds_text(arena, address, "locality");
    for (size_t i = 0; i < places->count; i++) {
        const struct notice_place *other = places->items[i];
        if (str_equal(other->nuts, place->nuts) && str_equal(other->city, place->city) &&
            str_equal(other->postal_code, place->postal_code))
            return;
    }
    raw_list_add(arena, places, place);
}

static void places_of_items(struct award *award, const json_t *items, struct raw_list *places)
{
    for (size_t i = 0; i < json_array_size(items) && i < ITEMS_CAP; i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *several = json_object_get(item, "deliveryAddresses");
        place_add(award, json_object_get(item, "deliveryAddress"), places);
        for (size_t j = 0; j < json_array_size(several) && j < ITEMS_CAP; j++)
            place_add(award, json_array_get(several, j), places);
    }
}

/* The award's items; where it has none of these, the tender's. */
static void items_read(struct award *award, struct raw_list *codes, struct raw_list *places)
{
    const json_t *own = json_object_get(award->json, "items");
    const json_t *of_contract = json_object_get(award->contract, "items");
    const json_t *of_tender = json_object_get(award->release->tender, "items");
    codes_of_items(award, own, codes);
    if (codes->count == 0)
        codes_of_items(award, of_contract, codes);
    if (codes->count == 0) {
        cpv_add(award, json_object_get(award->release->tender, "classification"), codes);
        codes_of_items(award, of_tender, codes);
    }
    places_of_items(award, own, places);
    if (places->count == 0)
        places_of_items(award, of_contract, places);
    if (places->count == 0)
        places_of_items(award, of_tender, places);
}

/* The contract's own period before the award's, and that before the lot's and the tender's. */
static void period_read(struct award *award)
{
    const json_t *periods[] = {json_object_get(award->contract, "period"),
                               json_object_get(award->json, "contractPeriod"),
                               json_object_get(award->lot_json, "contractPeriod"),
                               json_object_get(award->release->tender, "contractPeriod")};
    struct notice_project *project = award->project;
    for (size_t i = 0; i < 4 && !project->start && !project->end; i++) {
        project->start = ocds_day(&award->resolver, periods[i], "startDate", "Periodens start");
        project->end = ocds_day(&award->resolver, periods[i], "endDate", "Periodens slutning");
    }
}

static void project_read(struct award *award)
{
    struct arena *arena = award->resolver.arena;
    const json_t *tender = award->release->tender;
    struct notice_project *project = award->project;
    struct raw_list codes = {.count = 0};
    struct raw_list places = {.count = 0};
    project->name = ocds_text(arena, award->lot_json, "title");
    if (!project->name)
        project->name = ocds_text(arena, tender, "title");
    if (!project->name)
        project->name = ocds_text(arena, award->json, "title");
    project->nature = nature_of(ocds_text(arena, tender, "mainProcurementCategory"));
    items_read(award, &codes, &places);
    const char **more = arena_array(arena, codes.count + 1, sizeof *more);
    for (size_t i = 1; i < codes.count; i++)
        more[project->more_cpv_count++] = codes.items[i];
    project->cpv = codes.count > 0 ? codes.items[0] : NULL;
    project->more_cpv = more;
    struct notice_place *list = arena_array(arena, places.count + 1, sizeof *list);
    for (size_t i = 0; i < places.count; i++)
        list[i] = *(const struct notice_place *)places.items[i];
    project->places = list;
    project->places_count = places.count;
    period_read(award);
}

/* --- which award --- */

/* The contract of this award, when there is exactly one. */
static const json_t *contract_of(struct award *award)
{
    const json_t *contract;
    const json_t *found = NULL;
    size_t count = 0;
    size_t index;
    json_array_foreach(award->release->contracts, index, contract)
    {
        const json_t *of = json_object_get(contract, "awardID");
        bool same =
            json_is_string(of)
                ? str_equal(json_string_value(of), award->id)
                : str_equal(ocds_text(award->resolver.arena, contract, "awardID"), award->id);
        if (same && count++ == 0)
            found = contract;
    }
    if (count > 1)
        resolver_line(&award->resolver, NOTICE_NOTE, "CONTRACTS_SEVERAL", award->lot,
                      "Tildelingen har %zu kontrakter; tildelingens egne oplysninger er brugt",
                      count);
    return count == 1 ? found : NULL;
}

/* The lot; an award that names none is one of its own, so that two of a process stay apart. */
static const char *lot_of(struct award *award)
{
    struct arena *arena = award->resolver.arena;
    const json_t *lots = json_object_get(award->json, "relatedLots");
    const char *lot = NULL;
    const json_t *first = json_array_get(lots, 0);
    if (json_is_string(first) && !str_blank(json_string_value(first)))
        lot = arena_strdup(arena, json_string_value(first));
    if (lot && strlen(lot) > NOTICE_TEXT_CAP)
        lot = NULL;
    if (lot && json_array_size(lots) > 1)
        resolver_line(&award->resolver, NOTICE_NOTE, "AWARD_OF_SEVERAL_LOTS", lot,
                      "Tildelingen gælder %zu delkontrakter tilsammen; den står ved den første",
                      json_array_size(lots));
    return lot ? lot : award->id;
}

static const json_t *lot_described(const struct award *award)
{
    const json_t *lots = json_object_get(award->release->tender, "lots");
    for (size_t i = 0; i < json_array_size(lots) && i < ITEMS_CAP; i++) {
        const json_t *lot = json_array_get(lots, i);
        if (str_equal(json_string_value(json_object_get(lot, "id")), award->lot))
            return lot;
    }
    return NULL;
}

/* The techniques of the lot, as the profile for the EU has them, else those of the tender. */
static const json_t *techniques_of(const struct award *award)
{
    const json_t *own = json_object_get(award->lot_json, "techniques");
    return own ? own : json_object_get(award->release->tender, "techniques");
}

/* --- leads --- */

static bool same_value(const json_t *left, const json_t *right)
{
    const json_t *amount = json_object_get(left, "amount");
    const json_t *other = json_object_get(right, "amount");
    return amount && other && json_number_value(amount) == json_number_value(other) &&
           json_equal(json_object_get(left, "currency"), json_object_get(right, "currency"));
}

/* How many awards of the lot have this award's value: some publishers give each winner of a
 * framework an award of its own. */
static size_t value_repeats(const struct award *award)
{
    const json_t *lot = json_array_get(json_object_get(award->json, "relatedLots"), 0);
    const json_t *value = json_object_get(award->json, "value");
    const json_t *other;
    size_t repeats = 0;
    size_t index;
    json_array_foreach(award->release->awards, index, other)
    {
        const json_t *its = json_array_get(json_object_get(other, "relatedLots"), 0);
        bool of_lot = lot == its || (lot && its && json_equal(lot, its));
        repeats +=
            index < ITEMS_CAP && of_lot && same_value(json_object_get(other, "value"), value);
    }
    return repeats;
}

/* A framework's ceiling is marked, never summed. */
static void ceiling_read(struct award *award, struct notice_lead *lead, size_t winners)
{
    const json_t *agreement = json_object_get(techniques_of(award), "frameworkAgreement");
    const json_t *most = json_object_get(agreement, "value");
    const size_t repeats = value_repeats(award);
    lead->framework_max = amount_read(award, most, "Rammeaftalens loft");
    if (lead->value_kind != NOTICE_VALUE_TENDER)
        return;
    if (lead->value.minor == lead->framework_max.minor)
        resolver_line(&award->resolver, NOTICE_NOTE, "FRAMEWORK_CEILING", award->lot,
                      "Rammeaftale: %s %s er aftalens loft, ikke vinderens andel", lead->value.raw,
                      lead->value.currency);
    else if (winners > 1 || repeats > 1)
        resolver_line(&award->resolver, NOTICE_NOTE, "FRAMEWORK_CEILING", award->lot,
                      "Rammeaftale: %s %s står hos %zu vindere og må ikke lægges sammen",
                      lead->value.raw, lead->value.currency, winners > 1 ? winners : repeats);
    else
        return;
    lead->value_kind = NOTICE_VALUE_CEILING;
}

static void value_read(struct award *award, struct notice_lead *lead, size_t winners)
{
    const json_t *signed_value = json_object_get(award->contract, "value");
    struct notice_amount of_award =
        amount_read(award, json_object_get(award->json, "value"), "Tildelingens værdi");
    struct notice_amount of_contract = amount_read(award, signed_value, "Kontraktens værdi");
    lead->value = of_contract.minor > 0 ? of_contract : of_award;
    if (of_contract.minor > 0 && of_award.minor > 0 && of_contract.minor != of_award.minor)
        resolver_line(&award->resolver, NOTICE_NOTE, "CONTRACT_VALUE", award->lot,
                      "Kontrakten er på %s %s, tildelingen var på %s %s; kontraktens er brugt",
                      of_contract.raw, of_contract.currency, of_award.raw, of_award.currency);
    /* Publishers write 0 for what they do not know. */
    if (lead->value.minor == 0) {
        resolver_line(&award->resolver, NOTICE_NOTE, "VALUE_ZERO", award->lot,
                      "Værdien er angivet som 0 og regnes som ukendt");
        lead->value.minor = -1;
    }
    lead->value_kind = lead->value.minor > 0 ? NOTICE_VALUE_TENDER : NOTICE_VALUE_UNKNOWN;
    if (award->framework)
        ceiling_read(award, lead, winners);
}

static void consortium_told(struct award *award, const struct notice_lead *lead)
{
    struct buffer names;
    if (lead->members_count < 2)
        return;
    buffer_init(&names, (size_t)2048);
    for (size_t i = 0; i < lead->members_count; i++)
        buffer_printf(&names, "%s%s", i ? ", " : "", lead->members[i]);
    resolver_line(&award->resolver, NOTICE_NOTE, "CONSORTIUM", award->lot,
                  award->framework ? "Rammeaftale med %zu vindere: %s"
                                   : "Vundet af et konsortium af %zu: %s",
                  lead->members_count, buffer_full(&names) ? "alle er emner" : names.data);
    buffer_deinit(&names);
}

/* An award without suppliers: the parties that say of themselves that they are. Only where there is
 * but one award to be the supplier of. */
static struct raw_list suppliers_by_role(struct award *award)
{
    struct raw_list found = {.count = 0};
    const json_t *parties = json_object_get(award->release->json, "parties");
    if (json_array_size(award->release->awards) != 1)
        return found;
    for (size_t i = 0; i < json_array_size(parties) && found.count < ITEMS_CAP; i++) {
        json_t *party = json_array_get(parties, i);
        const json_t *roles = json_object_get(party, "roles");
        for (size_t j = 0; j < json_array_size(roles); j++) {
            if (str_equal(json_string_value(json_array_get(roles, j)), "supplier")) {
                raw_list_add(award->resolver.arena, &found, party);
                break;
            }
        }
    }
    if (found.count > 0)
        resolver_line(&award->resolver, NOTICE_NOTE, "SUPPLIER_BY_ROLE", award->lot,
                      "Tildelingen nævner ingen leverandør; den er fundet på sin rolle");
    return found;
}

static struct raw_list suppliers_of(struct award *award)
{
    struct raw_list found = {.count = 0};
    const json_t *suppliers = json_object_get(award->json, "suppliers");
    for (size_t i = 0; i < json_array_size(suppliers) && found.count < ITEMS_CAP; i++) {
        json_t *supplier = json_array_get(suppliers, i);
        if (json_is_object(supplier))
            raw_list_add(award->resolver.arena, &found, supplier);
    }
    return found.count > 0 ? found : suppliers_by_role(award);
}

static void winner_add(struct award *award, const struct notice_lead *pattern,
                       const struct notice_company *company)
{
    struct resolver *resolver = &award->resolver;
    if (!resolver_room(resolver, &resolver->leads))
        return;
    struct notice_lead *lead = arena_alloc(resolver->arena, sizeof *lead);
    struct known_company *known = arena_alloc(resolver->arena, sizeof *known);
    known->company = *company;
    *lead = *pattern;
    lead->winner = &known->company;
    if (lead->members_count > 1 && !award->framework)
        lead->role = NOTICE_MEMBER;
    raw_list_add(resolver->arena, &resolver->leads, lead);
    resolver_company_told(resolver, known, award->lot);
}

static void winners_read(struct award *award)
{
    struct resolver *resolver = &award->resolver;
    struct raw_list suppliers = suppliers_of(award);
    size_t count = suppliers.count;
    if (count == 0) {
        resolver_line(resolver, NOTICE_UNUSABLE, "WINNER_MISSING", award->lot,
                      "Tildelingen nævner ingen leverandør");
        return;
    }
    const char **members = arena_array(resolver->arena, count + 1, sizeof *members);
    const struct notice_company **companies =
        arena_array(resolver->arena, count + 1, sizeof(const struct notice_company *));
    for (size_t i = 0; i < count; i++) {
        companies[i] = ocds_company(resolver, award->release, suppliers.items[i], award->lot);
        members[i] = companies[i]->name ? companies[i]->name : "ukendt";
    }
    struct notice_lead lead = {
        .lot = award->lot,
        .project = award->project,
        .tender = award->id,
        .contract = ocds_text(resolver->arena, award->contract, "id"),
        .members = members,
        .members_count = count,
        .framework = award->framework,
        .framework_max = {.minor = -1},
        .award_date = ocds_day(resolver, award->json, "date", "Tildelingsdatoen"),
        .contract_date = ocds_day(resolver, award->contract, "dateSigned", "Kontraktdatoen"),
    };
    value_read(award, &lead, count);
    consortium_told(award, &lead);
    for (size_t i = 0; i < count && !resolver->overflow; i++)
        winner_add(award, &lead, companies[i]);
    resolver_place_told(resolver, &lead);
}

/* True when nobody won, or has lost it again; then it has been told. */
static bool without_winner(struct award *award)
{
    const bool cancelled = str_equal(award->status, "cancelled");
    const bool none = str_equal(award->status, "unsuccessful");
    if (str_equal(award->status, "pending"))
        resolver_line(&award->resolver, NOTICE_NOTE, "AWARD_PENDING", award->lot,
                      "Tildelingen er foreslået, men gælder ikke endnu");
    if (cancelled || none)
        resolver_line(&award->resolver, NOTICE_UNUSABLE,
                      cancelled ? "AWARD_CANCELLED" : "NO_WINNER", award->lot,
                      cancelled ? "Tildelingen er annulleret"
                                : "Ingen vinder: tildelingen blev ikke til noget");
    return cancelled || none;
}

/* --- the notice --- */

static void buyers_read(struct award *award)
{
    const json_t *buyer = json_object_get(award->release->json, "buyer");
    struct notice *notice = award->resolver.notice;
    if (!json_is_object(buyer))
        buyer = json_object_get(award->release->tender, "procuringEntity");
    if (!json_is_object(buyer))
        return;
    const struct notice_company **buyers =
        arena_array(award->resolver.arena, 1, sizeof(const struct notice_company *));
    buyers[0] = ocds_company(&award->resolver, award->release, buyer, NULL);
    notice->buyers = buyers;
    notice->buyers_count = 1;
}

static void notice_begin(struct award *award)
{
    const struct ocds_release *release = award->release;
    struct arena *arena = award->resolver.arena;
    struct notice *notice = award->resolver.notice;
    notice->kind = NOTICE_AWARD;
    notice->root = "OCDS";
    notice->id = arena_printf(arena, "%s/%s", release->ocid, award->id);
    notice->version = release->version;
    notice->subtype = release->tag;
    notice->issue_date = release->date;
    notice->language = ocds_text(arena, release->json, "language");
    notice->procedure = release->ocid;
    notice->total.minor = -1;
    notice->framework_max.minor = -1;
}

/* How many awards of the release before this one have its id: their ids should differ, and do not
 * always. */
static size_t ids_before(const struct ocds_release *release, const json_t *json)
{
    const json_t *id = json_object_get(json, "id");
    const json_t *other;
    size_t count = 0;
    size_t index;
    json_array_foreach(release->awards, index, other)
    {
        if (other == json)
            break;
        count += json_equal(json_object_get(other, "id"), id) != 0;
    }
    return count;
}

void ocds_award_read(struct ocds_reader *reader, const struct ocds_release *release,
                     const json_t *json)
{
    const char *id = ocds_text(reader->arena, json, "id");
    if (!id) {
        ocds_line_add(reader, release, NOTICE_UNUSABLE, "AWARD_ID_MISSING",
                      "En tildeling har intet id, så den kan ikke kendes igen");
        return;
    }
    if (!ocds_room(reader, &reader->notices))
        return;
    size_t before = ids_before(release, json);
    if (before > 0) {
        ocds_line_add(reader, release, NOTICE_NOTE, "AWARD_ID_TWICE",
                      "Flere tildelinger har id %s; hver er regnet for sig", id);
        id = arena_printf(reader->arena, "%s#%zu", id, before + 1);
    }
    struct notice *notice = arena_alloc(reader->arena, sizeof *notice);
    struct award award = {
        .resolver = {.arena = reader->arena,
                     .notice = notice,
                     .used_before = arena_used(reader->arena)},
        .release = release,
        .json = json,
        .id = id,
        .status = ocds_text(reader->arena, json, "status"),
        .project = &notice->project,
    };
    notice_begin(&award);
    award.lot = lot_of(&award);
    award.lot_json = lot_described(&award);
    award.framework = json_is_true(json_object_get(techniques_of(&award), "hasFrameworkAgreement"));
    award.contract = contract_of(&award);
    project_read(&award);
    buyers_read(&award);
    if (!without_winner(&award))
        winners_read(&award);
    resolver_finish(&award.resolver);
    reader->overflow = reader->overflow || award.resolver.overflow;
    raw_list_add(reader->arena, &reader->notices, notice);
}
