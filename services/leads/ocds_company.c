/*
 * Who won, in OCDS: an award's supplier is a reference to a party of the release, which has the
 * identifier and the address. What the publishers do wrong is told, and none of it loses the lead.
 */
#include "common/base/str.h"
#include "services/leads/notice_value.h"
#include "services/leads/ocds_release.h"
#include "services/leads/ted.h"

#include <string.h>
#include <strings.h>

#define PARTIES_CAP 2000 /* looked through for one reference */

static bool has_id(struct arena *arena, const json_t *party, const char *id)
{
    const json_t *own = json_object_get(party, "id");
    if (json_is_string(own))
        return str_equal(json_string_value(own), id);
    return json_is_integer(own) && str_equal(ocds_text(arena, party, "id"), id);
}

/* Some publishers put the parties into a list within the list. */
static const json_t *party_find(struct resolver *resolver, const struct ocds_release *release,
                                const char *id)
{
    const json_t *parties = json_object_get(release->json, "parties");
    for (size_t i = 0; id && i < json_array_size(parties) && i < PARTIES_CAP; i++) {
        const json_t *party = json_array_get(parties, i);
        if (has_id(resolver->arena, party, id))
            return party;
        for (size_t j = 0; j < json_array_size(party) && j < PARTIES_CAP; j++) {
            if (has_id(resolver->arena, json_array_get(party, j), id))
                return json_array_get(party, j);
        }
    }
    return NULL;
}

const char *ocds_country(struct arena *arena, const json_t *address)
{
    const char *country = ocds_text(arena, address, "country");
    if (!country)
        country = ocds_text(arena, address, "countryName");
    if (country && (strcasecmp(country, "Denmark") == 0 || strcasecmp(country, "Danmark") == 0))
        return "DNK";
    return country ? ted_country(country) : NULL;
}

/* Schemes of org-id.guide begin with their country: DK-CVR, GB-COH; XI and XM are none. */
static const char *country_of_scheme(struct arena *arena, const char *scheme)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!scheme || strspn(scheme, letters) != 2 || scheme[2] != '-' || scheme[0] == 'X')
        return NULL;
    return ted_country(arena_strndup(arena, scheme, 2));
}

/* The identifier that may be a CVR number: the first of scheme DK-CVR, else the main one. */
static const json_t *identifier_of(const json_t *party)
{
    const json_t *main = json_object_get(party, "identifier");
    const json_t *others = json_object_get(party, "additionalIdentifiers");
    if (str_equal(json_string_value(json_object_get(main, "scheme")), "DK-CVR"))
        return main;
    for (size_t i = 0; i < json_array_size(others) && i < PARTIES_CAP; i++) {
        const json_t *other = json_array_get(others, i);
        if (str_equal(json_string_value(json_object_get(other, "scheme")), "DK-CVR"))
            return other;
    }
    return main;
}

static void scheme_split(struct arena *arena, const char *id, const char **scheme,
                         const char **number)
{
    const char *first = id ? strchr(id, '-') : NULL;
    const char *second = first ? strchr(first + 1, '-') : NULL;
    if (second && first == id + 2 && second[1] != '\0') {
        *scheme = arena_strndup(arena, id, (size_t)(second - id));
        *number = second + 1;
    } else {
        *number = id;
    }
}

/* The number and its scheme; where the party's own id says another number than its identifier, both
 * are told. */
static void identify(struct resolver *resolver, const json_t *party, const char *reference,
                     const char *lot, struct notice_company *company, const char **scheme)
{
    struct arena *arena = resolver->arena;
    const json_t *identifier = identifier_of(party);
    const char *said_scheme = NULL;
    const char *said = NULL;
    scheme_split(arena, reference, &said_scheme, &said);
    company->id = ocds_text(arena, identifier, "id");
    *scheme = ocds_text(arena, identifier, "scheme");
    if (!company->id && said_scheme) {
        company->id = said;
        *scheme = said_scheme;
    } else if (company->id && said_scheme && str_equal(said_scheme, *scheme) &&
               !str_equal(said, company->id)) {
        resolver_line(resolver, NOTICE_NOTE, "COMPANY_ID_CONTRADICTS", lot,
                      "%s: id'et er „%s“, men nummeret „%s“; nummeret er brugt",
                      company->name ? company->name : reference, reference, company->id);
    }
}

const struct notice_company *ocds_company(struct resolver *resolver,
                                          const struct ocds_release *release,
                                          const json_t *reference, const char *lot)
{
    struct arena *arena = resolver->arena;
    struct notice_company *company = arena_alloc(arena, sizeof *company);
    const char *id = ocds_text(arena, reference, "id");
    const json_t *party = party_find(resolver, release, id);
    const json_t *known = party ? party : reference; /* OCDS 1.0 has it all in the reference */
    const json_t *address = json_object_get(known, "address");
    const char *scheme = NULL;
    char cvr[9];

    company->reference = id;
    company->name = ocds_text(arena, known, "name");
    if (!company->name)
        company->name = ocds_text(arena, json_object_get(known, "identifier"), "legalName");
    if (!company->name)
        company->name = ocds_text(arena, reference, "name");
    identify(resolver, known, id, lot, company, &scheme);
    company->postal_code = ocds_text(arena, address, "postalCode");
    company->city = ocds_text(arena, address, "locality");
    company->country = ocds_country(arena, address);
    if (!company->country)
        company->country = country_of_scheme(arena, scheme);
    /* Another scheme's number is none, though it may have eight digits. */
    bool may_be_cvr = !scheme || str_equal(scheme, "DK-CVR");
    if (may_be_cvr && str_equal(company->country, "DNK") &&
        notice_cvr_read(company->id, cvr) == NOTICE_CVR_OK)
        company->cvr = arena_strdup(arena, cvr);
    if (!party && !json_object_get(reference, "identifier"))
        resolver_line(resolver, NOTICE_NOTE, "PARTY_UNKNOWN", lot,
                      "%s er ikke beskrevet blandt udgivelsens parter",
                      company->name ? company->name : (id ? id : "En virksomhed uden id"));
    return company;
}
