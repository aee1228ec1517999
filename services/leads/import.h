/* POST /v1/leads/notices: one award notice, eForms or older TED XML, as application/xml.
 * POST /v1/leads/releases: OCDS releases as application/json or JSON Lines. */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"
#include "services/leads/notice.h"

void import_notice(struct rest_call *call);
void import_releases(struct rest_call *call);

/* For both: answers for a file that could not be read. `code` is XML or JSON. */
void import_fault(struct rest_call *call, int error, const struct notice_fault *fault,
                  const char *code);
/* Whether a Content-Type is one of `accepted` (NULL-terminated), parameters aside. */
bool import_type(const char *type, const char *const *accepted);

extern struct metric import_notices;
extern struct metric import_refused;
extern struct metric import_leads;
