"""What suggest is measured against: BM25 over words, and Jaccard over trigrams of letters. Both fold as suggest's users would
expect of a search engine set up for Danish: lower case, accents off, æøå as ae, oe, aa."""

import collections
import heapq
import math

from texts import fold

K1, B = 1.2, 0.75


def best(scores, codes, limit):
    """The codes of the best labels; ties by the bytes of the code."""
    order = heapq.nsmallest(2 * limit, scores.items(), key=lambda item: (-item[1], codes[item[0]]))
    return list(dict.fromkeys(codes[label] for label, _ in order))[:limit]


class Bm25:
    """Robertson and Spärck Jones' BM25, idf = ln(1 + (N - n + 0.5) / (n + 0.5))."""

    name = "BM25, ord"

    def __init__(self, labels):
        self.codes = [code for code, _ in labels]
        texts = [fold(text).split() for _, text in labels]
        mean = sum(map(len, texts)) / len(texts)
        self.postings = collections.defaultdict(list)
        for label, words in enumerate(texts):
            length = K1 * (1 - B + B * len(words) / mean)
            for word, count in collections.Counter(words).items():
                self.postings[word].append((label, count * (K1 + 1) / (count + length)))
        self.idf = {word: math.log(1 + (len(texts) - len(found) + 0.5) / (len(found) + 0.5)) for word, found in self.postings.items()}

    def ask(self, text, limit):
        scores = collections.defaultdict(float)
        for word in fold(text).split():
            for label, share in self.postings.get(word, ()):
                scores[label] += self.idf[word] * share
        return best(scores, self.codes, limit)


class Trigrams:
    """Shared trigrams over all trigrams of both."""

    name = "Jaccard, trigrammer"

    def __init__(self, labels):
        self.codes = [code for code, _ in labels]
        self.sizes = []
        self.postings = collections.defaultdict(list)
        for label, (_, text) in enumerate(labels):
            grams = self.grams(text)
            self.sizes.append(len(grams))
            for gram in grams:
                self.postings[gram].append(label)

    @staticmethod
    def grams(text):
        edged = f"  {fold(text)} "
        return {edged[at:at + 3] for at in range(len(edged) - 2)}

    def ask(self, text, limit):
        grams = self.grams(text)
        shared = collections.Counter()
        for gram in grams:
            shared.update(self.postings.get(gram, ()))
        return best({label: count / (len(grams) + self.sizes[label] - count) for label, count in shared.items()}, self.codes, limit)
