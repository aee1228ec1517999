/* A notice as the JSON that lead_import (sql/migrations/0006) takes and the API shows. */
#pragma once

#include "common/json/json.h"
#include "services/leads/notice.h"
#include "services/leads/ocds.h"

/* {"notice": {…}, "leads": […], "lines": […]}; a new reference. */
json_t *notice_to_json(const struct notice *notice);
json_t *notice_lines_to_json(const struct notice *notice);
/* Those from `first` on, at most `count`, as lead_import_releases (sql/migrations/0043) takes them;
 * a new reference. */
json_t *notice_batch_to_json(const struct ocds_file *file, size_t first, size_t count);
/* The lines that belong to no award, each with its release and its line of the file. */
json_t *notice_file_lines_to_json(const struct ocds_file *file);
