"""`IndexLookup`: maps tokens to indices in a vocabulary, or back. Base class of `StringLookup` and `IntegerLookup`."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import FailedPreconditionError
from minikeras.base.limits import use_elements
from minikeras.config import floatx
from minikeras.layers.preprocessing.adapting import count_tokens
from minikeras.layers.preprocessing.category_output import MODES, checked_mode, checked_sparse, encoded
from minikeras.layers.preprocessing.number_arguments import integer, optional_integer
from minikeras.layers.preprocessing.stored_lookup import StoredLookup
from minikeras.layers.preprocessing.vocabulary import (
    TokenCounts,
    as_tokens,
    check_tokens,
    read_tokens,
)
from minikeras.ops.conversion import data_array, data_tensor
from minikeras.tensors.lookup.vocabulary_ops import (
    HashedUnknown,
    RemainingUnknown,
    TokenIndices,
    TokensAt,
)
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor

NOT_COUNTED = np.iinfo(np.int64).max  # above any depth


class IndexLookup(StoredLookup):
    """Maps tokens to indices: first the mask token (0, in mode "int" only), then unknown tokens, then the vocabulary.

    Args:
        max_tokens: maximum size of the vocabulary, special tokens included.
        num_oov_indices: number of indices that unknown (out-of-vocabulary) tokens share; 0 to raise an error for them.
        mask_token: the padding token: index 0, not counted.
        oov_token: the token that stands for unknown ones when indices are converted back to tokens.
        vocabulary_dtype: "string" or "int64".
        vocabulary: an array, list or tensor of tokens, or the path of a text file with one per line.
        idf_weights: the weight of each token, in mode "tf_idf".
        invert: whether indices become tokens.
        output_mode: "int"; or "one_hot", "multi_hot", "count" (see `CategoryEncoding`); or "tf_idf": the counts times
            log(1 + documents / (1 + documents that have the token)).
        sparse: whether vectors are SparseTensors; not with "int".
        pad_to_max_tokens: whether vectors have `max_tokens` elements for any size of the vocabulary.
        oov_method: how unknown integers are spread: by their remainder ("floormod") or hash ("farmhash").
        salt: one or two integers, the key of the hash (SipHash) that spreads unknown tokens.
    """

    def __init__(
        self,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary_dtype,
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        name=None,
        salt=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        trainable=True,
        dtype=None,  # in configs; computation uses the vocabulary's dtype
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.autocast = False
        self.max_tokens = optional_integer("max_tokens", max_tokens)
        self.num_oov_indices = integer("num_oov_indices", num_oov_indices)
        self.mask_token, self.oov_token = mask_token, oov_token
        self.vocabulary_dtype = vocabulary_dtype
        if vocabulary_dtype != "string":
            optional_integer("mask_token", mask_token)
        self.invert, self.pad_to_max_tokens = invert, pad_to_max_tokens
        self.output_mode = checked_mode(output_mode, (*MODES, "tf_idf"))
        self.sparse = checked_sparse(sparse, self.output_mode)
        self.oov_method, self.salt = oov_method, [salt, salt] if isinstance(salt, int) else salt
        self._check_arguments(vocabulary, idf_weights)
        # A path is not stored: the tokens are then an asset of the model.
        self.input_vocabulary = None if isinstance(vocabulary, str) else vocabulary
        self.input_idf_weights = idf_weights
        self._has_input_vocabulary = vocabulary is not None if has_input_vocabulary is None else has_input_vocabulary
        self._frozen_vocab_size = vocabulary_size
        self._idf_weights = None
        self._tokens = self._op = None
        self._counts = self._new_counts()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def _check_arguments(self, vocabulary, idf_weights):
        wrong = {
            f"`max_tokens` must be greater than 1. Received: max_tokens={self.max_tokens}":
                self.max_tokens is not None and self.max_tokens <= 1,
            f"With `pad_to_max_tokens`, you must set `max_tokens`. Received: max_tokens={self.max_tokens}":
                self.pad_to_max_tokens and self.max_tokens is None,
            f"`num_oov_indices` must be 0 or greater. Received: num_oov_indices={self.num_oov_indices}":
                self.num_oov_indices < 0,
            "Unknown value for `oov_method`. Allowed values are 'floormod' and 'farmhash'. Received: "
            f"oov_method={self.oov_method!r}":
                self.oov_method not in ("floormod", "farmhash"),
            f"`output_mode` must be 'int' with `invert=True`. Received: output_mode={self.output_mode!r}":
                self.invert and self.output_mode != "int",
            f"`idf_weights` should only be set with output_mode='tf_idf'. Received: output_mode={self.output_mode!r}":
                idf_weights is not None and self.output_mode != "tf_idf",
            "With output_mode='tf_idf' and a `vocabulary`, `idf_weights` must also be provided. Received: "
            "idf_weights=None":
                self.output_mode == "tf_idf" and vocabulary is not None and idf_weights is None,
            f"The `salt` argument can only be an integer, or a tuple of size 2. Received: salt={self.salt}":
                self.salt is not None and not (isinstance(self.salt, (list, tuple)) and len(self.salt) == 2),
            f"`salt` needs oov_method='farmhash' for integers. Received: oov_method={self.oov_method!r}":
                self.salt is not None and self.vocabulary_dtype != "string" and self.oov_method != "farmhash",
        }  # fmt: skip
        for message, is_wrong in wrong.items():
            if is_wrong:
                raise ValueError(message)
        use_elements((self.num_oov_indices,), what="the unknown tokens")

    # --- dtypes ---------------------------------------------------------------------------------------------------

    @property
    def compute_dtype(self):
        """The dtype of the vocabulary."""
        return self.vocabulary_dtype

    variable_dtype = dtype = compute_dtype

    @property
    def has_given_state(self):
        """Whether the vocabulary was given."""
        return self._has_input_vocabulary

    # --- the vocabulary -------------------------------------------------------------------------------------------

    @property
    def _oov_start(self):
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _token_start(self):
        return self._oov_start + self.num_oov_indices

    @property
    def _special_tokens(self):
        return [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices

    @property
    def _depth(self):
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size

    @property
    def idf_weights(self):
        """The weight of each token in mode "tf_idf", a tensor; None before they are known."""
        return None if self._idf_weights is None else Tensor(self._idf_weights)

    def vocabulary_size(self):
        """The number of tokens, special ones included."""
        return len(self._tokens or ()) + self._token_start

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens by index: a list of NumPy strings or integers, in which special tokens are Python's."""
        make = np.str_ if self.vocabulary_dtype == "string" else np.dtype(self.vocabulary_dtype).type
        tokens = [make(self._as_python(token)) for token in self._tokens or ()]
        return self._special_tokens + tokens if include_special_tokens else tokens

    def _plain_vocabulary(self):
        """All tokens as Python's text or integers, for configs and files."""
        return self._special_tokens + [self._as_python(token) for token in self._tokens or ()]

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the tokens.

        Args:
            vocabulary: an array, list or tensor of tokens, or the path of a text file with one per line. The special
                tokens may precede them.
            idf_weights: the weight of each token, in mode "tf_idf".

        Raises:
            ValueError: there are no tokens, duplicates, or too many; a special token is at another position; or the
                weights are missing or of another length.
        """
        if (idf_weights is None) == (self.output_mode == "tf_idf"):
            raise ValueError(
                "`idf_weights` must be given in output_mode='tf_idf', and only there. "
                f"Received: output_mode={self.output_mode!r}, idf_weights={idf_weights}"
            )
        if isinstance(vocabulary, str):
            if self.output_mode == "tf_idf":
                raise ValueError("A vocabulary from a file is not possible with output_mode='tf_idf'. Pass a list.")
            given = read_tokens(vocabulary, self.vocabulary_dtype)
        else:
            given = as_tokens(vocabulary, self.vocabulary_dtype)
        if not given:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        start = self._token_start
        has_special = given[:start] == [self._as_token(token) for token in self._special_tokens]
        tokens = given[start:] if has_special else given
        reserved = {"mask_token": self.mask_token, "oov_token": self.oov_token if self.invert else None}
        check_tokens(tokens, {name: self._as_token(token) for name, token in reserved.items()})
        if self.max_tokens is not None and start + len(tokens) > self.max_tokens:
            raise ValueError(
                f"The vocabulary has {start + len(tokens)} tokens with the special ones, larger than the maximum, "
                f"max_tokens={self.max_tokens}."
            )
        self._set_tokens(tokens)
        if idf_weights is not None:
            self._set_idf_weights(idf_weights, len(given), 0 if has_special else start)

    def _set_idf_weights(self, idf_weights, count, missing_in_front):
        weights = data_array(idf_weights, floatx())
        if weights.shape != (count,):
            raise ValueError(
                f"`idf_weights` must be the same length as the vocabulary of {count} tokens. "
                f"Received: an array of shape {weights.shape}"
            )
        # How many documents have unknown tokens is not known: these get the mean weight.
        self._idf_weights = self._padded(np.pad(weights, (missing_in_front, 0), constant_values=weights.mean()))

    def _padded(self, weights):
        return np.pad(weights, (0, self.max_tokens - len(weights))) if self.pad_to_max_tokens else weights

    def _set_tokens(self, tokens):
        size = self._token_start + len(tokens)
        has_fixed_size = self.output_mode != "int" and not self.pad_to_max_tokens
        if has_fixed_size and self._frozen_vocab_size not in (None, size):
            raise RuntimeError(
                f"With output_mode={self.output_mode!r} and pad_to_max_tokens=False the size of the vocabulary cannot "
                f"change any more. It was {self._frozen_vocab_size}, now it would be {size}."
            )
        self._tokens = tokens
        op = self._tokens_at(tokens) if self.invert else self._indices_of(tokens)
        if self._op is None:
            self._op = op
        else:
            vars(self._op).update(vars(op))  # plans hold the op that they were traced with
        self._frozen_vocab_size = size

    def _tokens_at(self, tokens):
        special = [self._as_token(token) for token in [self.oov_token] * self._token_start]
        if self.mask_token is not None:
            special[0] = self._as_token(self.mask_token)
        all_tokens = np.empty(len(special) + len(tokens), object if self.vocabulary_dtype == "string" else "int64")
        all_tokens[:] = special + tokens
        return TokensAt(all_tokens, self._as_token(self.oov_token))

    def _indices_of(self, tokens):
        indices = dict(zip(tokens, range(self._token_start, self._token_start + len(tokens)), strict=True))
        if self.mask_token is not None:
            indices[self._as_token(self.mask_token)] = 0 if self.output_mode == "int" else NOT_COUNTED
        return TokenIndices(indices, self._unknown())

    def _unknown(self):
        """The index of unknown tokens, or a function that computes it for each; None if there are none."""
        start, count = self._oov_start, self.num_oov_indices
        if count < 2:
            return start if count else None
        if self.vocabulary_dtype == "string" or self.oov_method == "farmhash":
            return HashedUnknown(start, count, self.salt)
        return RemainingUnknown(start, count)

    def _as_token(self, token):
        """A token in the tables' form: `bytes`, or an integer."""
        if token is None:
            return None
        return byte_strings(token)[()] if self.vocabulary_dtype == "string" else int(token)

    def _as_python(self, token):
        """A token of the tables as Python text or an integer."""
        return token

    # --- adapting to data -----------------------------------------------------------------------------------------

    def adapt(self, data, steps=None):
        """Build the vocabulary from the tokens in data, the most frequent first.

        Args:
            data: an array, list or (ragged) tensor of tokens; or batches: a Dataset, a PyDataset, a generator.
            steps: how many batches; all if None.

        Raises:
            ValueError: a vocabulary was given.
        """
        count_tokens(self, data, steps)

    def update_state(self, data):
        """Count the tokens of a batch of samples."""
        self._require_no_vocabulary()
        self._counts.add(data)

    def count_packed(self, strings):
        """Count the tokens in `PackedStrings`; not for mode "tf_idf", which must count samples too."""
        self._require_no_vocabulary()
        self._counts.add_packed(strings)

    def _require_no_vocabulary(self):
        if self._has_input_vocabulary:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary. Leave out `vocabulary` to adapt "
                "it."
            )

    def finalize_state(self):
        """Build the vocabulary from the counts, if there are any."""
        counts = self._counts
        if self._has_input_vocabulary or not counts.tokens:
            return
        special = {self._as_token(self.mask_token), self._as_token(self.oov_token)}
        tokens = counts.most_common(special, None if self.max_tokens is None else self.max_tokens - self._token_start)
        self._set_tokens(tokens)
        if self.output_mode == "tf_idf":
            weights = counts.inverse_document_frequencies(tokens)
            self._idf_weights = self._padded(np.pad(weights, (self._token_start, 0), constant_values=weights.mean()))
        self.reset_state()

    def reset_state(self):
        """Reset the counts."""
        self._counts = self._new_counts()

    def _new_counts(self):
        return TokenCounts(self.vocabulary_dtype, self.output_mode == "tf_idf")

    def require_vocabulary(self, owner):
        """Raise an error if there is no vocabulary; it names the layer that owns this one.

        Raises:
            RuntimeError: the length of the output vectors depends on the vocabulary.
            FailedPreconditionError: it does not.
        """
        if self._op is not None:
            return
        text = (
            f"Layer '{owner.name}' ({type(owner).__name__}) has no vocabulary yet. Pass `vocabulary`, or call `adapt` "
            "first."
        )
        if self.output_mode != "int" and not self.pad_to_max_tokens:
            raise RuntimeError(text)
        raise FailedPreconditionError(None, None, text)

    def token_indices(self):
        """The op from tokens to indices, a `TokenIndices`."""
        return self._op

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, inputs):
        self.require_vocabulary(self)
        lookups = self._looked_up(inputs)
        return lookups if self.output_mode == "int" else self.encoded(lookups)

    def encoded(self, lookups):
        """Indices (ragged, sparse or dense) as vectors, by the output mode. Those equal to NOT_COUNTED are left out."""
        if isinstance(lookups, SparseTensor):  # absent elements are not tokens
            shifted = SparseTensor(lookups.indices, lookups.values - NOT_COUNTED, lookups.dense_shape)
            lookups = shifted.as_dense() + NOT_COUNTED
        if isinstance(lookups, RaggedTensor) and self.output_mode == "one_hot":
            return lookups.with_flat_values(encoded(lookups.flat_values, "one_hot", self._depth, "int64"))
        if isinstance(lookups, RaggedTensor):
            lookups = lookups.to_tensor(NOT_COUNTED)
        if self.output_mode == "tf_idf":
            return encoded(lookups, "count", self._depth, floatx(), sparse=self.sparse) * self._idf_weights
        return encoded(lookups, self.output_mode, self._depth, "int64", sparse=self.sparse)

    def _looked_up(self, inputs):
        if isinstance(inputs, RaggedTensor):
            return inputs.with_flat_values(self._looked_up(inputs.flat_values))
        if isinstance(inputs, SparseTensor):
            return SparseTensor(inputs.indices, self._looked_up(inputs.values), inputs.dense_shape)
        inputs = data_tensor(inputs)
        is_string = inputs.dtype == "string"
        if is_string != (self.vocabulary_dtype == "string" and not self.invert):
            wanted = "int64" if self.invert else self.vocabulary_dtype
            raise TypeError(f"Layer '{self.name}' takes inputs of dtype {wanted}. Received: dtype={inputs.dtype}")
        return self._op(inputs if is_string else ops.cast(inputs, "int64"))

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return input_shape
        if self.output_mode != "one_hot":
            return (*input_shape[:-1], self._depth)
        return (*(input_shape[:-1] if len(input_shape) > 1 and input_shape[-1] == 1 else input_shape), self._depth)

    def compute_output_spec(self, inputs):
        dtype = "int64" if self.output_mode == "int" else floatx()
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype)
