/*
 * Employers: by CVR number, with production units, one contact person at the team, a partnership
 * agreement, and what happened with them. Municipalities and the team share them; an employer sees
 * itself alone. No state of its own.
 */
#pragma once

#include "common/rest/rest.h"

/* The room's state is NULL. */
extern const struct rest_table employers_routes;
