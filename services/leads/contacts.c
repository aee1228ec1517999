#include "services/leads/contacts.h"

#include "services/leads/room.h"
#include "sql/leads_sql.h"

#define CONTACT_VERSION_MAXIMUM 999999999

static const char *const channels[] = {"phone", "meeting", "email", "site_visit", "other", NULL};
static const char *const roles[] = {"director", "project_manager", "site_manager", "foreman",
                                    "hr",       "other",           "unknown",      NULL};
static const char *const outcomes[] = {"reached", "not_reached", "call_back", NULL};
static const char *const states[] = {"contacted", "agreement", NULL};

void contacts_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = leads_path_id(call);
    if (!id || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &leads_sql_contacts, parameters, 1);
}

/* The answers' own form is the guide's: the database knows it. */
static void contact_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"channel", "role",     "outcome",
                                          "held_on", "again_on", "guide_version",
                                          "answers", "state",    NULL};
    json_check_members(check, body, "", members);
    json_check_choice(check, body, "", "channel", JSON_REQUIRED, channels);
    json_check_choice(check, body, "", "role", JSON_REQUIRED, roles);
    json_check_choice(check, body, "", "outcome", JSON_REQUIRED, outcomes);
    json_check_date(check, body, "", "held_on", JSON_OPTIONAL);
    json_check_date(check, body, "", "again_on", JSON_OPTIONAL);
    json_check_integer(check, body, "", "guide_version", JSON_REQUIRED, 1, CONTACT_VERSION_MAXIMUM,
                       1);
    json_check_object(check, body, "", "answers", JSON_OPTIONAL);
    json_check_choice(check, body, "", "state", JSON_OPTIONAL, states);
}

void contacts_post(struct rest_call *call)
{
    leads_make(call, contact_check, &leads_sql_contact_faults, &leads_sql_contact_add);
}
