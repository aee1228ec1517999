/* The official lists: each is known by its heading, and each fault is told with its line. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/vocabulary/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OCCUPATION "http://data.europa.eu/esco/occupation/"
#define SKILL "http://data.europa.eu/esco/skill/"
#define ISCO "http://data.europa.eu/esco/isco/"
#define OCCUPATIONS_HEADING                                                                        \
    "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,status,code\n"

/* What a list said, one line for each thing. */
struct heard {
    struct buffer text;
    struct list_summary summary;
};

static void hear_term(void *argument, const struct list_term *term)
{
    struct heard *heard = argument;
    buffer_printf(&heard->text, "%s %s [%s] %s%d %s\n", term->kind, term->code, term->notation,
                  term->language, term->place, term->text);
}

static void hear_arc(void *argument, const struct list_arc *arc)
{
    struct heard *heard = argument;
    buffer_printf(&heard->text, "%s %s -%s-> %s %s\n", arc->kind, arc->code, arc->relation,
                  arc->related_kind, arc->related);
}

static void hear_fault(void *argument, const struct list_fault *fault)
{
    struct heard *heard = argument;
    assert_false(str_blank(fault->detail));
    buffer_printf(&heard->text, "%zu %s %s\n", fault->line, fault->column, fault->code);
}

static int hear(struct heard *heard, const char *path, const char *text)
{
    const struct list_sink sink = {hear_term, hear_arc, hear_fault, heard};

    buffer_init(&heard->text, 1 << 20);
    return list_read(path, text, strlen(text), &sink, &heard->summary);
}

static void expect(const char *path, const char *text, const char *name, const char *release,
                   const char *said)
{
    struct heard heard;

    assert_int_equal(hear(&heard, path, text), 0);
    assert_string_equal(heard.summary.name, name);
    assert_string_equal(heard.summary.release, release);
    assert_string_equal(heard.text.length > 0 ? heard.text.data : "", said);
    buffer_deinit(&heard.text);
}

static void occupations_have_labels_on_lines(void **state)
{
    (void)state;
    expect("x/occupations_da_v1.0.8.csv",
           OCCUPATIONS_HEADING "Occupation," OCCUPATION
                               "1,7114,betonmager,\"betonarbejder\nbetonmand\",,"
                               "released,7114.1\n",
           "esco-occupations-da", "1.0.8",
           "esco-occupation " OCCUPATION "1 [7114.1] da0 betonmager\n"
           "esco-occupation " OCCUPATION "1 [7114.1] da1 betonarbejder\n"
           "esco-occupation " OCCUPATION "1 [7114.1] da1 betonmand\n"
           "esco-occupation " OCCUPATION "1 -broader-> isco-group " ISCO "C7114\n");
}

static void each_list_is_known_by_its_heading(void **state)
{
    (void)state;
    expect("ISCOGroups_da.csv",
           "conceptType,conceptUri,code,preferredLabel,altLabels,inScheme,description\n"
           "ISCOGroup," ISCO "C7114,7114,Betonarbejde,,x,\n",
           "isco-groups-da", "", "isco-group " ISCO "C7114 [7114] da0 Betonarbejde\n");
    expect("skillGroups_en_v1.2.0.csv",
           "conceptType,conceptUri,preferredLabel,altLabels,hiddenLabels,status,code\n"
           "SkillGroup," SKILL "S6,constructing,,,released,S6\n",
           "esco-skill-groups-en", "1.2.0", "esco-skill-group " SKILL "S6 [S6] en0 constructing\n");
    expect("skills_en_v1.2.0.csv",
           "conceptType,conceptUri,skillType,preferredLabel,altLabels,hiddenLabels\n"
           "KnowledgeSkillCompetence," SKILL "1,skill/competence,pour concrete,place concrete,\n",
           "esco-skills-en", "1.2.0",
           "esco-skill " SKILL "1 [] en0 pour concrete\n"
           "esco-skill " SKILL "1 [] en1 place concrete\n");
    expect("broaderRelationsSkillPillar_en.csv",
           "conceptType,conceptUri,broaderType,broaderUri\n"
           "KnowledgeSkillCompetence," SKILL "1,SkillGroup," SKILL "S6\n",
           "esco-broader-skills", "",
           "esco-skill " SKILL "1 -broader-> esco-skill-group " SKILL "S6\n");
    expect("skillsHierarchy_en.csv",
           "Level 0 URI,x,Level 1 URI,y,Level 2 URI,Level 3 URI,Level 0 code\n" SKILL
           "a,s,,,,,S\n" SKILL "a,s," SKILL "b,t," SKILL "c\n",
           "esco-skill-hierarchy", "",
           "esco-skill-group " SKILL "c -broader-> esco-skill-group " SKILL "b\n");
    expect(
        "skillSkillRelations_en.csv",
        "originalSkillUri,originalSkillType,relationType,relatedSkillType,relatedSkillUri\n" SKILL
        "a,knowledge,optional,knowledge," SKILL "b\n",
        "esco-skill-skills", "", "esco-skill " SKILL "a -optional-> esco-skill " SKILL "b\n");
    expect("occupationSkillRelations_en.csv",
           "occupationUri,relationType,skillType,skillUri\n" OCCUPATION "1,essential,x," SKILL
           "1\n",
           "esco-occupation-skills", "",
           "esco-occupation " OCCUPATION "1 -essential-> esco-skill " SKILL "1\n");
    expect("cpv_2008_da_en.csv",
           "code,code_with_check,title_da,title_en\n45000000,45000000-7,Byggearbejde,Construction "
           "work\n",
           "cpv", "2008",
           "cpv 45000000 [45000000-7] da0 Byggearbejde\ncpv 45000000 [45000000-7] en0 Construction "
           "work\n");
}

static void a_skill_without_an_address_gets_one_of_its_label(void **state)
{
    (void)state;
    expect("occupation_skills_en.tsv",
           "occupation_uri\trelation\tskill_label_en\n" OCCUPATION
           "1\tessential\tuse \"A\" tools\n" OCCUPATION "2\toptional\tuse \"A\" tools\n",
           "esco-occupation-skills", "",
           "esco-skill skill-label:use%20%22A%22%20tools [] en0 use \"A\" tools\n"
           "esco-occupation " OCCUPATION
           "1 -essential-> esco-skill skill-label:use%20%22A%22%20tools\n"
           "esco-occupation " OCCUPATION
           "2 -optional-> esco-skill skill-label:use%20%22A%22%20tools\n");
}

static void a_trade_stands_once_for_each_join(void **state)
{
    (void)state;
    expect("trades.csv",
           "star_code,disco4,star_label_da,relation,esco_uri\n7114.1,7114,Betonmager,"
           "exactMatch," OCCUPATION "1\n7114.1,7114,Betonmager,narrowMatch," ISCO
           "C7114\n7114.1,7114,Betonmand,closeMatch," OCCUPATION
           "2\n7114-2,711,Anden,sameMatch,nowhere\n",
           "star-trades", "",
           "trade 7114.1 [7114] da0 Betonmager\n"
           "trade 7114.1 -exact-> esco-occupation " OCCUPATION "1\n"
           "trade 7114.1 -narrow-> isco-group " ISCO "C7114\n"
           "4 star_label_da DUPLICATE\n5 relation CHOICE\n5 disco4 FORMAT\n5 star_code FORMAT\n"
           "5 esco_uri FORMAT\n");
}

static void every_fault_of_every_row_is_told(void **state)
{
    (void)state;
    expect(
        "occupations_en_v1.2.0.csv",
        OCCUPATIONS_HEADING "Occupation," OCCUPATION "1,7114,good,,,,\n"
                            "Group,elsewhere,71,,,,,\n"
                            "Occupation," OCCUPATION "1,7114,twice,,,,\n"
                            "Occupation," OCCUPATION "2,7114\n"
                            "Occupation,\"x\"y,7114,good,,,,\n",
        "esco-occupations-en", "1.2.0",
        "esco-occupation " OCCUPATION "1 [] en0 good\n"
        "esco-occupation " OCCUPATION "1 -broader-> isco-group " ISCO "C7114\n"
        "3 conceptType CHOICE\n3 conceptUri FORMAT\n3 preferredLabel LENGTH\n3 iscoGroup FORMAT\n"
        "4 conceptUri DUPLICATE\n5  COLUMNS\n6  QUOTES\n");
}

static void the_language_must_be_told(void **state)
{
    (void)state;
    expect("occupations.csv", OCCUPATIONS_HEADING "Occupation," OCCUPATION "1,7114,good,,,,\n",
           "esco-occupations", "", "1  HEADING\n");
}

static void what_is_no_list_is_said_to_be_none(void **state)
{
    static const char *const texts[] = {"", "\n\n", "a,b\n1,2\n", "\"", "code\ttitle_da\n"};
    struct heard heard;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(hear(&heard, "x_da.csv", texts[i]), ERROR_NOT_FOUND);
        assert_int_equal(heard.text.length, 0);
        buffer_deinit(&heard.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(occupations_have_labels_on_lines),
        cmocka_unit_test(each_list_is_known_by_its_heading),
        cmocka_unit_test(a_skill_without_an_address_gets_one_of_its_label),
        cmocka_unit_test(a_trade_stands_once_for_each_join),
        cmocka_unit_test(every_fault_of_every_row_is_told),
        cmocka_unit_test(the_language_must_be_told),
        cmocka_unit_test(what_is_no_list_is_said_to_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
