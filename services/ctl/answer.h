/* Answers of the API and reports of the database as people and machines are shown them: JSON. */
#pragma once

#include "services/ctl/client.h"

/* A member of an object; "" and 0 where it is missing or of another type. The text is the object's.
 */
const char *answer_text(const json_t *object, const char *name);
long long answer_number(const json_t *object, const char *name);
/* Prints a moment of the API in Danish time, "23.11.2026 kl. 12.00"; nothing when it is none. */
void answer_print_time(const char *text);
/* A filter of a list: the option of the command line, and the query's parameter that it sets. */
struct answer_filter {
    const char *option, *parameter;
};
/* The path with the filters that were given; in the context's arena. */
const char *answer_filtered(struct context *context, const char *path,
                            const struct answer_filter *filters, size_t count);
/* Makes the call, then shows its answer: by `print`, or with --json as it is, a line. An answer
 * without a body shows nothing. The exit code. */
MUST_CHECK int answer_show(struct context *context, const struct client_call *call,
                           void (*print)(struct context *context, const json_t *answer));
/* Reads what is JSON for people and a sheet with --csv: shows it by `print`, or writes the sheet as
 * it came. The exit code. */
MUST_CHECK int answer_sheet(struct context *context, const char *path,
                            void (*print)(struct context *context, const json_t *answer));
