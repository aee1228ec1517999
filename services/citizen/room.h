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

/* Headers of a page: nothing runs, nothing is loaded, kept, framed or passed on; this one style. */
void citizen_page_headers(struct rest_call *call, const char *style);

/* Handlers of the routes. */
void accesses_get(struct rest_call *call);
void link_post(struct rest_call *call);
void visit_get(struct rest_call *call);
void visit_post(struct rest_call *call);
