#include "services/ctl/words.h"

#include "common/base/str.h"

#include <stddef.h>

const struct word words_organisation[] = {
    {"municipality", "kommune"}, {"team", "team"}, {"employer", "arbejdsgiver"}, {NULL, NULL}};

const struct word words_key[] = {
    {"active", "aktiv"}, {"expired", "udløbet"}, {"revoked", "spærret"}, {NULL, NULL}};

const struct word words_order[] = {
    {"draft", "kladde"}, {"open", "åben"}, {"closed", "lukket"}, {NULL, NULL}};

const struct word words_work[] = {{"permanent", "fast"},          {"temporary", "tidsbegrænset"},
                                  {"seasonal", "sæson"},          {"job_rotation", "jobrotation"},
                                  {"wage_subsidy", "løntilskud"}, {"work_trial", "praktik"},
                                  {"flex", "fleksjob"},           {NULL, NULL}};

const struct word words_fact[] = {{"competence", "kompetence"}, {"certificate", "bevis"},
                                  {"licence", "kørekort"},      {"language", "sprog"},
                                  {"occupation", "fag"},        {NULL, NULL}};

const struct word words_part[] = {{"partial", "delvist"},
                                  {"missing", "mangler"},
                                  {"unknown", "ukendt"},
                                  {"expired", "udløbet"},
                                  {NULL, NULL}};

const struct word words_relation[] = {{"close", "ligner"},
                                      {"broader", "bredere"},
                                      {"narrower", "snævrere"},
                                      {"occupation", "samme fag"},
                                      {NULL, NULL}};

const struct word words_change[] = {{"shipped", "leveret"},  {"added", "ny"},
                                    {"changed", "ændret"},   {"removed", "slettet"},
                                    {"imported", "indlæst"}, {NULL, NULL}};

const struct word words_use[] = {{"fact", "oplysninger"}, {"requirement", "krav"},
                                 {"order", "jobordrer"},  {"cpv", "CPV-regler"},
                                 {"trade", "fag"},        {"competence", "kompetencer"},
                                 {"lead", "emner"},       {NULL, NULL}};

const struct word words_status[] = {
    {"pool_version", "emnebankens version"},
    {"candidates", "kandidater"},
    {"candidates_withdrawn", "  taget ud"},
    {"orders_open", "åbne jobordrer"},
    {"orders_in_treatment", "  under behandling"},
    {"orders_paused", "  sat på pause"},
    {"orders_draft", "  kladder"},
    {"orders_unanswered", "  endnu uden et eneste svar"},
    {"orders_overdue", "  over fristen uden kandidater nok eller besked om det"},
    {"orders_noticed", "  med besked om, at der ikke er kandidater nok"},
    {"orders_breached", "fristbrud i alt"},
    {"entries_proposed", "emner, der venter på svar"},
    {"entries_released", "frigivne CV'er"},
    {"deliveries_waiting", "leveringer, der venter"},
    {"deliveries_delivered", "  leveret"},
    {"deliveries_dead", "  opgivet"},
    {"jobs_waiting", "opgaver, der venter"},
    {"jobs_dead", "  opgivet"},
    {NULL, NULL},
};

const struct word words_replay[] = {{"identical", "identisk"},
                                    {"erased", "identisk på nær slettede"},
                                    {"differs", "AFVIGER"},
                                    {"cannot", "kan ikke beregnes igen"},
                                    {NULL, NULL}};

const struct word words_replay_field[] = {{"entry", "emnet"},
                                          {"rank", "plads"},
                                          {"score", "point"},
                                          {"parts", "dele"},
                                          {"facts", "oplysninger"},
                                          {"explanation_da", "begrundelse"},
                                          {"asked", "det, der blev spurgt om"},
                                          {"considered", "antal kandidater"},
                                          {"excluded", "antal udelukkede"},
                                          {"digest", "listens kontrolsum"},
                                          {NULL, NULL}};

const struct word words_replay_reason[] = {
    {"order_changed", "jobordren er ændret, og listen er fra før, dens grundlag blev gemt"},
    {"pool_newer", "emnebanken er ikke nået så langt; databasen er ældre end listen"},
    {"vocabulary_newer", "ordlisten er ikke nået så langt; databasen er ældre end listen"},
    {"ruleset_unknown", "dette program kender ikke regelsættet"},
    {"not_ranked", "grundlaget kan ikke rangeres"},
    {NULL, NULL}};

const struct word words_lead_state[] = {{"new", "ny"},           {"contacted", "kontaktet"},
                                        {"agreement", "aftale"}, {"order", "jobordre"},
                                        {"dismissed", "afvist"}, {NULL, NULL}};

const struct word words_lead_stage[] = {{"planned", "planlagt"},
                                        {"tender", "i udbud"},
                                        {"awarded", "tildelt"},
                                        {"construction", "i gang"},
                                        {"completed", "afsluttet"},
                                        {"unknown", "ukendt stade"},
                                        {NULL, NULL}};

const struct word words_lead_reason[] = {{"no_need", "mangler ingen"},
                                         {"outside_area", "uden for området"},
                                         {"not_construction", "ikke byggeri"},
                                         {"duplicate", "findes i forvejen"},
                                         {"no_contact", "ingen kontakt"},
                                         {"other", "andet"},
                                         {NULL, NULL}};

const struct word words_contact[] = {{"phone", "telefon"},
                                     {"meeting", "møde"},
                                     {"email", "mail"},
                                     {"site_visit", "besøg på pladsen"},
                                     {"director", "direktør"},
                                     {"project_manager", "projektleder"},
                                     {"site_manager", "byggeleder"},
                                     {"foreman", "formand"},
                                     {"hr", "HR"},
                                     {"reached", "talt med"},
                                     {"not_reached", "ikke truffet"},
                                     {"call_back", "ringer tilbage"},
                                     {"other", "andet"},
                                     {"unknown", "ukendt rolle"},
                                     {NULL, NULL}};

const struct word words_endpoint[] = {{"unproven", "uprøvet"},
                                      {"proven", "bevist"},
                                      {"active", "aktiv"},
                                      {"disabled", "slået fra"},
                                      {NULL, NULL}};

const struct word words_delivery[] = {{"waiting", "venter"},       {"leased", "er på vej"},
                                      {"delivered", "leveret"},    {"dead", "opgivet"},
                                      {"cancelled", "annulleret"}, {NULL, NULL}};

const struct word words_attempt[] = {{"answered", "besvaret"},
                                     {"dns", "navnet findes ikke"},
                                     {"connect", "ingen forbindelse"},
                                     {"tls", "fejl i TLS"},
                                     {"timeout", "intet svar i tide"},
                                     {"broken", "afbrudt"},
                                     {"refused_by_policy", "adressen er ikke tilladt"},
                                     {"lost", "afbrudt hos os"},
                                     {"challenge_not_echoed", "prøven blev ikke besvaret"},
                                     {NULL, NULL}};

const struct word words_reason[] = {
    {"by_owner", "af ejeren selv"},
    {"removed", "fjernet"},
    {"gone", "modtageren vil ikke have mere (410)"},
    {"failing", "alt er fejlet i fem dage"},
    {"approval_withdrawn", "godkendelsen er taget tilbage"},
    {"exhausted", "alle forsøg er brugt"},
    {"status", "modtageren svarede med en fejl"},
    {"redirect", "modtageren viste videre"},
    {"dns", "navnet findes ikke"},
    {"connect", "ingen forbindelse"},
    {"tls", "fejl i TLS"},
    {"timeout", "intet svar i tide"},
    {"broken", "forbindelsen blev afbrudt"},
    {"refused_by_policy", "adressen er ikke tilladt"},
    {"lease_lost", "forsøget blev afbrudt hos os"},
    {"replayed", "bedt om igen"},
    {"not_in_force", "frigivelsen gælder ikke"},
    {"revoked", "frigivelsen er taget tilbage"},
    {"person_erased", "personen er slettet"},
    {"too_large", "for stor til at sende"},
    {"endpoint_removed", "modtageradressen er fjernet"},
    {"endpoint_disabled", "modtageradressen er slået fra"},
    {"asked_again", "der blev spurgt på ny"},
    {"challenge_not_echoed", "prøven blev ikke besvaret"},
    {"push_stopped", "alle forsendelser er stoppet"},
    {"municipality_key_missing", "kommunens nøgle mangler hos os"},
    {"person_unreadable", "personen kan ikke læses hos os"},
    {"secret_unreadable", "hemmeligheden kan ikke læses hos os"},
    {"certificate_unreadable", "certifikatet kan ikke læses hos os"},
    {NULL, NULL}};

const char *words_find(const struct word *words, const char *code)
{
    for (; words->code != NULL; words++)
        if (str_equal(words->code, code))
            return words->text;
    return NULL;
}

const char *words_say(const struct word *words, const char *code)
{
    const char *text = words_find(words, code);

    return text != NULL ? text : code;
}
