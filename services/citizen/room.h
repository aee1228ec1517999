/* What the files of this room share; nobody else includes it. */
#pragma once

#include "services/citizen/citizen.h"

#define TOKEN_SIZE 32 /* random bytes of a link */

struct citizen {
    const char *public_url; /* "https://emnebank.example.dk", or "" when none is set */
    int64_t link_life;
    int64_t link_grace;
    struct crypto_key page_key; /* of the forms' seals */
};

/* Handlers of the routes. */
void link_post(struct rest_call *call);
void visit_get(struct rest_call *call);
void visit_post(struct rest_call *call);
