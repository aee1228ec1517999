/* Values as notices write them. Pure functions. */
#pragma once

#include "services/leads/notice.h"

/* xsd:date with or without a zone ("2023-01-05+01:00") to "2023-01-05", the day as written; NULL
 * for anything else. */
const char *notice_date(struct arena *arena, const char *text);

/* Keeps the raw text; `minor` is set when it is a plain decimal of at most two decimals (further
 * zeros are fine) in a currency, not negative. False: there is a text, but no amount. */
bool notice_amount_read(const char *text, const char *currency, struct notice_amount *amount);

enum notice_cvr {
    NOTICE_CVR_OK,
    NOTICE_CVR_MISSING,
    NOTICE_CVR_NO_DIGITS, /* a name or other text */
    NOTICE_CVR_FORM,      /* not eight digits */
    NOTICE_CVR_CHECK,     /* eight digits, wrong checksum */
};

/* The CVR number inside a CompanyID: spaces and a leading "DK", "DK-" or "CVR-nr." are dropped,
 * then cvr_valid (common/domain) decides. */
enum notice_cvr notice_cvr_read(const char *text, char cvr[9]);

bool notice_has_digit(const char *text);
bool notice_has_space(const char *text); /* inside; UTF-8 no-break space too */
