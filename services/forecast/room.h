/* What the parts of this room share: their handlers, for the one table of routes. */
#pragma once

#include "common/rest/rest.h"

/* rules.c */
void forecast_rules_read(struct rest_call *call);
void forecast_rules_write(struct rest_call *call);
/* panel.c */
void forecast_panel_post(struct rest_call *call);
void forecast_panel_list(struct rest_call *call);
