#include "services/leads/ted.h"

#include "common/base/str.h"
#include "services/leads/notice_resolve.h"

#include <string.h>

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
    {"F13", NULL, NOTICE_OTHER, "Resultat af projektkonkurrence"},
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
        return "LOT-0000";
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

/* The lots that an award speaks of: "1", or several elements, or "1, 2"; none when nothing says. */
static struct raw_list award_lots(struct resolver *resolver, const struct ted_award *award)
{
    struct raw_list lots = {.count = 0};
    const struct raw_list *known = &resolver->raw->lots;
    for (size_t i = 0; i < award->lots.count; i++) {
        const char *text = award->lots.items[i];
        for (text += strspn(text, " ,;"); *text != '\0'; text += strspn(text, " ,;")) {
            size_t length = strcspn(text, " ,;");
            if (lots.count == AWARD_LOTS_CAP)
                resolver->overflow = true;
            if (resolver->overflow)
                return lots;
            raw_list_add(resolver->arena, &lots,
                         (void *)(uintptr_t)lot_name(resolver->arena, text, length));
            text += length;
        }
    }
    if (lots.count == 0 && known->count == 1)
        raw_list_add(resolver->arena, &lots,
                     (void *)(uintptr_t)((const struct raw_lot *)known->items[0])->id);
    if (lots.count == 0)
        raw_list_add(resolver->arena, &lots, NULL);
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
    tender->shared = count < award->contractors.count;
    raw_list_add(arena, &raw->tenders, tender);
    struct raw_contract *contract = arena_alloc(arena, sizeof *contract);
    contract->id = arena_printf(arena, "CON-%04zu", raw->contracts.count + 1);
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
static void award_add(struct resolver *resolver, struct ted_award award)
{
    struct raw_list lots = award_lots(resolver, &award);
    for (size_t i = 0; i < lots.count && !resolver->overflow; i++) {
        const char *lot = lots.items[i];
        if (!resolver_room(resolver, &resolver->raw->results))
            return;
        if (!award.awarded && (award.unsuccessful || award.discontinued)) {
            result_of(resolver, lot, "clos-nw");
            continue;
        }
        award_told(resolver, &award, lot);
        if (i > 0 && award.value.text)
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
    for (size_t i = 0; i < form->awards.count && !resolver->overflow; i++)
        award_add(resolver, *(const struct ted_award *)form->awards.items[i]);
}
