/* Whether what is named is a must, a wish, or said not to be asked for: by the words around it. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"

#define MARKER_WORDS 4
#define SENTENCE_CAP                                                                               \
    64 /* requirements of one sentence that a word behind them can still change                    \
        */

enum says { SAYS_NOTHING, SAYS_WITH, SAYS_MUST, SAYS_NICE, SAYS_NOT };
enum side {
    AHEAD,
    BEHIND,
    EITHER
}; /* EITHER: what stands before it in the sentence, if anything does */

/* Folded. The longest that fits counts. */
static const struct marker {
    const char *words[MARKER_WORDS + 1];
    enum says says;
    enum side side;
} markers[] = {
    {{"skal"}, SAYS_MUST, AHEAD},
    {{"mindst"}, SAYS_MUST, AHEAD},
    {{"minimum"}, SAYS_MUST, AHEAD},
    {{"kraever"}, SAYS_MUST, AHEAD},
    {{"kraeves"}, SAYS_MUST, EITHER},
    {{"er", "paakraevet"}, SAYS_MUST, BEHIND},
    {{"paakraevet"}, SAYS_MUST, BEHIND},
    {{"krav"}, SAYS_MUST, AHEAD},
    {{"krav", "om"}, SAYS_MUST, AHEAD},
    {{"et", "krav"}, SAYS_MUST, BEHIND},
    {{"er", "krav"}, SAYS_MUST, BEHIND},
    {{"er", "et", "krav"}, SAYS_MUST, BEHIND},
    {{"er", "et", "krav", "at"}, SAYS_MUST, AHEAD},
    {{"et", "must"}, SAYS_MUST, BEHIND},
    {{"er", "et", "must"}, SAYS_MUST, BEHIND},
    {{"noedvendig"}, SAYS_MUST, EITHER},
    {{"noedvendigt"}, SAYS_MUST, EITHER},
    {{"ufravigeligt"}, SAYS_MUST, EITHER},
    {{"ufravigelige"}, SAYS_MUST, AHEAD},
    {{"er", "en", "betingelse"}, SAYS_MUST, BEHIND},
    {{"forudsaetter"}, SAYS_MUST, AHEAD},
    {{"gerne"}, SAYS_NICE, AHEAD},
    {{"ses", "gerne"}, SAYS_NICE, EITHER},
    {{"helst"}, SAYS_NICE, AHEAD},
    {{"evt"}, SAYS_NICE, AHEAD},
    {{"eventuelt"}, SAYS_NICE, AHEAD},
    {{"fordel"}, SAYS_NICE, EITHER},
    {{"en", "fordel"}, SAYS_NICE, EITHER},
    {{"er", "en", "fordel"}, SAYS_NICE, EITHER},
    {{"en", "fordel", "med"}, SAYS_NICE, AHEAD},
    {{"en", "fordel", "hvis"}, SAYS_NICE, AHEAD},
    {{"en", "fordel", "at"}, SAYS_NICE, AHEAD},
    {{"er", "en", "fordel", "med"}, SAYS_NICE, AHEAD},
    {{"er", "en", "fordel", "hvis"}, SAYS_NICE, AHEAD},
    {{"er", "en", "fordel", "at"}, SAYS_NICE, AHEAD},
    {{"et", "plus"}, SAYS_NICE, EITHER},
    {{"er", "et", "plus"}, SAYS_NICE, EITHER},
    {{"plus", "hvis"}, SAYS_NICE, AHEAD},
    {{"et", "plus", "hvis"}, SAYS_NICE, AHEAD},
    {{"er", "et", "plus", "hvis"}, SAYS_NICE, AHEAD},
    {{"er", "et", "plus", "med"}, SAYS_NICE, AHEAD},
    {{"bonus"}, SAYS_NICE, EITHER},
    {{"foretraekkes"}, SAYS_NICE, BEHIND},
    {{"oenskes"}, SAYS_NICE, BEHIND},
    {{"oenskeligt"}, SAYS_NICE, EITHER},
    {{"oensker"}, SAYS_NOTHING, AHEAD}, /* a wish as a heading alone: "Vi ønsker 3 struktører" */
    {{"oenske"}, SAYS_NOTHING, AHEAD},
    {{"ikke", "krav"}, SAYS_NOT, EITHER},
    {{"ikke", "krav", "om"}, SAYS_NOT, AHEAD},
    {{"ikke", "et", "krav"}, SAYS_NOT, EITHER},
    {{"er", "ikke", "et", "krav"}, SAYS_NOT, BEHIND},
    {{"er", "ikke", "krav"}, SAYS_NOT, BEHIND},
    {{"intet", "krav"}, SAYS_NOT, EITHER},
    {{"intet", "krav", "om"}, SAYS_NOT, AHEAD},
    {{"ingen", "krav"}, SAYS_NOT, EITHER},
    {{"ingen", "krav", "om"}, SAYS_NOT, AHEAD},
    {{"ikke", "noedvendig"}, SAYS_NOT, EITHER},
    {{"ikke", "noedvendigt"}, SAYS_NOT, EITHER},
    {{"er", "ikke", "noedvendig"}, SAYS_NOT, BEHIND},
    {{"er", "ikke", "noedvendigt"}, SAYS_NOT, BEHIND},
    {{"ikke", "paakraevet"}, SAYS_NOT, BEHIND},
    {{"kraeves", "ikke"}, SAYS_NOT, BEHIND},
    {{"kraever", "ikke"}, SAYS_NOT, AHEAD},
    {{"behoever", "ikke"}, SAYS_NOT, AHEAD},
    {{"behoeves", "ikke"}, SAYS_NOT, BEHIND},
    {{"skal", "ikke"}, SAYS_NOT, AHEAD},
    {{"uden"}, SAYS_NOT, AHEAD},
    {{"uden", "krav"}, SAYS_NOT, AHEAD},
    {{"uden", "krav", "om"}, SAYS_NOT, AHEAD},
    {{"ikke", "noget", "krav"}, SAYS_NOT, EITHER},
};

struct scope {
    struct reader *reader;
    enum says says;
    bool heading;               /* "Krav:" holds for the lines below it */
    int sentence[SENTENCE_CAP]; /* findings since the sentence or the last marker began */
    size_t count;
    int last; /* the finding last seen, -1 */
};

static size_t marker_length(const struct reader *reader, size_t at, const struct marker *marker)
{
    size_t i;

    for (i = 0; marker->words[i] != NULL; i++) {
        if (i == 0 ? !reader_free(reader, at) : !reader_goes_on(reader, at + i))
            return 0;
        if (!token_is(&reader->tokens[at + i], marker->words[i]))
            return 0;
    }
    return i;
}

static const struct marker *marker_at(const struct reader *reader, size_t at, size_t *length)
{
    const struct marker *best = NULL;

    *length = 0;
    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++) {
        const size_t fits = marker_length(reader, at, &markers[i]);
        if (fits > *length) {
            best = &markers[i];
            *length = fits;
        }
    }
    return best;
}

static void set_confidence(struct text_finding *found, int most)
{
    if (found->confidence > most)
        found->confidence = most;
}

static void say(struct text_finding *found, enum says says)
{
    if (says == SAYS_NOT) {
        found->field = TEXT_ASIDE;
        found->note = "Teksten siger, at det ikke kræves.";
        return;
    }
    if (found->field != TEXT_REQUIREMENT)
        return;
    found->nice =
        says == SAYS_NICE || (says == SAYS_NOTHING && str_equal(found->kind, "competence"));
    if (says == SAYS_WITH)
        set_confidence(found, 800);
    if (says != SAYS_NOTHING)
        return;
    set_confidence(found, 600);
    if (found->note == NULL)
        found->note = "Om det er et krav eller et ønske, står der ikke.";
}

static bool can_say(const struct text_finding *found)
{
    return found->field == TEXT_REQUIREMENT || found->field == TEXT_KIND;
}

/* What was gathered is told what it is. */
static void settle(struct scope *scope, enum says says)
{
    for (size_t i = 0; i < scope->count; i++)
        say(&scope->reader->findings[scope->sentence[i]], says);
    scope->count = 0;
}

/* The findings of a sentence keep how sure they were before it was said what they are. */
static void pass_finding(struct scope *scope, int index)
{
    struct text_finding *found = &scope->reader->findings[index];

    if (index == scope->last || !can_say(found))
        return;
    scope->last = index;
    if (scope->count == SENTENCE_CAP)
        settle(scope, scope->says);
    scope->sentence[scope->count++] = index;
}

/* "skal de ikke have …". */
static bool denied_behind(const struct reader *reader, size_t next)
{
    static const char *const who[] = {"i", "du", "de", "man", "vi", "han", "hun", "folk", NULL};

    return reader_goes_on(reader, next) && token_among(&reader->tokens[next], who) &&
           reader_goes_on(reader, next + 1) && token_is(&reader->tokens[next + 1], "ikke");
}

/* "… er ikke et must": the marker says the contrary. */
static bool is_denied(const struct reader *reader, size_t at)
{
    static const char *const denials[] = {"ikke", "ingen", "intet", NULL};

    for (size_t step = 1; step <= 2 && step <= at; step++) {
        if (reader->tokens[at - step + 1].flags & (TOKEN_BREAK | TOKEN_COMMA) ||
            reader->tokens[at - step].finding >= 0)
            break;
        if (token_among(&reader->tokens[at - step], denials))
            return true;
    }
    return false;
}

/* "… er ikke et krav, men en fordel": a wish after all. */
static bool wish_follows(const struct reader *reader, size_t at)
{
    size_t length;

    if (!reader_goes_on(reader, at) || !token_is(&reader->tokens[at], "men"))
        return false;
    for (size_t next = at + 1; next <= at + 3 && reader_goes_on(reader, next); next++) {
        const struct marker *marker = marker_at(reader, next, &length);
        if (marker != NULL)
            return marker->says == SAYS_NICE && marker->side == EITHER;
    }
    return false;
}

static size_t pass_marker(struct scope *scope, size_t at, const struct marker *marker,
                          size_t length)
{
    struct reader *reader = scope->reader;
    const bool heading = (reader->tokens[at + length - 1].flags & TOKEN_COLON) != 0;
    const bool wish = marker->says == SAYS_NOTHING;

    if (wish && !heading)
        return 1;
    for (size_t i = 0; i < length; i++)
        reader->tokens[at + i].quiet = true;
    enum says says = wish ? SAYS_NICE : marker->says;
    const bool behind = !heading && denied_behind(reader, at + length);
    if (!heading && says != SAYS_NOT && (behind || is_denied(reader, at)))
        says = SAYS_NOT;
    /* "Kørekort skal de ikke have": of what stands before it. */
    const bool inverted = behind && at > 0 && reader->tokens[at - 1].finding >= 0;
    if (says == SAYS_NOT && scope->count > 0 && wish_follows(reader, at + length))
        says = SAYS_NICE;
    if (!heading && scope->count > 0 && (marker->side != AHEAD || inverted)) {
        settle(scope, says);
        scope->says = SAYS_NOTHING;
        return length;
    }
    settle(scope, scope->says);
    if (marker->side != BEHIND || heading)
        scope->says = says;
    scope->heading = heading;
    return length;
}

static void begin_sentence(struct scope *scope, const struct token *token)
{
    settle(scope, scope->says);
    if (token->flags & TOKEN_PARAGRAPH)
        scope->heading = false;
    if (!scope->heading)
        scope->says = SAYS_NOTHING;
}

/* "uden krav om epoxy, men …" asks for what comes; "med epoxy" is meant as asked for; "til
 * letbanen" tells what the work is. */
static void pass_word(struct scope *scope, const struct token *token)
{
    static const char *const with[] = {"med", "har", "have", "kan", "besidder", NULL};
    static const char *const about[] = {"til", "ved", "paa", NULL};

    if (scope->says == SAYS_NOT && token_is(token, "men")) {
        settle(scope, SAYS_NOT);
        scope->says = SAYS_NOTHING;
        return;
    }

    if (scope->says != SAYS_NOTHING && scope->says != SAYS_WITH)
        return;
    if (!token_among(token, with) && !token_among(token, about))
        return;
    settle(scope, scope->says);
    scope->says = token_among(token, with) ? SAYS_WITH : SAYS_NOTHING;
}

/* "epoxy eller asfaltkursus": an order has no either-or. */
static void note_choices(struct reader *reader)
{
    for (size_t at = 1; at + 1 < reader->count; at++) {
        const int before = reader->tokens[at - 1].finding, after = reader->tokens[at + 1].finding;
        if (!token_is(&reader->tokens[at], "eller") || before < 0 || after < 0 ||
            reader->findings[before].field != TEXT_REQUIREMENT ||
            reader->findings[after].field != TEXT_REQUIREMENT)
            continue;
        const int both[] = {before, after};
        for (size_t i = 0; i < 2; i++) {
            set_confidence(&reader->findings[both[i]], 500);
            reader->findings[both[i]].note =
                "Et enten-eller har jobordren ikke; begge er taget med.";
        }
    }
}

void scope_pass(struct reader *reader)
{
    struct scope scope = {.reader = reader, .last = -1};

    for (size_t at = 0; at < reader->count;) {
        const struct token *token = &reader->tokens[at];
        size_t length = 0;
        if (token->flags & TOKEN_BREAK)
            begin_sentence(&scope, token);
        const struct marker *marker = token->finding < 0 ? marker_at(reader, at, &length) : NULL;
        if (token->finding >= 0)
            pass_finding(&scope, token->finding);
        else if (marker != NULL)
            length = pass_marker(&scope, at, marker, length);
        else
            pass_word(&scope, token);
        at += length > 0 ? length : 1;
    }
    settle(&scope, scope.says);
    note_choices(reader);
}
