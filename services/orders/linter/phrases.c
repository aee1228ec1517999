/*
 * The phrases, written by people who read job ads of the building trade; pattern.h says how they
 * are written, linter.h which law each rule rests on. They are in normal form (words.h), where
 * "kollegaer" and "troende" are "kollegær" and "trønde". Of findings of one rule that overlap the
 * longest stays, so a row with more context may soften or sharpen a shorter one.
 *
 * To add a row: write the phrase into tests/services/orders/linter/tuned.tsv first, right and wrong
 * uses of it; the hold-out is never tuned to.
 */
#include "services/orders/linter/linter.h"

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

#define TRADES                                                                                          \
    "tømrer|tømrere|murer|murere|maler|malere|elektriker|elektrikere|struktør|struktører|"          \
    "chauffør|chauffører|snedker|snedkere|brolægger|brolæggere|rørlægger|rørlæggere|ingeniør|" \
    "ingeniører|konstruktør|konstruktører|pedel|pedeller|smed|smede|blikkenslager|"                  \
    "blikkenslagere|kloakmester|kloakmestre|svejser|svejsere|*montør|*montører|montør|montører|"    \
    "*fører|*førere|*konstruktør|isolatør|isolatører|tagdækker|tagdækkere|anlægsgartner|"       \
    "anlægsgartnere|*arbejder|*arbejdere|arbejder|arbejdere|svend|svende|*svend|*svende"
#define PERSON                                                                                        \
    TRADES "|håndværker|håndværkere|medarbejder|medarbejdere|*medarbejder|*medarbejdere|kollega|" \
           "kolleger|kollegær|kræfter|menneske|mennesker|folk|person|personer|ansøger|ansøgere|"  \
           "kandidat|kandidater|lærling|lærlinge|vikar|vikarer|hjælper|hjælpere|tekniker|"        \
           "teknikere|mand|mænd|kvinde|kvinder|fyr|fyre|pige|piger|dreng|drenge|gut|gutter|"         \
           "knægt|knægte|talent|talenter|arbejdskraft|håndmand|arbejdsmand|arbejdsmænd|leder|"    \
           "ledere|mester|mestre|formand|sjakbajs"
#define SOUGHT "søges|ønskes|foretrækkes|eftersøges|efterlyses"
#define SEEK "søger|ønsker|foretrækker|mangler|gerne|helst|kun|" SOUGHT
#define NOT "ingen|ikke|uden|intet|aldrig|hverken"
#define REJECTED "frabedes|udelukket|udelukkes|accepteres|tolereres"
#define ASK "oplys|oplyse|angiv|angive|skriv|anfør|opgiv|send|noter|vedlæg|hvilken|hvad"
#define NATIONS                                                                                    \
    "dansk|danske|polsk|polske|rumænsk|rumænske|litauisk|litauiske|lettisk|lettiske|estisk|"     \
    "estiske|bulgarsk|bulgarske|ukrainsk|ukrainske|tysk|tyske|svensk|svenske|norsk|norske|"        \
    "russisk|russiske|tyrkisk|tyrkiske|somalisk|somaliske|syrisk|syriske|arabisk|arabiske|"        \
    "afrikansk|afrikanske|asiatisk|asiatiske|vietnamesisk|vietnamesiske|indisk|indiske|"           \
    "pakistansk|pakistanske|irakisk|irakiske|iransk|iranske|portugisisk|portugisiske|spansk|"      \
    "spanske|italiensk|italienske|græsk|græske|kinesisk|kinesiske|filippinsk|filippinske|"       \
    "østeuropæisk|østeuropæiske|baltisk|baltiske|udenlandsk|udenlandske"
#define NATIONALS                                                                                      \
    "polak|polakker|rumæner|rumænere|litauer|litauere|bulgarer|bulgarere|ukrainer|ukrainere|"        \
    "østeuropæer|østeuropæere|udlænding|udlændinge|indvandrer|indvandrere|flygtning|flygtninge|" \
    "araber|arabere|somalier|somaliere|syrer|syrere|tyrk|tyrker|tyrkere|pakistaner|pakistanere|"       \
    "afrikaner|afrikanere|asiat|asiater|dansker|danskere|svensker|svenskere|tysker|tyskere|"           \
    "nordmand|nordmænd|sigøjner|sigøjnere|perker|perkere|neger|negre|afghaner|afghanere|iraker|"    \
    "irakere|iraner|iranere|kurder|kurdere|albaner|albanere|bosnier|bosniere|serber|serbere|"          \
    "kroat|kroater|balter|baltere|russer|russere|kineser|kinesere|vietnameser|vietnamesere"

static const char asked_age_law[] = "forskelsbehandlingsloven § 5, stk. 2";
static const char asked_law[] = "forskelsbehandlingsloven § 4";
static const char asked_age[] = "Spørg ikke om alder, før ansøgningen er modtaget.";
static const char team_age[] =
    "Beskriv arbejdspladsen uden alder, for eksempel »et energisk team«.";
static const char people[] = "Skriv »personer«, »medarbejdere« eller faget.";
static const char citizens[] = "Skriv »ret til at arbejde i Danmark«, eller nævn den regel, der "
                               "kræver statsborgerskab.";

static const struct linter_phrase phrases[] = {
    /* Age */
    {LINTER_AGE, LINTER_REFUSE, "ung|unge|yngre ..2 " PERSON, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, SEEK " ..1 ung|unge|yngre|ældre", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "ung|unge|yngre " SOUGHT, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "ældre ..1 " PERSON, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "mellem #15-75 og|til #15-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "du er ..1 #15-75 ?og|til ?#15-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "max|maks|maksimalt|højst|maximum #18-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE,
     "ansøger|ansøgere|kandidat|kandidater|du|helst|gerne ..3 over|under #18-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "du|helst|gerne ..3 over|under #18-75 $", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "ældre|yngre end #15-75 ?år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "ikke over|under #18-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "fyldt #19-75 ?år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "du|skal|være ..2 mindst #19-75 år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "rette|du|ansøger|ansøgeren er ca|cirka|omkring #18-75 ?år", NULL,
     NULL},
    {LINTER_AGE, LINTER_REFUSE,
     "alder|alderen ?er ?ca|cirka|mellem|max|maks #15-75 ?og ?#15-75 ?år", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "aldersgrænse*|aldersgruppe*|aldersinterval*|alderskrav*", NULL,
     NULL},
    {LINTER_AGE, LINTER_REFUSE, "i|først|midt|slutningen ?af #20-50 erne", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "20erne|30erne|40erne|50erne|tyverne|trediverne|fyrrerne", NULL,
     NULL},
    {LINTER_AGE, LINTER_REFUSE, "#15-75 årig|årige ..1 " PERSON, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE,
     "pensionist|pensionister|folkepensionist|folkepensionister|efterlønner|efterlønnere|"
     "efterlønsmodtager|efterlønsmodtagere|teenager|teenagere|teenagers|oldinge",
     NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "senior|seniorer ..1 " SOUGHT, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, SEEK "|" NOT " ?en seniorer", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "gammel|gamle " TRADES, NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, "for|ikke ?for gammel|ung|gamle", NULL, NULL},
    {LINTER_AGE, LINTER_REFUSE, ASK " ..4 alder|alderen|fødselsår|fødselsdato|fødselsdag",
     asked_age, asked_age_law},
    {LINTER_AGE, LINTER_WARN, "ungt ..2 team|sjak|hold|miljø|kontor|fællesskab|kollegaskab",
     team_age, NULL},
    {LINTER_AGE, LINTER_WARN, "ung|unge ..2 afdeling|kolleger|kollegær|gruppe", team_age, NULL},
    {LINTER_AGE, LINTER_WARN, "nyuddannet|nyuddannede|nyudlært|nyudlærte|nyudklækket|nyudklækkede",
     "Skriv, at ingen erfaring er nødvendig, hvis det er meningen.", NULL},
    {LINTER_AGE, LINTER_WARN,
     "højst|max|maks|maksimalt|maximum|under ?# ?til #0-30 års erfaring|anciennitet",
     "Skriv, hvor meget erfaring opgaven kræver, og ikke hvor meget den højst må være.", NULL},
    {LINTER_AGE, LINTER_WARN, "ungarbejder|ungarbejdere|ungmedhjælper*",
     "Må arbejdet udføres af unge under 18, så nævn overenskomstens regler.", NULL},

    /* Sex */
    {LINTER_SEX, LINTER_REFUSE, "mandlig|mandlige|kvindelig|kvindelige|hankøn|hunkøn ..1 " PERSON,
     NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, SEEK " ?en mandlig|mandlige|kvindelig|kvindelige", NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE,
     "mænd|mændene|kvinder|kvinde|kvinden|damer|gutter|gut|gutten|gutterne|piger|pige|pigen|dreng|"
     "drenge|drengene|knægt|knægte|herrer|tøs|tøser|mandfolk|kvindfolk|kvindemenneske*",
     NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, "en|stærk|stærke|ny|nye|ung|rask|rigtig|vores|erfaren|dygtig mand",
     NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, "manden|mand der|som|med|til|" SOUGHT, NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, SEEK " ?en|1 ?ny|stærk|dygtig|erfaren|frisk|rask mand|fyr|dame",
     NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, "en|handy|stærk|flink|frisk ..1 fyr|dame", NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE, "fyr|dame der|som|med|" SOUGHT, NULL, NULL},
    {LINTER_SEX, LINTER_REFUSE,
     "rengøringsdame*|kontordame*|kantinedame*|køkkendame*|rengøringspige*|kontorpige*|"
     "kantinepige*|køkkenpige*|lagerdreng*|bydreng*|rengøringskone*|husmor|husmødre",
     NULL, NULL},
    {LINTER_SEX, LINTER_WARN, "#1-999 mand ?der|som|med|til|" SOUGHT, people, NULL},
    {LINTER_SEX, LINTER_WARN, SEEK " #1-999 mand", people, NULL},
    {LINTER_SEX, LINTER_WARN,
     "*arbejdsmand|*arbejdsmænd|arbejdsmand|arbejdsmænd|altmuligmand|altmuligmænd|håndmand|"
     "håndmænd|lagermand|lagermænd|pladsmand|pladsmænd|opsynsmand|opsynsmænd",
     "Brug en titel, der gælder alle: »bygge- og anlægsarbejder«, »medhjælper«.", NULL},
    {LINTER_SEX, LINTER_WARN,
     "ekspeditrice*|malerinde*|servitrice*|kontoristinde*|lærerinde*|arbejderske*|sekretærinde*",
     NULL, NULL},
    {LINTER_SEX, LINTER_WARN, "han|hun|hende|hendes|ham", "Skriv »du« eller »medarbejderen«.",
     NULL},
    {LINTER_SEX, LINTER_WARN, "opfordrer ..2 kvinder|mænd ?til ?at ?søge",
     "Skriv, at alle opfordres til at søge uanset køn.", NULL},
    {LINTER_SEX, LINTER_WARN, "kvinder|mænd opfordres ?særligt|især|specielt ?til ?at ?søge",
     "Skriv, at alle opfordres til at søge uanset køn.", NULL},

    /* Pregnancy and family */
    {LINTER_FAMILY, LINTER_REFUSE, "gravid|gravide|graviditet", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, NOT " ..3 gravid|gravide", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, NOT " ..2 børn|småbørn|barn|familie|familieliv|familieplaner",
     NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "barnløs|barnløse|børnefri|hjemmebønde", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "om|at|hvis du ?ikke har ..1 børn", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "har du ..1 børn", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "få|fået|planlægger ..1 børn", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "barselsplan*|familieforpligtelse*|familieforøgelse", NULL,
     NULL},
    {LINTER_FAMILY, LINTER_REFUSE, NOT " ..3 barsel|barselsorlov|forældreorlov", NULL, NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "gift|ugift|enlig|enlige|single|fraskilt ..1 " PERSON, NULL,
     NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "er|være|gerne|helst ugift|gift|enlig|single|fraskilt", NULL,
     NULL},
    {LINTER_FAMILY, LINTER_REFUSE, "civilstand|ægteskabelig|civilstatus", NULL, NULL},

    /* Origin */
    {LINTER_ORIGIN, LINTER_REFUSE, NATIONALS, NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, NATIONS " ..1 " PERSON, NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "etnisk|etniske ..1 dansk|danske|dansker|danskere|" PERSON, NULL,
     NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "etnisk ..1 baggrund|oprindelse|herkomst", NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE,
     "dansk|nordisk|skandinavisk|vestlig|europæisk|udenlandsk|fremmed "
     "udseende|herkomst|afstamning|baggrund|oprindelse|blod|rødder",
     NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "ikke vestlig|vestlige", NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "indvandrerbaggrund|flygtningebaggrund|udlændingebaggrund", NULL,
     NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "hudfarve|hudfarven|race", NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "hvid|hvide|sort|sorte|brun|brune|mørk|mørke|lys hud*|" PERSON,
     NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "du|ansøger|ansøgeren ..2 være|er hvid|lys|sort|mørk", NULL,
     NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "ingen|kun sorte|hvide|brune|mørke $", NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, "født|opvokset ..3 danmark", NULL, NULL},
    {LINTER_ORIGIN, LINTER_REFUSE, ASK " ..3 nationalitet|oprindelse|etnicitet|fødeland|hjemland",
     NULL, asked_law},
    {LINTER_ORIGIN, LINTER_WARN,
     "?dansk|danske|svensk|norsk|eu|nordisk statsborger|statsborgere|statsborgerskab", citizens,
     NULL},
    {LINTER_ORIGIN, LINTER_WARN, "?kun eu|eøs borger|borgere|borgerskab", citizens, NULL},
    {LINTER_ORIGIN, LINTER_WARN,
     "skandinavisk|skandinaviske|nordisk|nordiske|europæisk|europæiske ..1 " PERSON, NULL, NULL},

    /* Language as origin */
    {LINTER_LANGUAGE, LINTER_REFUSE,
     "?dansk ?på|som modersmål|modersmålet|modersmålsniveau|modersmålstalende", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_REFUSE, "native|nativ ?speaker ?i ?dansk|engelsk|tysk", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_REFUSE, NOT " ..2 accent|dialekt", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_REFUSE, "accentfri|accentfrit ?dansk", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_WARN, "flydende ..2 dansk", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_WARN, "dansk ..2 flydende", NULL, NULL},
    {LINTER_LANGUAGE, LINTER_WARN, "perfekt|fejlfrit|fejlfri|pletfrit|ulasteligt ..1 dansk", NULL,
     NULL},
    {LINTER_LANGUAGE, LINTER_WARN, "dansk ..4 fejlfrit|perfekt|perfektion|pletfrit|ulasteligt",
     NULL, NULL},

    /* Religion */
    {LINTER_RELIGION, LINTER_REFUSE,
     "muslim|muslimer|kristne|jøde|jøder|hindu|hinduer|buddhist|buddhister|ateist|ateister|"
     "katolik|katolikker|protestant|protestanter|islamist*|trønde",
     NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, "er|være kristen|muslim|trønde|religiøs", NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE,
     "kristen|kristent|muslimsk|jødisk|katolsk|islamisk|religiøs "
     "tro|baggrund|overbevisning|livs*|menneskesyn|" PERSON,
     NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, NOT "|kun ..1 religiøs|religiøse|trønde|religion", NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, "religiøse " PERSON, NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE,
     "tørklæde|tørklæder|hovedtørklæde|hovedtørklæder|hijab|burka|niqab|turban|turbaner|kalot",
     NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, "medlem ..2 folkekirken", NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, "jehovas ?vidne|vidner", NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, "fredagsbøn|bedepause|bedepauser|bedetæppe|ramadan|ramadanen",
     NULL, NULL},
    {LINTER_RELIGION, LINTER_REFUSE, ASK " ..3 religion|tro|trosretning", NULL, asked_law},

    /* Unions */
    {LINTER_UNION, LINTER_REFUSE,
     "medlem|medlemmer|medlemskab ..2 "
     "3f|fagforening|fagforeningen|fagforbund|krifa|hk|metal|forbund|forbundet|ase",
     NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE,
     "medlem|medlemmer|medlemskab ..1 ?dansk el|metal forbund|forbundet", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "fagligt|faglig organiseret|organiserede", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "uorganiseret|uorganiserede ..1 ?arbejdskraft", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "uorganiseret|uorganiserede", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "organiseret|organiserede " PERSON, NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "du|alle ..2 være|er organiseret|organiserede", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, NOT "|kun ..3 fagforening|fagforeninger|fagbevægelsen", NULL,
     NULL},
    {LINTER_UNION, LINTER_REFUSE,
     "fagforeningsmedlem|fagforeningsmedlemmer|fagforeningsfolk|fagforeningsmand|"
     "fagforeningsmedlemskab",
     NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, "3f|krifa|hk medlem|medlemmer|folk|medlemskab", NULL, NULL},
    {LINTER_UNION, LINTER_REFUSE, ASK " ..2 fagforening", NULL, NULL},

    /* Health and disability */
    {LINTER_HEALTH, LINTER_REFUSE, "?uden|ingen skavank|skavanker", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE,
     NOT " ..2 handicap|handicappede|handicappet|helbredsproblemer|rygproblemer|knæproblemer|"
         "hjerteproblemer|skulderproblemer|ryglidelse|ryglidelser|lidelser|sygdom|sygdomme|"
         "diagnose|diagnoser|adhd|autisme|angst|depression|depressioner|allergi|allergier|"
         "sygefravær|sygemeldte|sygemeldt|overvægtige|overvægtig|epilepsi|diabetes|nedslidt|"
         "nedslidte|gener|fleksjobber|fleksjobbere",
     NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "ikke egnet ..2 handicap|handicappede", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "handicap|handicappede ..3 ikke|" REJECTED, NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "?ingen|uden dårlig|dårlige|dårligt|svag ryg|knæ|hjerte|skulder",
     NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "godt|fint|perfekt|upåklageligt helbred", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "helbred|helbredet ..4 orden", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "helbredsproblem|helbredsproblemer", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "er|være ..2 rask|raske", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "frisk|sund|helt|fuldstændig ?og rask", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "lavt|intet|minimalt|minimum sygefravær", NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "normalvægtig|normalvægtige|overvægtig|overvægtige|slank|slanke",
     NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "kronisk|kroniske sygdom|sygdomme|syge|lidelse|lidelser", NULL,
     NULL},
    {LINTER_HEALTH, LINTER_REFUSE, "psykisk|psykiske sygdom|sygdomme|lidelse|lidelser|problemer",
     NULL, NULL},
    {LINTER_HEALTH, LINTER_REFUSE,
     ASK " ..4 sygdom|sygdomme|sygedage|sygefravær|helbred|helbredet|handicap|diagnose|diagnoser",
     NULL, "helbredsoplysningsloven § 2"},
    {LINTER_HEALTH, LINTER_WARN, "god|stærk|robust ..1 fysik", NULL, NULL},
    {LINTER_HEALTH, LINTER_WARN,
     "fysisk|psykisk|mentalt ?og ?psykisk|fysisk|mentalt stærk|stærke|robust|robuste|stabil", NULL,
     NULL},
    {LINTER_HEALTH, LINTER_WARN, "god ..1 form", NULL, NULL},
    {LINTER_HEALTH, LINTER_WARN, "topform", NULL, NULL},
    {LINTER_HEALTH, LINTER_WARN,
     "helbredsattest|lægeattest|helbredserklæring|helbredsundersøgelse|lægeerklæring|lægetjek",
     "Nævn den regel, der kræver undersøgelsen, og at den først sker ved ansættelsen.", NULL},

    /* Orientation */
    {LINTER_ORIENTATION, LINTER_REFUSE,
     "homoseksuel*|heteroseksuel*|biseksuel*|bøsse|bøsser|lesbisk|lesbiske|homo|homør|"
     "transkønnet|transkønnede|transperson|transpersoner|transseksuel*|lgbt*",
     NULL, NULL},
    {LINTER_ORIENTATION, LINTER_REFUSE, "seksuel|seksuelle orientering|præferencer", NULL, NULL},

    /* Politics */
    {LINTER_POLITICS, LINTER_REFUSE,
     "socialist|socialister|kommunist|kommunister|socialdemokrat|socialdemokrater|nazist|nazister|"
     "anarkist|anarkister|venstreorienteret|venstreorienterede|højreorienteret|højreorienterede|"
     "venstrefløjen|højrefløjen",
     NULL, NULL},
    {LINTER_POLITICS, LINTER_REFUSE,
     "borgerlig|borgerligt|liberalt|rød|blå sindet|indstillet|tænkende|vælger|vælgere", NULL, NULL},
    {LINTER_POLITICS, LINTER_REFUSE,
     "medlem|medlemmer ..2 "
     "venstre|enhedslisten|socialdemokratiet|konservative|parti|partiet|sf|alternativet|"
     "moderaterne",
     NULL, NULL},
    {LINTER_POLITICS, LINTER_REFUSE,
     "politisk|politiske "
     "overbevisning|ståsted|holdning|holdninger|anskuelse|observans|tilhørsforhold|sindet|"
     "aktiv|aktive|tilhør",
     NULL, NULL},
};

/* What a promise to treat all alike names; up to twelve words of it. */
#define GROUND                                                                                     \
    " ?alder|køn|religion|tro|etnicitet|etnisk|national|baggrund|oprindelse|handicap|seksuel|"    \
    "orientering|hudfarve|nationalitet|politisk|anskuelse|overbevisning|race|civilstand|"          \
    "kønsidentitet|personlig|og|eller|samt|social"
#define GROUNDS GROUND GROUND GROUND GROUND GROUND GROUND GROUND GROUND GROUND GROUND GROUND GROUND
#define ALL_OF "kvinder|mænd|kvinde|mand|herrer|damer|piger|drenge|mandlige|kvindelige|pige|dreng"

static const char *const innocent[] = {
    "uanset|hensyn|forskel" GROUNDS,
    "ikke|efter efter|på" GROUNDS,
    "både|begge ..1 " ALL_OF " og " ALL_OF,
    ALL_OF " og|eller|såvel|samt ?som " ALL_OF,
    "mand kvinde",
    "kvinde mand",
    "mænd kvinder",
    "han|hun og|eller|samt hun|han ?hungevind|hanstik|hunstik",
    "han|hun og|eller hungevind|hangevind|hanstik|hunstik|han|hun",
    "han hun",
    "ung|unge|ungt|yngre ?og ?voksende|dynamisk|dynamiske|spændende|sund|sunde "
    "virksomhed|virksomheder|firma|firmær|entreprenørvirksomhed|entreprenørfirma|by|bydel|branche|"
    "beton|betonen|træ|træer|træerne|planter|bevoksning|skov|løvtræer|nåletræer|bygning|bygninger|"
    "ejendom|fag|selskab",
    "ung og voksende|dynamisk virksomhed|branche",
    "unge under 18",
    "garanti|garantien ..3 # år",
    "ejendom|ejendommen|bygning|bygningen|bygningerne|huset|rør|rørene|taget|firmæt|virksomheden "
    "..3 # ?til ?# år",
    "# år gamle|gammelt|gammel",
    "# år i|på|siden branchen|bagen|faget",
    "center|centre|krisecenter|bolig|boliger|*boliger|hjem|*hjem|klub|*klub|skole|skolen|bad|"
    "*toilet|*toiletter|toilet|toiletter|omklædning|omklædningsrum|*rum|herberg|herberget|"
    "plejecenter|botilbud|værested|tilbud|legeplads|modtagecenter|kollegium til|for ..2 "
    "kvinder|mænd|unge|ældre|piger|drenge|herrer|damer|flygtninge|seniorer|pensionister|børn|"
    "gravide|handicappede|studerende",
    "gravplads|begravelsesplads|grave|kirkegård ..2 muslimer|jøder|katolikker|kristne",
    "rask levering|tempo|leverance",
    "fyr og kedel",
    "seksuel chikane",
    "uanset om",
};

const struct linter_book linter_orders = {.phrases = phrases,
                                          .phrase_count = COUNT(phrases),
                                          .innocent = innocent,
                                          .innocent_count = COUNT(innocent)};
