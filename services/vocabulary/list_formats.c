/* What stands in a row of each list, as its publisher describes it. */
#include "common/base/str.h"
#include "services/vocabulary/list_reader.h"

#include <stdio.h>
#include <string.h>

#define ESCO "http://data.europa.eu/esco/"
#define ISCO_URI ESCO "isco/C"
#define LABEL_CAP 500
#define URI_CAP 200
#define LABEL_SCHEME "skill-label:" /* of a skill that its list names by its label alone */

/* --- checks: true when good, else a fault is told ----------------------------------------------
 */

static bool digits(const char *text, size_t least, size_t most)
{
    const size_t length = strlen(text);

    return length >= least && length <= most && strspn(text, "0123456789") == length;
}

static bool check_uri(struct list_reader *reader, size_t column)
{
    const char *uri = list_cell(reader, column);

    if (str_starts(uri, ESCO) && strlen(uri) <= URI_CAP && strpbrk(uri, " \t\n\"<>") == NULL)
        return true;
    list_fail(reader, column, "FORMAT", "Skal være en adresse, der begynder med %s.", ESCO);
    return false;
}

static bool check_label(struct list_reader *reader, size_t column)
{
    const char *label = list_cell(reader, column);

    if (!str_blank(label) && str_utf8_count(label) <= LABEL_CAP)
        return true;
    list_fail(reader, column, "LENGTH", "Skal være på 1 til %d tegn.", LABEL_CAP);
    return false;
}

static bool check_word(struct list_reader *reader, size_t column, const char *word)
{
    if (str_equal(list_cell(reader, column), word))
        return true;
    list_fail(reader, column, "CHOICE", "Skal være %s.", word);
    return false;
}

/* The place of the cell among `words`, or -1 and a fault that names them. */
static int check_choice(struct list_reader *reader, size_t column, const char *const *words)
{
    char all[160] = "";
    size_t length = 0;

    for (int i = 0; words[i] != NULL; i++) {
        if (str_equal(list_cell(reader, column), words[i]))
            return i;
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i > 0 ? ", " : "",
                                   words[i]);
    }
    list_fail(reader, column, "CHOICE", "Skal være en af: %s.", all);
    return -1;
}

/* False, with a fault, when an earlier row is of the same concept. */
static bool check_first(struct list_reader *reader, size_t column)
{
    const char *code = list_cell(reader, column);
    const json_t *line = json_object_get(reader->seen, code);

    if (line != NULL) {
        list_fail(reader, column, "DUPLICATE", "Står der allerede, på linje %lld.",
                  (long long)json_integer_value(line));
        return false;
    }
    json_object_set_new(reader->seen, code, json_integer((json_int_t)reader->row.line));
    return true;
}

/* --- what a row says ---------------------------------------------------------------------------
 */

static void say_term(struct list_reader *reader, const struct list_term *term)
{
    reader->sink->term(reader->sink->argument, term);
}

static void say_arc(struct list_reader *reader, const struct list_arc *arc)
{
    reader->sink->arc(reader->sink->argument, arc);
}

/* A term for each line of a cell that has one label on each. */
static void say_lines(struct list_reader *reader, struct list_term term, const char *cell)
{
    while (*cell != '\0') {
        const size_t length = strcspn(cell, "\n");
        char *text = arena_strndup(reader->arena, cell, length);
        if (!str_blank(text) && str_utf8_count(text) <= LABEL_CAP) {
            term.text = text;
            say_term(reader, &term);
        }
        cell += length + (cell[length] == '\n');
    }
}

/* --- ESCO --------------------------------------------------------------------------------------
 */

enum {
    OCCUPATION_TYPE,
    OCCUPATION_URI,
    OCCUPATION_ISCO,
    OCCUPATION_LABEL,
    OCCUPATION_ALTS,
    OCCUPATION_HIDDEN,
    OCCUPATION_CODE
};

static void read_occupation(struct list_reader *reader)
{
    const char *uri = list_cell(reader, OCCUPATION_URI);
    const char *group = list_cell(reader, OCCUPATION_ISCO);
    bool good = check_word(reader, OCCUPATION_TYPE, "Occupation");

    good = check_uri(reader, OCCUPATION_URI) && good;
    good = check_label(reader, OCCUPATION_LABEL) && good;
    if (!digits(group, 4, 4)) {
        list_fail(reader, OCCUPATION_ISCO, "FORMAT", "Skal være fire cifre (ISCO-08).");
        good = false;
    }
    if (!good || !check_first(reader, OCCUPATION_URI))
        return;
    struct list_term term = {"esco-occupation",
                             uri,
                             list_cell(reader, OCCUPATION_CODE),
                             reader->language,
                             list_cell(reader, OCCUPATION_LABEL),
                             0};
    say_term(reader, &term);
    term.place = 1;
    say_lines(reader, term, list_cell(reader, OCCUPATION_ALTS));
    term.place = 2;
    say_lines(reader, term, list_cell(reader, OCCUPATION_HIDDEN));
    say_arc(reader, &(struct list_arc){"esco-occupation", uri, "broader", "isco-group",
                                       arena_printf(reader->arena, ISCO_URI "%s", group)});
}

enum { SKILL_TYPE, SKILL_URI, SKILL_LABEL, SKILL_ALTS, SKILL_HIDDEN };

static void read_skill(struct list_reader *reader)
{
    bool good = check_word(reader, SKILL_TYPE, "KnowledgeSkillCompetence");

    good = check_uri(reader, SKILL_URI) && good;
    good = check_label(reader, SKILL_LABEL) && good;
    if (!good || !check_first(reader, SKILL_URI))
        return;
    struct list_term term = {"esco-skill",     list_cell(reader, SKILL_URI),   "",
                             reader->language, list_cell(reader, SKILL_LABEL), 0};
    say_term(reader, &term);
    term.place = 1;
    say_lines(reader, term, list_cell(reader, SKILL_ALTS));
    term.place = 2;
    say_lines(reader, term, list_cell(reader, SKILL_HIDDEN));
}

enum { GROUP_TYPE, GROUP_URI, GROUP_CODE, GROUP_LABEL, GROUP_ALTS };

static void read_group(struct list_reader *reader, const char *type, const char *kind)
{
    bool good = check_word(reader, GROUP_TYPE, type);

    good = check_uri(reader, GROUP_URI) && good;
    good = check_label(reader, GROUP_LABEL) && good;
    if (!good || !check_first(reader, GROUP_URI))
        return;
    struct list_term term = {kind,
                             list_cell(reader, GROUP_URI),
                             list_cell(reader, GROUP_CODE),
                             reader->language,
                             list_cell(reader, GROUP_LABEL),
                             0};
    say_term(reader, &term);
    term.place = 1;
    say_lines(reader, term, list_cell(reader, GROUP_ALTS));
}

static void read_skill_group(struct list_reader *reader)
{
    read_group(reader, "SkillGroup", "esco-skill-group");
}

static void read_isco_group(struct list_reader *reader)
{
    read_group(reader, "ISCOGroup", "isco-group");
}

enum { BROADER_TYPE, BROADER_URI, BROADER_OTHER_TYPE, BROADER_OTHER };

static const char *const concept_types[] = {"Occupation", "ISCOGroup", "KnowledgeSkillCompetence",
                                            "SkillGroup", NULL};
static const char *const concept_kinds[] = {"esco-occupation", "isco-group", "esco-skill",
                                            "esco-skill-group"};

static void read_broader(struct list_reader *reader)
{
    const int type = check_choice(reader, BROADER_TYPE, concept_types);
    const int other = check_choice(reader, BROADER_OTHER_TYPE, concept_types);
    const bool uri = check_uri(reader, BROADER_URI);
    const bool other_uri = check_uri(reader, BROADER_OTHER);

    if (type >= 0 && other >= 0 && uri && other_uri)
        say_arc(reader,
                &(struct list_arc){concept_kinds[type], list_cell(reader, BROADER_URI), "broader",
                                   concept_kinds[other], list_cell(reader, BROADER_OTHER)});
}

#define LEVELS 4

/* Each row is a group with those above it: the last that is named, in the one before. */
static void read_hierarchy(struct list_reader *reader)
{
    size_t level = 0;
    bool good = check_uri(reader, 0);

    while (level + 1 < LEVELS && list_cell(reader, level + 1)[0] != '\0')
        good = check_uri(reader, ++level) && good;
    if (good && level > 0)
        say_arc(reader, &(struct list_arc){"esco-skill-group", list_cell(reader, level), "broader",
                                           "esco-skill-group", list_cell(reader, level - 1)});
}

enum { NEEDS_FROM, NEEDS_RELATION, NEEDS_TO };

static const char *const needs[] = {"essential", "optional", NULL};

static void read_needs(struct list_reader *reader, const char *kind)
{
    const int relation = check_choice(reader, NEEDS_RELATION, needs);
    const bool from = check_uri(reader, NEEDS_FROM);
    const bool to = check_uri(reader, NEEDS_TO);

    if (relation >= 0 && from && to)
        say_arc(reader, &(struct list_arc){kind, list_cell(reader, NEEDS_FROM), needs[relation],
                                           "esco-skill", list_cell(reader, NEEDS_TO)});
}

static void read_skill_needs(struct list_reader *reader)
{
    read_needs(reader, "esco-skill");
}

static void read_occupation_needs(struct list_reader *reader)
{
    read_needs(reader, "esco-occupation");
}

/* A code for a skill that is known by its label: a URI, so that it may stand where others do. */
static const char *label_code(struct list_reader *reader, const char *label)
{
    static const char hex[] = "0123456789ABCDEF";
    const size_t length = strlen(label);
    char *code = arena_alloc(reader->arena, sizeof LABEL_SCHEME + 3 * length);
    char *at = code + sizeof LABEL_SCHEME - 1;

    memcpy(code, LABEL_SCHEME, sizeof LABEL_SCHEME - 1);
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)label[i];
        if (strchr("-._~", byte) != NULL || (byte >= '0' && byte <= '9') ||
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = hex[byte >> 4];
            *at++ = hex[byte & 15];
        }
    }
    return code;
}

static void read_needs_by_label(struct list_reader *reader)
{
    const char *label = list_cell(reader, NEEDS_TO);
    const int relation = check_choice(reader, NEEDS_RELATION, needs);
    const bool from = check_uri(reader, NEEDS_FROM);
    const bool to = check_label(reader, NEEDS_TO);

    if (relation < 0 || !from || !to)
        return;
    const char *code = label_code(reader, label);
    if (json_object_get(reader->seen, code) == NULL) {
        json_object_set_new(reader->seen, code, json_true());
        say_term(reader, &(struct list_term){"esco-skill", code, "", "en", label, 0});
    }
    say_arc(reader, &(struct list_arc){"esco-occupation", list_cell(reader, NEEDS_FROM),
                                       needs[relation], "esco-skill", code});
}

/* --- STAR and CPV ------------------------------------------------------------------------------
 */

enum { STAR_CODE, STAR_DISCO, STAR_LABEL, STAR_RELATION, STAR_ESCO };

static const char *const matches[] = {"exactMatch", "closeMatch", "broadMatch", "narrowMatch",
                                      NULL};
static const char *const match_relations[] = {"exact", "close", "broad", "narrow"};

/* A trade stands once for each ESCO concept that it is joined to, under one label. */
static bool check_same_label(struct list_reader *reader)
{
    const char *code = list_cell(reader, STAR_CODE);
    const json_t *label = json_object_get(reader->seen, code);

    if (label != NULL && !str_equal(json_string_value(label), list_cell(reader, STAR_LABEL))) {
        list_fail(reader, STAR_LABEL, "DUPLICATE", "Koden har en anden betegnelse længere oppe.");
        return false;
    }
    return true;
}

static bool check_star_code(struct list_reader *reader)
{
    const char *code = list_cell(reader, STAR_CODE);
    const char *disco = list_cell(reader, STAR_DISCO);
    bool good = true;

    if (!digits(disco, 4, 4)) {
        list_fail(reader, STAR_DISCO, "FORMAT", "Skal være fire cifre (DISCO-08).");
        good = false;
    }
    if (strlen(code) < 6 || strlen(code) > 32 || code[4] != '.' ||
        strspn(code, "0123456789.") != strlen(code) || !str_starts(code, disco)) {
        list_fail(reader, STAR_CODE, "FORMAT",
                  "Skal være de fire cifre i disco4, et punktum og et nummer.");
        good = false;
    }
    return good;
}

static void read_star(struct list_reader *reader)
{
    const char *code = list_cell(reader, STAR_CODE);
    const char *uri = list_cell(reader, STAR_ESCO);
    const int match = check_choice(reader, STAR_RELATION, matches);
    bool good = check_star_code(reader);

    good = check_label(reader, STAR_LABEL) && good;
    good = check_uri(reader, STAR_ESCO) && good;
    if (!good || match < 0 || !check_same_label(reader))
        return;
    if (json_object_get(reader->seen, code) == NULL) {
        json_object_set_new(reader->seen, code, json_string(list_cell(reader, STAR_LABEL)));
        say_term(reader, &(struct list_term){"trade", code, list_cell(reader, STAR_DISCO), "da",
                                             list_cell(reader, STAR_LABEL), 0});
    }
    const bool group = str_starts(uri, ISCO_URI);
    say_arc(reader, &(struct list_arc){"trade", code, match_relations[match],
                                       group ? "isco-group" : "esco-occupation", uri});
}

enum { CPV_CODE, CPV_CHECKED, CPV_DANISH, CPV_ENGLISH };

static void read_cpv(struct list_reader *reader)
{
    const char *code = list_cell(reader, CPV_CODE);
    const char *checked = list_cell(reader, CPV_CHECKED);
    bool good = true;

    if (!digits(code, 8, 8)) {
        list_fail(reader, CPV_CODE, "FORMAT", "Skal være otte cifre.");
        good = false;
    } else if (!str_starts(checked, code) || checked[8] != '-' || !digits(checked + 9, 1, 1)) {
        list_fail(reader, CPV_CHECKED, "FORMAT",
                  "Skal være koden, en bindestreg og et kontrolciffer.");
        good = false;
    }
    good = check_label(reader, CPV_DANISH) && good;
    good = check_label(reader, CPV_ENGLISH) && good;
    if (!good || !check_first(reader, CPV_CODE))
        return;
    say_term(reader,
             &(struct list_term){"cpv", code, checked, "da", list_cell(reader, CPV_DANISH), 0});
    say_term(reader,
             &(struct list_term){"cpv", code, checked, "en", list_cell(reader, CPV_ENGLISH), 0});
}

/* --- the table: those with more columns of their own before those with fewer -------------------
 */

const struct list_format list_formats[] = {
    {"esco-occupations",
     true,
     false,
     false,
     ',',
     {"conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels",
      "code"},
     read_occupation},
    {"esco-skills",
     true,
     false,
     false,
     ',',
     {"conceptType", "conceptUri", "preferredLabel", "altLabels", "hiddenLabels", "skillType"},
     read_skill},
    {"esco-skill-groups",
     true,
     false,
     false,
     ',',
     {"conceptType", "conceptUri", "code", "preferredLabel", "altLabels", "hiddenLabels"},
     read_skill_group},
    {"isco-groups",
     true,
     false,
     false,
     ',',
     {"conceptType", "conceptUri", "code", "preferredLabel", "altLabels"},
     read_isco_group},
    {"esco-broader",
     false,
     true,
     false,
     ',',
     {"conceptType", "conceptUri", "broaderType", "broaderUri"},
     read_broader},
    {"esco-skill-hierarchy",
     false,
     false,
     true,
     ',',
     {"Level 0 URI", "Level 1 URI", "Level 2 URI", "Level 3 URI"},
     read_hierarchy},
    {"esco-skill-skills",
     false,
     false,
     false,
     ',',
     {"originalSkillUri", "relationType", "relatedSkillUri"},
     read_skill_needs},
    {"esco-occupation-skills",
     false,
     false,
     false,
     ',',
     {"occupationUri", "relationType", "skillUri"},
     read_occupation_needs},
    {"esco-occupation-skills",
     false,
     false,
     false,
     '\t',
     {"occupation_uri", "relation", "skill_label_en"},
     read_needs_by_label},
    {"star-trades",
     false,
     false,
     false,
     ',',
     {"star_code", "disco4", "star_label_da", "relation", "esco_uri"},
     read_star},
    {"cpv",
     false,
     false,
     false,
     ',',
     {"code", "code_with_check", "title_da", "title_en"},
     read_cpv},
};

const size_t list_formats_count = sizeof list_formats / sizeof list_formats[0];
