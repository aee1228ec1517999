/* Skills, papers and languages: each item's own code, or its text as a word of the vocabulary. */
#include "services/pool/resume_reading.h"

#include "common/base/str.h"
#include "common/domain/fold.h"
#include "common/domain/kinds.h"
#include "common/domain/languages.h"

#include <string.h>

/* An item's own code or its name: what it says, of the first of the kinds that has it. */
static const char *named(struct resume_reading *reading, const json_t *item, const char *base,
                         const char *const *kinds, const char *name, const char **kind)
{
    const char *key = json_string_value(json_object_get(item, "key"));
    const char *text = resume_text(reading, item, base, name);

    for (size_t i = 0; key != NULL && kinds[i] != NULL; i++) {
        const char *code = resume_words_code(reading->words, kinds[i], key);
        if (code != NULL) {
            *kind = kinds[i];
            return code;
        }
    }
    if (text != NULL)
        return resume_word(reading, kinds, text, resume_place(reading, base, name), kind);
    if (key != NULL)
        resume_gap(reading, base, key, "unknown_word");
    else if (!json_is_object(item))
        resume_gap(reading, base, json_string_value(item), "format");
    return NULL;
}

/* "4 af 5", "4/5", "4 of 5" or level_number. The words of others ("Master") mean no number of ours.
 */
static int64_t competence_level(struct resume_reading *reading, const json_t *item,
                                const char *base)
{
    static const char *const tails[] = {"", " af 5", " of 5", " 5"};
    const char *text = resume_text(reading, item, base, "level");
    const int64_t said = resume_number(reading, item, base, "level_number", 1, 5, 0);

    if (said > 0 || text == NULL)
        return said;
    const char *folded = strlen(text) <= RESUME_WORD_BYTES ? fold_text(reading->arena, text) : "";
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        if (folded[0] >= '1' && folded[0] <= '5' && str_equal(folded + 1, tails[i]))
            return folded[0] - '0';
    resume_gap(reading, resume_place(reading, base, "level"), text, "level");
    return 0;
}

/* A day as our CVs have it. */
static const char *valid_until(struct resume_reading *reading, const json_t *item, const char *base)
{
    const char *text = resume_text(reading, item, base, "valid_until");

    if (text == NULL || json_date_valid(text))
        return text;
    resume_gap(reading, resume_place(reading, base, "valid_until"), text, "date");
    return NULL;
}

/* A name that is no competence may be a paper: people list "Førstehjælp" among their skills. */
static const char *const skill_kinds[] = {"competence", "certificate", "licence", NULL};
static const char *const paper_kinds[] = {"certificate", "licence", NULL};
static const char *const licence_kinds[] = {"licence", NULL};

/* A keyword is a skill of its own; the level that stands beside it is that of the name. */
static void read_keywords(struct resume_reading *reading, const json_t *item, const char *base)
{
    const json_t *list;
    const size_t count = resume_items(reading, item, base, "keywords", &list);
    const char *keywords = resume_place(reading, base, "keywords");

    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        const char *pointer = json_check_item(&reading->pointers, keywords, i);
        const char *kind;
        if (text == NULL)
            resume_gap(reading, pointer, NULL, "format");
        if (text == NULL || str_blank(text))
            continue;
        const char *code = resume_word(reading, skill_kinds, text, pointer, &kind);
        if (code != NULL)
            resume_keep(reading, (struct resume_fact){.kind = kind, .code = code, .years = -1},
                        pointer, text);
    }
}

static void read_skill(struct resume_reading *reading, const json_t *item, const char *base)
{
    const char *kind;
    const char *code = named(reading, item, base, skill_kinds, "name", &kind);

    if (code != NULL) {
        struct resume_fact fact = {.kind = kind, .code = code, .years = -1};
        const char *level = json_string_value(json_object_get(item, "level"));
        if (fact_level_maximum(kind) > 0)
            fact.level = competence_level(reading, item, base);
        else if (level != NULL)
            resume_gap(reading, resume_place(reading, base, "level"), level, "no_place");
        fact.years = resume_number(reading, item, base, "years", 0, RESUME_YEARS_MAX, -1);
        resume_keep(reading, fact, base, json_string_value(json_object_get(item, "name")));
    }
    read_keywords(reading, item, base);
}

static void read_paper(struct resume_reading *reading, const json_t *item, const char *base,
                       const char *const *kinds)
{
    const char *kind;
    const char *code = named(reading, item, base, kinds, "name", &kind);

    if (code == NULL)
        return;
    const struct resume_fact fact = {
        .kind = kind, .code = code, .years = -1, .valid_until = valid_until(reading, item, base)};
    resume_keep(reading, fact, base, json_string_value(json_object_get(item, "name")));
}

static void read_certificate(struct resume_reading *reading, const json_t *item, const char *base)
{
    read_paper(reading, item, base, paper_kinds);
}

/* Of our own CVs; a Resume has no such section. */
static void read_licence(struct resume_reading *reading, const json_t *item, const char *base)
{
    read_paper(reading, item, base, licence_kinds);
}

/* By its name in Danish or English, or by its code; else what the vocabulary calls it. */
static const char *which_language(struct resume_reading *reading, const json_t *item,
                                  const char *base)
{
    static const char *const kinds[] = {"language", NULL};
    const char *said = json_string_value(json_object_get(item, "code"));
    const char *text = resume_text(reading, item, base, "language");
    const char *code = said != NULL ? resume_words_code(reading->words, "language", said) : NULL;

    if (code == NULL && text != NULL && strlen(text) <= RESUME_WORD_BYTES)
        code = language_code(fold_text(reading->arena, text));
    if (code == NULL && text != NULL)
        return resume_word(reading, kinds, text, resume_place(reading, base, "language"), NULL);
    if (code == NULL)
        resume_gap(reading, base, said, said != NULL ? "unknown_word" : "format");
    return code;
}

static void read_language(struct resume_reading *reading, const json_t *item, const char *base)
{
    const char *code = which_language(reading, item, base);
    const char *fluency = code != NULL ? resume_text(reading, item, base, "fluency") : NULL;
    struct resume_fact fact = {.kind = "language", .code = code, .years = -1};

    if (code == NULL)
        return;
    if (fluency != NULL && strlen(fluency) <= RESUME_WORD_BYTES)
        fact.level = language_level(fold_text(reading->arena, fluency));
    if (fluency != NULL && fact.level == 0)
        resume_gap(reading, resume_place(reading, base, "fluency"), fluency, "level");
    resume_keep(reading, fact, base, json_string_value(json_object_get(item, "language")));
}

static void read_section(struct resume_reading *reading, const char *name,
                         void (*read)(struct resume_reading *, const json_t *, const char *))
{
    const json_t *list;
    const size_t count = resume_items(reading, reading->resume, "", name, &list);
    const char *section = resume_place(reading, "", name);

    for (size_t i = 0; i < count; i++)
        read(reading, json_array_get(list, i), json_check_item(&reading->pointers, section, i));
}

void resume_read_skills(struct resume_reading *reading)
{
    read_section(reading, "skills", read_skill);
    read_section(reading, "certificates", read_certificate);
    read_section(reading, "licences", read_licence);
    read_section(reading, "languages", read_language);
}
