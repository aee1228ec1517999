/* The log of contacts with a lead's company, each the answers to the question guide. Who was spoken
 * to is kept as a role: no person at a company is named here. */
#pragma once

#include "common/rest/rest.h"

/* GET and POST /v1/leads/{id}/contacts. */
void contacts_get(struct rest_call *call);
void contacts_post(struct rest_call *call);
