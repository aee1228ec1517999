/*
 * Numbers that name things in Denmark, and the texts that name a candidate. Pure functions over
 * text; NULL is never valid. Nothing here stores or logs what it is given.
 */
#pragma once

#include <stdbool.h>

/* Eight digits, first not 0; weights 2 7 6 5 4 3 2 1, sum divisible by 11 (Erhvervsstyrelsen). */
bool cvr_valid(const char *text);

#define CPR_SIZE 11 /* ten digits and a NUL */
/* "ddmmyyxxxx" or "ddmmyy-xxxx" of a day that exists, the century told by the seventh digit (CPR
 * kontoret). Modulus 11 is not asked for: numbers given since 2007 need not have it. Writes the ten
 * digits when valid. */
bool cpr_normalise(const char *text, char digits[CPR_SIZE]);
bool cpr_valid(const char *text);

/* Ten digits: a production unit's P-number. No check digit is published that one may rely on. */
bool p_number_valid(const char *text);

bool postcode_valid(const char *text);          /* four digits; whether it exists, the table says */
bool municipality_code_valid(const char *text); /* four digits, the first 0: "0751" */

/* What keeps a text from being a candidate's reference in the home's case system. */
enum reference_fault {
    REFERENCE_GOOD,
    REFERENCE_EMPTY,
    REFERENCE_LONG,      /* more than REFERENCE_CAP characters */
    REFERENCE_CHARACTER, /* white space, control characters, '/', "." or "..": it stands in a URL */
    REFERENCE_CPR        /* reads as a CPR number, which must never stand in a URL */
};
#define REFERENCE_CAP 64
enum reference_fault reference_check(const char *text);

/* One '@' with something before it and a point inside what follows; no white space; 254 at most. */
bool email_valid(const char *text);
/* Digits with spaces, '-', '(' and ')' between, perhaps a leading '+': 6 to 15 digits. */
bool phone_valid(const char *text);
