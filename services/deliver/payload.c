#include "services/deliver/payload.h"

#include "common/json/writer.h"
#include "services/deliver/cv.h"

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
    if (payload->person == NULL) {
        writer_raw(&json, payload->data, strlen(payload->data));
    } else {
        writer_begin_value(&json);
        cv_write(bytes, payload->data, payload->person);
    }
    writer_object_end(&json);
    writer_finish(&json);
}
