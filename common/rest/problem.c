#include "common/rest/problem.h"

#include "common/base/str.h"

const struct problem_type problem_types[] = {
    {"internal-error", 500, "Der skete en fejl hos os", "Something went wrong on our side"},
    {"invalid-body", 422, "Indholdet overholder ikke reglerne", "The content breaks the rules"},
    {"malformed-json", 400, "Indholdet er ikke gyldig JSON", "The content is not valid JSON"},
    {"malformed-request", 400, "Forespørgslen er ikke gyldig", "The request is malformed"},
    {"query-invalid", 400, "Søgningens parametre er ikke gyldige", "Invalid query parameters"},
    {"cursor-invalid", 400, "Markøren er ikke gyldig", "Invalid cursor"},
    {"idempotency-key-missing", 400, "Idempotency-Key mangler", "Idempotency-Key is missing"},
    {"idempotency-key-malformed", 400, "Idempotency-Key er ikke gyldig",
     "Idempotency-Key is malformed"},
    {"unauthenticated", 401, "Nøglen mangler eller gælder ikke",
     "The key is missing or not in force"},
    {"scope-missing", 403, "Nøglen giver ikke ret til dette", "The key lacks the scope for this"},
    {"named-person-required", 403, "Det kræver en navngiven persons nøgle",
     "This takes a named person's key"},
    {"forbidden", 403, "Det har I ikke ret til", "You may not do this"},
    {"not-found", 404, "Det findes ikke", "Not found"},
    {"method-not-allowed", 405, "Metoden kan ikke bruges her", "Method not allowed here"},
    {"not-acceptable", 406, "Vi kan ikke svare i det format", "No acceptable format"},
    {"request-timeout", 408, "Forespørgslen kom ikke i tide", "The request took too long"},
    {"conflict", 409, "Det strider mod det, der allerede er", "Conflict with what is there"},
    {"idempotency-in-progress", 409, "Den første forespørgsel er stadig i gang",
     "The first request is still in progress"},
    {"consent-missing", 409, "Kandidatens ja mangler", "The candidate's yes is missing"},
    {"approval-missing", 409, "Konsulentens godkendelse mangler",
     "The consultant's approval is missing"},
    {"legal-basis-missing", 409, "Retsgrundlaget mangler", "The legal basis is missing"},
    {"protected-person", 409, "Personen er beskyttet", "The person is protected"},
    {"state-conflict", 409, "Det kan ikke gøres, som sagen står",
     "Not possible in the present state"},
    {"answer-not-possible", 409, "Svaret kan ikke gives nu", "The answer cannot be given now"},
    {"candidate-withdrawn", 409, "Kandidaten er trådt ud", "The candidate has withdrawn"},
    {"screening-expired", 409, "Screeningen er udløbet", "The screening has expired"},
    {"fact-expired", 409, "Et krævet bevis gælder ikke længere",
     "A certificate that is required no longer holds"},
    {"lease-lost", 409, "Opgaven er overtaget af en anden", "The lease has been lost"},
    {"cursor-expired", 410, "Markøren er for gammel", "The cursor is too old"},
    {"gone", 410, "Det gælder ikke længere", "No longer in force"},
    {"length-required", 411, "Længden mangler", "Length required"},
    {"version-stale", 412, "Den er ændret, siden den blev læst", "Changed since it was read"},
    {"body-too-large", 413, "Indholdet er for stort", "The content is too large"},
    {"target-too-long", 414, "Adressen er for lang", "The target is too long"},
    {"media-type-unsupported", 415, "Formatet modtages ikke", "Unsupported media type"},
    {"content-encoding-unsupported", 415, "Komprimeret indhold modtages ikke",
     "Unsupported content encoding"},
    {"expectation-failed", 417, "Forventningen kan ikke opfyldes", "Expectation failed"},
    {"idempotency-key-reused", 422, "Nøglen er brugt til et andet indhold",
     "The idempotency key was used for other content"},
    {"if-match-required", 428, "If-Match mangler", "If-Match is required"},
    {"quota-exceeded", 429, "For mange forespørgsler", "Too many requests"},
    {"head-too-large", 431, "Headerne er for store", "The headers are too large"},
    {"method-unknown", 501, "Metoden er ukendt", "Unknown method"},
    {"temporarily-unavailable", 503, "Tjenesten er optaget", "Temporarily unavailable"},
    {"http-version-unsupported", 505, "HTTP-versionen understøttes ikke",
     "Unsupported HTTP version"},
};

const size_t problem_types_count = sizeof problem_types / sizeof problem_types[0];

const struct problem_type *problem_find(const char *slug)
{
    for (size_t i = 0; i < problem_types_count; i++)
        if (str_equal(problem_types[i].slug, slug))
            return &problem_types[i];
    return &problem_types[0];
}
