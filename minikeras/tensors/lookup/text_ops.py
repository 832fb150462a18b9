"""`WordIndices`: maps texts to rows of their words' indices in a single op, so that a plan can contain it."""

from itertools import chain, repeat

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.kernels.registry import compiles
from minikeras.kernels.strings.ngrams import ngrams_of_texts, ngrams_reference
from minikeras.kernels.strings.packed import packed
from minikeras.kernels.strings.splitting import REMOVED, split_into_words, split_reference

ENOUGH = 1 << 14  # bytes of text: for fewer, Python takes 1 ms at most, and nothing need be compiled
ALL = np.iinfo(np.int64).max


class WordIndices(Op):
    """y[n, i] = the index of word i of text n; `padding` after the last one. int64, (texts, length). No gradient.

    Args:
        lookup: has the current vocabulary as `lookup.token_indices()`, a `TokenIndices` whose unknown words share one
            index.
        table, removed: the arguments of `bytes.translate` that standardize texts.
        length: of the rows; if None, the number of words of the longest text.
        padding: the number after the last word.
        widths: the numbers of words in the n-grams that replace single words; None for words.
    """

    differentiable = False
    takes_functions = True

    def __init__(self, lookup, table, removed, length=None, padding=0, widths=None):
        self.lookup, self.table, self.removed = lookup, table, removed
        self.length, self.padding, self.widths = length, padding, widths
        self.is_pure = length is not None  # otherwise the shape depends on the texts

    def forward(self, texts):
        found, counts = self.indices_and_counts(texts.ravel().tolist())
        length = int(counts.max(initial=0)) if self.length is None else self.length
        padded = np.full((len(counts), length), self.padding, np.int64)
        kept = np.minimum(counts, length)
        if (kept < counts).any():  # n-grams that are not wanted
            found = found[np.arange(len(found)) - np.repeat(np.cumsum(counts) - counts, counts) < length]
        padded[np.arange(length) < kept[:, None]] = found
        return padded

    def indices_and_counts(self, texts):
        """(the indices of all words, how many words each text has), for a list of `bytes`."""
        vocabulary, most = self.lookup.token_indices(), ALL if self.length is None else self.length
        most = ALL if self.widths else most
        if are_long(texts):
            words, counts = words_of(texts, self.table, self.removed, most, self.widths)
            return vocabulary.of_packed(words, vocabulary.unknown), counts
        rows = split_reference(texts, self.table, self.removed, most)
        rows = rows if self.widths is None else [ngrams_reference(row, self.widths) for row in rows]
        counts = np.fromiter(map(len, rows), np.int64, len(rows))
        found = map(vocabulary.indices.get, chain.from_iterable(rows), repeat(vocabulary.unknown))
        return np.fromiter(found, np.int64, int(counts.sum())), counts

    def output_shape(self, shape):
        return (shape[0], self.length)

    def output_dtype(self, texts):
        return "int64"


def are_long(texts):
    """Whether compiled loops are faster for a list of `bytes`."""
    return sum(map(len, texts)) >= ENOUGH and compiles()


def words_of(texts, table, removed, most=ALL, widths=None):
    """(the words of texts as `PackedStrings`, how many each text has), for a list of `bytes`.

    Args:
        widths: of the n-grams that replace single words; None for words.
        table, removed: the arguments of `bytes.translate`.
        most: how many words to read of each text.
    """
    replacements = np.arange(256) if table is None else np.frombuffer(table, np.uint8).astype(np.int64)
    replacements[list(removed)] = REMOVED
    words, counts = split_into_words(packed(texts), replacements, most)
    return (words, counts) if widths is None else ngrams_of_texts(words, counts, widths)
