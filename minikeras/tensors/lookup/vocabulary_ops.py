"""Ops that map tokens (strings or integers) to their indices in a vocabulary, and indices to tokens."""

from itertools import repeat
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import thread
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.registry import compiles
from minikeras.kernels.strings.packed import ENOUGH, in_place, packed
from minikeras.kernels.strings.table import string_table
from minikeras.tensors.lookup.integer_table import IntegerTable
from minikeras.tensors.strings.hashing import hash_buckets

UNKNOWN = -1  # no index in a vocabulary


class TokenIndices(Op):
    """y = the index of each token, int64. No gradient.

    Args:
        indices: {token: index}, tokens as `bytes` or integers.
        unknown: the index of tokens not in it, or a function of an array of tokens that returns theirs; None to raise.

    Raises:
        InvalidArgumentError: tokens are unknown, and `unknown` is None.
    """

    differentiable = False
    is_pure = True
    takes_functions = True

    def __init__(self, indices, unknown):
        self.indices, self.unknown = indices, unknown
        self._compiled = None  # for many tokens: the result of `_table_of`
        self._texts = None, {}  # `indices`, and the same with text as keys

    def forward(self, tokens):
        tokens = np.asarray(tokens)
        flat = tokens.ravel()
        default = self.unknown if isinstance(self.unknown, int) else UNKNOWN
        found = self._found(flat, default)
        if default == UNKNOWN:
            positions = np.flatnonzero(found == UNKNOWN)
            found[positions] = self._of_unknown(flat[positions])
        return found.reshape(tokens.shape)

    def _found(self, tokens, default):
        if len(tokens) < ENOUGH or not compiles():
            return np.fromiter(map(self.indices.get, tokens.tolist(), repeat(default)), np.int64, len(tokens))
        if tokens.dtype == object:
            return self.of_packed(in_place(tokens), default)
        return self._at(*self._table_of(IntegerTable), tokens, default)

    def of_packed(self, strings, default):
        """The index of each of `PackedStrings`; `default` for unknown ones."""
        return self._at(*self._table_of(lambda known: string_table(packed(list(known)))), strings, default)

    def _table_of(self, make):
        """(the table of the tokens, their indices), made once, and again after a layer has replaced `indices`."""
        indices, compiled = self.indices, self._compiled  # another thread may replace them
        if compiled is None or compiled[0] is not indices:
            compiled = self._compiled = indices, make(indices), np.array([*indices.values(), UNKNOWN], np.int64)
        return compiled[1:]

    def _at(self, table, values, tokens, default):
        numbers = table.numbers(tokens)
        if default != UNKNOWN:
            values = np.append(values[:-1], default)
        return values[numbers]  # the last one for number −1

    def of_texts(self, texts):
        """The index of each item of a list, int64; None if an item is not text, or unknown and not permitted.

        Texts are looked up without encoding them, which would take longer than the lookup, as Python caches their hash.
        """
        found = np.fromiter(map(self._indices_of_texts().get, texts, repeat(UNKNOWN)), np.int64, len(texts))
        positions = np.flatnonzero(found == UNKNOWN)
        unknown = [texts[place] for place in positions.tolist()]
        if unknown and (self.unknown is None or set(map(type, unknown)) != {str}):
            return None
        if isinstance(self.unknown, int):
            "".join(unknown).encode()  # fails, as it should, for half of a surrogate pair
            found[positions] = self.unknown
        else:
            found[positions] = self._of_unknown(byte_strings(unknown))
        return found

    def _indices_of_texts(self):
        indices, by_text = self.indices, self._texts  # another thread may replace them
        if by_text[0] is not indices:
            texts = {token.decode("utf-8", "replace"): token for token in indices}
            by_text = indices, {text: indices[token] for text, token in texts.items() if text.encode() == token}
            self._texts = by_text
        return by_text[1]

    def _of_unknown(self, tokens):
        if self.unknown is None and len(tokens):
            if thread.has_examples:
                return 0
            raise InvalidArgumentError(
                None, None, "With num_oov_indices=0 all inputs must be in the vocabulary. Received unknown tokens: "
                f"{str(list(dict.fromkeys(tokens.tolist()))[:10])[1:-1]}. Use num_oov_indices=1."
            )  # fmt: skip
        return self.unknown(tokens) if len(tokens) else tokens

    def output_shape(self, shape):
        return shape

    def output_dtype(self, tokens):
        return "int64"


class HashedUnknown(NamedTuple):
    """Maps unknown tokens to start … start + count − 1, by FarmHash, or by SipHash under `salt`."""

    start: int
    count: int
    salt: tuple = None

    def __call__(self, tokens):
        return self.start + hash_buckets(tokens, self.count, self.salt)


class RemainingUnknown(NamedTuple):
    """Maps unknown integers to start … start + count − 1, by their remainder."""

    start: int
    count: int

    def __call__(self, tokens):
        return self.start + tokens % self.count


class TokenTable:
    """Looks up the token at each index; `unknown` for other indices.

    Attributes:
        tokens: array of the tokens, the unknown one last.
    """

    def __init__(self, tokens, unknown):
        self.tokens = np.append(tokens, np.asarray([unknown], tokens.dtype))

    def at(self, indices):
        """The tokens at an array of indices."""
        end = len(self.tokens) - 1
        return self.tokens[np.where((indices < 0) | (indices > end), end, indices)]


class TokensAt(Op):
    """y = the token at each index. No gradient.

    Args:
        tokens: array of tokens.
        unknown: the token at other indices.
    """

    differentiable = False
    is_pure = True

    def __init__(self, tokens, unknown):
        self.table = TokenTable(tokens, unknown)

    def forward(self, indices):
        return self.table.at(np.asarray(indices))

    def output_shape(self, shape):
        return shape

    def output_dtype(self, indices):
        dtype = self.table.tokens.dtype
        return "string" if dtype.kind == "O" else dtype.name
