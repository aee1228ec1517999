/*
 * What became of a candidate who was sent, and the two ways onto a list beside the ranking: the
 * home's own addition, and the team's hand in the reserve.
 */
#pragma once

#include "common/rest/rest.h"

rest_handler outcome_tell;
rest_handler outcome_add;
rest_handler outcome_put_forward;
