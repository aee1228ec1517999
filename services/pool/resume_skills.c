/* Skills, papers and languages: each item's own code, or its text as a word of the vocabulary. */
#include "services/pool/resume_reading.h"

#include "common/base/str.h"
#include "common/domain/fold.h"
#include "common/domain/kinds.h"
#include "common/domain/languages.h"

#include <string.h>

#define LICENCE_WORDS 16 /* of a text that names categories */

/* The category that a folded word is, with the "e" of "C/E" behind it: *took words. */
static const char *category(struct resume_reading *reading, const char *const *folded, size_t count,
                            size_t *took)
{
    const bool trailer = count > 1 && str_equal(folded[1], "e") &&
                         (str_equal(folded[0], "b") || str_equal(folded[0], "c"));
    char code[4] = "";

    *took = trailer ? 2 : 1;
    if (strlen(folded[0]) > 2)
        return NULL;
    for (size_t i = 0; folded[0][i] != '\0'; i++)
        code[i] = folded[0][i] >= 'a' && folded[0][i] <= 'z' ? (char)(folded[0][i] - 'a' + 'A')
                                                             : folded[0][i];
    if (trailer)
        code[1] = 'E';
    return resume_words_code(reading->words, "licence", code);
}

static void keep_licences(struct resume_reading *reading, const char *const *codes, size_t count,
                          const char *text, const char *pointer, const char *until)
{
    for (size_t i = 0; i < count; i++)
        resume_keep(reading,
                    (struct resume_fact){
                        .kind = "licence", .code = codes[i], .years = -1, .valid_until = until},
                    pointer, text);
}

/* "Kørekort B", "C-kørekort", "Driving licence, category B, C and C/E": the vocabulary's labels say
 * more ("Kørekort C, lastbil"), yet nothing is guessed where a category is named beside the word. A
 * "licence" alone may be anybody's, and a "class" is another country's. False when the text is
 * anything else. */
static bool take_licences(struct resume_reading *reading, const char *text, const char *pointer,
                          const char *until)
{
    static const char *const licences[] = {"koerekort", "licence",  "license",
                                           "licences",  "licenses", NULL};
    static const char *const beside[] = {"kategori", "kat", "klasse", "category", "s",
                                         "og",       "and", "til",    NULL};
    static const char *const driving[] = {"driving", "driver", NULL};
    const char *words[LICENCE_WORDS], *codes[LICENCE_WORDS];
    size_t count = 0, found = 0, took;
    bool named = false, drives = false;

    if (strlen(text) > RESUME_WORD_BYTES)
        return false;
    char *rest = arena_strdup(reading->arena, fold_text(reading->arena, text));
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (count == LICENCE_WORDS)
            return false;
        words[count++] = word;
    }
    for (size_t i = 0; i < count; i += took) {
        const char *code = category(reading, words + i, count - i, &took);
        if (code != NULL) {
            codes[found++] = code;
            continue;
        }
        took = 1;
        const bool licence_word = kind_index(licences, words[i]) >= 0;
        const bool driving_word = kind_index(driving, words[i]) >= 0;
        if (!licence_word && !driving_word && kind_index(beside, words[i]) < 0)
            return false;
        named = named || licence_word;
        drives = drives || driving_word || str_equal(words[i], "koerekort");
    }
    if (!named || !drives || found == 0)
        return false;
    keep_licences(reading, codes, found, text, pointer, until);
    return true;
}

/* An item's own code or its name: what it says, of the first of the kinds that has it. NULL where
 * that is listed, or was licences and is kept. */
static const char *named(struct resume_reading *reading, const json_t *item, const char *base,
                         const char *const *kinds, const char *until, const char **kind)
{
    const char *key = json_string_value(json_object_get(item, "key"));
    const char *text = resume_text(reading, item, base, "name");

    for (size_t i = 0; key != NULL && kinds[i] != NULL; i++) {
        const char *code = resume_words_code(reading->words, kinds[i], key);
        if (code != NULL) {
            *kind = kinds[i];
            return code;
        }
    }
    if (text != NULL && take_licences(reading, text, base, until))
        return NULL;
    if (text != NULL)
        return resume_word(reading, kinds, text, resume_place(reading, base, "name"), kind);
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
        if (text == NULL || str_blank(text) || take_licences(reading, text, pointer, NULL))
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
    const char *code = named(reading, item, base, skill_kinds, NULL, &kind);

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
    const char *until = valid_until(reading, item, base);
    const char *code = named(reading, item, base, kinds, until, &kind);

    if (code == NULL)
        return;
    const struct resume_fact fact = {.kind = kind, .code = code, .years = -1, .valid_until = until};
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
