"""`Embedding`: looks up a vector for each token."""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.comparison import NotEqual
from minikeras.autodiff.effects import effect
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.base.messages import warn
from minikeras.layers.layer import Layer
from minikeras.layers.quantization.int4_weights import Int4Table
from minikeras.layers.quantization.int8_weights import Int8Table
from minikeras.layers.quantization.quantizable import Quantizable
from minikeras.ops.indexing import take
from minikeras.serialization import constructor_config


class Embedding(Quantizable, Layer):
    """y[…, :] = embeddings[x[…]]: each integer selects a row of a table.

    Input: integers from 0 to input_dim − 1, any shape; negative ones count from the last row. Output: that shape with
    an axis of `output_dim` added.

    The gradient of the table consists of rows (`IndexedSlices`), one per token read. Optimizers that square the
    gradient square each row, so a token that occurs twice in a batch adds two squares: see
    `autodiff/indexed_slices.py`.

    Args:
        input_dim: number of tokens.
        output_dim: length of a row.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
        mask_zero: whether token 0 is padding: the output then carries the mask x ≠ 0.
        weights: [array (input_dim, output_dim)], the initial table.
        lora_rank: if given, the table is frozen, and a trainable product of two small matrices is added to it
            (`enable_lora`).
        lora_alpha: stored in the config; as in Keras, `enable_lora` uses `lora_rank` in its place.
        quantization_config: how a layer with a quantized dtype policy is quantized; see `keras.quantizers`.

    Raises:
        ValueError: `input_dim` or `output_dim` is not a positive integer.
    """

    adapted = "embeddings"
    quantizations = {"int8": Int8Table, "int4": Int4Table}

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        if kwargs.pop("input_length", None) is not None:
            warn(
                "Embedding ignores `input_length`, which Keras 3 no longer needs. Remove it, and give the model an "
                "`Input` if its shapes must be known before the first call."
            )
        super().__init__(**kwargs)
        for argument, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ValueError(
                    f"`{argument}` must be a positive integer, in layer {self.name}. Received: {argument}={value!r}"
                )
        self.input_dim = input_dim
        self.output_dim = output_dim
        self._set_weight_arguments(embeddings=(embeddings_initializer, embeddings_regularizer, embeddings_constraint))
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        self._set_low_rank(lora_rank, lora_alpha)
        self._set_quantization(quantization_config)
        self._initial_weights = weights
        if weights is not None:
            self.build()

    def build(self, input_shape=None):
        if self.built:
            return  # a layer with `weights` is built by its constructor
        shape = (self.input_dim, self.output_dim)
        if self.quantization_mode is not None:
            self.quantized_build(shape, self.quantization_mode, self.quantization_config)
        if self._keeps_weight():
            self._embeddings = self._add_configured_weight("embeddings", shape)
        if self._initial_weights is not None and self._keeps_weight():
            values = self._initial_weights
            self._embeddings.assign(values[0] if isinstance(values, (list, tuple)) else values)
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank)

    @property
    def embeddings(self):
        """(input_dim, output_dim)"""
        return self._adapted_weight()

    def quantized_build(self, embeddings_shape, mode, config=None):
        """Create the Variables of the quantized table. See `Quantizable`."""
        self._quantized_build(embeddings_shape, mode, config)

    def call(self, inputs):
        if not hasattr(inputs, "dtype"):
            raise ValueError(
                f"Embedding layer '{self.name}' takes a tensor of token indices. Received: {inputs!r} (of type "
                f"{type(inputs).__name__}). Convert it, for example with `np.array`."
            )
        if inputs.dtype not in ("int32", "int64"):
            inputs = Cast("int32")(inputs)
        if hasattr(inputs, "array"):
            effect(self.check_tokens, inputs)
        if self._split_rule is not None:
            return self._split_rule(inputs)
        if self._quantization is not None:
            return self.quantized_call(inputs)
        return (
            Cast(self.compute_dtype)(take(self.embeddings, inputs, axis=0))
            if self._casts()
            else take(self.embeddings, inputs, axis=0)
        )

    def _call_quantized(self, inputs):
        y = self._quantization.rows(inputs)
        if self.lora_enabled:
            rows = take(self.lora_embeddings_a, inputs, axis=0)
            y = y + Matmul()(rows, self.lora_embeddings_b) * (self.lora_alpha / self.lora_rank)
        return y

    def _casts(self):
        return self.compute_dtype != self.variable_dtype

    def check_tokens(self, inputs):
        """Raise a ValueError if the table has no row for a token."""
        tokens, rows = inputs.array, self.input_dim
        if tokens.size and (tokens.max() >= rows or tokens.min() < -rows):
            wrong = tokens[(tokens >= rows) | (tokens < -rows)]
            largest = int(tokens.max())
            fix = f"Use input_dim={largest + 1} or more, or map" if largest >= rows else "Map"
            raise ValueError(
                f"Embedding layer '{self.name}' has rows for the tokens 0 to {rows - 1} "
                f"(input_dim={rows}). Received {wrong.size} token(s) outside, for example "
                f"{int(np.ravel(wrong)[0])}. {fix} rare tokens to a single index."
            )

    def compute_mask(self, inputs, mask=None):
        return NotEqual()(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.compute_dtype, ragged=inputs.ragged)

    def get_config(self):
        own = self._own_config()
        left_out = (*own, "activity_regularizer", "weights")
        config = {**own, "activity_regularizer": None, **constructor_config(self, left_out, Embedding)}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = own["activity_regularizer"]
        return self._without_low_rank(config)
