/*
 * From results to leads. eForms says who won in three steps that may stand in any order: a lot's
 * result names tenders and contracts, a contract names the tenders it settles, a tender names its
 * tendering party, whose members are companies. A result may list tenders that did not win, so a
 * contract is the better witness; where the steps contradict each other a line says so.
 */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/leads/notice_resolve.h"
#include "services/leads/notice_value.h"

struct winner {
    struct raw_tender *tender;
    const struct raw_contract *contract;
};

struct winners {
    struct raw_list list; /* struct winner */
    size_t contracted;    /* of them with a contract */
};

/* --- companies --- */

static void id_told(struct resolver *resolver, const struct notice_company *company,
                    const char *lot)
{
    const char *name = company->name ? company->name : company->reference;
    bool danish = str_equal(company->country, "DNK");
    char cvr[9];
    enum notice_cvr verdict = notice_cvr_read(company->id, cvr);
    if (verdict == NOTICE_CVR_MISSING)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_MISSING", lot,
                      danish ? "%s: CVR-nummer mangler" : "%s: virksomheds-id mangler", name);
    else if (verdict == NOTICE_CVR_NO_DIGITS)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_TEXT", lot,
                      "%s: feltet til virksomheds-id rummer tekst, ikke et nummer: „%s“", name,
                      company->id);
    else if (danish && verdict == NOTICE_CVR_FORM)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_FORM", lot,
                      "%s: „%s“ er ikke et CVR-nummer (otte cifre)", name, company->id);
    else if (danish && verdict == NOTICE_CVR_CHECK)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_CHECK", lot,
                      "%s: „%s“ er ikke et gyldigt CVR-nummer (kontrolcifferet passer ikke)", name,
                      company->id);
    else if (notice_has_space(company->id) && company->cvr)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_SPACES", lot,
                      "%s: CVR-nummeret er skrevet „%s“ og er læst som %s", name, company->id,
                      company->cvr);
    else if (notice_has_space(company->id))
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_SPACES", lot,
                      "%s: virksomheds-id „%s“ har mellemrum og er bevaret, som det står", name,
                      company->id);
}

void resolver_company_told(struct resolver *resolver, struct known_company *known, const char *lot)
{
    const struct notice_company *company = &known->company;
    if (known->told)
        return;
    known->told = true;
    if (!company->name)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_NAME_MISSING", lot,
                      "Vinderen %s har intet navn", company->reference);
    if (!company->country)
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_COUNTRY_MISSING", lot,
                      "%s: land mangler, så et CVR-nummer kan ikke genkendes",
                      company->name ? company->name : company->reference);
    if (company->natural_person)
        resolver_line(resolver, NOTICE_NOTE, "NATURAL_PERSON", lot,
                      "%s er angivet som en person, ikke en virksomhed",
                      company->name ? company->name : company->reference);
    id_told(resolver, company, lot);
}

/* --- one tender's leads --- */

static const char *member_name(const struct resolver *resolver, const struct raw_tenderer *tenderer)
{
    const struct known_company *known = index_find(&resolver->companies, tenderer->company);
    if (known && known->company.name)
        return known->company.name;
    return tenderer->company ? tenderer->company : "ukendt";
}

static const char *const *members_of(struct resolver *resolver, const struct raw_party *party)
{
    const char **members =
        arena_array(resolver->arena, party->tenderers.count + 1, sizeof *members);
    for (size_t i = 0; i < party->tenderers.count; i++)
        members[i] = member_name(resolver, party->tenderers.items[i]);
    return members;
}

static void consortium_told(struct resolver *resolver, const struct raw_party *party,
                            const char *lot)
{
    size_t leaders = 0;
    struct buffer names;
    buffer_init(&names, (size_t)2048);
    for (size_t i = 0; i < party->tenderers.count; i++) {
        const struct raw_tenderer *tenderer = party->tenderers.items[i];
        bool leader = str_equal(tenderer->leader, "true");
        leaders += leader;
        buffer_printf(&names, "%s%s%s", i ? ", " : "", member_name(resolver, tenderer),
                      leader ? " (leder)" : "");
    }
    resolver_line(resolver, NOTICE_NOTE, "CONSORTIUM", lot, "Vundet af et konsortium af %zu: %s",
                  party->tenderers.count, buffer_full(&names) ? "alle er emner" : names.data);
    buffer_deinit(&names);
    if (leaders != 1)
        resolver_line(resolver, NOTICE_NOTE, "CONSORTIUM_LEADER", lot,
                      leaders ? "Konsortiet har flere ledere angivet"
                              : "Konsortiets leder er ikke angivet");
}

static void lead_add(struct resolver *resolver, const struct notice_lead *pattern,
                     const struct raw_party *party, size_t member)
{
    const struct raw_tenderer *tenderer = party->tenderers.items[member];
    struct known_company *known = index_find(&resolver->companies, tenderer->company);
    if (!known) {
        resolver_line(resolver, NOTICE_UNUSABLE, "REFERENCE_BROKEN", pattern->lot,
                      "Vinderen %s af tilbud %s er ikke beskrevet i bekendtgørelsen",
                      tenderer->company ? tenderer->company : "uden id", pattern->tender);
        return;
    }
    if (!resolver_room(resolver, &resolver->leads))
        return;
    struct notice_lead *lead = arena_alloc(resolver->arena, sizeof *lead);
    *lead = *pattern;
    lead->winner = &known->company;
    if (lead->members_count > 1)
        lead->role = str_equal(tenderer->leader, "true") ? NOTICE_LEADER : NOTICE_MEMBER;
    raw_list_add(resolver->arena, &resolver->leads, lead);
    resolver_company_told(resolver, known, pattern->lot);
}

void resolver_place_told(struct resolver *resolver, const struct notice_lead *lead)
{
    const struct notice_project *project = lead->project;
    for (size_t i = 0; i < project->places_count; i++) {
        if (project->places[i].nuts || project->places[i].postal_code)
            return;
    }
    resolver_line(resolver, NOTICE_NOTE, "PLACE_UNKNOWN", lead->lot,
                  "Udførelsesstedet er ikke angivet med NUTS-kode eller postnummer");
}

static bool same_amount(const struct notice_amount *amount, const struct raw_amount *raw)
{
    struct notice_amount other;
    return amount->minor >= 0 && raw->text &&
           notice_amount_read(raw->text, raw->currency, &other) && other.minor == amount->minor &&
           str_equal(other.currency, amount->currency);
}

/* How many winners of this result have this very amount. */
static size_t amount_repeats(const struct notice_amount *amount, const struct winners *winners)
{
    size_t repeats = 0;
    for (size_t i = 0; i < winners->list.count; i++) {
        const struct winner *winner = winners->list.items[i];
        repeats += same_amount(amount, &winner->tender->value);
    }
    return repeats;
}

/* A framework's ceiling is often written as every winner's value: it is marked, never summed. */
static void value_read(struct resolver *resolver, struct notice_lead *lead,
                       const struct raw_result *result, const struct raw_tender *tender,
                       const struct winners *winners)
{
    const struct raw_notice *raw = resolver->raw;
    const struct raw_lot *lot = index_find(&resolver->lots, lead->lot);
    struct raw_amount none = {NULL, NULL};
    const struct raw_amount *of_result = result ? &result->framework_max : &none;
    const struct raw_amount *estimate = result ? &result->framework_estimate : &none;
    const struct raw_amount *of_lot = lot ? &lot->framework_max : &none;
    lead->value = resolver_amount(resolver, lead->lot, "Tilbuddets værdi", &tender->value);
    lead->value_kind = lead->value.minor >= 0 ? NOTICE_VALUE_TENDER : NOTICE_VALUE_UNKNOWN;
    if (tender->shared && lead->value_kind == NOTICE_VALUE_TENDER) {
        lead->value_kind = NOTICE_VALUE_CEILING;
        resolver_line(resolver, NOTICE_NOTE, "VALUE_SHARED", lead->lot,
                      "%s %s er flere vinderes samlede værdi og må ikke lægges sammen",
                      tender->value.text, lead->value.currency);
    }
    lead->framework = lead->framework || of_result->text || estimate->text;
    if (!lead->framework) {
        lead->framework_max.minor = -1;
        return;
    }
    const struct raw_amount *ceiling = of_result->text ? of_result
                                       : of_lot->text  ? of_lot
                                                       : &raw->framework_max;
    lead->framework_max = resolver_amount(resolver, lead->lot, "Rammeaftalens loft", ceiling);
    size_t repeats = winners ? amount_repeats(&lead->value, winners) : 0;
    bool is_ceiling = (tender->framework && lead->value.minor >= 0) ||
                      same_amount(&lead->value, of_result) || same_amount(&lead->value, estimate) ||
                      same_amount(&lead->value, of_lot) ||
                      same_amount(&lead->value, &raw->framework_max);
    if (!is_ceiling && repeats < 2)
        return;
    lead->value_kind = NOTICE_VALUE_CEILING;
    if (is_ceiling)
        resolver_line(resolver, NOTICE_NOTE, "FRAMEWORK_CEILING", lead->lot,
                      "Rammeaftale: %s %s i tilbud %s er aftalens loft, ikke vinderens andel",
                      tender->value.text, lead->value.currency, tender->id);
    else
        resolver_line(resolver, NOTICE_NOTE, "FRAMEWORK_CEILING", lead->lot,
                      "Rammeaftale: %s %s står hos %zu vindere og må ikke lægges sammen",
                      tender->value.text, lead->value.currency, repeats);
}

static void tender_won(struct resolver *resolver, const char *lot_id,
                       const struct raw_result *result, const struct winner *winner,
                       const struct winners *winners)
{
    struct raw_tender *tender = winner->tender;
    const struct raw_contract *contract = winner->contract;
    const struct raw_party *party = index_find(&resolver->parties, tender->party);
    tender->used = true;
    if (!party || party->tenderers.count == 0) {
        resolver_line(resolver, NOTICE_UNUSABLE, "REFERENCE_BROKEN", lot_id,
                      "Tilbud %s vandt, men tilbudsgiveren %s er ikke beskrevet", tender->id,
                      tender->party ? tender->party : "uden id");
        return;
    }
    const struct notice_lot *lot = resolver_lot(resolver, lot_id);
    struct notice_lead lead = {
        .lot = lot_id,
        .project = lot ? &lot->project : &resolver->notice->project,
        .tender = tender->id,
        .contract = contract ? contract->id : NULL,
        .framework = tender->framework || (lot && lot->framework),
        .members = members_of(resolver, party),
        .members_count = party->tenderers.count,
    };
    if (contract) {
        lead.award_date = resolver_date(resolver, lot_id, "Tildelingsdatoen", contract->award_date);
        lead.contract_date =
            resolver_date(resolver, lot_id, "Kontraktdatoen", contract->issue_date);
    }
    value_read(resolver, &lead, result, tender, winners);
    if (party->tenderers.count > 1)
        consortium_told(resolver, party, lot_id);
    for (size_t i = 0; i < party->tenderers.count && !resolver->overflow; i++)
        lead_add(resolver, &lead, party, i);
}

/* --- one result --- */

static bool list_has(const struct raw_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i], text))
            return true;
    }
    return false;
}

static void winner_add(struct resolver *resolver, struct winners *winners,
                       struct raw_tender *tender, const struct raw_contract *contract)
{
    struct winner *winner = arena_alloc(resolver->arena, sizeof *winner);
    winner->tender = tender;
    winner->contract = contract;
    raw_list_add(resolver->arena, &winners->list, winner);
    winners->contracted += contract != NULL;
}

/* The tenders that the result names, each with the contract that settles it. */
static void winners_named(struct resolver *resolver, const struct raw_result *result,
                          struct winners *winners)
{
    for (size_t i = 0; i < result->tenders.count; i++) {
        const char *id = result->tenders.items[i];
        struct raw_tender *tender = index_find(&resolver->tenders, id);
        if (tender)
            winner_add(resolver, winners, tender, index_find(&resolver->settled, id));
        else
            resolver_line(resolver, NOTICE_UNUSABLE, "REFERENCE_BROKEN", result->lot,
                          "Resultatet henviser til tilbud %s, som ikke er beskrevet", id);
    }
}

/* A result that names contracts alone: their tenders won. */
static void winners_contracted(struct resolver *resolver, const struct raw_result *result,
                               struct winners *winners)
{
    for (size_t i = 0; i < result->contracts.count; i++) {
        const struct raw_contract *contract =
            index_find(&resolver->contracts, result->contracts.items[i]);
        for (size_t j = 0; contract && j < contract->tenders.count; j++) {
            const char *id = contract->tenders.items[j];
            struct raw_tender *tender = index_find(&resolver->tenders, id);
            bool of_lot = tender && str_equal(tender->lot, result->lot);
            if (list_has(&result->tenders, id) || (result->tenders.count > 0 && !of_lot))
                continue;
            if (!tender) {
                resolver_line(resolver, NOTICE_UNUSABLE, "REFERENCE_BROKEN", result->lot,
                              "Kontrakt %s henviser til tilbud %s, som ikke er beskrevet",
                              contract->id, id);
                continue;
            }
            if (!of_lot)
                resolver_line(resolver, NOTICE_NOTE, "TENDER_OTHER_LOT", result->lot,
                              "Kontrakt %s dækker %s, men tilbuddet %s er afgivet på %s",
                              contract->id,
                              result->lot ? result->lot : "et resultat uden delkontrakt", id,
                              tender->lot ? tender->lot : "ingen delkontrakt");
            winner_add(resolver, winners, tender, contract);
        }
    }
}

static void contracts_checked(struct resolver *resolver, const struct raw_result *result)
{
    for (size_t i = 0; i < result->contracts.count; i++) {
        const char *id = result->contracts.items[i];
        if (!index_find(&resolver->contracts, id))
            resolver_line(resolver, NOTICE_NOTE, "REFERENCE_BROKEN", result->lot,
                          "Resultatet henviser til kontrakt %s, som ikke er beskrevet", id);
    }
}

/* Of several tenders those win that a contract settles; without any contract those of rank 1 or
 * no rank. */
static bool winner_stands(const struct winners *winners, const struct winner *winner)
{
    if (winners->contracted > 0)
        return winner->contract != NULL;
    const char *rank = winner->tender->rank;
    return !rank || str_equal(rank, "1");
}

static size_t winners_settle(struct resolver *resolver, const struct raw_result *result,
                             struct winners *winners)
{
    struct winners standing = {.contracted = winners->contracted};
    for (size_t i = 0; i < winners->list.count; i++) {
        struct winner *winner = winners->list.items[i];
        if (winner_stands(winners, winner))
            raw_list_add(resolver->arena, &standing.list, winner);
        else
            resolver_line(resolver, NOTICE_NOTE, "TENDER_NOT_SETTLED", result->lot,
                          "Tilbud %s er nævnt i resultatet, men uden kontrakt, og regnes ikke som "
                          "vinder",
                          winner->tender->id);
    }
    /* One tender, one contract, and the contract names another tender: the result joins them. */
    if (standing.list.count == 1 && standing.contracted == 0 && result->contracts.count == 1) {
        struct winner *only = standing.list.items[0];
        only->contract = index_find(&resolver->contracts, result->contracts.items[0]);
        if (only->contract)
            resolver_line(resolver, NOTICE_NOTE, "CONTRACT_OTHER_TENDER", result->lot,
                          "Kontrakt %s henviser ikke til tilbud %s, som resultatet udpeger",
                          only->contract->id, only->tender->id);
    }
    for (size_t i = 0; i < standing.list.count && !resolver->overflow; i++)
        tender_won(resolver, result->lot, result, standing.list.items[i], &standing);
    return standing.list.count;
}

static void lot_settled(struct resolver *resolver, const char *id, bool no_winner)
{
    struct raw_lot *lot = index_find(&resolver->lots, id);
    if (lot) {
        lot->settled = true;
        lot->no_winner = lot->no_winner || no_winner;
    }
}

/* True when the code says that nobody won; then it has been told. */
static bool without_winner(struct resolver *resolver, const struct raw_result *result)
{
    bool closed = str_equal(result->code, "clos-nw");
    bool open = str_equal(result->code, "open-nw");
    if (!closed && !open)
        return false;
    resolver_line(resolver, NOTICE_UNUSABLE, closed ? "NO_WINNER" : "NO_WINNER_YET", result->lot,
                  closed ? "Ingen vinder: delkontrakten er afsluttet uden tildeling"
                         : "Ingen vinder endnu: delkontrakten er stadig åben");
    return true;
}

static void result_read(struct resolver *resolver, const struct raw_result *result)
{
    bool none = without_winner(resolver, result);
    bool said = str_equal(result->code, "selec-w") || resolver->notice->kind == NOTICE_EX_ANTE;
    lot_settled(resolver, result->lot, none);
    if (none)
        return;
    if (!result->lot)
        resolver_line(resolver, NOTICE_NOTE, "LOT_MISSING", NULL,
                      "Et resultat (%s) siger ikke, hvilken delkontrakt det gælder",
                      result->id ? result->id : "uden id");
    else if (!index_find(&resolver->lots, result->lot))
        resolver_line(resolver, NOTICE_NOTE, "LOT_UNKNOWN", result->lot,
                      "Delkontrakten er ikke beskrevet; hele udbuddets oplysninger er brugt");
    struct winners winners = {.contracted = 0};
    winners_named(resolver, result, &winners);
    winners_contracted(resolver, result, &winners);
    contracts_checked(resolver, result);
    size_t before = resolver->leads.count;
    size_t standing = winners_settle(resolver, result, &winners);
    if (standing == 0)
        resolver_line(resolver, NOTICE_UNUSABLE, "WINNER_MISSING", result->lot,
                      said ? "Delkontrakten er tildelt, men intet tilbud udpeger vinderen"
                           : "Resultatet siger hverken, om der er en vinder, eller hvem det er");
    else if (!said)
        resolver_line(
            resolver, NOTICE_NOTE, "STATUS_MISSING", result->lot,
            "Resultatet siger ikke, om der er en vinder (kode „%s“); tilbud eller kontrakt "
            "udpeger en",
            result->code ? result->code : "");
    if (resolver->leads.count > before)
        resolver_place_told(resolver, resolver->leads.items[before]);
}

/* --- contracts that no result speaks of --- */

static void contract_read(struct resolver *resolver, const struct raw_contract *contract)
{
    for (size_t i = 0; i < contract->tenders.count && !resolver->overflow; i++) {
        const char *id = contract->tenders.items[i];
        struct raw_tender *tender = index_find(&resolver->tenders, id);
        if (!tender) {
            resolver_line(resolver, NOTICE_UNUSABLE, "REFERENCE_BROKEN", NULL,
                          "Kontrakt %s henviser til tilbud %s, som ikke er beskrevet",
                          contract->id ? contract->id : "uden id", id);
            continue;
        }
        if (tender->used)
            continue;
        const struct raw_lot *lot = index_find(&resolver->lots, tender->lot);
        if (lot && lot->no_winner) {
            resolver_line(resolver, NOTICE_UNUSABLE, "CONTRACT_WITHOUT_WINNER", tender->lot,
                          "Kontrakt %s bygger på tilbud %s, men delkontrakten har ingen vinder",
                          contract->id ? contract->id : "uden id", id);
            continue;
        }
        size_t before = resolver->leads.count;
        struct winner winner = {tender, contract};
        lot_settled(resolver, tender->lot, false);
        tender_won(resolver, tender->lot, NULL, &winner, NULL);
        if (resolver->notice->kind == NOTICE_AWARD)
            resolver_line(resolver, NOTICE_NOTE, "RESULT_MISSING", tender->lot,
                          "Vinderen følger af kontrakt %s alene; delkontraktens resultat mangler",
                          contract->id ? contract->id : "uden id");
        if (resolver->leads.count > before)
            resolver_place_told(resolver, resolver->leads.items[before]);
    }
}

void resolve_award(struct resolver *resolver)
{
    const struct raw_notice *raw = resolver->raw;
    for (size_t i = 0; i < raw->results.count && !resolver->overflow; i++)
        result_read(resolver, raw->results.items[i]);
    for (size_t i = 0; i < raw->contracts.count && !resolver->overflow; i++)
        contract_read(resolver, raw->contracts.items[i]);
    for (size_t i = 0; i < raw->lots.count; i++) {
        const struct raw_lot *lot = raw->lots.items[i];
        if (lot->id && !lot->settled)
            resolver_line(resolver, NOTICE_UNUSABLE, "LOT_WITHOUT_RESULT", lot->id,
                          "Delkontrakten har intet resultat i bekendtgørelsen");
    }
    if (raw->results.count == 0 && raw->contracts.count == 0 && raw->lots.count == 0)
        resolver_line(resolver, NOTICE_UNUSABLE, "EMPTY", NULL,
                      "Bekendtgørelsen rummer hverken delkontrakter, resultater eller kontrakter");
}
