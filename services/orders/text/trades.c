/* What the vocabulary has a word for, kinds of work, and how many people. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"

#include <string.h>

#define POSTS_MOST 500
#define POSTS_REACH 3 /* words between a number and the trade: "3 dygtige, faglærte struktører" */
#define SHORT_WORD 5  /* letters; such a word alone often means something else */
#define COMPOUND_LEAST 8 /* letters of a word that is worth taking apart */
#define COMPOUND_PIECE 4
#define LEVEL_MOST 5

/* --- a label at a place
 * -------------------------------------------------------------------------------------- */

struct match {
    const struct label *label; /* NULL: none */
    int score;                 /* how like the words are */
    const char *others;        /* what the same words also name, or NULL */
};

/* TEXT_SURE to 1, or 0 when the label does not stand at `at`. */
static int label_score(const struct reader *reader, size_t at, const struct label *label)
{
    int score = TEXT_SURE;

    for (size_t i = 0; i < label->count; i++) {
        if (i == 0 ? !reader_free(reader, at) : !reader_goes_on(reader, at + i))
            return 0;
        const struct token *token = &reader->tokens[at + i];
        if (i > 0 && token->flags & TOKEN_COMMA && !label->commas)
            return 0;
        const int like = words_like(token->text, label->tokens[i]);
        if (like < score)
            score = like;
    }
    return score;
}

static bool is_kind(const struct label *label, const char *kind)
{
    return str_equal(label->kind, kind);
}

static const char *const proofs[] = {"kursus",       "kurser",     "bevis", "beviser", "certifikat",
                                     "certifikater", "uddannelse", "kort",  NULL};

/* Lower is likelier: "epoxy" is a certificate and a trade's work, "smed" a trade and its work. */
static int kind_rank(const struct reader *reader, size_t at, const struct label *label)
{
    const size_t after = at + label->count;
    const bool proof = reader_goes_on(reader, after) && token_among(&reader->tokens[after], proofs);

    if (proof && is_kind(label, "certificate"))
        return 0;
    if (is_kind(label, "occupation"))
        return 1;
    if (is_kind(label, "certificate"))
        return 2;
    return is_kind(label, "licence") ? 3 : 4;
}

/* Longer, more alike, of the likelier kind, more its own name, the first code. */
static bool is_better(const struct reader *reader, size_t at, const struct label *label, int score,
                      const struct match *best)
{
    if (best->label == NULL)
        return true;
    if (label->count != best->label->count)
        return label->count > best->label->count;
    if (score != best->score)
        return score > best->score;
    const int left = kind_rank(reader, at, label), right = kind_rank(reader, at, best->label);
    if (left != right)
        return left < right;
    if (label->weight != best->label->weight)
        return label->weight > best->label->weight;
    return strcmp(label->code, best->label->code) < 0;
}

static void name_others(const struct reader *reader, size_t at, const struct label *labels,
                        size_t count, struct match *best)
{
    for (size_t i = 0; i < count; i++) {
        const struct label *label = &labels[i];
        if (label->count != best->label->count ||
            (is_kind(label, best->label->kind) && str_equal(label->code, best->label->code)) ||
            label_score(reader, at, label) != best->score)
            continue;
        const char *name = arena_printf(reader->arena, "%s %s", label->kind, label->code);
        if (best->others == NULL)
            best->others = name;
        else if (strstr(best->others, name) == NULL && strlen(best->others) < 120)
            best->others = arena_printf(reader->arena, "%s, %s", best->others, name);
    }
}

static struct match match_at(const struct reader *reader, size_t at)
{
    struct match best = {0};
    const struct label *labels;
    const size_t count = words_labels(reader->words, reader->tokens[at].text, &labels);

    for (size_t i = 0; i < count; i++) {
        const int score = label_score(reader, at, &labels[i]);
        if (score > 0 && is_better(reader, at, &labels[i], score, &best))
            best = (struct match){.label = &labels[i], .score = score};
    }
    if (best.label != NULL)
        name_others(reader, at, labels, count, &best);
    return best;
}

/* --- how many
 * ------------------------------------------------------------------------------------------------
 */

static bool is_article(const struct token *token)
{
    return token_is(token, "en") || token_is(token, "et");
}

/* "3", "tre", "3-4", "tre til fire" with its last number at `at`. */
static bool take_posts(struct reader *reader, size_t at)
{
    int number = reader_number(reader, at);
    size_t first = at;

    if (number == 0 || number > POSTS_MOST)
        return false;
    if (at > 0 && reader->tokens[at].sign == '-' && reader_number(reader, at - 1) > 0)
        first = at - 1;
    else if (at > 1 &&
             (token_is(&reader->tokens[at - 1], "til") ||
              token_is(&reader->tokens[at - 1], "eller")) &&
             reader_number(reader, at - 2) > 0 && !is_article(&reader->tokens[at - 2]))
        first = at - 2;
    const bool range = first != at;
    const bool article = is_article(&reader->tokens[at]);
    if (range)
        number = reader_number(reader, first);
    struct text_finding *found = reader_found(reader, first, at + 1 - first, TEXT_POSTS,
                                              arena_printf(reader->arena, "%d", number),
                                              range     ? 500
                                              : article ? 800
                                                        : TEXT_SURE);
    if (found != NULL) {
        found->number = number;
        found->note = range ? "Et interval; det laveste antal er brugt." : NULL;
    }
    return true;
}

static bool posts_before(struct reader *reader, size_t at)
{
    for (size_t step = 1; step <= POSTS_REACH && step <= at; step++) {
        const size_t here = at - step;
        if (reader->tokens[here + 1].flags & TOKEN_BREAK || !reader_free(reader, here))
            return false;
        if (reader_number(reader, here) > 0)
            return around_counts(reader, here, at) && take_posts(reader, here);
        if (reader->tokens[here].flags & TOKEN_CAPITAL)
            return false;
    }
    return false;
}

/* "5 mand til jord og beton": people without a trade. */
static void take_people(struct reader *reader, size_t at)
{
    static const char *const people[] = {"mand",        "maend",      "personer", "medarbejdere",
                                         "folk",        "stillinger", "stk",      "kolleger",
                                         "kollegaer",   "haender",    "ansatte",  "mandskab",
                                         "medarbejder", "person",     "stilling", NULL};

    /* Of what trade "specialarbejdere" are is left open, so the word stays not understood. */
    const bool workers = token_is(&reader->tokens[at], "specialarbejdere") ||
                         token_is(&reader->tokens[at], "haandvaerkere");
    if ((workers || token_among(&reader->tokens[at], people)) && posts_before(reader, at))
        reader->tokens[at].quiet = !workers;
}

/* --- trades and requirements
 * --------------------------------------------------------------------------------- */

static const struct text_finding *finding_of(const struct reader *reader, size_t at)
{
    return reader->tokens[at].finding < 0 ? NULL : &reader->findings[reader->tokens[at].finding];
}

/* Said together with a trade that is wanted: "tømrere, murere og malere". */
static bool beside_trade(const struct reader *reader, size_t at)
{
    static const char *const between[] = {"og", "eller", "samt", NULL};

    for (size_t step = 1; step <= 2 && step <= at; step++) {
        const struct text_finding *found = finding_of(reader, at - step);
        if (reader->tokens[at - step + 1].flags & TOKEN_BREAK)
            return false;
        if (found != NULL)
            return found->field == TEXT_OCCUPATION;
        if (!token_among(&reader->tokens[at - step], between))
            return false;
    }
    return false;
}

static bool has_field(const struct reader *reader, enum text_field field)
{
    for (size_t i = 0; i < reader->finding_count; i++)
        if (reader->findings[i].field == field)
            return true;
    return false;
}

/* What has been as a trade: "erfaring som tømrer", "uddannet murer". */
static bool is_background(const struct reader *reader, size_t at)
{
    static const char *const words[] = {"som",       "uddannet", "udlaert", "faglaert",
                                        "tidligere", "baggrund", NULL};

    return at > 0 && !(reader->tokens[at].flags & TOKEN_BREAK) &&
           token_among(&reader->tokens[at - 1], words);
}

/* Named, and not sought: said so, or the trade of whoever writes. True when it was. */
static bool pass_trade(struct reader *reader, size_t at, size_t count, const char *code)
{
    const bool denied = around_denied(reader, at);

    if (!denied && !around_person(reader, at))
        return false;
    struct text_finding *found = reader_found(reader, at, count, TEXT_ASIDE, code, 700);
    if (found != NULL)
        found->note = denied ? "Teksten siger, at det fag ikke søges."
                             : "Faget står ved den, der skriver eller skal kontaktes.";
    return true;
}

static void note_others(const struct reader *reader, struct text_finding *found,
                        const struct match *match)
{
    if (match->others == NULL)
        return;
    found->note =
        arena_printf(reader->arena, "Ordet har flere betydninger i ordlisten: %s.", match->others);
    found->confidence = found->confidence > 700 ? 700 : found->confidence;
}

static void take_trade(struct reader *reader, size_t at, size_t count, const struct match *match,
                       int confidence)
{
    if (pass_trade(reader, at, count, match->label->code))
        return;
    const bool counted = posts_before(reader, at);
    const bool wanted = counted || beside_trade(reader, at) || !has_field(reader, TEXT_OCCUPATION);
    const bool background = !wanted && is_background(reader, at);
    struct text_finding *found = reader_found(reader, at, count,
                                              wanted       ? TEXT_OCCUPATION
                                              : background ? TEXT_REQUIREMENT
                                                           : TEXT_ASIDE,
                                              match->label->code, confidence);

    if (found == NULL)
        return;
    if (!wanted && !background) {
        found->confidence = 500;
        found->note = "Et fag, der nævnes; om det søges eller kræves, står der ikke.";
        return;
    }
    found->kind = "occupation";
    note_others(reader, found, match);
    if (confidence == WORDS_SHORTER) {
        found->confidence = 600;
        found->note = "Afledt af et ord, der ligner faget.";
    }
    if (wanted && !counted && is_background(reader, at)) {
        found->confidence = found->confidence > 600 ? 600 : found->confidence;
        found->note = "Faget nævnes som baggrund; det er taget som det, der søges.";
    }
}

static int level_behind(const struct reader *reader, size_t at, size_t *count)
{
    size_t next = at;

    if (reader_goes_on(reader, next) && token_is(&reader->tokens[next], "paa"))
        next++;
    if (!reader_goes_on(reader, next) || !token_is(&reader->tokens[next], "niveau") ||
        !reader_goes_on(reader, next + 1))
        return 0;
    const int level = reader_number(reader, next + 1);
    if (level < 1 || level > LEVEL_MOST)
        return 0;
    *count += next + 2 - at;
    return level;
}

/* "certifikat til tårnkran" is what the vocabulary calls a tårnkrancertifikat. */
static bool take_proof_of(struct reader *reader, size_t at, const struct label *what)
{
    static const char *const between[] = {"til", "i", "paa", NULL};
    const struct label *labels;

    if (at < 2 || what->count != 1 || reader->tokens[at].flags & TOKEN_BREAK ||
        !token_among(&reader->tokens[at - 1], between) || !reader_free(reader, at - 1) ||
        !reader_free(reader, at - 2) || !token_among(&reader->tokens[at - 2], proofs))
        return false;
    const char *joined =
        arena_printf(reader->arena, "%s%s", reader->tokens[at].text, reader->tokens[at - 2].text);
    const size_t count = words_labels(reader->words, joined, &labels);
    for (size_t i = 0; i < count; i++) {
        if (labels[i].count != 1 || !is_kind(&labels[i], "certificate") ||
            words_like(joined, labels[i].tokens[0]) == 0)
            continue;
        struct text_finding *found =
            reader_found(reader, at - 2, 3, TEXT_REQUIREMENT, labels[i].code, 900);
        if (found != NULL)
            found->kind = "certificate";
        return true;
    }
    return false;
}

static void take_quality(struct reader *reader, size_t at, const struct match *match)
{
    const struct label *label = match->label;
    size_t count = label->count;
    int confidence = match->score, level = 0;

    if (take_proof_of(reader, at, label))
        return;
    if (is_kind(label, "certificate") && reader_goes_on(reader, at + count) &&
        token_among(&reader->tokens[at + count], proofs))
        count++;
    if (is_kind(label, "competence"))
        level = level_behind(reader, at + count, &count);
    if (label->count == 1 && strlen(label->tokens[0]) <= SHORT_WORD && is_kind(label, "competence"))
        confidence = confidence > 700 ? 700 : confidence;
    struct text_finding *found =
        reader_found(reader, at, count, TEXT_REQUIREMENT, label->code, confidence);
    if (found == NULL)
        return;
    found->kind = label->kind;
    found->number = level;
    note_others(reader, found, match);
}

/* --- compounds
 * -----------------------------------------------------------------------------------------------
 */

/* The best label of one word alone that is like `word`; of a trade, or of anything else. */
static const struct label *single(const struct reader *reader, const char *word, bool trade)
{
    const struct label *labels, *best = NULL;
    const size_t count = words_labels(reader->words, word, &labels);
    int most = 0;

    for (size_t i = 0; i < count; i++) {
        if (labels[i].count != 1 || is_kind(&labels[i], "occupation") != trade)
            continue;
        const int like = words_like(word, labels[i].tokens[0]);
        if (like > most || (like == most && best != NULL && like > 0 &&
                            kind_rank(reader, reader->count, &labels[i]) <
                                kind_rank(reader, reader->count, best))) {
            most = like;
            best = &labels[i];
        }
    }
    return best;
}

/* "letbanestruktører" is a trade and what it works with, where both halves are words of the
 * vocabulary. */
static bool take_compound(struct reader *reader, size_t at)
{
    const struct token *token = &reader->tokens[at];

    if (token->length < COMPOUND_LEAST)
        return false;
    for (size_t cut = COMPOUND_PIECE; cut + COMPOUND_PIECE <= token->length; cut++) {
        const struct match trade = {.label = single(reader, token->text + cut, true), .score = 750};
        if (trade.label == NULL)
            continue;
        size_t front = cut;
        const struct label *with =
            single(reader, arena_strndup(reader->arena, token->text, front), false);
        if (with == NULL && token->text[front - 1] == 's')
            with = single(reader, arena_strndup(reader->arena, token->text, --front), false);
        if (with == NULL)
            continue;
        take_trade(reader, at, 1, &trade, trade.score);
        struct text_finding *found =
            reader_found_part(reader, at, 0, front, TEXT_REQUIREMENT, with->code, 500);
        if (found != NULL) {
            found->kind = with->kind;
            found->nice = true;
            found->note = "Første del af et sammensat ord.";
        }
        return true;
    }
    return false;
}

/* --- kinds of work
 * ------------------------------------------------------------------------------------------- */

static const struct {
    const char *word, *kind;
    int confidence;
} kinds[] = {
    {"fastansaettelse", "permanent", 1000},
    {"fastansat", "permanent", 1000},
    {"fastansatte", "permanent", 1000},
    {"fast", "permanent", 800},
    {"faste", "permanent", 800},
    {"permanent", "permanent", 1000},
    {"varig", "permanent", 800},
    {"midlertidig", "temporary", 1000},
    {"midlertidige", "temporary", 1000},
    {"midlertidigt", "temporary", 1000},
    {"tidsbegraenset", "temporary", 1000},
    {"tidsbegraensede", "temporary", 1000},
    {"vikar", "temporary", 800},
    {"vikarer", "temporary", 800},
    {"vikariat", "temporary", 1000},
    {"projektansaettelse", "temporary", 900},
    {"projektansat", "temporary", 900},
    {"projektansatte", "temporary", 900},
    {"saeson", "seasonal", 800},
    {"saesonarbejde", "seasonal", 1000},
    {"saesonansaettelse", "seasonal", 1000},
    {"saesonansatte", "seasonal", 1000},
    {"jobrotation", "job_rotation", 1000},
    {"rotationsvikar", "job_rotation", 1000},
    {"rotationsvikarer", "job_rotation", 1000},
    {"loentilskud", "wage_subsidy", 1000},
    {"praktik", "work_trial", 900},
    {"praktikplads", "work_trial", 900},
    {"praktikpladser", "work_trial", 900},
    {"virksomhedspraktik", "work_trial", 1000},
    {"fleksjob", "flex", 1000},
    {"fleksjobber", "flex", 1000},
    {"fleksjobbere", "flex", 1000},
};

static void take_kind(struct reader *reader, size_t at)
{
    static const char *const tail[] = {"stilling", "stillinger", "ansaettelse",  "job", "arbejde",
                                       "ansat",    "ansatte",    "medarbejdere", NULL};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!token_is(&reader->tokens[at], kinds[i].word))
            continue;
        const bool followed =
            reader_goes_on(reader, at + 1) && token_among(&reader->tokens[at + 1], tail);
        const bool denied = around_denied(reader, at);
        const bool offered = !denied && !around_possible(reader, at);
        const int confidence = followed ? TEXT_SURE : kinds[i].confidence;
        struct text_finding *found =
            reader_found(reader, at, followed ? 2 : 1, offered ? TEXT_KIND : TEXT_ASIDE,
                         kinds[i].kind, confidence);
        if (found == NULL)
            return;
        if (!offered)
            found->note = denied ? "Teksten siger, at det ikke er det."
                                 : "Nævnt som en mulighed; det er ikke taget med.";
        else if (confidence <= 800)
            found->note = "Ordet alene siger det ikke sikkert; kontrollér ansættelsesformen.";
        return;
    }
}

void trades_pass(struct reader *reader)
{
    for (size_t at = 0; at < reader->count; at++) {
        if (!reader_free(reader, at))
            continue;
        const struct match match = match_at(reader, at);
        if (match.label == NULL)
            (void)take_compound(reader, at);
        else if (is_kind(match.label, "occupation"))
            take_trade(reader, at, match.label->count, &match, match.score);
        else
            take_quality(reader, at, &match);
    }
    for (size_t at = 0; at < reader->count; at++)
        if (reader_free(reader, at))
            take_kind(reader, at);
    if (has_field(reader, TEXT_POSTS))
        return;
    for (size_t at = 0; at < reader->count; at++)
        if (reader_free(reader, at))
            take_people(reader, at);
}
