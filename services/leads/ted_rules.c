#include "services/leads/notice_rules.h"
#include "services/leads/ted.h"

#include <stddef.h>

#define FORM "FORM_SECTION/*"
#define OBJECT FORM "/OBJECT_CONTRACT/"
#define LOT OBJECT "OBJECT_DESCR/"
#define AWARD FORM "/AWARD_CONTRACT/"
#define AWARDED AWARD "AWARDED_CONTRACT/"
#define BUYER FORM "/CONTRACTING_BODY/ADDRESS_CONTRACTING_BODY"
#define WINNER AWARDED "CONTRACTORS/CONTRACTOR"
#define PRIZE FORM "/RESULTS/AWARDED_PRIZE" /* of a design contest, F13 */
#define NO_PRIZE FORM "/RESULTS/NO_AWARDED_PRIZE"

enum record {
    RECORD_EXPORT,
    RECORD_FORM,
    RECORD_BUYER,
    RECORD_OBJECT,
    RECORD_AWARD,
    RECORD_CONTRACTOR,
    RECORD_COUNT
};

#define ADDRESS_RULES(prefix_, record_)                                                            \
    RULE(prefix_ "/OFFICIALNAME", record_, ACTION_TEXT, ted_address, name),                        \
        RULE(prefix_ "/NATIONALID", record_, ACTION_TEXT, ted_address, id),                        \
        RULE(prefix_ "/POSTAL_CODE", record_, ACTION_TEXT, ted_address, postal_code),              \
        RULE(prefix_ "/TOWN", record_, ACTION_TEXT, ted_address, city),                            \
        RULE_OF(prefix_ "/COUNTRY", record_, ted_address, country, "VALUE"),                       \
        RULE_OF(prefix_ "/NUTS", record_, ted_address, nuts, "CODE")

static const struct rule rules[] = {
    RULE_BEGIN(FORM, RECORD_FORM),
    RULE_OF(FORM, RECORD_FORM, ted_form, form, "FORM"),
    RULE_OF(FORM, RECORD_FORM, ted_form, category, "CATEGORY"),
    RULE_OF(FORM, RECORD_FORM, ted_form, language, "LG"),
    RULE_OF(FORM "/NOTICE", RECORD_FORM, ted_form, type, "TYPE"),

    RULE_BEGIN(BUYER, RECORD_BUYER),
    ADDRESS_RULES(BUYER, RECORD_BUYER),
    RULE_BEGIN(BUYER "_ADDITIONAL", RECORD_BUYER),
    ADDRESS_RULES(BUYER "_ADDITIONAL", RECORD_BUYER),

    RULE(OBJECT "TITLE", RECORD_FORM, ACTION_NAME, ted_form, title),
    RULE_OF(OBJECT "CPV_MAIN/CPV_CODE", RECORD_FORM, ted_form, cpv, "CODE"),
    RULE_OF(OBJECT "TYPE_CONTRACT", RECORD_FORM, ted_form, nature, "CTYPE"),
    RULE(OBJECT "VAL_TOTAL", RECORD_FORM, ACTION_AMOUNT, ted_form, total),
    RULE(FORM "/PROCEDURE/FRAMEWORK", RECORD_FORM, ACTION_SEEN, ted_form, framework),
    RULE(FORM "/PROCEDURE/NOTICE_NUMBER_OJ", RECORD_FORM, ACTION_TEXT, ted_form, tender_notice),
    RULE(FORM "/COMPLEMENTARY_INFO/DATE_DISPATCH_NOTICE", RECORD_FORM, ACTION_TEXT, ted_form, sent),

    RULE_BEGIN(OBJECT "OBJECT_DESCR", RECORD_OBJECT),
    RULE_OF(OBJECT "OBJECT_DESCR", RECORD_OBJECT, ted_object, item, "ITEM"),
    RULE(LOT "LOT_NO", RECORD_OBJECT, ACTION_TEXT, ted_object, lot_no),
    RULE(LOT "TITLE", RECORD_OBJECT, ACTION_NAME, ted_object, title),
    {LOT "CPV_ADDITIONAL/CPV_CODE", RECORD_OBJECT, ACTION_ATTRIBUTES,
     offsetof(struct ted_object, more_cpv), "CODE", NULL},
    {LOT "NUTS", RECORD_OBJECT, ACTION_ATTRIBUTES, offsetof(struct ted_object, nuts), "CODE", NULL},
    RULE(LOT "DATE_START", RECORD_OBJECT, ACTION_TEXT, ted_object, start),
    RULE(LOT "DATE_END", RECORD_OBJECT, ACTION_TEXT, ted_object, end),

    RULE_BEGIN(FORM "/AWARD_CONTRACT", RECORD_AWARD),
    RULE(AWARD "LOT_NO", RECORD_AWARD, ACTION_APPEND, ted_award, lots),
    RULE(AWARD "AWARDED_CONTRACT", RECORD_AWARD, ACTION_SEEN, ted_award, awarded),
    RULE(AWARD "NO_AWARDED_CONTRACT/PROCUREMENT_UNSUCCESSFUL", RECORD_AWARD, ACTION_SEEN, ted_award,
         unsuccessful),
    RULE(AWARD "NO_AWARDED_CONTRACT/PROCUREMENT_DISCONTINUED", RECORD_AWARD, ACTION_SEEN, ted_award,
         discontinued),
    RULE(AWARDED "DATE_CONCLUSION_CONTRACT", RECORD_AWARD, ACTION_TEXT, ted_award, date),
    RULE(AWARDED "CONTRACTORS/AWARDED_TO_GROUP", RECORD_AWARD, ACTION_SEEN, ted_award, group),
    RULE_BEGIN(WINNER, RECORD_CONTRACTOR),
    ADDRESS_RULES(WINNER "/ADDRESS_CONTRACTOR", RECORD_CONTRACTOR),
    RULE(AWARDED "VALUES/VAL_TOTAL", RECORD_AWARD, ACTION_AMOUNT, ted_award, value),
    RULE(AWARDED "VALUES/VAL_RANGE_TOTAL/LOW", RECORD_AWARD, ACTION_TEXT, ted_award, low),
    RULE(AWARDED "VALUES/VAL_RANGE_TOTAL/HIGH", RECORD_AWARD, ACTION_TEXT, ted_award, high),
    RULE_OF(AWARDED "VALUES/VAL_RANGE_TOTAL", RECORD_AWARD, ted_award, range_currency, "CURRENCY"),

    RULE_BEGIN(PRIZE, RECORD_AWARD),
    RULE(PRIZE, RECORD_AWARD, ACTION_SEEN, ted_award, awarded),
    RULE(PRIZE "/DATE_DECISION_JURY", RECORD_AWARD, ACTION_TEXT, ted_award, decided),
    RULE_BEGIN(PRIZE "/WINNER", RECORD_CONTRACTOR),
    ADDRESS_RULES(PRIZE "/WINNER/ADDRESS_WINNER", RECORD_CONTRACTOR),
    RULE_BEGIN(PRIZE "/WINNERS/WINNER", RECORD_CONTRACTOR),
    ADDRESS_RULES(PRIZE "/WINNERS/WINNER/ADDRESS_WINNER", RECORD_CONTRACTOR),
    RULE_BEGIN(NO_PRIZE, RECORD_AWARD),
    RULE(NO_PRIZE "/PROCUREMENT_UNSUCCESSFUL", RECORD_AWARD, ACTION_SEEN, ted_award, unsuccessful),
    RULE(NO_PRIZE "/PROCUREMENT_DISCONTINUED", RECORD_AWARD, ACTION_SEEN, ted_award, discontinued),
};

static const struct record_kind records[RECORD_COUNT] = {
    [RECORD_FORM] = {sizeof(struct ted_form), RECORD_EXPORT, offsetof(struct ted_export, forms)},
    [RECORD_BUYER] = {sizeof(struct ted_address), RECORD_FORM, offsetof(struct ted_form, buyers)},
    [RECORD_OBJECT] = {sizeof(struct ted_object), RECORD_FORM, offsetof(struct ted_form, objects)},
    [RECORD_AWARD] = {sizeof(struct ted_award), RECORD_FORM, offsetof(struct ted_form, awards)},
    [RECORD_CONTRACTOR] = {sizeof(struct ted_address), RECORD_AWARD,
                           offsetof(struct ted_award, contractors)},
};

const struct dialect ted_dialect = {rules, sizeof rules / sizeof rules[0], records};
