"""Ops between tokens (strings or integers) and their indices in a vocabulary."""

from itertools import repeat

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.errors import InvalidArgumentError
from minikeras.strings.farmhash import fingerprint64
from minikeras.strings.siphash import WORD, siphash

UNKNOWN = -1  # no index in a vocabulary


class TokenIndices(Op):
    """y = the index of each token, int64. No gradient.

    Args:
        indices: {token: index}, tokens as `bytes` or integers.
        unknown: the index of tokens that are not in it; or `unknown(token)`, which returns it; or None to raise.

    Raises:
        InvalidArgumentError: tokens are unknown, and may not be.
    """

    differentiable = False
    is_pure = True
    takes_functions = True

    def __init__(self, indices, unknown):
        self.indices, self.unknown = indices, unknown

    def forward(self, tokens):
        tokens = np.asarray(tokens)
        flat = tokens.ravel().tolist()
        default = self.unknown if isinstance(self.unknown, int) else UNKNOWN
        found = np.fromiter(map(self.indices.get, flat, repeat(default)), np.int64, len(flat))
        if default == UNKNOWN:
            places = np.flatnonzero(found == UNKNOWN)
            found[places] = self._of_unknown([flat[place] for place in places])
        return found.reshape(tokens.shape)

    def _of_unknown(self, tokens):
        if self.unknown is None and tokens:
            raise InvalidArgumentError(
                None, None, "With num_oov_indices=0 all inputs must be in the vocabulary. Received unknown tokens: "
                f"{str(list(dict.fromkeys(tokens))[:10])[1:-1]}. Use num_oov_indices=1."
            )  # fmt: skip
        known = {token: self.unknown(token) for token in set(tokens)}
        return [known[token] for token in tokens]

    def output_shape(self, shape):
        return shape

    def output_dtype(self, tokens):
        return "int64"


def hashed_unknown(start, count, salt=None):
    """Unknown tokens have the indices start … start + count − 1, by FarmHash, or by SipHash under `salt`."""
    keys = None if salt is None else [int(key) & WORD for key in salt]

    def unknown(token):
        token = token if isinstance(token, bytes) else str(token).encode()
        return start + (fingerprint64(token) if keys is None else siphash(token, *keys)) % count

    return unknown


def remaining_unknown(start, count):
    """Unknown integers have the indices start … start + count − 1, by their remainder."""
    return lambda token: start + token % count


class TokensAt(Op):
    """y = the token at each index; `unknown` where there is none. No gradient.

    Args:
        tokens: array of tokens.
        unknown: the token at other indices.
    """

    differentiable = False
    is_pure = True

    def __init__(self, tokens, unknown):
        self.tokens = np.append(tokens, np.asarray([unknown], tokens.dtype))
        self.unknown = unknown

    def forward(self, indices):
        indices, end = np.asarray(indices), len(self.tokens) - 1
        return self.tokens[np.where((indices < 0) | (indices > end), end, indices)]

    def output_shape(self, shape):
        return shape

    def output_dtype(self, indices):
        return "string" if self.tokens.dtype == object else self.tokens.dtype.name
