#include "services/deliver/payload.h"

#include "common/json/writer.h"

#include <assert.h>

/* What is rendered for all, with the person put before it. */
static void write_cv(struct writer *json, const struct payload *payload)
{
    const size_t length = strlen(payload->data);
    assert(payload->data[0] == '{' && payload->data[1] == '"' && payload->data[length - 1] == '}');
    writer_object(json);
    writer_member_text(json, "name", payload->person->name);
    writer_member_text(json, "phone", payload->person->phone);
    writer_member_text(json, "email", payload->person->email);
    writer_raw_members(json, payload->data + 1, length - 2);
    writer_object_end(json);
}

void payload_write(struct buffer *bytes, const struct payload *payload)
{
    struct writer json;
    writer_init(&json, bytes);
    writer_object(&json);
    writer_member_text(&json, "type", payload->type);
    writer_member_text(&json, "timestamp", payload->timestamp);
    writer_member_integer(&json, "schema_version", PAYLOAD_SCHEMA_VERSION);
    writer_member_integer(&json, "version", payload->version);
    writer_name(&json, "data");
    if (payload->person == NULL)
        writer_raw(&json, payload->data, strlen(payload->data));
    else
        write_cv(&json, payload);
    writer_object_end(&json);
    writer_finish(&json);
}
