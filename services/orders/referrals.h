/*
 * The log of referrals (formidlingslog), read by the partners: GET /v1/referrals, as JSON or as a
 * sheet that Danish Excel opens. Written by triggers alone (sql/migrations/0020_life.sql).
 */
#pragma once

#include "common/rest/rest.h"

void referrals_list(struct rest_call *call);
