/* A notice as the JSON that lead_import (sql/migrations/0006) takes and the API shows. */
#pragma once

#include "common/json/json.h"
#include "services/leads/notice.h"

/* {"notice": {…}, "leads": […], "lines": […]}; a new reference. */
json_t *notice_to_json(const struct notice *notice);
json_t *notice_lines_to_json(const struct notice *notice);
