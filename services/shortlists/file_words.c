/* What codes are called in a file (proto/glossary.md), and what makes up a score. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/domain/kinds.h"
#include "services/shortlists/file.h"

#define WHY_CAP 16000 /* 50 requirements with the longest of labels */

struct word {
    const char *code, *said;
};

/* Of homes, of employers, and of what ended otherwise: a code says the same in each. */
static const struct word reasons[] = {{"employed", "har fået arbejde"},
                                      {"in_education", "er i uddannelse eller på kursus"},
                                      {"in_other_activity", "er i et andet tilbud"},
                                      {"other_order", "er på vej til en anden jobordre"},
                                      {"not_available", "kan ikke, når der er brug for det"},
                                      {"moved", "er flyttet fra området"},
                                      {"no_transport", "kan ikke komme frem til arbejdsstedet"},
                                      {"terms", "vilkårene passer ikke"},
                                      {"competence_outdated", "kan ikke længere det, der står"},
                                      {"certificate_missing", "beviset mangler eller er udløbet"},
                                      {"employer_relation", "har været hos arbejdsgiveren før"},
                                      {"not_reachable", "kan ikke træffes inden fristen"},
                                      {"position_filled", "stillingen er besat med en anden"},
                                      {"need_gone", "behovet er bortfaldet"},
                                      {"competence", "kan ikke det, der er brug for"},
                                      {"experience", "har ikke nok erfaring"},
                                      {"language", "sproget rækker ikke til opgaven"},
                                      {"transport", "kan ikke komme frem til arbejdsstedet"},
                                      {"no_reply", "svarede ikke på henvendelsen"},
                                      {"no_show", "kom ikke til samtalen"},
                                      {"hired_elsewhere", "er ansat et andet sted"},
                                      {"order_over", "jobordren er afsluttet"},
                                      {"other", "andet"},
                                      {NULL, NULL}};

static const struct word additions[] = {
    {"worked_there", "har arbejdet for arbejdsgiveren før"},
    {"employer_asked", "arbejdsgiveren har bedt om kandidaten"},
    {"candidate_asked", "kandidaten har selv bedt om det"},
    {"new_certificate", "et bevis, der ikke står i emnebanken endnu"},
    {"unrecorded_skill", "kan noget, som oplysningerne ikke viser"},
    {"other", "andet"},
    {NULL, NULL}};

static const struct word stales[] = {{"screening_expired", "screeningen er udløbet"},
                                     {"fact_expired", "et krævet bevis er udløbet"},
                                     {NULL, NULL}};

/* Said of a part that does not have all its points. */
static const struct word parts[] = {{"partial", " delvist"}, {"missing", " mangler"},
                                    {"unknown", " ukendt"},  {"expired", " udløbet"},
                                    {"matched", ""},         {NULL, NULL}};

/* A code that has no word yet is said as it is. */
static const char *say(const struct word *words, const char *code)
{
    for (; words->code != NULL; words++)
        if (str_equal(words->code, code))
            return words->said;
    return code;
}

const char *file_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

int64_t file_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

const char *file_day(const struct file *file, const char *day)
{
    if (!json_date_valid(day))
        return "";
    return arena_printf(file->arena, "%.2s-%.2s-%.4s", day + 8, day + 5, day);
}

const char *file_moment(const struct file *file, const char *moment)
{
    int64_t time, since;

    if (calendar_read_time(moment, &time) != 0)
        return "";
    const struct calendar_date date = calendar_local(time, &since);
    return arena_printf(file->arena, "%02d-%02d-%d %02d:%02d", date.day, date.month, date.year,
                        (int)(since / CLOCK_HOUR), (int)(since % CLOCK_HOUR / CLOCK_MINUTE));
}

const char *file_state(const json_t *entry)
{
    return kind_word(entry_states, entry_state_words, file_text(entry, "state"));
}

const char *file_reason(const json_t *entry)
{
    return say(reasons, file_text(entry, "decline_reason"));
}

const char *file_stale(const json_t *entry)
{
    return say(stales, file_text(entry, "stale"));
}

static const char *why_added(const struct file *file, const json_t *entry)
{
    const char *text = file_text(entry, "addition_text"); /* the home's own eyes alone */
    return arena_printf(file->arena, "Uden for rangeringen: %s%s%s",
                        say(additions, file_text(entry, "addition_reason")),
                        text[0] != '\0' ? ": " : "", text);
}

const char *file_why(const struct file *file, const json_t *entry)
{
    const json_t *asked = json_object_get(file->list, "requirements");
    const json_t *part;
    struct buffer text;
    size_t index;

    if (json_is_true(json_object_get(entry, "outside_ranking")))
        return why_added(file, entry);
    buffer_init(&text, WHY_CAP);
    json_array_foreach(json_object_get(entry, "parts"), index, part)
    {
        const int64_t number = file_number(part, "part");
        const json_t *wanted = json_array_get(asked, (size_t)number);
        buffer_printf(&text, "%s%s %lld/%lld%s", index > 0 ? " · " : "",
                      number == 0 ? "Fag" : file_text(wanted, "label"),
                      (long long)file_number(part, "points"), (long long)file_number(wanted, "of"),
                      say(parts, file_text(part, "status")));
    }
    const char *why = buffer_full(&text) ? file_text(entry, "explanation_da")
                                         : arena_strndup(file->arena, text.data, text.length);
    buffer_deinit(&text);
    return why;
}
