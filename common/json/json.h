/*
 * JSON (RFC 8259, I-JSON RFC 7493) over jansson, the only place that includes it. Reading is strict
 * (A11): UTF-8, no BOM, no duplicate names (escaped ones neither), no NUL, depth at most 16,
 * integers within ±(2^53-1), input at most `JSON_INPUT_CAP` bytes. Objects are not shared between
 * threads.
 *
 * A `json_check` walks one document and collects *every* fault with its JSON Pointer (RFC 6901), a
 * code and a text, so that a caller answers once with all of them.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_INPUT_CAP ((size_t)262144)
#define JSON_DEPTH_CAP 16

struct json_fault {
    size_t line;
    size_t column;
    char text[160]; /* English, never echoes input */
};

/* Parses; on success `*value` is a new reference (json_decref when done). ERROR_INVALID fills
 * `fault`. */
MUST_CHECK int json_read(const char *bytes, size_t length, json_t **value,
                         struct json_fault *fault);
/* The same for files, which may be longer than a body: at most `cap` bytes and `values` values, a
 * name and its value counted as one. A value takes up to about 250 bytes beside its text. */
MUST_CHECK int json_read_capped(const char *bytes, size_t length, size_t cap, size_t values,
                                json_t **value, struct json_fault *fault);
/* The same for what we wrote ourselves, such as a stored document: of any size. */
MUST_CHECK int json_read_own(const char *bytes, size_t length, json_t **value,
                             struct json_fault *fault);

/*
 * Reads as json_read does, into an arena: `*value` lives as long as the arena does and is never
 * released. That spares a few hundred blocks of malloc and the walk that gives them back.
 *
 * It is for looking at. json_incref and json_decref of what hangs in it must balance, so that a
 * part may stand in another document for a while (json_object_set); nothing in it may be changed,
 * and nothing of it kept beyond the arena: json_deep_copy what must stay. A tree takes up to 84
 * times the bytes that it was read from, which is 21 MiB of the arena's cap at the worst; one that
 * was refused has its memory there too.
 */
MUST_CHECK int json_read_in(struct arena *arena, const char *bytes, size_t length,
                            const json_t **value, struct json_fault *fault);

/* Compact text, in an arena. Reals keep 17 digits; we have none in contracts. */
char *json_text(struct arena *arena, const json_t *value);
/* Sorted names, compact: the bytes that are hashed. Sorted by bytes, which is RFC 8785's order as
 * long as names are ASCII, as all of ours are; a stranger's body may have others, and still has one
 * form. */
char *json_canonical(struct arena *arena, const json_t *value);

#define JSON_CHECK_CAP 100

struct json_error {
    const char *pointer; /* "/requirements/2/weight" */
    const char *code;    /* UPPER_SNAKE, see proto/openapi.yaml: REQUIRED, TYPE, RANGE, FORMAT,
                            UNKNOWN_MEMBER, … */
    const char *detail;  /* Danish; says what would be right; never the input's value */
};

struct json_check {
    struct arena *arena;
    struct json_error errors[JSON_CHECK_CAP];
    size_t count; /* stops at the cap */
};

void json_check_init(struct json_check *check, struct arena *arena);
bool json_check_ok(const struct json_check *check);
void json_check_fail(struct json_check *check, const char *pointer, const char *code,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Adds faults that were found elsewhere, as SQL says them: [{"pointer", "code", "detail"}]. */
void json_check_merge(struct json_check *check, const char *faults);

/*
 * Getters: `object` is the JSON object at JSON Pointer `base` ("" for the root). Each returns the
 * value or the given fallback; a wrong type, a value outside its limits, or a missing member that
 * is required is recorded. Lengths are in code points. Text is refused when empty, blank, or with
 * control characters other than \n and \t.
 */
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

const char *json_check_text(struct json_check *check, const json_t *object, const char *base,
                            const char *name, enum json_need need, size_t maximum);
int64_t json_check_integer(struct json_check *check, const json_t *object, const char *base,
                           const char *name, enum json_need need, int64_t minimum, int64_t maximum,
                           int64_t fallback);
bool json_check_bool(struct json_check *check, const json_t *object, const char *base,
                     const char *name, enum json_need need, bool fallback);
/* Whether the text is a date, YYYY-MM-DD, of a day that exists (years 1900-2999). */
bool json_date_valid(const char *text);
/* Such a date as text; NULL when absent or wrong. */
const char *json_check_date(struct json_check *check, const json_t *object, const char *base,
                            const char *name, enum json_need need);
/* One of `choices` (NULL-terminated); the error names them all. Returns its index or -1. */
int json_check_choice(struct json_check *check, const json_t *object, const char *base,
                      const char *name, enum json_need need, const char *const *choices);
const json_t *json_check_object(struct json_check *check, const json_t *object, const char *base,
                                const char *name, enum json_need need);
const json_t *json_check_array(struct json_check *check, const json_t *object, const char *base,
                               const char *name, enum json_need need, size_t maximum);
/* Records UNKNOWN_MEMBER for every member that is not in `names` (NULL-terminated). */
void json_check_members(struct json_check *check, const json_t *object, const char *base,
                        const char *const *names);
/* "base/name" and "base/index" with RFC 6901 escapes, in the check's arena. */
const char *json_check_pointer(struct json_check *check, const char *base, const char *name);
const char *json_check_item(struct json_check *check, const char *base, size_t index);
