"""Splitting of texts into words, and hashing of words to indices without a vocabulary."""

import hashlib

__all__ = ["PUNCTUATION", "hashing_trick", "one_hot", "text_to_word_sequence"]

PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'  # without the apostrophe: "don't" is a word


def text_to_word_sequence(input_text, filters=PUNCTUATION, lower=True, split=" "):
    """The words of a text.

    Args:
        filters: characters that are treated as separators.
        lower: whether to convert the text to lower case.
        split: the separator of words.
    """
    text = input_text.lower() if lower else input_text
    return [word for word in text.translate({ord(character): split for character in filters}).split(split) if word]


def one_hot(input_text, n, filters=PUNCTUATION, lower=True, split=" ", analyzer=None):
    """`hashing_trick` with Python's `hash`: indices from 1 to n − 1, which vary by run unless PYTHONHASHSEED is set.

    (These are integers, not one-hot rows, despite the name.)
    """
    return hashing_trick(
        input_text, n, hash_function=hash, filters=filters, lower=lower, split=split, analyzer=analyzer
    )


def hashing_trick(text, n, hash_function=None, filters=PUNCTUATION, lower=True, split=" ", analyzer=None):
    """Each word as hash(word) mod (n − 1) + 1, an index from 1 to n − 1. Words may share an index.

    Args:
        n: one more than the largest index.
        hash_function: function from a word to an integer, or "md5", the same in every run; None for Python's `hash`.
        filters, lower, split: as in `text_to_word_sequence`.
        analyzer: function from a text to a list of words, in place of these three.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word):
    return int(hashlib.md5(word.encode()).hexdigest(), 16)
