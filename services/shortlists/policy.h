/*
 * An organisation's own settings: how its orders climb, how its candidates are shared, and a
 * municipality's switch of automatic release. Decided in sql/migrations/0024_approval.sql.
 */
#pragma once

#include "common/rest/rest.h"

rest_handler policy_get;
rest_handler policy_put;
