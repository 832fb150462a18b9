"""n-grams: runs of words, joined by a space; for many texts at once as slices of the bytes that hold the words.

`split_into_words` leaves a space after each word that another one follows. So the bytes of "red green blue" hold all
its n-grams already, and only their positions are computed.
"""

import numpy as np

from minikeras.kernels.strings.packed import PackedStrings


def ngrams_reference(words, widths, glue=b" "):
    """Every run of words of each width, joined: those of the first width, then those of the next. A list of `bytes`."""
    return [glue.join(words[i : i + width]) for width in widths for i in range(len(words) - width + 1)]


def ngrams_of_texts(words, counts, widths):
    """The n-grams of texts, `PackedStrings`, text by text, and how many each text has.

    Args:
        words: those of `split_into_words`.
        counts: how many words each text has.
        widths: how many words an n-gram has, several.
    """
    many = np.stack([np.maximum(counts - width + 1, 0) for width in widths])  # (widths, texts)
    total = many.sum(axis=0)
    positions = np.cumsum(total) - total + np.cumsum(many, axis=0) - many  # where those of a width and text go
    first_word = np.cumsum(counts) - counts
    starts, lengths = np.empty((2, int(total.sum())), np.int64)
    ends = words.starts + words.lengths
    for width, many_of_width, place in zip(widths, many, positions, strict=True):
        within = np.arange(many_of_width.sum()) - np.repeat(np.cumsum(many_of_width) - many_of_width, many_of_width)
        first, to = np.repeat(first_word, many_of_width) + within, np.repeat(place, many_of_width) + within
        starts[to] = words.starts[first]
        lengths[to] = ends[first + width - 1] - words.starts[first]
    return PackedStrings(words.content, starts, lengths), total
