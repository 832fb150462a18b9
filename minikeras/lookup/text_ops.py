"""`PaddedWords`: texts as rows of the indices of their words, in one op, so that a plan can hold it."""

from itertools import chain, repeat

import numpy as np

from minikeras.autodiff.operation import Op


class PaddedWords(Op):
    """y[n, i] = the index of word i of text n; 0 behind the last one. int64, (texts, length). No gradient.

    Args:
        lookup: has the current vocabulary as `lookup.words_to_indices()`: {word: index} and that of unknown ones.
        table, removed: what `bytes.translate` takes: how texts are standardized.
        length: of the rows.
    """

    differentiable = False
    is_pure = True
    takes_functions = True

    def __init__(self, lookup, table, removed, length):
        self.lookup, self.table, self.removed, self.length = lookup, table, removed, length

    def forward(self, texts):
        rows = [text.translate(self.table, self.removed).split()[: self.length] for text in texts.ravel().tolist()]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        indices, unknown = self.lookup.words_to_indices()
        found = map(indices.get, chain.from_iterable(rows), repeat(unknown))
        padded = np.zeros((len(rows), self.length), np.int64)
        padded[np.arange(self.length) < lengths[:, None]] = np.fromiter(found, np.int64, int(lengths.sum()))
        return padded

    def output_shape(self, shape):
        return (shape[0], self.length)

    def output_dtype(self, texts):
        return "int64"
