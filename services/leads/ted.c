#include "services/leads/ted.h"

#include "common/base/str.h"
#include "services/leads/notice_resolve.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the forms are. Those of results have a subtype of their kind; the others only a text. */
static const struct {
    const char *form;
    const char *type; /* of the NOTICE element; NULL: the form has none */
    enum notice_kind kind;
    const char *text; /* Danish, of what is no award */
} forms[] = {
    {"F01", NULL, NOTICE_OTHER, "Forhåndsbekendtgørelse"},
    {"F02", NULL, NOTICE_OTHER, "Udbudsbekendtgørelse"},
    {"F03", NULL, NOTICE_AWARD, NULL},
    {"F04", NULL, NOTICE_OTHER, "Vejledende periodisk bekendtgørelse"},
    {"F05", NULL, NOTICE_OTHER, "Udbudsbekendtgørelse"},
    {"F06", NULL, NOTICE_AWARD, NULL},
    {"F07", NULL, NOTICE_OTHER, "Bekendtgørelse om kvalifikationsordning"},
    {"F08", NULL, NOTICE_OTHER, "Bekendtgørelse om køberprofil"},
    {"F12", NULL, NOTICE_OTHER, "Bekendtgørelse om projektkonkurrence"},
    {"F13", NULL, NOTICE_AWARD, NULL},
    {"F14", NULL, NOTICE_OTHER, "Berigtigelse af en bekendtgørelses tekst"},
    {"F15", NULL, NOTICE_EX_ANTE, NULL},
    {"F20", NULL, NOTICE_OTHER, "Ændring af en indgået kontrakt"},
    {"F21", "AWARD_CONTRACT", NOTICE_AWARD, NULL},
    {"F22", "AWARD_CONTRACT", NOTICE_AWARD, NULL},
    {"F23", "CONCESSION_AWARD_CONTRACT", NOTICE_AWARD, NULL},
    {"F23", "AWARD_CONTRACT", NOTICE_AWARD, NULL},
    {"F24", NULL, NOTICE_OTHER, "Koncessionsbekendtgørelse"},
    {"F25", NULL, NOTICE_AWARD, NULL},
};
#define FORMS (sizeof forms / sizeof forms[0])

/* What bounds the time that a notice of nothing but lots and companies takes. */
#define COMPANIES_BACK 200 /* how far back the same company is looked for */
#define AWARD_LOTS_CAP 200
#define WHOLE "LOT-0000" /* what is not divided into lots, or into one without a number */

static enum notice_kind kind_of(const struct ted_form *form)
{
    for (size_t i = 0; form && i < FORMS; i++) {
        bool typed = !forms[i].type || str_equal(forms[i].type, form->type);
        if (typed && str_equal(forms[i].form, form->form))
            return forms[i].kind;
    }
    return NOTICE_OTHER;
}

/* The original, which alone is sure to be whole; without one the Danish, else the first. */
static struct ted_form *form_choose(const struct ted_export *export)
{
    struct ted_form *danish = NULL;
    struct ted_form *first = NULL;
    for (size_t i = 0; i < export->forms.count; i++) {
        struct ted_form *form = export->forms.items[i];
        if (!form->form)
            continue; /* NOTICE_UUID and the like */
        if (str_equal(form->category, "ORIGINAL"))
            return form;
        if (!danish && str_equal(form->language, "DA"))
            danish = form;
        if (!first)
            first = form;
    }
    return danish ? danish : first;
}

static const struct ted_form *form_danish(const struct ted_export *export)
{
    for (size_t i = 0; i < export->forms.count; i++) {
        const struct ted_form *form = export->forms.items[i];
        if (form->form && str_equal(form->language, "DA"))
            return form;
    }
    return NULL;
}

void ted_other_told(struct resolver *resolver)
{
    const struct ted_form *form = form_choose(resolver->raw->ted);
    const char *text = NULL;
    for (size_t i = 0; form && !text && i < FORMS; i++) {
        if (str_equal(forms[i].form, form->form))
            text = forms[i].text;
    }
    if (!form)
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "TED XML uden en formular, der kan læses");
    else if (text)
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "%s (TED-formular %s): ikke en tildeling", text, form->form);
    else
        resolver_line(resolver, NOTICE_UNUSABLE, "NOT_AN_AWARD", NULL,
                      "TED-formular %s%s%s er ikke en tildeling, eller er fra før 2014", form->form,
                      form->type ? " " : "", form->type ? form->type : "");
}

/* --- words of TED in those of eForms --- */

const char *ted_country(const char *two_letters)
{
    static const char *const countries[][2] = {
        {"DK", "DNK"}, {"SE", "SWE"}, {"NO", "NOR"}, {"DE", "DEU"}, {"FI", "FIN"}, {"IS", "ISL"},
        {"PL", "POL"}, {"NL", "NLD"}, {"BE", "BEL"}, {"LU", "LUX"}, {"FR", "FRA"}, {"ES", "ESP"},
        {"PT", "PRT"}, {"IT", "ITA"}, {"AT", "AUT"}, {"CH", "CHE"}, {"LI", "LIE"}, {"IE", "IRL"},
        {"UK", "GBR"}, {"GB", "GBR"}, {"EE", "EST"}, {"LV", "LVA"}, {"LT", "LTU"}, {"CZ", "CZE"},
        {"SK", "SVK"}, {"HU", "HUN"}, {"SI", "SVN"}, {"HR", "HRV"}, {"RO", "ROU"}, {"BG", "BGR"},
        {"EL", "GRC"}, {"GR", "GRC"}, {"CY", "CYP"}, {"MT", "MLT"}, {"FO", "FRO"}, {"GL", "GRL"},
        {"US", "USA"}, {"TR", "TUR"}, {"UA", "UKR"}};
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        if (str_equal(countries[i][0], two_letters))
            return countries[i][1];
    }
    return two_letters;
}

static const char *nature_of(const char *type)
{
    static const char *const natures[][2] = {
        {"WORKS", "works"}, {"SERVICES", "services"}, {"SUPPLIES", "supplies"}};
    for (size_t i = 0; i < sizeof natures / sizeof natures[0]; i++) {
        if (str_equal(natures[i][0], type))
            return natures[i][1];
    }
    return NULL;
}

/* "2019/S 109-267097" to the number that it is published under, "267097-2019", which is what a
 * procedure's notices have in common. Anything else as it is. */
static const char *procedure_of(struct arena *arena, const char *number)
{
    if (!number || strspn(number, "0123456789") != 4)
        return number;
    const char *dash = strchr(number, '-');
    if (!dash || dash[1] == '\0' || strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return number;
    return arena_printf(arena, "%s-%.4s", dash + 1, number);
}

/* "3" to LOT-0003; "2.1" to LOT-2.1. */
static const char *lot_name(struct arena *arena, const char *number, size_t length)
{
    int64_t value;
    const char *text = arena_strndup(arena, number, length);
    if (str_int64(text, 0, 99999, &value) == 0)
        return arena_printf(arena, "LOT-%04lld", (long long)value);
    return arena_printf(arena, "LOT-%s", text);
}

static const char *object_lot(struct arena *arena, const struct ted_form *form,
                              const struct ted_object *object)
{
    if (object->lot_no)
        return lot_name(arena, object->lot_no, strlen(object->lot_no));
    if (form->objects.count == 1)
        return WHOLE;
    return object->item ? lot_name(arena, object->item, strlen(object->item)) : NULL;
}

/* --- companies and lots --- */

/* TED writes a company out wherever it is named. */
static const struct raw_company *company_known(const struct raw_list *list,
                                               const struct ted_address *address)
{
    size_t least = list->count > COMPANIES_BACK ? list->count - COMPANIES_BACK : 0;
    for (size_t i = list->count; i > least; i--) {
        const struct raw_company *company = list->items[i - 1];
        if (str_equal(company->name.text, address->name) &&
            str_equal(company->company_id, address->id) &&
            str_equal(company->postal_code, address->postal_code) &&
            str_equal(company->country, ted_country(address->country)))
            return company;
    }
    return NULL;
}

static const char *company_add(struct resolver *resolver, const struct ted_address *address)
{
    struct raw_list *list = &resolver->raw->companies;
    const struct raw_company *known = company_known(list, address);
    if (known)
        return known->id;
    struct raw_company *company = arena_alloc(resolver->arena, sizeof *company);
    company->id = arena_printf(resolver->arena, "ORG-%04zu", list->count + 1);
    company->name.text = address->name;
    company->company_id = address->id;
    company->postal_code = address->postal_code;
    company->city = address->city;
    company->country = ted_country(address->country);
    company->nuts = address->nuts;
    raw_list_add(resolver->arena, list, company);
    return company->id;
}

static void places_add(struct resolver *resolver, struct raw_project *project,
                       const struct ted_object *object)
{
    for (size_t i = 0; i < object->nuts.count; i++) {
        struct raw_place *place = arena_alloc(resolver->arena, sizeof *place);
        place->nuts = object->nuts.items[i];
        place->country =
            ted_country(arena_strndup(resolver->arena, place->nuts, strnlen(place->nuts, 2)));
        raw_list_add(resolver->arena, &project->places, place);
    }
}

static void lots_add(struct resolver *resolver, const struct ted_form *form,
                     const struct ted_form *danish)
{
    struct raw_notice *raw = resolver->raw;
    for (size_t i = 0; i < form->objects.count; i++) {
        const struct ted_object *object = form->objects.items[i];
        struct raw_lot *lot = arena_alloc(resolver->arena, sizeof *lot);
        lot->id = object_lot(resolver->arena, form, object);
        lot->technique = form->framework ? "framework" : NULL;
        lot->project.name = object->title;
        /* Translations have their lots in the same order. */
        const struct ted_object *translated = danish && danish->objects.count == form->objects.count
                                                  ? danish->objects.items[i]
                                                  : NULL;
        if (translated && translated->title.text)
            lot->project.name = translated->title;
        lot->project.nature = raw->project.nature;
        lot->project.cpv = form->cpv;
        lot->project.more_cpv = object->more_cpv;
        places_add(resolver, &lot->project, object);
        lot->project.start = object->start;
        lot->project.end = object->end;
        raw_list_add(resolver->arena, &raw->lots, lot);
    }
}

/* --- awards --- */

/* The lots that the notice describes, in order. */
struct known_lots {
    const char **ids;
    size_t count;
    const char *only; /* the one of them, when it has no number: awards may give it one */
};

static int in_order(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct known_lots lots_known(struct resolver *resolver)
{
    const struct raw_list *list = &resolver->raw->lots;
    struct known_lots known = {
        .ids = arena_array(resolver->arena, list->count + 1, sizeof(const char *))};
    for (size_t i = 0; i < list->count; i++) {
        const struct raw_lot *lot = list->items[i];
        if (lot->id)
            known.ids[known.count++] = lot->id;
    }
    if (known.count == 1 && str_equal(known.ids[0], WHOLE))
        known.only = WHOLE;
    qsort(known.ids, known.count, sizeof *known.ids, in_order);
    return known;
}

static bool lot_is_known(const struct known_lots *known, const char *id)
{
    return bsearch(&id, known->ids, known->count, sizeof *known->ids, in_order) != NULL;
}

static void lot_add(struct resolver *resolver, struct raw_list *lots, const char *id)
{
    if (lots->count == AWARD_LOTS_CAP)
        resolver->overflow = true;
    else
        raw_list_add(resolver->arena, lots, (void *)(uintptr_t)id);
}

/* "og" and the like between numbers, and what lots are called. */
static bool is_filler(const char *text, size_t length)
{
    static const char *const words[] = {"og",  "and", "et",        "und",         "lot", "lots",
                                        "los", "nr",  "delaftale", "delkontrakt", "no",  "nos"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0)
            return true;
    }
    return false;
}

/* "3-5": from the first to the last. "1.2.3": one behind the other; "1.2" is rather a part of
 * lot 1. Every one that is named is a lot of the notice. */
static bool run_add(struct resolver *resolver, const struct known_lots *known, const char *text,
                    size_t length, struct raw_list *lots)
{
    struct raw_list found = {.count = 0};
    const char *end = text + length;
    long before = -1;
    bool range = false;
    bool ranged = false;
    for (const char *at = text; at < end; at++) {
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 4)
            return false;
        const long number = strtol(at, NULL, 10);
        const char *id = lot_name(resolver->arena, at, digits);
        if (number <= before || !lot_is_known(known, id))
            return false;
        for (long between = before + 1; range && between < number; between++) {
            const char *name = arena_printf(resolver->arena, "LOT-%04ld", between);
            if (lot_is_known(known, name))
                lot_add(resolver, &found, name);
        }
        lot_add(resolver, &found, id);
        before = number;
        at += digits;
        range = at < end && *at == '-';
        ranged = ranged || range;
        if (at < end && *at != '.' && !range)
            return false;
    }
    for (size_t i = 0; i < found.count && !resolver->overflow; i++)
        lot_add(resolver, lots, found.items[i]);
    return ranged || found.count > 2;
}

/* "1, 2 og 4", "1-3": false when it is anything else than lots. */
static bool list_add(struct resolver *resolver, const struct known_lots *known, const char *text,
                     struct raw_list *lots)
{
    static const char between[] = " ,;+&/";
    for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
        const size_t length = strcspn(text, between);
        const char *id = lot_name(resolver->arena, text, length);
        if (resolver->overflow)
            return true;
        if (lot_is_known(known, id) || strspn(text, "0123456789") == length)
            lot_add(resolver, lots, id);
        else if (!is_filler(text, length) && !run_add(resolver, known, text, length, lots))
            return false;
        text += length;
    }
    return lots->count > 0;
}

/* LOT_NO is free text: a number, several, or "1 / Primo in cascata". */
static void text_add(struct resolver *resolver, const struct known_lots *known, const char *text,
                     struct raw_list *lots)
{
    struct raw_list listed = {.count = 0};
    const char *id = lot_name(resolver->arena, text, strlen(text));
    if (!lot_is_known(known, id) && list_add(resolver, known, text, &listed)) {
        for (size_t i = 0; i < listed.count && !resolver->overflow; i++)
            lot_add(resolver, lots, listed.items[i]);
        return;
    }
    /* "1.1A" is a part of lot 1, and has a name of its own. */
    const size_t digits = strspn(text, "0123456789");
    const char *first = lot_name(resolver->arena, text, digits);
    const bool alone = strchr(" /,;:(", text[digits]) != NULL;
    lot_add(resolver, lots, alone && lot_is_known(known, first) ? first : id);
}

/* The lots that an award speaks of; none when nothing says. */
static struct raw_list award_lots(struct resolver *resolver, const struct known_lots *known,
                                  const struct ted_award *award)
{
    struct raw_list lots = {.count = 0};
    for (size_t i = 0; i < award->lots.count && !known->only && !resolver->overflow; i++)
        text_add(resolver, known, award->lots.items[i], &lots);
    if (lots.count == 0)
        lot_add(resolver, &lots, known->count == 1 ? known->ids[0] : NULL);
    return lots;
}

/* All awards of a lot are one result, so that a ceiling that stands at several winners is seen. */
static struct raw_result *result_of(struct resolver *resolver, const char *lot, const char *code)
{
    struct raw_list *list = &resolver->raw->results;
    for (size_t i = 0; i < list->count; i++) {
        struct raw_result *result = list->items[i];
        if (str_equal(result->lot, lot) && str_equal(result->code, code))
            return result;
    }
    struct raw_result *result = arena_alloc(resolver->arena, sizeof *result);
    result->id = arena_printf(resolver->arena, "RES-%04zu", list->count + 1);
    result->lot = lot;
    result->code = code;
    raw_list_add(resolver->arena, list, result);
    return result;
}

/* One tender by these contractors, and the contract that settles it. */
static void tender_add(struct resolver *resolver, const struct ted_award *award, const char *lot,
                       size_t first, size_t count)
{
    struct arena *arena = resolver->arena;
    struct raw_notice *raw = resolver->raw;
    struct raw_party *party = arena_alloc(arena, sizeof *party);
    party->id = arena_printf(arena, "TPA-%04zu", raw->parties.count + 1);
    for (size_t i = first; i < first + count; i++) {
        struct raw_tenderer *tenderer = arena_alloc(arena, sizeof *tenderer);
        tenderer->company = company_add(resolver, award->contractors.items[i]);
        raw_list_add(arena, &party->tenderers, tenderer);
    }
    raw_list_add(arena, &raw->parties, party);
    struct raw_tender *tender = arena_alloc(arena, sizeof *tender);
    tender->id = arena_printf(arena, "TEN-%04zu", raw->tenders.count + 1);
    tender->lot = lot;
    tender->party = party->id;
    tender->value = award->value;
    tender->framework = award->framework;
    tender->shared = count < award->contractors.count;
    raw_list_add(arena, &raw->tenders, tender);
    struct raw_contract *contract = arena_alloc(arena, sizeof *contract);
    contract->id = arena_printf(arena, "CON-%04zu", raw->contracts.count + 1);
    contract->award_date = award->decided;
    contract->issue_date = award->date;
    raw_list_add(arena, &contract->tenders, (void *)(uintptr_t)tender->id);
    raw_list_add(arena, &raw->contracts, contract);
    raw_list_add(arena, &result_of(resolver, lot, "selec-w")->tenders,
                 (void *)(uintptr_t)tender->id);
}

static void award_told(struct resolver *resolver, const struct ted_award *award, const char *lot)
{
    const char *currency = award->range_currency ? award->range_currency : "";
    if (!award->value.text && (award->low || award->high))
        resolver_line(resolver, NOTICE_NOTE, "VALUE_RANGE", lot,
                      "Kontraktens værdi er ikke oplyst, kun laveste og højeste tilbud: %s-%s %s",
                      award->low ? award->low : "?", award->high ? award->high : "?", currency);
}

/* A contract for several lots has one value: it stands at the first of them. */
static void award_add(struct resolver *resolver, const struct known_lots *known,
                      struct ted_award award)
{
    struct raw_list lots = award_lots(resolver, known, &award);
    const bool valued = award.value.text != NULL;
    for (size_t i = 0; i < lots.count && !resolver->overflow; i++) {
        const char *lot = lots.items[i];
        if (!resolver_room(resolver, &resolver->raw->results))
            return;
        if (!award.awarded && (award.unsuccessful || award.discontinued)) {
            result_of(resolver, lot, "clos-nw");
            continue;
        }
        award_told(resolver, &award, lot);
        if (i > 0 && valued)
            resolver_line(resolver, NOTICE_NOTE, "VALUE_OF_SEVERAL_LOTS", lot,
                          "Kontraktens værdi gælder flere delkontrakter og står ved %s",
                          (const char *)lots.items[0]);
        if (i > 0)
            award.value = (struct raw_amount){NULL, NULL};
        size_t together = award.group ? award.contractors.count : 1;
        for (size_t j = 0; j < award.contractors.count; j += together) {
            if (!resolver_room(resolver, &resolver->raw->tenders))
                return;
            tender_add(resolver, &award, lot, j, together);
        }
        if (award.contractors.count == 0)
            result_of(resolver, lot, award.awarded ? "selec-w" : NULL);
    }
}

void ted_resolve(struct resolver *resolver)
{
    struct raw_notice *raw = resolver->raw;
    struct ted_form *form = form_choose(raw->ted);
    const struct ted_form *danish = form_danish(raw->ted);
    raw->publication = raw->ted->publication;
    raw->kind = kind_of(form);
    if (!form)
        return;
    raw->subtype = form->form;
    raw->language = form->language;
    raw->issue_date = form->sent;
    raw->procedure = procedure_of(resolver->arena, form->tender_notice);
    raw->total = form->total;
    raw->project.name = danish && danish->title.text ? danish->title : form->title;
    raw->project.nature = nature_of(form->nature);
    raw->project.cpv = form->cpv;
    if (raw->kind == NOTICE_OTHER)
        return;
    for (size_t i = 0; i < form->buyers.count; i++)
        raw_list_add(resolver->arena, &raw->buyers,
                     (void *)(uintptr_t)company_add(resolver, form->buyers.items[i]));
    lots_add(resolver, form, danish);
    const struct known_lots known = lots_known(resolver);
    for (size_t i = 0; i < form->awards.count && !resolver->overflow; i++) {
        struct ted_award award = *(const struct ted_award *)form->awards.items[i];
        award.framework = form->framework;
        award_add(resolver, &known, award);
    }
}
