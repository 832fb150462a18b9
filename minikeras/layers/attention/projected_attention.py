"""The base of attention layers that project queries, keys and values to several heads."""

import math

from minikeras import constraints, initializers, regularizers
from minikeras.config import is_flash_attention_enabled
from minikeras.layers.activations.softmax import Softmax
from minikeras.layers.attention.attention_masks import combined_mask, with_head_axes
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.layer import Layer
from minikeras.layers.regularization.dropout import Dropout
from minikeras.ops.attention import dot_product_attention
from minikeras.ops.comparison import logical_and
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.einsum import einsum

WEIGHTS = ("kernel", "bias")


class ProjectedAttention(Layer):
    """Base class: arguments, projections, masks, and the attention itself.

    Args:
        head_dim: length of a head's queries and keys; logits are divided by its square root.
        dropout: fraction of the attention weights that become 0 in training.
        use_bias: whether the projections have biases.
        sliding_window: if given, a target attends only to sources nearer than this.
        flash_attention: only None or False; there is one implementation.
        kernel_initializer, bias_initializer: initializers of the projections' weights.
        kernel_regularizer, bias_regularizer: penalties on these weights, added to the loss.
        activity_regularizer: penalty on the projections' outputs.
        kernel_constraint, bias_constraint: applied to these weights after each update.
        use_gate: whether the result is multiplied by the sigmoid of a projection of the query.
        seed: of the dropout.

    Raises:
        ValueError: a window that is not positive, or flash attention with dropout.
    """

    def __init__(
        self,
        head_dim,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if sliding_window is not None and (not isinstance(sliding_window, int) or sliding_window <= 0):
            raise ValueError(
                f"`sliding_window` of {self.name} must be None or a positive integer. Received: {sliding_window!r}"
            )
        if (flash_attention or is_flash_attention_enabled()) and dropout > 0:
            raise ValueError(f"Flash attention of {self.name} has no dropout. Received: dropout={dropout}")
        self.supports_masking = True
        self._flash_attention = flash_attention or is_flash_attention_enabled()
        self._scale = 1 / math.sqrt(head_dim)
        self._dropout, self._use_bias, self._use_gate = dropout, use_bias, use_gate
        self._sliding_window = sliding_window
        self.seed = seed
        self._for_weights = {
            "kernel_initializer": initializers.get(kernel_initializer),
            "bias_initializer": initializers.get(bias_initializer),
            "kernel_regularizer": regularizers.get(kernel_regularizer),
            "bias_regularizer": regularizers.get(bias_regularizer),
            "activity_regularizer": regularizers.get(activity_regularizer),
            "kernel_constraint": constraints.get(kernel_constraint),
            "bias_constraint": constraints.get(bias_constraint),
        }

    # --- building ---------------------------------------------------------------------------------------------------

    def _projection(self, name, equation, output_shape, bias_axes, activation=None):
        """An EinsumDense projection. Its initializers draw values that differ from the other projections'."""
        own = dict(self._for_weights)
        for weight in WEIGHTS:
            initializer = own[f"{weight}_initializer"]
            own[f"{weight}_initializer"] = type(initializer).from_config(initializer.get_config())
        bias_axes = bias_axes if self._use_bias else None
        arguments = {"bias_axes": bias_axes, "activation": activation, "name": name, "dtype": self.dtype_policy}
        return EinsumDense(equation, output_shape, **arguments, **own)

    def _make_softmax_and_dropout(self, axes):
        self._softmax = Softmax(axis=axes, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(rate=self._dropout, dtype=self.dtype_policy, seed=self.seed)

    def _check_sources(self, value_shape, key_shape):
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                f"All dimensions of values and keys of layer '{self.name}', except the last one, must be equal, each. "
                f"Received: value_shape={value_shape}, key_shape={key_shape}"
            )

    # --- calling ----------------------------------------------------------------------------------------------------

    def _attended(self, query, value, key, masks, training, return_attention_scores):
        """(output, scores or None).  `masks`: the arguments of `combined_mask` after the lengths."""
        key = value if key is None else key
        others = masks["query_mask"], masks["attention_mask"], self._sliding_window, *masks["source_masks"]
        # A subclass's own `_compute_attention` gets the causal mask too: it may know no `use_causal_mask`.
        is_own = type(self)._compute_attention is not ProjectedAttention._compute_attention
        causal_alone = masks["causal"] and not is_own and all(other is None for other in others)
        lengths = query.shape[1], value.shape[1]
        mask = None if causal_alone else combined_mask(*lengths, **masks, window=self._sliding_window)
        if is_own and mask is not None:
            mask = convert_to_tensor(mask)
        gate = self._gate_dense(query) if self._use_gate else None
        query, key, value = self._query_dense(query), *self._heads_of(self._key_dense(key), self._value_dense(value))
        scores_wanted = [True] if return_attention_scores else []
        options = {"use_causal_mask": True} if causal_alone else {}
        outputs, scores = self._compute_attention(query, key, value, mask, training, *scores_wanted, **options)
        return self._output_dense(outputs if gate is None else outputs * gate), scores

    def _heads_of(self, key, value):
        """Keys and values for each head of the query."""
        return key, value

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """(outputs, scores or None) of projected heads (batch, length, heads, head_dim), each query with its own key.

        Override it for a custom attention, as in Keras: all masks are combined in one, (batch or 1, targets, sources).
        """
        causal = use_causal_mask and attention_mask is None
        if use_causal_mask and attention_mask is not None:
            lower = combined_mask(query.shape[1], key.shape[1], None, (), None, causal=True)
            attention_mask = logical_and(attention_mask, lower)
        if self._dropout > 0 or return_attention_scores or len(query.shape) != 4:
            if causal:
                attention_mask = combined_mask(query.shape[1], key.shape[1], None, (), None, causal=True)
            return self._attend_step_by_step(query, key, value, attention_mask, training)
        return self._attend_at_once(query, key, value, attention_mask, causal), None

    def _attend_at_once(self, query, key, value, mask, causal):
        mask = None if mask is None else with_head_axes(mask, 4, len(self._attention_axes))
        return dot_product_attention(
            query, key, value, mask=mask, scale=self._scale, is_causal=causal, flash_attention=self._flash_attention
        )

    def _attend_step_by_step(self, query, key, value, mask, training):
        if self._flash_attention:
            raise ValueError(f"Flash attention of '{self.name}' has no attention scores. Do not ask for both.")
        scores_equation, combine_equation = attention_equations(len(query.shape), self._attention_axes)
        scores = einsum(scores_equation, key, query * self._scale)
        if mask is not None:
            mask = with_head_axes(mask, len(scores.shape), len(self._attention_axes))
        scores = self._softmax(scores, mask=mask)
        weights = self._dropout_layer(scores, training=training) if self._dropout > 0 else scores
        return einsum(combine_equation, weights, value), scores

    def _weights_config(self):
        """The arguments of the projections' weights as a config."""
        modules = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
        return {name: modules[name.rpartition("_")[2]].serialize(value) for name, value in self._for_weights.items()}


def attention_equations(ndim, axes):
    """Equations of `einsum`: (keys, queries → scores), (scores, values → outputs).

    Queries, keys and values have `ndim` axes, the last of which is a head's; targets and sources are along `axes`. The
    scores have the other axes, then those of the targets, then those of the sources.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    target = letters[:ndim]
    new = iter(letters[ndim:])
    source = "".join(next(new) if axis in axes else letter for axis, letter in enumerate(target))
    kept = "".join(letter for axis, letter in enumerate(target[:-1]) if axis not in axes)
    product = kept + "".join(target[axis] for axis in axes) + "".join(source[axis] for axis in axes)
    return f"{source},{target}->{product}", f"{product},{source}->{target}"
