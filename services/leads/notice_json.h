/* A notice as the JSON that lead_import (sql/migrations/0006) takes and the API shows. */
#pragma once

#include "common/json/json.h"
#include "services/leads/notice.h"
#include "services/leads/ocds.h"

/* {"notice": {…}, "leads": […], "lines": […]}; a new reference. */
json_t *notice_to_json(const struct notice *notice);
json_t *notice_lines_to_json(const struct notice *notice);
/* {"form", "releases", "refused", "notices": [as above], "lines"}, as lead_import_releases
 * (sql/migrations/0043) takes it; a new reference. */
json_t *notice_releases_to_json(const struct ocds_file *file);
