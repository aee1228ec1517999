"""Labels and queries of the evaluation: ESCO's Danish occupations, the construction trades, and noise with a fixed seed."""

import collections
import csv
import hashlib
import random
import re
import unicodedata

SEED = "emnebank suggest 1"

Query = collections.namedtuple("Query", "kind text codes half")  # `codes`: any of these is right

FOLDED = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ß": "ss"})


def fold(text):
    """Words in lower case without accents; æ, ø and å as ae, oe and aa."""
    text = unicodedata.normalize("NFC", text).lower().translate(FOLDED)
    text = unicodedata.normalize("NFKD", text)
    return " ".join(re.findall(r"[^\W_]+", "".join(letter for letter in text if not unicodedata.combining(letter))))


def half_of(code):
    """'dev', on which knobs may be turned, or 'test', on which they may not."""
    return "dev" if hashlib.sha256(code.encode()).digest()[0] % 2 == 0 else "test"


def tidy(text):
    return " ".join(text.split())


# --- ESCO occupations: the preferred label is the target, all others are queries -------------------------------------------


def esco(path):
    """Labels by code, and the queries held out: text to codes."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {row["code"]: tidy(row["preferredLabel"]) for row in rows}
    return labels, held_out(labels, ((row["code"], other) for row in rows for column in ("altLabels", "hiddenLabels")
                                     for other in row[column].split("\n")))


def trades(path):
    """The same for the construction trades: STAR's label is the target, what ESCO calls them are queries."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {row["star_code"]: tidy(row["star_label_da"]) for row in rows}
    return labels, held_out(labels, ((row["star_code"], other) for row in rows
                                     for other in [row["esco_label_da"], *row["esco_alt_da"].split("|")]))


def held_out(labels, others):
    """A text that folds to some target's label is no query: everybody would find it."""
    known = {fold(label) for label in labels.values()}
    queries, spelling = collections.defaultdict(set), {}
    for code, text in others:
        text = tidy(text)
        key = fold(text)
        if key and key not in known:
            queries[key].add(code)
            spelling.setdefault(key, text)
    return {spelling[key]: codes for key, codes in sorted(queries.items())}


# --- noise ------------------------------------------------------------------------------------------------------------------

KEYBOARD = ["qwertyuiopå", "asdfghjklæø", "zxcvbnm"]
HEADS = ("arbejder medarbejder operatør montør tekniker assistent ingeniør konsulent specialist inspektør konstruktør installatør "
         "instruktør mekaniker leder chef mester fører formand mand maler murer snedker tømrer smed bygger lægger sælger handler "
         "producent rådgiver lærer vejleder kontrollør designer udvikler planlægger passer plejer fremstiller reparatør "
         "chauffør gartner dyrker avler fisker terapeut læge analytiker koordinator").split()
CUT = {"arbejder": "arb", "medarbejder": "medarb", "operatør": "opr", "montør": "mont", "tekniker": "tekn", "assistent": "ass",
       "ingeniør": "ing", "konsulent": "kons", "specialist": "spec", "inspektør": "insp", "konstruktør": "konstr", "mekaniker": "mek",
       "installatør": "inst", "instruktør": "instr", "arbejdsleder": "arbejdsl", "koordinator": "koord"}
VOWELS = "aeiouyæøå"


def neighbours(letter):
    for row in KEYBOARD:
        at = row.find(letter)
        if at >= 0:
            return row[max(at - 1, 0):at] + row[at + 1:at + 2]
    return "e"


def misspell(text, chance):
    """One slip of the finger or the pen, in a word of four letters or more, seldom in its first letter."""
    places = [at for word in re.finditer(r"[^\W\d_]{4,}", text) for at in range(word.start() + (chance.random() < 0.9), word.end())]
    if not places:
        return None
    at = chance.choice(places)
    kind = chance.choice(("leave out", "exchange", "put in", "swap", "double"))
    if kind == "leave out":
        return text[:at] + text[at + 1:]
    if kind == "exchange":
        return text[:at] + chance.choice(neighbours(text[at].lower())) + text[at + 1:]
    if kind == "put in":
        return text[:at] + chance.choice(neighbours(text[at].lower())) + text[at:]
    if kind == "double":
        return text[:at] + text[at] + text[at:]
    if at + 1 < len(text) and text[at + 1].isalpha() and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + text[at + 1:]


def misspell_twice(text, chance):
    once = misspell(text, chance)
    return once and misspell(once, chance)


def without_danish(text, chance):
    """A keyboard without æ, ø and å."""
    letters = chance.choice(({"æ": "ae", "ø": "oe", "å": "aa"}, {"æ": "ae", "ø": "o", "å": "a"}))
    done = "".join(letters.get(letter, letters.get(letter.lower(), letter).upper() if letter.lower() in letters else letter)
                   for letter in text)
    return done if done != text else None


def inflect(text, chance):
    """The last word of the title's first part in another form: plural or definite."""
    match = re.match(r"([^,(–—/-]*?[^\W\d_]{4,})(?=$| inden for| til | af | på | i | med |[ ,(–—-])", text)
    if not match:
        return None
    word = match.group(1)
    if word.endswith("mand"):
        other = word[:-4] + chance.choice(("mænd", "manden", "mændene"))
    elif word.endswith("er"):
        other = word + chance.choice(("e", "en", "ne"))
    elif word.endswith("e"):
        other = word + chance.choice(("r", "n", "rne"))
    elif word[-1].lower() in VOWELS:
        return None
    else:
        other = word + chance.choice(("er", "en", "erne"))
    return other + text[match.end(1):]


def abbreviate(text, chance):
    """A head cut off with a point as people do, or else the longest word in the middle."""
    for head in sorted(CUT, key=len, reverse=True):
        match = re.search(rf"{head}(?=$|\W)", text, re.IGNORECASE)
        if match:
            return text[:match.start()] + CUT[head] + "." + text[match.end():]
    word = max(re.findall(r"[^\W\d_]+", text), key=len, default="")
    if len(word) < 8:
        return None
    size = chance.randint(len(word) // 2, len(word) - 3)
    while size > 3 and word[size - 1].lower() in VOWELS:
        size -= 1
    return text.replace(word, word[:size] + ".", 1)


def take_apart(text, chance):
    """A compound written as two words, or with a hyphen."""
    for head in sorted(HEADS, key=len, reverse=True):
        match = re.search(rf"[^\W\d_]{{3,}}(?={head}(?:$|\W))", text, re.IGNORECASE)
        if match:
            return text[:match.end()] + chance.choice((" ", "-")) + text[match.end():]
    return None


NOISE = {"en slåfejl": misspell, "to slåfejl": misspell_twice, "uden æøå": without_danish, "bøjet": inflect,
         "forkortet": abbreviate, "delt ord": take_apart}
MISSPELLED = ("en slåfejl", "to slåfejl")


def noisy(name, known, text, codes):
    """The text in each kind of noise, where it can have it and is nobody's label (`known`, folded) after it."""
    for kind, spoil in NOISE.items():
        chance = random.Random(f"{SEED} {kind} {text}")
        spoilt = spoil(text, chance)
        if spoilt and (kind == "uden æøå" or fold(spoilt) != fold(text) and fold(spoilt) not in known):
            yield Query(f"{name}, {kind}", spoilt, codes, half_of(min(codes)))


def queries(labels, others):
    """Every query of the evaluation, in a fixed order."""
    known = {fold(label) for label in labels.values()}
    made = []
    for text, codes in others.items():
        made.append(Query("andet navn", text, frozenset(codes), half_of(min(codes))))
        made += noisy("andet navn", known, text, frozenset(codes))
    by_label = collections.defaultdict(set)
    for code, label in labels.items():
        by_label[label].add(code)
    for label, codes in sorted(by_label.items()):
        made += noisy("eget navn", known, label, frozenset(codes))
    return made
