/* POST /v1/leads/notices: one eForms notice as application/xml. */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"
#include "services/leads/notice.h"

void import_notice(struct rest_call *call);

extern struct metric import_notices;
extern struct metric import_refused;
extern struct metric import_leads;
