"""`ReversibleEmbedding`: maps tokens to vectors, and vectors back to a logit for each token."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.quantization.reversible_weights import Int4ReversibleTable, Int8ReversibleTable
from minikeras.ops.products import matmul
from minikeras.ops.shaping import transpose
from minikeras.ops.trigonometric import tanh


class ReversibleEmbedding(Embedding):
    """y[…, :] = embeddings[x[…]]; called with `reverse=True`, y[…, token] = Σ x[…, c] · embeddings[token, c].

    Input: integers of any shape. Output: that shape with an axis of `output_dim` added. Reversed, the input is
    (…, output_dim) and the output (…, input_dim): logits for each token, as at the end of a language model.

    Args:
        input_dim: number of tokens.
        output_dim: length of a vector.
        tie_weights: whether both directions share one table; else the reverse has its own (output_dim, input_dim).
        embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
        mask_zero: whether token 0 is padding: the vectors then carry the mask x ≠ 0.
        reverse_dtype: compute dtype of the reverse direction; that of the inputs if None.
        logit_soft_cap: if given, logits become cap · tanh(logits / cap), so that none exceeds the cap.
        **kwargs: as for `Embedding`.

    Call arguments:
        inputs: tokens, or vectors.
        reverse: whether to go from vectors to logits.
    """

    quantizations = {"int8": Int8ReversibleTable, "int4": Int4ReversibleTable}

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape=None):
        super().build(input_shape)
        if not self.tie_weights and self._keeps_weight():
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )

    def call(self, inputs, reverse=False):
        return self._logits(inputs) if reverse else self._vectors(inputs)

    def _vectors(self, inputs):
        outputs = super().call(inputs)
        mask = super().compute_mask(inputs)
        if mask is not None:
            outputs._keras_mask = mask
        return outputs

    def _logits(self, inputs):
        if self._quantization is not None:
            return self._capped(self._quantization.logits(self._in_reverse_dtype(inputs)))
        kernel = transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        return self._capped(matmul(self._in_reverse_dtype(inputs), self._in_reverse_dtype(kernel)))

    def _in_reverse_dtype(self, x):
        return x if self.reverse_dtype is None else Cast(self.reverse_dtype)(x)

    def _float_weights(self):
        weights = super()._float_weights()
        return weights if self.tie_weights else {**weights, "reverse_embeddings": self.reverse_embeddings.numpy()}

    def _remove_float_weights(self):
        super()._remove_float_weights()
        if not self.tie_weights:
            del self.reverse_embeddings

    def _capped(self, logits):
        cap = self.logit_soft_cap
        return logits if cap is None else tanh(logits / cap) * cap

    def compute_mask(self, inputs, mask=None):
        return None  # `call` attaches it, in the forward direction only

    def compute_output_shape(self, input_shape, reverse=False):
        return [*input_shape[:-1], self.input_dim] if reverse else [*input_shape, self.output_dim]  # lists: Keras's

    def compute_output_spec(self, inputs, reverse=False):
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype=self.compute_dtype)

    @property
    def variable_serialization_spec(self):
        """As in `Embedding`, with the weights of the reverse direction."""
        return {**super().variable_serialization_spec, None: ["embeddings", "reverse_embeddings"]}

    def get_config(self):
        own = ("tie_weights", "reverse_dtype", "logit_soft_cap")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
