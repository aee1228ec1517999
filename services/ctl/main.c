#include "common/crypto/crypto.h"
#include "services/ctl/commands.h"

#include <stdio.h>

static const struct command commands[] = {
    {"migrate", "", "Bringer databasens skema til denne version.", 0, 0, {{0}}, run_migrate},
    {"keys generate",
     "FIL",
     "Laver en nøglefil til persondata, en nøgle per kommune.",
     1,
     1,
     {{0}},
     run_keys_generate},
    {"organisation create",
     "",
     "Opretter en kommune, teamet eller en arbejdsgiver; gør intet, hvis den findes.",
     0,
     0,
     {{"kind", "municipality|team|employer", "Slags.", true},
      {"name", "NAVN", "Navn.", true},
      {"municipality", "KODE", "Kommunekode, fire cifre.", false},
      {"cvr", "CVR", "CVR-nummer, otte cifre.", false}},
     run_organisation_create},
    {"organisation list", "", "Viser alle organisationer.", 0, 0, {{0}}, run_organisation_list},
    {"key create",
     "",
     "Laver en API-nøgle og viser den denne ene gang.",
     0,
     0,
     {{"organisation", "ID|KODE|CVR|team", "Hvis den er.", true},
      {"label", "TEKST", "Hvad den bruges til.", true},
      {"scopes", "jobcentre|team|employer|LISTE",
       "Hvad den må; ellers det, som organisationens slags har brug for.", false},
      {"person", "NAVN", "Den navngivne person, der har den; uden navn er den et systems.", false},
      {"days", "DAGE", "Hvor længe den gælder, 1-365 (365).", false},
      {"environment", "NAVN",
       "Miljøet, som nøglen gælder i: production, test eller demo (production).", false}},
     run_key_create},
    {"key list", "", "Viser nøgler, aldrig selve nøglen.", 0, 0, {{0}}, run_key_list},
    {"key revoke", "ID", "Spærrer en nøgle med det samme.", 1, 1, {{0}}, run_key_revoke},
    {"import candidates",
     "FIL",
     "Indlæser kandidater fra NDJSON eller CSV (dansk Excel), med et svar per fejlrække.",
     1,
     1,
     {{"format", "ndjson|csv", "Ellers efter filens endelse.", false}},
     run_import_candidates},
    {"import notices",
     "FIL...",
     "Indlæser bekendtgørelser om indgåede kontrakter (eForms).",
     1,
     COMMAND_WORDS_CAP,
     {{0}},
     run_import_notices},
    {"order post",
     "FIL",
     "Opretter en jobordre fra JSON; samme fil igen giver samme jobordre.",
     1,
     1,
     {{0}},
     run_order_post},
    {"order show", "ID", "Viser en jobordre.", 1, 1, {{0}}, run_order_show},
    {"order why-not",
     "JOBORDRE KANDIDAT",
     "Viser, hvorfor en kandidat ikke er på listen, og den mindste ændring, der ville sætte den "
     "på.",
     2,
     2,
     {{0}},
     run_order_why_not},
    {"shortlist show",
     "JOBORDRE",
     "Viser kandidatlisten med begrundelser.",
     1,
     1,
     {{0}},
     run_shortlist_show},
    {"status", "", "Viser, hvad der er, og hvad der venter.", 0, 0, {{0}}, run_status},
};

int main(int argc, char **argv)
{
    if (crypto_init() != 0) {
        fputs("emnebank: libsodium kan ikke startes\n", stderr);
        return EXIT_AWAY;
    }
    return command_main(argc, argv, commands, sizeof commands / sizeof commands[0]);
}
