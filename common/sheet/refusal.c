#include "common/sheet/refusal.h"

static const char *const texts[REFUSAL_COUNT] = {
    [REFUSAL_OTHER] = "Filen er ikke et XLSX-regneark.",
    [REFUSAL_UNREADABLE] = "Filen er ikke et XLSX-regneark, der kan læses.",
    [REFUSAL_PASSWORD] = "Regnearket er beskyttet med en adgangskode; gem det uden.",
    [REFUSAL_XLS] = "Filen er et gammelt Excel-regneark (.xls); gem det som XLSX.",
    [REFUSAL_XLSB] = "Filen er et binært Excel-regneark (.xlsb); gem det som XLSX.",
    [REFUSAL_ODS] = "Filen er et OpenDocument-regneark (.ods); gem det som XLSX.",
    [REFUSAL_TWICE] = "Regnearkets fil har to dele med samme navn; gem den igen fra Excel.",
    [REFUSAL_LARGE] = "Regnearket fylder mere end 256 MiB udpakket; gem det som CSV.",
    [REFUSAL_SHEETS] = "Regnearket har for mange ark; gem det, der skal læses, for sig.",
    [REFUSAL_COLUMNS] = "Regnearket har mere end 500 kolonner.",
    [REFUSAL_ROWS] = "Regnearket har mere end 200.000 rækker; del det, eller gem det som CSV.",
    [REFUSAL_CELLS] = "Regnearket har for mange celler; gem det som CSV.",
    [REFUSAL_STYLES] = "Regnearket har for mange celleformater; gem det som CSV.",
    [REFUSAL_ADDRESS] = "En celle har en adresse, der ikke kan læses.",
    [REFUSAL_MEMORY] = "Regnearket kræver for megen hukommelse at læse; gem det som CSV.",
    [REFUSAL_TIME] = "Regnearket tager for lang tid at læse; gem det som CSV.",
    [REFUSAL_OUTPUT] = "Regnearkets celler fylder mere end 256 MiB; del det.",
};

int refusal_say(uint32_t refusal, struct error_detail *detail)
{
    if (refusal <= REFUSAL_NONE || refusal >= REFUSAL_COUNT)
        refusal = REFUSAL_UNREADABLE;
    error_detail_set(detail, "workbook refused", "%s", texts[refusal]);
    return refusal >= REFUSAL_MEMORY ? ERROR_LIMIT : ERROR_INVALID;
}
