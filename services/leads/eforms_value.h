/* Values as notices write them. Pure functions. */
#pragma once

#include "services/leads/eforms.h"

/* xsd:date with or without a zone ("2023-01-05+01:00") to "2023-01-05", the day as written; NULL
 * for anything else. */
const char *eforms_date(struct arena *arena, const char *text);

/* Keeps the raw text; `minor` is set when it is a plain decimal of at most two decimals (further
 * zeros are fine) in a currency, not negative. False: there is a text, but no amount. */
bool eforms_amount_read(const char *text, const char *currency, struct eforms_amount *amount);

enum eforms_cvr {
    EFORMS_CVR_OK,
    EFORMS_CVR_MISSING,
    EFORMS_CVR_NO_DIGITS, /* a name or other text */
    EFORMS_CVR_FORM,      /* not eight digits */
    EFORMS_CVR_CHECK,     /* eight digits, wrong checksum */
};

/* The CVR number inside a CompanyID: spaces and a leading "DK" or "DK-" are dropped, then
 * cvr_valid (common/domain) decides. */
enum eforms_cvr eforms_cvr_read(const char *text, char cvr[9]);

bool eforms_has_digit(const char *text);
bool eforms_has_space(const char *text); /* inside; UTF-8 no-break space too */
