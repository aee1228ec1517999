#include "services/leads/notice_rules.h"

#include <stddef.h>

#define EXTENSION "UBLExtensions/UBLExtension/ExtensionContent/EformsExtension/"
#define RESULT EXTENSION "NoticeResult/"
#define COMPANY EXTENSION "Organizations/Organization/"
#define LOT "ProcurementProjectLot/"
#define PROJECT "ProcurementProject/"
#define PLACE "ProcurementProject/RealizedLocation"
#define ADDRESS "ProcurementProject/RealizedLocation/Address/"

enum record {
    RECORD_NOTICE,
    RECORD_PLACE, /* of the procedure */
    RECORD_LOT,
    RECORD_LOT_PLACE,
    RECORD_RESULT,
    RECORD_TENDER,
    RECORD_CONTRACT,
    RECORD_PARTY,
    RECORD_TENDERER,
    RECORD_COMPANY,
    RECORD_COUNT
};

/* The same elements stand under the procedure and under each lot. */
#define PROJECT_RULES(prefix_, record_, place_, type_)                                             \
    RULE(prefix_ PROJECT "Name", record_, ACTION_NAME, type_, project.name),                       \
        RULE(prefix_ PROJECT "ProcurementTypeCode", record_, ACTION_TEXT, type_, project.nature),  \
        RULE(prefix_ PROJECT "MainCommodityClassification/ItemClassificationCode", record_,        \
             ACTION_TEXT, type_, project.cpv),                                                     \
        RULE(prefix_ PROJECT "AdditionalCommodityClassification/ItemClassificationCode", record_,  \
             ACTION_APPEND, type_, project.more_cpv),                                              \
        RULE(prefix_ PROJECT "PlannedPeriod/StartDate", record_, ACTION_TEXT, type_,               \
             project.start),                                                                       \
        RULE(prefix_ PROJECT "PlannedPeriod/EndDate", record_, ACTION_TEXT, type_, project.end),   \
        RULE_BEGIN(prefix_ PLACE, place_),                                                         \
        RULE(prefix_ ADDRESS "CountrySubentityCode", place_, ACTION_TEXT, raw_place, nuts),        \
        RULE(prefix_ ADDRESS "Country/IdentificationCode", place_, ACTION_TEXT, raw_place,         \
             country),                                                                             \
        RULE(prefix_ ADDRESS "PostalZone", place_, ACTION_TEXT, raw_place, postal_code),           \
        RULE(prefix_ ADDRESS "CityName", place_, ACTION_TEXT, raw_place, city),                    \
        RULE(prefix_ ADDRESS "Region", place_, ACTION_TEXT, raw_place, region)

static const struct rule rules[] = {
    RULE("ID", RECORD_NOTICE, ACTION_TEXT, raw_notice, id),
    RULE("VersionID", RECORD_NOTICE, ACTION_TEXT, raw_notice, version),
    RULE("ContractFolderID", RECORD_NOTICE, ACTION_TEXT, raw_notice, procedure),
    RULE("IssueDate", RECORD_NOTICE, ACTION_TEXT, raw_notice, issue_date),
    RULE("NoticeLanguageCode", RECORD_NOTICE, ACTION_TEXT, raw_notice, language),
    RULE("ContractingParty/Party/PartyIdentification/ID", RECORD_NOTICE, ACTION_APPEND, raw_notice,
         buyers),
    RULE(EXTENSION "NoticeSubType/SubTypeCode", RECORD_NOTICE, ACTION_TEXT, raw_notice, subtype),
    RULE(EXTENSION "Publication/NoticePublicationID", RECORD_NOTICE, ACTION_TEXT, raw_notice,
         publication),
    RULE(EXTENSION "Changes/ChangedNoticeIdentifier", RECORD_NOTICE, ACTION_TEXT, raw_notice,
         changes),
    RULE(RESULT "TotalAmount", RECORD_NOTICE, ACTION_AMOUNT, raw_notice, total),
    RULE(RESULT "OverallMaximumFrameworkContractsAmount", RECORD_NOTICE, ACTION_AMOUNT, raw_notice,
         framework_max),
    PROJECT_RULES("", RECORD_NOTICE, RECORD_PLACE, raw_notice),

    RULE_BEGIN("ProcurementProjectLot", RECORD_LOT),
    RULE_IF(LOT "ID", RECORD_LOT, ACTION_TEXT, raw_lot, id, "schemeName", "Lot"),
    RULE_IF(LOT "TenderingProcess/ContractingSystem/ContractingSystemTypeCode", RECORD_LOT,
            ACTION_TEXT, raw_lot, technique, "listName", "framework-agreement"),
    RULE(LOT "TenderingProcess/FrameworkAgreement/EstimatedMaximumValueAmount", RECORD_LOT,
         ACTION_AMOUNT, raw_lot, framework_max),
    PROJECT_RULES(LOT, RECORD_LOT, RECORD_LOT_PLACE, raw_lot),

    RULE_BEGIN(RESULT "LotResult", RECORD_RESULT),
    RULE(RESULT "LotResult/ID", RECORD_RESULT, ACTION_TEXT, raw_result, id),
    RULE(RESULT "LotResult/TenderResultCode", RECORD_RESULT, ACTION_TEXT, raw_result, code),
    RULE(RESULT "LotResult/TenderLot/ID", RECORD_RESULT, ACTION_TEXT, raw_result, lot),
    RULE(RESULT "LotResult/LotTender/ID", RECORD_RESULT, ACTION_APPEND, raw_result, tenders),
    RULE(RESULT "LotResult/SettledContract/ID", RECORD_RESULT, ACTION_APPEND, raw_result,
         contracts),
    RULE(RESULT "LotResult/FrameworkAgreementValues/MaximumValueAmount", RECORD_RESULT,
         ACTION_AMOUNT, raw_result, framework_max),
    RULE(RESULT "LotResult/FrameworkAgreementValues/ReestimatedValueAmount", RECORD_RESULT,
         ACTION_AMOUNT, raw_result, framework_estimate),

    RULE_BEGIN(RESULT "LotTender", RECORD_TENDER),
    RULE(RESULT "LotTender/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, id),
    RULE(RESULT "LotTender/RankCode", RECORD_TENDER, ACTION_TEXT, raw_tender, rank),
    RULE(RESULT "LotTender/TenderLot/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, lot),
    RULE(RESULT "LotTender/TenderingParty/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, party),
    RULE(RESULT "LotTender/LegalMonetaryTotal/PayableAmount", RECORD_TENDER, ACTION_AMOUNT,
         raw_tender, value),

    RULE_BEGIN(RESULT "SettledContract", RECORD_CONTRACT),
    RULE(RESULT "SettledContract/ID", RECORD_CONTRACT, ACTION_TEXT, raw_contract, id),
    RULE(RESULT "SettledContract/AwardDate", RECORD_CONTRACT, ACTION_TEXT, raw_contract,
         award_date),
    RULE(RESULT "SettledContract/IssueDate", RECORD_CONTRACT, ACTION_TEXT, raw_contract,
         issue_date),
    RULE(RESULT "SettledContract/ContractFrameworkIndicator", RECORD_CONTRACT, ACTION_TEXT,
         raw_contract, framework),
    RULE(RESULT "SettledContract/LotTender/ID", RECORD_CONTRACT, ACTION_APPEND, raw_contract,
         tenders),

    RULE_BEGIN(RESULT "TenderingParty", RECORD_PARTY),
    RULE(RESULT "TenderingParty/ID", RECORD_PARTY, ACTION_TEXT, raw_party, id),
    RULE_BEGIN(RESULT "TenderingParty/Tenderer", RECORD_TENDERER),
    RULE(RESULT "TenderingParty/Tenderer/ID", RECORD_TENDERER, ACTION_TEXT, raw_tenderer, company),
    RULE(RESULT "TenderingParty/Tenderer/GroupLeadIndicator", RECORD_TENDERER, ACTION_TEXT,
         raw_tenderer, leader),

    RULE_BEGIN(EXTENSION "Organizations/Organization", RECORD_COMPANY),
    RULE(COMPANY "NaturalPersonIndicator", RECORD_COMPANY, ACTION_TEXT, raw_company,
         natural_person),
    RULE(COMPANY "TouchPoint/PartyIdentification/ID", RECORD_COMPANY, ACTION_TEXT, raw_company,
         touchpoint),
    RULE(COMPANY "Company/PartyIdentification/ID", RECORD_COMPANY, ACTION_TEXT, raw_company, id),
    RULE(COMPANY "Company/PartyName/Name", RECORD_COMPANY, ACTION_NAME, raw_company, name),
    RULE(COMPANY "Company/PartyLegalEntity/CompanyID", RECORD_COMPANY, ACTION_TEXT, raw_company,
         company_id),
    RULE(COMPANY "Company/PostalAddress/PostalZone", RECORD_COMPANY, ACTION_TEXT, raw_company,
         postal_code),
    RULE(COMPANY "Company/PostalAddress/CityName", RECORD_COMPANY, ACTION_TEXT, raw_company, city),
    RULE(COMPANY "Company/PostalAddress/CountrySubentityCode", RECORD_COMPANY, ACTION_TEXT,
         raw_company, nuts),
    RULE(COMPANY "Company/PostalAddress/Country/IdentificationCode", RECORD_COMPANY, ACTION_TEXT,
         raw_company, country),
};

static const struct record_kind records[RECORD_COUNT] = {
    [RECORD_PLACE] = {sizeof(struct raw_place), RECORD_NOTICE,
                      offsetof(struct raw_notice, project.places)},
    [RECORD_LOT] = {sizeof(struct raw_lot), RECORD_NOTICE, offsetof(struct raw_notice, lots)},
    [RECORD_LOT_PLACE] = {sizeof(struct raw_place), RECORD_LOT,
                          offsetof(struct raw_lot, project.places)},
    [RECORD_RESULT] = {sizeof(struct raw_result), RECORD_NOTICE,
                       offsetof(struct raw_notice, results)},
    [RECORD_TENDER] = {sizeof(struct raw_tender), RECORD_NOTICE,
                       offsetof(struct raw_notice, tenders)},
    [RECORD_CONTRACT] = {sizeof(struct raw_contract), RECORD_NOTICE,
                         offsetof(struct raw_notice, contracts)},
    [RECORD_PARTY] = {sizeof(struct raw_party), RECORD_NOTICE,
                      offsetof(struct raw_notice, parties)},
    [RECORD_TENDERER] = {sizeof(struct raw_tenderer), RECORD_PARTY,
                         offsetof(struct raw_party, tenderers)},
    [RECORD_COMPANY] = {sizeof(struct raw_company), RECORD_NOTICE,
                        offsetof(struct raw_notice, companies)},
};

const struct dialect eforms_dialect = {rules, sizeof rules / sizeof rules[0], records};
