"""`Tokenizer`: counts a vocabulary in texts, and converts texts to indices in it."""

import collections
import json

import numpy as np

from minikeras.preprocessing.text.words import PUNCTUATION, text_to_word_sequence

__all__ = ["Tokenizer", "tokenizer_from_json"]

MODES = ("binary", "count", "freq", "tfidf")


class Tokenizer:
    """Numbers the words of texts by their frequency: 1 is the most frequent. 0 is not a word, but padding.

        tokenizer = Tokenizer(num_words=10000, oov_token="<unknown>")
        tokenizer.fit_on_texts(texts)
        x = pad_sequences(tokenizer.texts_to_sequences(texts))

    Args:
        num_words: only words with a smaller index appear in sequences: the num_words − 1 most frequent. None for all.
        filters: characters to remove. The apostrophe is not among them.
        lower: whether to convert texts to lower case.
        split: the separator of words.
        char_level: whether every character is a word.
        oov_token: the token for unknown words, with index 1. None omits such words.
        analyzer: function from a text to a list of words, in place of filters, lower and split.

    Attributes:
        word_index, index_word: {word: index} and the reverse, for all words seen, regardless of `num_words`.
        word_counts: {word: occurrences}, in the order in which they were first seen.
        word_docs, index_docs: {word: number of texts with it}, by word and by index.
        document_count: number of texts seen.
    """

    def __init__(
        self,
        num_words=None,
        filters=PUNCTUATION,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        analyzer=None,
        **kwargs,
    ):
        if "nb_words" in kwargs:
            num_words = kwargs.pop("nb_words")  # its name in Keras 1
        self.document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.word_counts = collections.OrderedDict()
        self.word_docs = collections.defaultdict(int)
        self.word_index = {}
        self.index_word = {}
        self.index_docs = collections.defaultdict(int)

    def fit_on_texts(self, texts):
        """Count the words of more texts, and renumber all words.

        Args:
            texts: strings, or lists of words, which are not split (but converted to lower case if `lower`).
        """
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        by_count = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        vocabulary = by_count if self.oov_token is None else [self.oov_token, *by_count]
        self.word_index = {word: number for number, word in enumerate(vocabulary, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count texts that are already indices, as `sequences_to_matrix` in mode "tfidf" requires."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts):
        """A list of indices for each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """`texts_to_sequences`, one by one."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self._number(self.word_index.get(word), unknown) for word in self._words(text))
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences):
        """The words of the indices, joined by spaces."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """`sequences_to_texts`, one by one."""
        unknown = self.word_index.get(self.oov_token)
        for sequence in sequences:
            known = (number if number in self.index_word else None for number in sequence)
            numbers = (self._number(number, unknown) for number in known)
            yield " ".join(self.index_word[number] for number in numbers if number is not None)

    def texts_to_matrix(self, texts, mode="binary"):
        """`sequences_to_matrix` of texts."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """A matrix with a row for each text and a column for each word index.

        Args:
            mode: "binary" (whether the word occurs), "count" (how often), "freq" (count / length of the text), or
                "tfidf": (1 + log count) · log(1 + texts / (1 + texts in which it occurs)).

        Raises:
            ValueError: an unknown mode; no vocabulary and no `num_words`; "tfidf" before any fit.
        """
        if mode not in MODES:
            raise ValueError(f"Unknown vectorization mode: {mode!r}. It must be one of {MODES}.")
        if not self.num_words and not self.word_index:
            raise ValueError(
                "The number of columns is not known. Create the Tokenizer with `num_words`, or fit it on texts first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError("mode='tfidf' counts documents. Fit the Tokenizer on texts first.")
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            counts = collections.Counter(number for number in sequence if number < columns)
            for number, count in counts.items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def get_config(self):
        """All settings and counts; the dicts as JSON texts."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }

    def to_json(self, **kwargs):
        """The tokenizer as a JSON text, for `tokenizer_from_json`.

        Args:
            **kwargs: passed to `json.dumps`.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)

    def _words(self, text):
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [part.lower() for part in text] if isinstance(text, list) else text.lower()
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def _number(self, number, unknown):
        """The index in a sequence: the word's own, that of `oov_token`, or None to omit the word."""
        if number is None or (self.num_words and number >= self.num_words):
            return unknown
        return number

    def _entry(self, mode, number, count, length):
        if mode == "binary":
            return 1
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        occurrences = self.index_docs.get(number, 0)
        return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + occurrences))


def tokenizer_from_json(json_string):
    """The tokenizer from the result of `to_json`."""
    config = json.loads(json_string)["config"]
    counts = {key: json.loads(config.pop(key)) for key in ("word_counts", "word_docs", "index_docs")}
    word_index = json.loads(config.pop("word_index"))
    index_word = json.loads(config.pop("index_word"))
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = collections.OrderedDict(counts["word_counts"])
    tokenizer.word_docs = collections.defaultdict(int, counts["word_docs"])
    tokenizer.index_docs = collections.defaultdict(int, {int(n): c for n, c in counts["index_docs"].items()})
    tokenizer.word_index = word_index
    tokenizer.index_word = {int(number): word for number, word in index_word.items()}
    return tokenizer
