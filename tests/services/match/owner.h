/* Asking the database as superuser, to set a scene and to look. A fault fails the test. */
#pragma once

#include "common/pg/session.h"

/* The result is valid until the session is asked again. */
const struct pg_result *owner_ask(struct session *owner, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void owner_run_script(struct session *owner, const char *path);
