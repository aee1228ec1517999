#include "common/domain/languages.h"

#include "common/base/str.h"

#include <string.h>

/* The languages that the vocabulary has labels for. */
const struct language_name language_names[] = {
    {"arabisk", "ar"},   {"arabic", "ar"},      {"bulgarsk", "bg"},     {"bulgarian", "bg"},
    {"bosnisk", "bs"},   {"bosnian", "bs"},     {"tjekkisk", "cs"},     {"czech", "cs"},
    {"dansk", "da"},     {"danish", "da"},      {"tysk", "de"},         {"german", "de"},
    {"engelsk", "en"},   {"english", "en"},     {"spansk", "es"},       {"spanish", "es"},
    {"estisk", "et"},    {"estonian", "et"},    {"persisk", "fa"},      {"farsi", "fa"},
    {"persian", "fa"},   {"finsk", "fi"},       {"finnish", "fi"},      {"faeroesk", "fo"},
    {"faroese", "fo"},   {"fransk", "fr"},      {"french", "fr"},       {"kroatisk", "hr"},
    {"croatian", "hr"},  {"ungarsk", "hu"},     {"hungarian", "hu"},    {"islandsk", "is"},
    {"icelandic", "is"}, {"italiensk", "it"},   {"italian", "it"},      {"kurdisk", "ku"},
    {"kurdish", "ku"},   {"litauisk", "lt"},    {"lithuanian", "lt"},   {"lettisk", "lv"},
    {"latvian", "lv"},   {"hollandsk", "nl"},   {"nederlandsk", "nl"},  {"dutch", "nl"},
    {"norsk", "no"},     {"norwegian", "no"},   {"polsk", "pl"},        {"polish", "pl"},
    {"pashto", "ps"},    {"portugisisk", "pt"}, {"portuguese", "pt"},   {"rumaensk", "ro"},
    {"romanian", "ro"},  {"russisk", "ru"},     {"russian", "ru"},      {"slovakisk", "sk"},
    {"slovak", "sk"},    {"somali", "so"},      {"serbisk", "sr"},      {"serbian", "sr"},
    {"svensk", "sv"},    {"swedish", "sv"},     {"tamil", "ta"},        {"thai", "th"},
    {"tigrinya", "ti"},  {"tyrkisk", "tr"},     {"turkish", "tr"},      {"ukrainsk", "uk"},
    {"ukrainian", "uk"}, {"urdu", "ur"},        {"vietnamesisk", "vi"}, {"vietnamese", "vi"},
    {"kinesisk", "zh"},  {"chinese", "zh"},     {NULL, NULL},
};

const char *language_code(const char *folded)
{
    for (const struct language_name *at = language_names; at->name != NULL; at++)
        if (str_equal(at->name, folded) || str_equal(at->code, folded))
            return at->code;
    return NULL;
}

/* "b2", "b2 niveau", "niveau b2". */
static int level_named(const char *folded)
{
    static const char *const levels[] = {"a1", "a2", "b1", "b2", "c1", "c2"};
    static const char *const tails[] = {"", " niveau", " level"};

    if (str_starts(folded, "niveau ") || str_starts(folded, "level "))
        folded = strchr(folded, ' ') + 1;
    for (int i = 0; i < 6; i++) {
        if (!str_starts(folded, levels[i]))
            continue;
        for (size_t t = 0; t < sizeof tails / sizeof tails[0]; t++)
            if (str_equal(folded + strlen(levels[i]), tails[t]))
                return i + 1;
    }
    return 0;
}

/* Names of CEFR's global scale, of the scale that LinkedIn borrowed from ILR, and everyday words.
 * A bare "godt" or "good" is anything from A2 to C1, so it is not here. */
int language_level(const char *folded)
{
    static const struct {
        const char *words;
        int level;
    } said[] = {
        {"modersmaal", 6},
        {"modersmaalsniveau", 6},
        {"som modersmaal", 6},
        {"tosproget", 6},
        {"native", 6},
        {"native speaker", 6},
        {"native language", 6},
        {"native or bilingual", 6},
        {"native or bilingual proficiency", 6},
        {"mother tongue", 6},
        {"first language", 6},
        {"bilingual", 6},
        {"flydende", 5},
        {"flydende i skrift og tale", 5},
        {"flydende i tale og skrift", 5},
        {"fluent", 5},
        {"full professional proficiency", 5},
        {"proficient user", 5},
        {"kompetent bruger", 5},
        {"upper intermediate", 4},
        {"professional working proficiency", 4},
        {"independent user", 3},
        {"selvstaendig bruger", 3},
        {"intermediate", 3},
        {"mellem", 3},
        {"mellemniveau", 3},
        {"conversational", 3},
        {"limited working proficiency", 3},
        {"elementary", 1},
        {"elementary proficiency", 1},
        {"basic", 1},
        {"basic user", 1},
        {"basisbruger", 1},
        {"beginner", 1},
        {"begynder", 1},
        {"grundlaeggende", 1},
        {"lidt", 1},
    };
    const int level = level_named(folded);

    for (size_t i = 0; level == 0 && i < sizeof said / sizeof said[0]; i++)
        if (str_equal(said[i].words, folded))
            return said[i].level;
    return level;
}
