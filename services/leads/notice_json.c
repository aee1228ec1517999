#include "services/leads/notice_json.h"

#include <string.h>

/* NULL becomes null. What libxml2 hands out is valid UTF-8. */
static json_t *text(const char *value)
{
    return value ? json_string(value) : json_null();
}

/* Each lead of an award repeats its lists: one award with five hundred winners would else be told
 * five hundred times five hundred names. What is left out stands at the other leads. */
#define LIST_BYTES_CAP ((size_t)2048)

static size_t bytes_of(const char *value)
{
    return value ? strlen(value) : 0;
}

static json_t *texts(const char *const *values, size_t count)
{
    json_t *list = json_array();
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += bytes_of(values[i]) + 1;
        if (i > 0 && bytes > LIST_BYTES_CAP)
            break;
        json_array_append_new(list, text(values[i]));
    }
    return list;
}

static json_t *amount(const struct notice_amount *amount)
{
    if (!amount->raw)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "raw", text(amount->raw), "currency",
                     text(amount->currency), "minor",
                     amount->minor >= 0 ? json_integer(amount->minor) : json_null());
}

static json_t *company(const struct notice_company *company)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "reference",
                     text(company->reference), "name", text(company->name), "id", text(company->id),
                     "cvr", text(company->cvr), "postal_code", text(company->postal_code), "city",
                     text(company->city), "country", text(company->country), "nuts",
                     text(company->nuts), "natural_person", (int)company->natural_person);
}

static json_t *places(const struct notice_project *project)
{
    json_t *list = json_array();
    size_t bytes = 0;
    for (size_t i = 0; i < project->places_count; i++) {
        const struct notice_place *place = &project->places[i];
        bytes += bytes_of(place->nuts) + bytes_of(place->postal_code) + bytes_of(place->city) + 1;
        if (i > 0 && bytes > LIST_BYTES_CAP)
            break;
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "nuts",
                                              text(place->nuts), "country", text(place->country),
                                              "postal_code", text(place->postal_code), "city",
                                              text(place->city), "region", text(place->region)));
    }
    return list;
}

static const char *role_name(enum notice_role role)
{
    static const char *const names[] = {
        [NOTICE_SOLE] = "sole", [NOTICE_LEADER] = "leader", [NOTICE_MEMBER] = "member"};
    return names[role];
}

static const char *value_kind_name(enum notice_value_kind kind)
{
    static const char *const names[] = {[NOTICE_VALUE_UNKNOWN] = "unknown",
                                        [NOTICE_VALUE_TENDER] = "tender",
                                        [NOTICE_VALUE_CEILING] = "ceiling"};
    return names[kind];
}

static json_t *lead(const struct notice_lead *lead)
{
    const struct notice_project *project = lead->project;
    json_t *object = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "lot", text(lead->lot), "winner",
                               company(lead->winner), "role", role_name(lead->role), "members",
                               texts(lead->members, lead->members_count), "tender",
                               text(lead->tender), "contract", text(lead->contract));
    json_t *more =
        json_pack("{s:o, s:s, s:b, s:o, s:o, s:o}", "value", amount(&lead->value), "value_kind",
                  value_kind_name(lead->value_kind), "framework", (int)lead->framework,
                  "framework_max", amount(&lead->framework_max), "award_date",
                  text(lead->award_date), "contract_date", text(lead->contract_date));
    json_t *bought =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "title", text(project->name), "nature",
                  text(project->nature), "cpv", text(project->cpv), "more_cpv",
                  texts(project->more_cpv, project->more_cpv_count), "places", places(project),
                  "start_date", text(project->start), "end_date", text(project->end));
    json_object_update(object, more);
    json_object_update(object, bought);
    json_decref(more);
    json_decref(bought);
    return object;
}

static json_t *notice_object(const struct notice *notice)
{
    json_t *buyers = json_array();
    for (size_t i = 0; i < notice->buyers_count; i++)
        json_array_append_new(buyers, company(notice->buyers[i]));
    json_t *object = json_pack(
        "{s:o, s:i, s:o, s:o, s:s, s:o}", "notice_id", text(notice->id), "version", notice->version,
        "publication", text(notice->publication), "changes", text(notice->changes), "kind",
        notice->kind == NOTICE_EX_ANTE ? "ex_ante" : "award", "subtype", text(notice->subtype));
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "issue_date", text(notice->issue_date),
        "language", text(notice->language), "procedure", text(notice->procedure), "title",
        text(notice->project.name), "cpv", text(notice->project.cpv), "buyers", buyers, "total",
        amount(&notice->total), "framework_max", amount(&notice->framework_max));
    json_object_update(object, more);
    json_decref(more);
    return object;
}

static json_t *line(const struct notice_line *line)
{
    return json_pack("{s:s, s:s, s:o, s:s}", "severity",
                     line->severity == NOTICE_UNUSABLE ? "unusable" : "note", "code", line->code,
                     "lot", text(line->lot), "text", line->text);
}

json_t *notice_lines_to_json(const struct notice *notice)
{
    json_t *list = json_array();
    for (size_t i = 0; i < notice->lines_count; i++)
        json_array_append_new(list, line(&notice->lines[i]));
    return list;
}

json_t *notice_to_json(const struct notice *notice)
{
    json_t *leads = json_array();
    for (size_t i = 0; i < notice->leads_count; i++)
        json_array_append_new(leads, lead(&notice->leads[i]));
    return json_pack("{s:o, s:o, s:o}", "notice", notice_object(notice), "leads", leads, "lines",
                     notice_lines_to_json(notice));
}

json_t *notice_batch_to_json(const struct ocds_file *file, size_t first, size_t count)
{
    json_t *notices = json_array();
    for (size_t i = first; i < file->notices_count && i - first < count; i++)
        json_array_append_new(notices, notice_to_json(&file->notices[i]));
    return notices;
}

json_t *notice_file_lines_to_json(const struct ocds_file *file)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < file->lines_count; i++) {
        const struct ocds_line *said = &file->lines[i];
        json_t *item = line(&said->line);
        json_object_set_new(item, "release", text(said->release));
        json_object_set_new(item, "line",
                            said->at > 0 ? json_integer((json_int_t)said->at) : json_null());
        json_array_append_new(lines, item);
    }
    return lines;
}
