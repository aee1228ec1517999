#include "services/deliver/payload.h"

#include "common/json/json.h"

#include <assert.h>

static void member(struct buffer *bytes, const char *name, const char *text)
{
    json_write_string(bytes, name);
    buffer_char(bytes, ':');
    if (text == NULL)
        buffer_text(bytes, "null");
    else
        json_write_string(bytes, text);
    buffer_char(bytes, ',');
}

void payload_write(struct buffer *bytes, const struct payload *payload)
{
    buffer_char(bytes, '{');
    member(bytes, "type", payload->type);
    member(bytes, "timestamp", payload->timestamp);
    buffer_printf(bytes, "\"schema_version\":%d,\"data\":", PAYLOAD_SCHEMA_VERSION);
    if (payload->person == NULL) {
        buffer_text(bytes, payload->data);
    } else {
        assert(payload->data[0] == '{' && payload->data[1] == '"');
        buffer_char(bytes, '{');
        member(bytes, "name", payload->person->name);
        member(bytes, "phone", payload->person->phone);
        member(bytes, "email", payload->person->email);
        buffer_text(bytes, payload->data + 1);
    }
    buffer_char(bytes, '}');
}
