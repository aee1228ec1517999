/* A notice as the JSON that lead_import (sql/migrations/0006) takes and the API shows. */
#pragma once

#include "common/json/json.h"
#include "services/leads/eforms.h"

/* {"notice": {…}, "leads": […], "lines": […]}; a new reference. */
json_t *eforms_to_json(const struct eforms_notice *notice);
json_t *eforms_lines_to_json(const struct eforms_notice *notice);
