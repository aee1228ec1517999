#include "services/vocabulary/suggest/lexicon.h"

#include "common/base/mem.h"
#include "services/vocabulary/suggest/fold.h"
#include "services/vocabulary/suggest/stem.h"
#include "services/vocabulary/suggest/symbols.h"

#include <string.h>

static const char *const function_words =
    "af at den der det de en et for fra hos i ift ifm inden indenfor med mv mm og om omkring "
    "på samt som til under ud udenfor ved via eller and of the in for osv herunder vedrørende vedr "
    "bl kl hvor sin sit sine deres andre anden andet";

static const char *const hiring_words =
    "mk mkd fm søges søger søg søgt søge erfaren erfarent erfarne rutineret rutinerede dygtig "
    "dygtige faglært faglærte fagl ufaglært ufaglærte ufagl ufagl uddannet uddannede udd udlært "
    "udlærte "
    "ledig ledige ledigt stilling stillinger job jobbet jobs fuldtid fuldtids deltid deltids "
    "fuldtidsstilling deltidsstilling fastansat fastansættelse timelønnet månedslønnet vi jeg du "
    "os "
    "vores gerne straks snarest hurtigst muligt ny nye nyt år års erfaring kendskab kvalificeret "
    "kvalificerede stabil stabile motiveret engageret selvstændig selvstændige mødestabil "
    "pligtopfyldende "
    "have har er kan vil skal været som tidligere nuværende mangler ønskes tilbydes as aps";

struct group {
    uint32_t strength;
    const char *words;
};

static const struct group groups[] = {
    /* Who leads. */
    {820,
     "leder chef formand mester bestyrer forstander manager supervisor tilsynsførende ansvarlig"},
    {760, "leder arbejdsleder formand sjakformand sjakbajs holdleder teamleder driftsleder "
          "værkfører tilsynsførende supervisor tilsyn inspektør koordinator sjakledelse"},
    {700, "direktør chef leder administrator forretningsfører"},
    {800, "projektleder projektchef projektansvarlig byggeleder"},
    /* Who works. */
    {820, "arbejder medarbejder mand kone person"},
    {740,
     "arbejder medarbejder assistent hjælper medhjælper håndlanger arbejdsmand hjælp lærling elev"},
    {820, "assistent hjælper medhjælper ass aspirant"},
    {800, "specialarbejder arbejdsmand arbejder jord anlægsarbejder"},
    {820, "lærling elev praktikant trainee"},
    {760,
     "operatør maskinoperatør fører betjener maskinfører procesoperatør industrioperatør maskinist "
     "maskinpasser"},
    {800, "chauffør fører kører bilist lastbilchauffør vognmand kusk"},
    {800, "montør installatør opsætter samler monteringsarbejder montage montering"},
    {760, "tekniker teknolog assistent laborant"},
    {700, "tekniker mekaniker reparatør montør servicetekniker vedligeholder"},
    {740, "ingeniør konstruktør designer udvikler teknolog"},
    {650, "ingeniør tekniker"},
    {780, "konsulent rådgiver vejleder specialist ekspert"},
    {700, "konsulent analytiker"},
    {780, "sælger ekspedient forhandler salgskonsulent salgsmedarbejder salg butiksassistent "
          "salgsassistent repræsentant"},
    {800, "forhandler handlende grossist handler engrosforhandler handel købmand"},
    {780, "lærer underviser instruktør undervisning pædagog træner coach"},
    {800, "lektor professor docent adjunkt universitetslærer forsker"},
    {780, "forsker videnskabsmand videnskab"},
    {780, "fremstiller producent fabrikant producerer fremstilling produktion fabrik bygger "
          "forarbejder"},
    {780, "mager bygger fremstiller maker"},
    {800, "reparatør mekaniker reparation vedligehold vedligeholdelse vedligeholder servicemontør "
          "service"},
    {800, "kontrollør inspektør kontrol tilsyn kvalitetskontrollør tester"},
    {800, "planlægger koordinator planlægning disponent tilrettelægger"},
    {800, "bestyrer indehaver ejer leder forpagter"},
    {800, "tjener servitrice servering serveringsmedarbejder kellner"},
    {800, "kok køkken køkkenchef køkkenmedhjælper kogekone"},
    {780, "vagt vægter sikkerhedsvagt portør opsyn opsynsmand"},
    {820, "rengøring rengører renser rengøringshjælp rengøringsassistent"},
    {820, "gartner gartneri havemand"},
    {820, "sygeplejerske sygepleje"},
    {820, "læge doktor mediciner speciallæge"},
    {800, "sekretær kontorassistent administrativ kontor"},
    {780, "bogholder regnskab revisor økonomi regnskabsmedarbejder"},
    {800, "journalist redaktør reporter skribent"},
    {800, "forfatter skribent tekstforfatter"},
    {800, "tolk oversætter"},
    {800, "jurist advokat retsvæsen"},
    {800, "skuespiller aktør performer"},
    {780, "kunstner maler billedkunstner"},
    {800, "fotograf kameramand filmfotograf"},
    {800, "landmand landbrug avler bonde driftsleder"},
    {800, "avler dyrker opdrætter producent avl opdræt"},
    {800, "fisker fiskeri"},
    {800, "skovarbejder skovbrug skovhugger"},
    {800, "købmand indkøber indkøb køb"},
    {780, "lager logistik lagerarbejder lagermand lagermedarbejder"},
    {800, "distribution logistik"},
    {780, "spedition speditør transport fragt"},
    /* What it is about. */
    {920, "ikt it edb computer"},
    {700, "ikt it data software system netværk"},
    {800, "programmør softwareudvikler udvikler programmering"},
    {860, "bil automobil auto motorkøretøj køretøj"},
    {820, "lastbil lastvogn vogn godsvogn"},
    {820, "fly luftfart luftfartøj flyvning"},
    {820, "skib båd fartøj maritim søfart"},
    {820, "tog bane jernbane spor lokomotiv togbane skinne"},
    {820, "tøj beklædning klæder beklædningsgenstand konfektion"},
    {760, "tekstil stof beklædning væveri"},
    {860, "sko fodtøj skotøj"},
    {820, "læder skind lædervare"},
    {820, "møbel inventar snedker"},
    {800, "træ tømmer træindustri"},
    {820, "papir pap karton"},
    {820, "plast plastic kunststof polymer"},
    {820, "metal stål jern"},
    {800, "smed smedje metal"},
    {820, "støber støbning støberi støb"},
    {840, "svejser svejsning lodning lodder"},
    {820, "mad fødevare levnedsmiddel"},
    {820, "drik drikkevare"},
    {820, "øl bryggeri brygger"},
    {820, "brød bager bageri konditor"},
    {820, "kød slagter slagteri"},
    {820, "mælk mejeri mejerist"},
    {820, "blomst plante"},
    {780, "have park grøn"},
    {820, "dyr veterinær kvæg husdyr"},
    {800, "barn børn daginstitution pædagog pædagogmedhjælper"},
    {820, "ældre senior plejehjem"},
    {760, "pleje omsorg sosu plejer"},
    {820, "skole uddannelse undervisning"},
    {820, "bygning byggeri hus bygge"},
    {840, "byggeri bygge bygning anlæg entreprenør"},
    {820, "vej asfalt vejarbejde vejbygning gade"},
    {820, "asfalt asfaltør asfaltering asfaltudlægger asfaltudlægning"},
    {820, "brolægger brolægning belægning flise fliselægger sten stenlægger"},
    {840, "flise klinke keramik"},
    {840, "kloak afløb spildevand kloakering"},
    {760, "rør vvs ledning rørlægger"},
    {840, "vvs blikkenslager rørlægger rørsmed sanitet gas vand"},
    {840, "el elektriker elektrisk elinstallatør elektricitet strøm elektro"},
    {820, "varme varmeinstallation opvarmning fjernvarme"},
    {820, "ventilation klima køle køling aircondition"},
    {840, "tag tagdækker tagdækning taglægger taglægning tækker tækning"},
    {840, "mur murer murværk murerarbejde opmuring"},
    {800, "puds pudser pudsning stuk stukkatør gips"},
    {840, "maler maling malerarbejde bygningsmaler overfladebehandling lak lakerer"},
    {820, "tapet tapetserer tapetsering"},
    {840, "glas glarmester glasmester rude"},
    {840, "gulv gulvlægger gulvlægning gulvmontør parket"},
    {820, "tømrer snedker tømrerarbejde bygningssnedker"},
    {840, "beton cement betonarbejde"},
    {820, "armering jernbinder jernbinding jern armere"},
    {820, "forskalling forskaller struktør forskallingstømrer"},
    {840, "stillads stilladsmontør stilladsbygger stilladsarbejder"},
    {840, "nedrivning nedriver nedbrydning nedbryder nedbryde demontering sanering"},
    {840, "isolering isolatør isolere"},
    {840, "grave udgravning jordarbejde graver gravearbejde"},
    {820, "gravemaskine gravko rendegraver gravemaskinefører minigraver"},
    {820, "kran kranfører løfte hejs hejse"},
    {820, "truck gaffeltruck stabler truckfører"},
    {820, "dozer bulldozer"},
    {820, "læssemaskine gummiged frontlæsser gummihjulslæsser læsser"},
    {840, "mand mænd"},
    {900, "fremmedsprog sprog"},
    {820, "affald renovation skrald genbrug skraldemand dagrenovation"},
    {800, "miljø natur økologi naturbeskyttelse"},
    {800, "energi kraft kraftværk elværk"},
    {820, "olie petroleum raffinaderi"},
    {820, "mine minedrift grube"},
    {820, "laboratorium laborant lab"},
    {820, "kemi kemisk"},
    {820, "medicin farmaceutisk lægemiddel apotek farmaceut"},
    {820, "tand tandlæge dental"},
    {800, "øje syn optik optiker"},
    {820, "hår frisør frisure"},
    {820, "skønhed kosmetik kosmetolog"},
    {800, "sport idræt fitness"},
    {820, "trykker trykkeri tryk grafisk"},
    {820, "bog bibliotek bibliotekar"},
    {800, "bank finans finansiel investering kredit"},
    {820, "forsikring assurandør"},
    {800, "ejendom bolig fast ejendomsmægler"},
    {820, "ejendomsservice vicevært pedel viceværten varmemester ejendomsfunktionær"},
    {820, "personale hr rekruttering"},
    {780, "marketing markedsføring reklame"},
    {820, "rejse turist turisme"},
    {820, "hotel værelse"},
    {820, "restaurant café servering"},
    {820, "politi betjent politimand"},
    {820, "militær forsvar hær soldat officer"},
    {820, "brand brandmand redning"},
    {800, "told skat"},
    {820, "post postbud brev"},
    {800, "telefon telekommunikation tele"},
    {820, "musik musiker"},
    {820, "dans danser"},
    {820, "teater scene"},
    {820, "film biograf"},
    {800, "tv fjernsyn broadcast radio"},
    {800, "kvalitet kvalitetssikring kvalitetskontrol"},
    {800, "sikkerhed security arbejdsmiljø"},
    {840, "kørekort bil chauffør"},
    {840, "førstehjælp hjertestarter"},
    {820, "vedligeholdelse vedligehold service"},
    {820, "pakke pakker pakning emballage emballering"},
    {820, "sy syning syer syerske sømaskine skrædder"},
    {820, "strik strikker"},
    {820, "vask vaskeri"},
    {820, "sten stenhugger granit"},
    {820, "spil kasino casino"},
    {820, "bådebygger skibsbygger"},
    {820, "landmåler landmåling opmåling kort geodæt"},
    {820, "dykker dykning undervands"},
    {800, "udlejning udlejer leje"},
    {820, "tegner tegning"},
    {820, "arkitekt arkitektur"},
    {820, "køkken køkkenmontør køkkenmontage"},
    {820, "vindue dør vinduesmontage"},
};

#define GROUPS (sizeof groups / sizeof groups[0])

struct lexicon {
    struct symbols *function, *hiring;
    struct symbols *words; /* of the groups */
    struct symbols *stems; /* of those words; their groups in `of` */
    struct lexicon_groups *of;
    uint32_t room;
};

static void add_words(struct symbols *symbols, const char *list)
{
    struct fold_text text;

    while (*list != '\0') {
        const size_t length = strcspn(list, " ");
        fold_words(list, length, &text);
        if (text.count == 1) {
            fold_loose(text.words[0].text, text.words[0].length);
            symbols_add(symbols, text.words[0].text, text.words[0].length);
        }
        list += length;
        list += strspn(list, " ");
    }
}

static void add_stem(struct lexicon *lexicon, const struct fold_word *word, uint16_t group)
{
    char loose[FOLD_WORD_CAP];
    const size_t length = stem_length(word->text, word->length);

    memcpy(loose, word->text, word->length);
    fold_loose(loose, word->length);
    symbols_add(lexicon->words, loose, word->length);
    const uint32_t stem = symbols_add(lexicon->stems, loose, length);
    if (stem >= lexicon->room) {
        const uint32_t room = 2 * stem + 64;
        lexicon->of = mem_resize(lexicon->of, room, sizeof *lexicon->of);
        memset(lexicon->of + lexicon->room, 0, (room - lexicon->room) * sizeof *lexicon->of);
        lexicon->room = room;
    }
    struct lexicon_groups *of = &lexicon->of[stem];
    if (of->count > 0 && of->group[of->count - 1] == group)
        return; /* two forms of one word in one group */
    if (of->count < LEXICON_GROUPS_CAP)
        of->group[of->count++] = group;
}

static void add_group(struct lexicon *lexicon, uint16_t group)
{
    const char *list = groups[group].words;
    struct fold_text text;

    while (*list != '\0') {
        const size_t length = strcspn(list, " ");
        fold_words(list, length, &text);
        if (text.count == 1)
            add_stem(lexicon, &text.words[0], group);
        list += length;
        list += strspn(list, " ");
    }
}

struct lexicon *lexicon_create(void)
{
    struct lexicon *lexicon = mem_zalloc(sizeof *lexicon);

    lexicon->function = symbols_create();
    lexicon->hiring = symbols_create();
    lexicon->words = symbols_create();
    lexicon->stems = symbols_create();
    add_words(lexicon->function, function_words);
    add_words(lexicon->hiring, hiring_words);
    for (uint16_t group = 0; group < GROUPS; group++)
        add_group(lexicon, group);
    return lexicon;
}

void lexicon_destroy(struct lexicon **lexicon)
{
    struct lexicon *gone = *lexicon;

    if (gone == NULL)
        return;
    symbols_destroy(&gone->function);
    symbols_destroy(&gone->hiring);
    symbols_destroy(&gone->words);
    symbols_destroy(&gone->stems);
    mem_free(gone->of);
    mem_free(gone);
    *lexicon = NULL;
}

enum lexicon_sort lexicon_sort(const struct lexicon *lexicon, const char *word, size_t length)
{
    if (symbols_find(lexicon->function, word, length) != SYMBOLS_NONE)
        return LEXICON_FUNCTION;
    return symbols_find(lexicon->hiring, word, length) != SYMBOLS_NONE ? LEXICON_HIRING
                                                                       : LEXICON_WORD;
}

void lexicon_groups_of(const struct lexicon *lexicon, const char *stem, size_t length,
                       struct lexicon_groups *of)
{
    const uint32_t found = symbols_find(lexicon->stems, stem, length);

    *of = found != SYMBOLS_NONE ? lexicon->of[found] : (struct lexicon_groups){0};
}

size_t lexicon_group_count(void)
{
    return GROUPS;
}

uint32_t lexicon_strength(uint16_t group)
{
    return groups[group].strength;
}

const char *lexicon_word(const struct lexicon *lexicon, uint32_t number, size_t *length)
{
    return number < symbols_count(lexicon->words) ? symbols_bytes(lexicon->words, number, length)
                                                  : NULL;
}

size_t lexicon_memory(const struct lexicon *lexicon)
{
    return sizeof *lexicon + symbols_memory(lexicon->function) + symbols_memory(lexicon->hiring) +
           symbols_memory(lexicon->words) + symbols_memory(lexicon->stems) +
           lexicon->room * sizeof *lexicon->of;
}
