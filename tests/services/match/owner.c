#include "tests/services/match/owner.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

const struct pg_result *owner_ask(struct session *owner, const char *format, ...)
{
    char text[2048];
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (session_query(owner, text, NULL, 0, &result, &detail) != 0) {
        fail_msg("%s: %s", text, detail.private_text);
    }
    return result;
}

void owner_run_script(struct session *owner, const char *path)
{
    struct error_detail detail = {0};
    char *script = mem_zalloc(1 << 16);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(script, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    if (session_exec(owner, script, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    mem_free(script);
}
