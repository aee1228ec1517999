/*
 * Many answers in one call. The body is refused as a whole only when it is no list of 1 to 500; an
 * item with faults has a result of its own like all others.
 */
#pragma once

#include "common/rest/rest.h"

rest_handler bulk_answer;
