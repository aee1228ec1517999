/*
 * POST /v1/job-orders/import: a sheet of orders (CSV, XLSX) → drafts. Headings say what a column is
 * (SHEET.md); cells are read as texts are, by a worker. A row is made once; a row that says
 * something else later changes nothing and is named.
 */
#pragma once

#include "common/rest/rest.h"

void order_import(struct rest_call *call);
