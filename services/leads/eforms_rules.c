#include "services/leads/notice_rules.h"

#include <stddef.h>

#define EXTENSION "UBLExtensions/UBLExtension/ExtensionContent/EformsExtension/"
#define RESULT EXTENSION "NoticeResult/"
#define COMPANY EXTENSION "Organizations/Organization/"
#define LOT "ProcurementProjectLot/"
#define PROJECT "ProcurementProject/"
#define PLACE "ProcurementProject/RealizedLocation"
#define ADDRESS "ProcurementProject/RealizedLocation/Address/"

#define FIELD(path_, record_, action_, type_, field_)                                              \
    {                                                                                              \
        path_, record_, action_, offsetof(struct type_, field_), NULL, NULL                        \
    }
#define FIELD_IF(path_, record_, action_, type_, field_, attribute_, value_)                       \
    {                                                                                              \
        path_, record_, action_, offsetof(struct type_, field_), attribute_, value_                \
    }
#define BEGIN(path_, record_)                                                                      \
    {                                                                                              \
        path_, record_, ACTION_BEGIN, 0, NULL, NULL                                                \
    }

/* The same elements stand under the procedure and under each lot. */
#define PROJECT_RULES(prefix_, record_, place_, type_)                                             \
    FIELD(prefix_ PROJECT "Name", record_, ACTION_NAME, type_, project.name),                      \
        FIELD(prefix_ PROJECT "ProcurementTypeCode", record_, ACTION_TEXT, type_, project.nature), \
        FIELD(prefix_ PROJECT "MainCommodityClassification/ItemClassificationCode", record_,       \
              ACTION_TEXT, type_, project.cpv),                                                    \
        FIELD(prefix_ PROJECT "AdditionalCommodityClassification/ItemClassificationCode", record_, \
              ACTION_APPEND, type_, project.more_cpv),                                             \
        FIELD(prefix_ PROJECT "PlannedPeriod/StartDate", record_, ACTION_TEXT, type_,              \
              project.start),                                                                      \
        FIELD(prefix_ PROJECT "PlannedPeriod/EndDate", record_, ACTION_TEXT, type_, project.end),  \
        BEGIN(prefix_ PLACE, place_),                                                              \
        FIELD(prefix_ ADDRESS "CountrySubentityCode", place_, ACTION_TEXT, raw_place, nuts),       \
        FIELD(prefix_ ADDRESS "Country/IdentificationCode", place_, ACTION_TEXT, raw_place,        \
              country),                                                                            \
        FIELD(prefix_ ADDRESS "PostalZone", place_, ACTION_TEXT, raw_place, postal_code),          \
        FIELD(prefix_ ADDRESS "CityName", place_, ACTION_TEXT, raw_place, city),                   \
        FIELD(prefix_ ADDRESS "Region", place_, ACTION_TEXT, raw_place, region)

const struct rule eforms_rules[] = {
    FIELD("ID", RECORD_NOTICE, ACTION_TEXT, raw_notice, id),
    FIELD("VersionID", RECORD_NOTICE, ACTION_TEXT, raw_notice, version),
    FIELD("ContractFolderID", RECORD_NOTICE, ACTION_TEXT, raw_notice, procedure),
    FIELD("IssueDate", RECORD_NOTICE, ACTION_TEXT, raw_notice, issue_date),
    FIELD("NoticeLanguageCode", RECORD_NOTICE, ACTION_TEXT, raw_notice, language),
    FIELD("ContractingParty/Party/PartyIdentification/ID", RECORD_NOTICE, ACTION_APPEND, raw_notice,
          buyers),
    FIELD(EXTENSION "NoticeSubType/SubTypeCode", RECORD_NOTICE, ACTION_TEXT, raw_notice, subtype),
    FIELD(EXTENSION "Publication/NoticePublicationID", RECORD_NOTICE, ACTION_TEXT, raw_notice,
          publication),
    FIELD(EXTENSION "Changes/ChangedNoticeIdentifier", RECORD_NOTICE, ACTION_TEXT, raw_notice,
          changes),
    FIELD(RESULT "TotalAmount", RECORD_NOTICE, ACTION_AMOUNT, raw_notice, total),
    FIELD(RESULT "OverallMaximumFrameworkContractsAmount", RECORD_NOTICE, ACTION_AMOUNT, raw_notice,
          framework_max),
    PROJECT_RULES("", RECORD_NOTICE, RECORD_PLACE, raw_notice),

    BEGIN("ProcurementProjectLot", RECORD_LOT),
    FIELD_IF(LOT "ID", RECORD_LOT, ACTION_TEXT, raw_lot, id, "schemeName", "Lot"),
    FIELD_IF(LOT "TenderingProcess/ContractingSystem/ContractingSystemTypeCode", RECORD_LOT,
             ACTION_TEXT, raw_lot, technique, "listName", "framework-agreement"),
    FIELD(LOT "TenderingProcess/FrameworkAgreement/EstimatedMaximumValueAmount", RECORD_LOT,
          ACTION_AMOUNT, raw_lot, framework_max),
    PROJECT_RULES(LOT, RECORD_LOT, RECORD_LOT_PLACE, raw_lot),

    BEGIN(RESULT "LotResult", RECORD_RESULT),
    FIELD(RESULT "LotResult/ID", RECORD_RESULT, ACTION_TEXT, raw_result, id),
    FIELD(RESULT "LotResult/TenderResultCode", RECORD_RESULT, ACTION_TEXT, raw_result, code),
    FIELD(RESULT "LotResult/TenderLot/ID", RECORD_RESULT, ACTION_TEXT, raw_result, lot),
    FIELD(RESULT "LotResult/LotTender/ID", RECORD_RESULT, ACTION_APPEND, raw_result, tenders),
    FIELD(RESULT "LotResult/SettledContract/ID", RECORD_RESULT, ACTION_APPEND, raw_result,
          contracts),
    FIELD(RESULT "LotResult/FrameworkAgreementValues/MaximumValueAmount", RECORD_RESULT,
          ACTION_AMOUNT, raw_result, framework_max),
    FIELD(RESULT "LotResult/FrameworkAgreementValues/ReestimatedValueAmount", RECORD_RESULT,
          ACTION_AMOUNT, raw_result, framework_estimate),

    BEGIN(RESULT "LotTender", RECORD_TENDER),
    FIELD(RESULT "LotTender/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, id),
    FIELD(RESULT "LotTender/RankCode", RECORD_TENDER, ACTION_TEXT, raw_tender, rank),
    FIELD(RESULT "LotTender/TenderLot/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, lot),
    FIELD(RESULT "LotTender/TenderingParty/ID", RECORD_TENDER, ACTION_TEXT, raw_tender, party),
    FIELD(RESULT "LotTender/LegalMonetaryTotal/PayableAmount", RECORD_TENDER, ACTION_AMOUNT,
          raw_tender, value),

    BEGIN(RESULT "SettledContract", RECORD_CONTRACT),
    FIELD(RESULT "SettledContract/ID", RECORD_CONTRACT, ACTION_TEXT, raw_contract, id),
    FIELD(RESULT "SettledContract/AwardDate", RECORD_CONTRACT, ACTION_TEXT, raw_contract,
          award_date),
    FIELD(RESULT "SettledContract/IssueDate", RECORD_CONTRACT, ACTION_TEXT, raw_contract,
          issue_date),
    FIELD(RESULT "SettledContract/ContractFrameworkIndicator", RECORD_CONTRACT, ACTION_TEXT,
          raw_contract, framework),
    FIELD(RESULT "SettledContract/LotTender/ID", RECORD_CONTRACT, ACTION_APPEND, raw_contract,
          tenders),

    BEGIN(RESULT "TenderingParty", RECORD_PARTY),
    FIELD(RESULT "TenderingParty/ID", RECORD_PARTY, ACTION_TEXT, raw_party, id),
    BEGIN(RESULT "TenderingParty/Tenderer", RECORD_TENDERER),
    FIELD(RESULT "TenderingParty/Tenderer/ID", RECORD_TENDERER, ACTION_TEXT, raw_tenderer, company),
    FIELD(RESULT "TenderingParty/Tenderer/GroupLeadIndicator", RECORD_TENDERER, ACTION_TEXT,
          raw_tenderer, leader),

    BEGIN(EXTENSION "Organizations/Organization", RECORD_COMPANY),
    FIELD(COMPANY "NaturalPersonIndicator", RECORD_COMPANY, ACTION_TEXT, raw_company,
          natural_person),
    FIELD(COMPANY "TouchPoint/PartyIdentification/ID", RECORD_COMPANY, ACTION_TEXT, raw_company,
          touchpoint),
    FIELD(COMPANY "Company/PartyIdentification/ID", RECORD_COMPANY, ACTION_TEXT, raw_company, id),
    FIELD(COMPANY "Company/PartyName/Name", RECORD_COMPANY, ACTION_NAME, raw_company, name),
    FIELD(COMPANY "Company/PartyLegalEntity/CompanyID", RECORD_COMPANY, ACTION_TEXT, raw_company,
          company_id),
    FIELD(COMPANY "Company/PostalAddress/PostalZone", RECORD_COMPANY, ACTION_TEXT, raw_company,
          postal_code),
    FIELD(COMPANY "Company/PostalAddress/CityName", RECORD_COMPANY, ACTION_TEXT, raw_company, city),
    FIELD(COMPANY "Company/PostalAddress/CountrySubentityCode", RECORD_COMPANY, ACTION_TEXT,
          raw_company, nuts),
    FIELD(COMPANY "Company/PostalAddress/Country/IdentificationCode", RECORD_COMPANY, ACTION_TEXT,
          raw_company, country),
};
const size_t eforms_rules_count = sizeof eforms_rules / sizeof eforms_rules[0];

const struct record_kind eforms_records[RECORD_COUNT] = {
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
