#include "services/leads/values.h"

#include "common/base/str.h"
#include "services/leads/words.h"

#include <string.h>

static const struct {
    const char *code;
    const char *text;
} faults[] = {
    [VALUE_GOOD] = {NULL, NULL},
    [VALUE_EMPTY] = {"EMPTY", "Cellen er tom."},
    [VALUE_FORM] = {"FORMAT", "Teksten kan ikke læses som det, kolonnen skal indeholde."},
    [VALUE_AMBIGUOUS] = {"AMBIGUOUS",
                         "Tallet kan læses på to måder; angiv decimaltegn eller enhed i "
                         "kolonneplanen."},
    [VALUE_RANGE] = {"RANGE", "Værdien er uden for det mulige."},
};

const char *value_fault_code(enum value_fault fault)
{
    return faults[fault].code;
}

const char *value_fault_text(enum value_fault fault)
{
    return faults[fault].text;
}

/* Longest first where one begins another. The folded words of words.h, joined by spaces. */
static const struct {
    const char *words;
    const char *stage;
} stages[] = {
    {"kontrakt indgaaet", "awarded"},
    {"contract awarded", "awarded"},
    {"entreprenoer valgt", "awarded"},
    {"tildelt", "awarded"},
    {"awarded", "awarded"},
    {"kontrakt", "awarded"},
    {"igangsat", "construction"},
    {"i gang", "construction"},
    {"igang", "construction"},
    {"under opfoerelse", "construction"},
    {"under udfoerelse", "construction"},
    {"udfoerelse", "construction"},
    {"byggestart", "construction"},
    {"under construction", "construction"},
    {"construction", "construction"},
    {"on site", "construction"},
    {"started", "construction"},
    {"afsluttet", "completed"},
    {"faerdig", "completed"},
    {"afleveret", "completed"},
    {"ibrugtaget", "completed"},
    {"completed", "completed"},
    {"complete", "completed"},
    {"finished", "completed"},
    {"licitation", "tender"},
    {"praekvalifikation", "tender"},
    {"prekvalifikation", "tender"},
    {"i udbud", "tender"},
    {"udbud", "tender"},
    {"tilbud", "tender"},
    {"tendering", "tender"},
    {"tender", "tender"},
    {"prequalification", "tender"},
    {"planlagt", "planned"},
    {"planlaegning", "planned"},
    {"projektering", "planned"},
    {"skitse", "planned"},
    {"skitseprojekt", "planned"},
    {"forprojekt", "planned"},
    {"hovedprojekt", "planned"},
    {"myndighedsprojekt", "planned"},
    {"ide", "planned"},
    {"planned", "planned"},
    {"planning", "planned"},
    {"concept", "planned"},
    {"design", "planned"},
};

const char *value_stage_read(const char *text)
{
    char folded[WORDS_CAP];
    const char *found = NULL;
    size_t best = 0;

    if (!words_fold(text, folded))
        return NULL;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        size_t length = strlen(stages[i].words);
        if (length > best && words_contain(folded, stages[i].words)) {
            best = length;
            found = stages[i].stage;
        }
    }
    return found;
}
