#include "services/orders/linter/linter.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/orders/linter/pattern.h"

#include <stdlib.h>
#include <string.h>

struct linter {
    const struct linter_book *book;
    struct pattern_key *phrase_keys, *innocent_keys;
};

static const struct linter_ground grounds[LINTER_RULES] = {
    [LINTER_AGE] = {"age", "alder", "forskelsbehandlingsloven § 5, stk. 1",
                    "Skriv, hvad opgaven kræver, for eksempel erfaring, certifikater eller "
                    "tempo, og lad alderen være.",
                    "forskelsbehandlingsloven § 5 a (overenskomst), § 6, stk. 2, eller § 9; en "
                    "aldersgrænse i en anden lov"},
    [LINTER_SEX] = {"sex", "køn", "ligebehandlingsloven § 6",
                    "Brug en stillingsbetegnelse, der gælder alle, for eksempel »struktør« eller "
                    "»medarbejder«, og »du« for »han« og »hun«.",
                    "ligebehandlingsloven § 13"},
    [LINTER_FAMILY] = {"family", "graviditet og familie",
                       "ligebehandlingsloven § 1, stk. 2, og § 2",
                       "Skriv arbejdstid og mødested; om nogen venter eller har børn, er gift "
                       "eller enlig, må ikke betyde noget.",
                       "ligebehandlingsloven § 13"},
    [LINTER_ORIGIN] = {"origin", "race, hudfarve og national eller etnisk oprindelse",
                       "forskelsbehandlingsloven § 5, stk. 1",
                       "Skriv, hvad der skal til, for eksempel »ret til at arbejde i Danmark« "
                       "eller »dansk på B1-niveau«.",
                       "forskelsbehandlingsloven § 6, stk. 2, eller § 9, stk. 2; sikkerhedsregler "
                       "i en anden lov"},
    [LINTER_LANGUAGE] = {"language", "modersmål og accent",
                         "forskelsbehandlingsloven § 5, stk. 1, jf. § 1, stk. 3",
                         "Skriv det niveau, som arbejdet kræver, for eksempel »dansk på "
                         "B2-niveau« eller »forstår sikkerhedsinstrukser på dansk«.",
                         "forskelsbehandlingsloven § 1, stk. 3, når arbejdet kræver niveauet, "
                         "eller § 6, stk. 2"},
    [LINTER_RELIGION] = {"religion", "religion og tro", "forskelsbehandlingsloven § 5, stk. 1",
                         "Skriv kravet til sikkerhed eller beklædning, som det gælder for alle, "
                         "for eksempel »hjelm er påbudt«.",
                         "forskelsbehandlingsloven § 6, stk. 1 eller 2"},
    [LINTER_UNION] = {"union", "medlemskab af en forening", "foreningsfrihedsloven §§ 1-2",
                      "Skriv vilkårene, for eksempel »løn efter overenskomst«; om nogen er medlem "
                      "af en fagforening, må ikke betyde noget.",
                      "foreningsfrihedsloven § 3"},
    [LINTER_HEALTH] = {"health", "helbred og handicap",
                       "forskelsbehandlingsloven § 5, stk. 1, og helbredsoplysningsloven § 2",
                       "Beskriv arbejdet, for eksempel »løft op til 25 kg« eller »arbejde på "
                       "stillads«, og lad ansøgeren selv vurdere det.",
                       "forskelsbehandlingsloven § 6, stk. 2, eller § 9; et krav om "
                       "helbredsundersøgelse i en anden lov"},
    [LINTER_ORIENTATION] = {"orientation", "seksuel orientering og kønsidentitet",
                            "forskelsbehandlingsloven § 5, stk. 1",
                            "Lad det være; det har intet med arbejdet at gøre.",
                            "forskelsbehandlingsloven § 6, stk. 2"},
    [LINTER_POLITICS] = {"politics", "politisk anskuelse", "forskelsbehandlingsloven § 5, stk. 1",
                         "Lad det være; det har intet med arbejdet at gøre.",
                         "forskelsbehandlingsloven § 6, stk. 1"},
};

const struct linter_ground *linter_ground(enum linter_rule rule)
{
    return &grounds[rule];
}

const char *linter_severity_name(enum linter_severity severity)
{
    return severity == LINTER_REFUSE ? "refuse" : "warn";
}

struct linter *linter_create(const struct linter_book *book)
{
    struct linter *linter = mem_zalloc(sizeof *linter);

    linter->book = book;
    linter->phrase_keys = mem_zalloc((book->phrase_count + 1) * sizeof(struct pattern_key));
    linter->innocent_keys = mem_zalloc((book->innocent_count + 1) * sizeof(struct pattern_key));
    for (size_t i = 0; i < book->phrase_count; i++)
        linter->phrase_keys[i] = pattern_key(book->phrases[i].pattern);
    for (size_t i = 0; i < book->innocent_count; i++)
        linter->innocent_keys[i] = pattern_key(book->innocent[i]);
    return linter;
}

void linter_destroy(struct linter **linter)
{
    if (!*linter)
        return;
    mem_free((*linter)->phrase_keys);
    mem_free((*linter)->innocent_keys);
    mem_free(*linter);
    *linter = NULL;
}

static void cover(const struct linter *linter, struct words *words, size_t at)
{
    const struct pattern_key key = pattern_word(&words->items[at]);
    uint64_t taken;
    size_t end;

    for (size_t i = 0; i < linter->book->innocent_count; i++) {
        if (!pattern_may(linter->innocent_keys[i], key) ||
            !pattern_match(linter->book->innocent[i], words, at, &end, &taken))
            continue;
        for (size_t word = at; word < end; word++)
            words->items[word].innocent = true;
    }
}

static bool touches_innocent(const struct words *words, size_t at, uint64_t taken)
{
    for (size_t i = 0; taken >> i; i++)
        if ((taken >> i & 1) && words->items[at + i].innocent)
            return true;
    return false;
}

struct page {
    struct linter_finding *findings;
    size_t count, cap;
};

/* Of two findings of one rule that overlap the longer, then the graver, is the one to keep. */
static bool outdoes(const struct linter_finding *one, const struct linter_finding *other)
{
    const size_t length = one->end - one->start, other_length = other->end - other->start;

    return length != other_length ? length > other_length : one->severity > other->severity;
}

static void note(struct page *page, const struct linter_finding *found)
{
    for (size_t i = page->count; i-- > 0;) {
        struct linter_finding *earlier = &page->findings[i];
        if (earlier->rule != found->rule || earlier->end <= found->start ||
            earlier->start >= found->end)
            continue;
        if (!outdoes(found, earlier))
            return;
        memmove(earlier, earlier + 1, (--page->count - i) * sizeof *earlier);
    }
    if (page->count < page->cap)
        page->findings[page->count++] = *found;
}

static void look(const struct linter *linter, const struct words *words, size_t at,
                 struct page *page)
{
    const struct pattern_key key = pattern_word(&words->items[at]);
    uint64_t taken;
    size_t end;

    for (size_t i = 0; i < linter->book->phrase_count; i++) {
        const struct linter_phrase *phrase = &linter->book->phrases[i];
        if (!pattern_may(linter->phrase_keys[i], key) ||
            !pattern_match(phrase->pattern, words, at, &end, &taken) ||
            touches_innocent(words, at, taken))
            continue;
        const struct linter_ground *ground = &grounds[phrase->rule];
        note(page, &(struct linter_finding){.rule = phrase->rule,
                                            .severity = phrase->severity,
                                            .start = words->items[at].start,
                                            .end = words->items[end - 1].end,
                                            .law = phrase->law ? phrase->law : ground->law,
                                            .suggestion = phrase->suggestion ? phrase->suggestion
                                                                             : ground->suggestion});
    }
}

static int by_place(const void *left, const void *right)
{
    const struct linter_finding *one = left, *other = right;

    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return (int)one->rule - (int)other->rule;
}

int linter_find(const struct linter *linter, const char *text, size_t length,
                struct linter_finding *findings, size_t cap, size_t *count)
{
    struct page page = {.findings = findings, .cap = cap};
    struct words words;

    *count = 0;
    if (length > LINTER_TEXT_CAP)
        return ERROR_LIMIT;
    if (!str_utf8_valid(text, length))
        return ERROR_INVALID;
    words_read(&words, text, length);
    for (size_t at = 0; at < words.count; at++)
        cover(linter, &words, at);
    for (size_t at = 0; at < words.count; at++)
        look(linter, &words, at, &page);
    words_deinit(&words);
    qsort(page.findings, page.count, sizeof *page.findings, by_place);
    *count = page.count;
    return 0;
}
