"""Ops between tokens (strings or integers) and their indices in a vocabulary."""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.errors import InvalidArgumentError
from minikeras.strings.farmhash import fingerprint64
from minikeras.strings.siphash import WORD, siphash


class TokenIndices(Op):
    """y = the index of each token, int64. No gradient.

    Args:
        indices: {token: index}, tokens as `bytes` or integers.
        unknown: `unknown(token)`, the index of a token that is not in it; None to raise.

    Raises:
        InvalidArgumentError: tokens are unknown, and may not be.
    """

    differentiable = False
    is_pure = True
    takes_functions = True

    def __init__(self, indices, unknown):
        self.indices = _Indices(indices)
        self.unknown = self.indices.unknown = unknown

    def forward(self, tokens):
        tokens = np.asarray(tokens)
        try:
            found = np.fromiter(map(self.indices.__getitem__, tokens.ravel().tolist()), np.int64, tokens.size)
        except KeyError:
            unknown = list(dict.fromkeys(t for t in tokens.ravel().tolist() if t not in self.indices))
            raise InvalidArgumentError(
                None, None, "With num_oov_indices=0 all inputs must be in the vocabulary. Received unknown tokens: "
                f"{str(unknown[:10])[1:-1]}. Use num_oov_indices=1."
            ) from None  # fmt: skip
        return found.reshape(tokens.shape)

    def output_shape(self, shape):
        return shape

    def output_dtype(self, tokens):
        return "int64"


class _Indices(dict):
    """{token: index} that computes the index of an unknown token."""

    unknown = None

    def __missing__(self, token):
        if self.unknown is None:
            raise KeyError(token)
        return self.unknown(token)


def first_unknown(start):
    """All unknown tokens have the index `start`."""
    return lambda token: start


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
