/*
 * What the body of a word may hold: every fault that can be seen without the database, each with
 * its JSON Pointer. Codes that it names are looked up by the database. Pure.
 */
#pragma once

#include "common/json/json.h"

enum word_body {
    WORD_COMPETENCE_NEW, /* POST: with its key; synonyms and relations may be left out */
    WORD_COMPETENCE,     /* PUT: whole, as the following */
    WORD_CERTIFICATE,
    WORD_OCCUPATION, /* title and code are the STAR list's */
};

void word_body_check(struct json_check *check, const json_t *body, enum word_body kind);
