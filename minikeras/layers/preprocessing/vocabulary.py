"""Vocabularies of lookup layers: reading from arrays and files, checks, and counting in data."""

import os
from collections import Counter
from itertools import pairwise

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import is_reading
from minikeras.kernels.strings.table import string_table
from minikeras.ops.conversion import data_array
from minikeras.serialization import in_safe_mode
from minikeras.tensors.lookup import LINE_NUMBER, WHOLE_LINE, pairs_of_lines
from minikeras.tensors.ragged import RaggedTensor

FILE_NAME = "vocabulary.txt"


def as_tokens(values, dtype):
    """The tokens of an array, tensor or list, in one flat list: `bytes`, or integers.

    Raises:
        TypeError: strings where integers are expected, or the reverse.
    """
    return as_token_array(values, dtype).ravel().tolist()


def as_token_array(values, dtype):
    """The same as an array of objects or int64 in the shape of the values."""
    array = getattr(values, "array", values)
    is_empty = array.size == 0 if isinstance(array, np.ndarray) else isinstance(array, (list, tuple)) and not array
    if is_empty:
        return np.empty(0, object if dtype == "string" else dtype)
    if holds_strings(values) != (dtype == "string"):
        raise ValueError(f"The layer takes tokens of dtype {dtype}. Received: {str(values)[:200]}")
    return byte_strings(values) if dtype == "string" else data_array(values, dtype)


def read_tokens(path, dtype):
    """The tokens in a text file, one per line.

    Raises:
        ValueError: there is no such file, or a model file that is read in safe mode names it.
    """
    if is_reading() and in_safe_mode():
        raise ValueError(
            f"A model file names the vocabulary file '{path}', outside of itself, which could be any file of yours. If "
            "you trust where the model comes from, pass `safe_mode=False`."
        )
    if not os.path.isfile(path):
        raise ValueError(f"Vocabulary file '{path}' does not exist.")
    return [token for token, _ in pairs_of_lines(path, (WHOLE_LINE, dtype), (LINE_NUMBER, "int64"))]


def check_tokens(tokens, reserved):
    """Check the tokens of a vocabulary, without its special ones.

    Args:
        reserved: {name of an argument: its token, which the vocabulary must not contain}.

    Raises:
        ValueError: a token occurs twice, or is reserved.
    """
    if len(set(tokens)) < len(tokens):
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        raise ValueError(f"The vocabulary has at least one repeated term: {str(repeated[:10])[1:-1]}")
    for name, token in reserved.items():
        if token is not None and token in tokens:
            raise ValueError(
                f"`{name}` {token!r} is at an unexpected location in `vocabulary`, index {tokens.index(token)} of its "
                "tokens. Leave the mask token and the OOV tokens out, or put them all at the beginning, in this order."
            )


class TokenCounts:
    """How often each token occurs in data, and in how many samples (documents)."""

    def __init__(self, dtype, counts_documents):
        self.dtype, self.counts_documents = dtype, counts_documents
        self.tokens, self.documents, self.num_documents = Counter(), Counter(), 0

    def add(self, data):
        """Count a batch of samples; data with one axis is one sample."""
        if isinstance(data, RaggedTensor):
            rows, flat = self._ragged_rows(data)
        else:
            array = np.atleast_1d(as_token_array(data, self.dtype))
            array = array[None] if array.ndim == 1 else array
            rows, flat = array.reshape(len(array), -1), array.ravel()
        self._count(flat)
        if self.counts_documents:
            for row in rows:
                self.documents.update(set(row))
            self.num_documents += len(rows)

    def _count(self, flat):
        if isinstance(flat, list) or self.dtype == "string":
            self.tokens.update(flat if isinstance(flat, list) else flat.tolist())
        else:  # integers: NumPy sorts 200,000 in 9 ms, a Counter takes 20
            tokens, counts = np.unique(flat, return_counts=True)
            self.tokens.update(dict(zip(tokens.tolist(), counts.tolist(), strict=True)))

    def add_packed(self, strings):
        """Count `PackedStrings`, such as words cut by compiled loops, without the samples (documents)."""
        table = string_table(strings)
        self.tokens.update(dict(zip(strings.at(table.firsts), table.counts.tolist(), strict=True)))

    def _ragged_rows(self, data):
        """(the tokens of each sample, all tokens)."""
        flat = as_tokens(data.flat_values, self.dtype) if len(data.flat_values) else []
        ends = np.arange(len(flat) + 1)
        for splits in reversed(data.nested_row_splits):  # the ends of the outermost rows among the innermost values
            ends = ends[np.asarray(splits)]
        return [flat[a:b] for a, b in pairwise(ends)], flat

    def most_common(self, without, count=None):
        """The tokens, most frequent first, equally frequent ones in reverse alphabetical order."""
        kept = sorted((token for token in self.tokens if token not in without), reverse=True)
        kept.sort(key=self.tokens.__getitem__, reverse=True)  # stable: equally frequent tokens keep their order
        return kept[:count]

    def inverse_document_frequencies(self, tokens):
        """log(1 + documents / (1 + documents with the token)) of each, float32."""
        counts = np.asarray([self.documents[token] for token in tokens], np.int64)
        return np.log(1.0 + self.num_documents / (1.0 + counts)).astype(np.float32)


def fits_file(tokens):
    """Whether tokens (text or numbers) can be read back unchanged from a file with one per line.

    Keras splits lines like `str.splitlines`, at any line boundary, and skips empty ones at the end.
    """
    lines = [str(token) for token in tokens]
    return "\n".join(lines).splitlines() == lines


def write_tokens(folder, tokens):
    """Write tokens (text or numbers) into the vocabulary file of a folder."""
    with open(os.path.join(folder, FILE_NAME), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(map(str, tokens)))


def stored_tokens(folder, dtype, size=None):
    """The tokens, text or numbers, in the vocabulary file of a folder (None if the model file has no such folder).

    Args:
        size: number of tokens, if known: then empty lines at the end may be tokens.

    Raises:
        ValueError: there is no such file, or it is not a file of tokens.
    """
    path = os.path.join(folder or "assets", FILE_NAME)
    if not os.path.isfile(path):
        raise ValueError(f"The vocabulary file '{path}' is missing.")
    if os.path.islink(path):
        raise ValueError(f"The vocabulary file '{path}' is a link, perhaps to a file outside of the model. Replace it.")
    try:
        with open(path, encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
        while lines and lines[-1] == "" and len(lines) != size:
            lines.pop()
        return lines if dtype == "string" else [int(line) for line in lines]
    except ValueError as error:
        raise ValueError(f"The vocabulary file '{path}' is not one of {dtype} tokens: {error}") from error


def as_listed(values):
    """An argument such as `vocabulary` in the form for a config: a list of strings or numbers."""
    if isinstance(values, Tensor):
        values = values.array
    values = values.tolist() if isinstance(values, np.ndarray) else values
    if isinstance(values, (list, tuple)):
        return [v.decode() if isinstance(v, bytes) else v.item() if hasattr(v, "item") else v for v in values]
    return values
