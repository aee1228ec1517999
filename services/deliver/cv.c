#include "services/deliver/cv.h"

#include "services/deliver/room.h"

#include <assert.h>
#include <string.h>

#define BASICS "\"basics\": {"

enum { MUNICIPALITY, EXTERNAL_REF, WRAPPED_KEY, NAME, PHONE, EMAIL };

static struct sealed_bytes sealed_column(struct arena *arena, const struct pg_result *rows,
                                         size_t row, size_t column)
{
    struct sealed_bytes sealed = {0};
    sealed.bytes = pg_bytes(arena, rows, row, column, &sealed.length);
    return sealed;
}

int cv_person(struct arena *arena, const struct deliver *deliver, const struct pg_result *rows,
              size_t row, size_t column, struct person *person, const char **reason)
{
    const char *municipality = pg_text(rows, row, column + MUNICIPALITY);
    const struct crypto_key *key = keyring_find(deliver->keyring, municipality);
    if (key == NULL) {
        *reason = "municipality_key_missing";
        return ERROR_NOT_FOUND;
    }
    struct person_sealed sealed = {
        .wrapped_key = sealed_column(arena, rows, row, column + WRAPPED_KEY),
        .name = sealed_column(arena, rows, row, column + NAME),
        .phone = sealed_column(arena, rows, row, column + PHONE),
        .email = sealed_column(arena, rows, row, column + EMAIL),
    };
    *reason = "person_unreadable";
    return person_open(arena, key, municipality, pg_text(rows, row, column + EXTERNAL_REF), &sealed,
                       person);
}

static void write_member(struct buffer *bytes, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_printf(bytes, "\"%s\": ", name);
    buffer_json(bytes, value);
    buffer_text(bytes, ", ");
}

/* The one place that reads `"basics": {` is where the person goes: inside a text every quotation
 * mark has a backslash before it. */
void cv_write(struct buffer *bytes, const char *data, const struct person *person)
{
    const char *basics = strstr(data, BASICS);
    assert(basics != NULL && basics[strlen(BASICS)] == '"'); /* it has a location */
    const char *rest = basics + strlen(BASICS);
    buffer_append(bytes, data, (size_t)(rest - data));
    write_member(bytes, "name", person->name);
    write_member(bytes, "phone", person->phone);
    write_member(bytes, "email", person->email);
    buffer_text(bytes, rest);
}
