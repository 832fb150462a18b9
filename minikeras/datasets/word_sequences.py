"""What `imdb` and `reuters` do with texts that were numbered word by word, 1 being the most frequent word."""

import json

import numpy as np

from minikeras.datasets.file_formats import KERAS_FILES
from minikeras.utils import get_file


def read_word_index(path, name, md5):
    """{word: number} of Keras's file `name`, which is kept under the name `path` in the cache folder."""
    with open(get_file(path, origin=KERAS_FILES + name, file_hash=md5), encoding="utf-8") as file:
        return json.load(file)


def divided(sequences, labels, count):
    """((x, y) of the first `count` sequences, (x, y) of the others), x an array of lists."""
    x = [np.array(part, dtype="object") for part in (sequences[:count], sequences[count:])]
    return (x[0], np.array(labels[:count])), (x[1], np.array(labels[count:]))


def mark_and_shift(sequences, start_char, index_from):
    """Every number raised by `index_from`, and `start_char` (unless None) put before each sequence.

    The shift makes space for the numbers with a special meaning: 0 padding, 1 start, 2 "some other word". Without
    a `start_char` and with an `index_from` of 0 or None, the sequences come as they are.
    """
    if start_char is not None:
        return [[start_char, *(word + index_from for word in words)] for words in sequences]
    if index_from:
        return [[word + index_from for word in words] for words in sequences]
    return [list(words) for words in sequences]


def keep_short(sequences, labels, maxlen):
    """(sequences, labels), as lists, of the sequences with fewer than `maxlen` words."""
    kept = [(words, label) for words, label in zip(sequences, labels, strict=True) if len(words) < maxlen]
    return [words for words, _ in kept], [label for _, label in kept]


def keep_frequent(sequences, num_words, skip_top, oov_char):
    """The sequences with only the words skip_top ≤ word < num_words; the others become `oov_char` or, if None, vanish.

    `num_words` None means the largest number there is. As in Keras, that word itself is then left out as well.
    """
    if not num_words:
        num_words = max(max(words) for words in sequences)
    if oov_char is None:
        return [[word for word in words if skip_top <= word < num_words] for words in sequences]
    return [[word if skip_top <= word < num_words else oov_char for word in words] for words in sequences]
