/* GET /v1/events/schemas/{kind}: what an event's payload is, for those who write a receiver. */
#include "services/deliver/kinds.h"
#include "services/deliver/room.h"

void event_get_schema(struct rest_call *call)
{
    const struct event_schema *schema = event_schema_find(rest_parameter(call, "kind"));
    if (schema == NULL) {
        rest_problem(call, "not-found", "Den slags hændelse findes ikke.");
        return;
    }
    rest_reply_text(call, 200, "application/schema+json", schema->text, schema->length);
}
