/* The exports that leads come from: routes below /v1/lead-sources (leads.c has the table of them).
 */
#pragma once

#include "common/rest/rest.h"

void sources_list(struct rest_call *call);
void sources_create(struct rest_call *call);
void sources_read(struct rest_call *call);
void sources_put(struct rest_call *call);
/* POST /v1/lead-sources/guess and /v1/lead-sources/{id}/import: files, read on the room's worker
 * (export_import.c). */
void sources_guess(struct rest_call *call);
void sources_import(struct rest_call *call);
