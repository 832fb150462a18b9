"""`TextVectorization`: maps texts to the indices of their words."""

from minikeras import ops
from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reads_config
from minikeras.config import floatx
from minikeras.layers.preprocessing.adapting import count_tokens
from minikeras.layers.preprocessing.category_output import MODES, checked_mode
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.index_lookup import NOT_COUNTED
from minikeras.layers.preprocessing.string_lookup import StringLookup
from minikeras.ops.conversion import data_tensor
from minikeras.serialization import deserialize_keras_object
from minikeras.tensors import strings
from minikeras.tensors.lookup.text_ops import WordIndices, are_long, words_of
from minikeras.tensors.ragged import RaggedTensor

STANDARDIZATIONS = (None, "lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLITS = (None, "whitespace", "character")
PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"


class TextVectorization(DataLayer):
    """Maps texts to the indices of their words in a vocabulary: 0 is padding, 1 an unknown word.

    Steps: standardize, split into words, form n-grams, look up, pad.

    Args:
        max_tokens: maximum size of the vocabulary, with padding and the unknown word.
        standardize: None, "lower_and_strip_punctuation", "lower", "strip_punctuation", or a function of string tensors.
        split: None, "whitespace", "character", or a function of a string tensor to (ragged) rows of words.
        ngrams: n for runs of 1 … n words, or a tuple of lengths; None for single words.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf", see `IndexLookup`.
        output_sequence_length: length of the rows in mode "int"; None for that of the longest text in the batch.
        pad_to_max_tokens: whether the vectors of other modes have `max_tokens` elements.
        vocabulary: an array, list or tensor of words, or the path of a text file with one per line.
        idf_weights: the weight of each word, in mode "tf_idf".
        sparse: whether vectors are SparseTensors; not with "int".
        ragged: whether mode "int" returns ragged rows, without padding.
        encoding: of the words that `get_vocabulary` returns as text.
    """

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        **kwargs,
    ):
        of_configs = {key: kwargs.pop(key, None) for key in ("vocabulary_size", "has_input_vocabulary")}
        super().__init__(name=name, **kwargs)
        self.autocast = False
        self._standardize, self._split, self._ngrams_arg = standardize, split, ngrams
        self._ngrams = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        self._output_mode = checked_mode(output_mode, (*MODES, "tf_idf"))
        self._output_sequence_length, self._ragged, self._encoding = output_sequence_length, ragged, encoding
        self._check_arguments()
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            sparse=sparse,
            encoding=encoding,
            **of_configs,
        )

    def _check_arguments(self):
        for name, value, allowed in (
            ("standardize", self._standardize, STANDARDIZATIONS),
            ("split", self._split, SPLITS),
        ):
            if not callable(value) and value not in allowed:
                raise ValueError(
                    f"Unknown value for `{name}`. Allowed values are {allowed}, or a function. Received: "
                    f"{name}={value!r}"
                )
        ngrams, length = self._ngrams, self._output_sequence_length
        if ngrams is not None and not (isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams)):
            raise ValueError(
                f"`ngrams` of {self.name} must be None, an integer, or a tuple with integers: counts of words. "
                f"Received: ngrams={ngrams!r}"
            )
        if length is not None and (self._output_mode != "int" or not isinstance(length, int)):
            raise ValueError(
                "`output_sequence_length` must not be set if the output_mode is not 'int', and be either None or an "
                f"integer. Received: output_sequence_length={length!r}, output_mode={self._output_mode!r}"
            )
        if self._ragged and self._output_mode != "int":
            raise ValueError(
                f"`ragged` must not be true unless output_mode='int'. Received: output_mode={self._output_mode!r}"
            )

    # --- dtypes and the vocabulary ----------------------------------------------------------------------------------

    @property
    def compute_dtype(self):
        """The dtype of text: "string"."""
        return "string"

    variable_dtype = dtype = compute_dtype

    @property
    def has_given_state(self):
        """Whether the vocabulary was given."""
        return self._lookup_layer.has_given_state

    def build(self, input_shape=None):
        """Does nothing: there are no weights."""

    def get_vocabulary(self, include_special_tokens=True):
        """The words, a list of text in the order of their indices."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """The number of words, padding and the unknown word included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the words, see `IndexLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data, batch_size=None, steps=None):
        """Build the vocabulary from the words in texts, the most frequent first.

        Args:
            data: an array, list or tensor of texts; or batches: a Dataset, a PyDataset, a generator.
            batch_size: has no effect, as in Keras.
            steps: how many batches; all if None.

        Raises:
            ValueError: a vocabulary was given.
        """
        count_tokens(self, data, steps)

    def update_state(self, data):
        """Count the words of a batch of texts."""
        if self._output_mode != "tf_idf" and self._splits_at_whitespace(data):
            texts = byte_strings(data).ravel().tolist()
            if are_long(texts):
                words, _ = words_of(texts, *_translation(self._standardize), widths=self._ngrams)
                self._lookup_layer.count_packed(words)
                return
        self._lookup_layer.update_state(self._words(data))

    def finalize_state(self):
        """Build the vocabulary from the counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self):
        """Reset the counts."""
        self._lookup_layer.reset_state()

    # --- calling --------------------------------------------------------------------------------------------------

    def _words(self, texts):
        """The words (or n-grams) of each text, in rows."""
        texts = texts if isinstance(texts, RaggedTensor) else Tensor(byte_strings(texts))
        texts = self._standardize(texts) if callable(self._standardize) else _standardized(texts, self._standardize)
        if self._split is not None:
            texts = self._split_rows(texts)
        return texts if self._ngrams is None else strings.ngrams(texts, self._ngrams, separator=" ")

    def _split_rows(self, texts):
        if len(texts.shape) > 1:
            if texts.shape[-1] != 1:
                raise ValueError(
                    "To be split, texts must have an input rank of 1, or the last dimension must be 1. "
                    f"Received: a tensor of shape {tuple(texts.shape)}"
                )
            texts = ops.squeeze(texts, -1)
        if callable(self._split):
            return self._split(texts)
        return strings.split(texts) if self._split == "whitespace" else strings.unicode_split(texts, "UTF-8")

    def call(self, inputs):
        self._lookup_layer.require_vocabulary(self)
        if self._is_one_op(inputs):
            return self._in_one_op(data_tensor(inputs))
        found = self._lookup_layer.call(self._words(inputs))
        if self._output_mode != "int":
            return found
        length = self._output_sequence_length
        if isinstance(found, RaggedTensor):
            if self._ragged:
                return found if length is None else found[(*[slice(None)] * (len(found.shape) - 1), slice(length))]
            return found.to_tensor(0, shape=[None] * (len(found.shape) - 1) + [length])
        if length is None:
            return found
        found = found[..., :length]
        missing = length - found.shape[-1]
        if self._ragged or not missing:
            return found
        return ops.pad(found, [[0, 0]] * (len(found.shape) - 1) + [[0, missing]])

    def _is_one_op(self, inputs):
        """Whether one op can compute the indices: words are split at whitespace, and the result is not ragged."""
        return not self._ragged and self._output_mode != "one_hot" and self._splits_at_whitespace(inputs)

    def _splits_at_whitespace(self, inputs):
        """Whether the inputs are texts that are split at whitespace, without a function of the user's."""
        is_usual = self._split == "whitespace" and not callable(self._standardize)
        if not is_usual or isinstance(inputs, RaggedTensor):
            return False
        inputs = data_tensor(inputs)
        return inputs.dtype == "string" and (len(inputs.shape) == 1 or tuple(inputs.shape[1:]) == (1,))

    def _in_one_op(self, inputs):
        lookup, translation = self._lookup_layer, _translation(self._standardize)
        if self._output_mode == "int":
            return WordIndices(lookup, *translation, self._output_sequence_length, widths=self._ngrams)(inputs)
        return lookup.encoded(WordIndices(lookup, *translation, padding=NOT_COUNTED, widths=self._ngrams)(inputs))

    def compute_output_shape(self, input_shape):
        if self._output_mode == "int":
            return (*input_shape[:1], self._output_sequence_length)
        if self._split is not None:
            input_shape = (*input_shape, None)
        elif len(input_shape) <= 1:
            input_shape = (*input_shape, 1)
        return self._lookup_layer.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs):
        dtype = "int64" if self._output_mode == "int" else floatx()
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype)

    # --- files ----------------------------------------------------------------------------------------------------

    def get_config(self):
        lookup = self._lookup_layer.get_config()
        return {
            **self._own_config(),
            "max_tokens": lookup["max_tokens"],
            "standardize": self._standardize,
            "split": self._split,
            "ngrams": self._ngrams_arg,
            "output_mode": self._output_mode,
            "output_sequence_length": self._output_sequence_length,
            "pad_to_max_tokens": lookup["pad_to_max_tokens"],
            "sparse": lookup["sparse"],
            "ragged": self._ragged,
            "vocabulary": lookup["vocabulary"],
            "idf_weights": lookup["idf_weights"],
            "encoding": self._encoding,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    @reads_config
    def from_config(cls, config):
        """The layer of a config, whose functions must be registered."""
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return cls(**config)

    def save_own_variables(self, store):
        """Store the weights of mode "tf_idf"."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store):
        """Set the weights of mode "tf_idf"."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path):
        """Write the vocabulary into a folder, unless the config has it."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path):
        """Set the vocabulary that `save_assets` wrote."""
        self._lookup_layer.load_assets(dir_path)


def _standardized(texts, how):
    """Texts in lower case (ASCII only), without punctuation, or both."""
    return texts if how is None else strings.translate(texts, *_translation(how))


def _translation(how):
    """The table and the removed bytes of a standardization, for `bytes.translate`."""
    table = bytes(range(256)).lower() if how and how.startswith("lower") else None
    return table, PUNCTUATION if how and how.endswith("punctuation") else b""
