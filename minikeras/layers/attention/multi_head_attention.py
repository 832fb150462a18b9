"""`MultiHeadAttention`: each target attends to all sources, with several heads."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.attention.projected_attention import ProjectedAttention

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class MultiHeadAttention(ProjectedAttention):
    """y[t] = Σ over heads of (Σₛ softmaxₛ(q[t] · k[s] / √key_dim) · v[s]) Wₒ + bₒ, with q, k, v = projections.

    q = query W_q + b_q, k = key W_k + b_k and v = value W_v + b_v, for each head. Input: query (batch, targets,
    features), value and key (batch, sources, features); with more than one axis between, `attention_axes` selects
    those of targets and sources. Output: (batch, targets, features of the query or `output_shape`).

    Args:
        num_heads: number of heads.
        key_dim: length of a head's queries and keys.
        value_dim: length of a head's values; `key_dim` if None.
        dropout: fraction of the attention weights that become 0 in training.
        use_bias: whether the projections have biases.
        output_shape: lengths of the output's last axes; that of the query if None.
        attention_axes: the axes of targets and sources; all but the batch's and the last if None.
        sliding_window: if given, a target attends only to sources nearer than this.
        flash_attention: only None or False; there is one implementation.
        kernel_initializer, bias_initializer: initializers of the projections' weights.
        kernel_regularizer, bias_regularizer: penalties on these weights, added to the loss.
        activity_regularizer: penalty on the projections' outputs.
        kernel_constraint, bias_constraint: applied to these weights after each update.
        use_gate: whether the heads' results are multiplied by the sigmoid of a projection of the query.
        seed: of the dropout.

    Call arguments:
        query, value, key: tensors; the key is the value if None.
        attention_mask: booleans (batch, targets, sources), False where a target must not attend to a source.
        return_attention_scores: whether to return (output, softmax values) instead of the output.
        use_causal_mask: whether target i attends to sources 0 … i only.
        query_mask, value_mask, key_mask: (batch, length), taken from the tensors automatically.

    Raises:
        ValueError: a number is not positive, or values and keys differ in length.

    Source: Vaswani et al., "Attention is all you need" (2017).
    """

    @inherits_arguments(
        ProjectedAttention,
        after={"output_shape": "use_bias", "attention_axes": "output_shape"},
        without=("head_dim",),
    )
    def __init__(self, num_heads, key_dim, value_dim=None, *, output_shape=None, attention_axes=None, **kwargs):
        for argument, value in (("num_heads", num_heads), ("key_dim", key_dim), ("value_dim", value_dim)):
            if (not isinstance(value, int) or value <= 0) and not (value is None and argument == "value_dim"):
                raise ValueError(
                    f"The argument `{argument}` of MultiHeadAttention must be a positive integer. Received: {value!r}"
                )
        super().__init__(key_dim, **kwargs)
        self._num_heads, self._key_dim, self._value_dim = num_heads, key_dim, value_dim or key_dim
        if output_shape is not None and not isinstance(output_shape, (int, list, tuple)):
            raise ValueError(
                f"Invalid `output_shape`: it is an int, a list or a tuple of lengths. Received: {output_shape!r}"
            )
        self._output_shape = (output_shape,) if isinstance(output_shape, int) else output_shape and tuple(output_shape)
        self._attention_axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        if attention_axes is not None and not isinstance(self._attention_axes, (list, tuple)):
            raise ValueError(
                f"`attention_axes` of {self.name} must be an int, list or tuple. Received: {attention_axes!r}"
            )

    num_heads = property(lambda self: self._num_heads, doc="Number of heads.")
    key_dim = property(lambda self: self._key_dim, doc="Length of a head's queries and keys.")
    value_dim = property(lambda self: self._value_dim, doc="Length of a head's values.")
    dropout = property(lambda self: self._dropout, doc="Fraction of the attention weights that become 0 in training.")
    use_bias = property(lambda self: self._use_bias, doc="Whether the projections have biases.")
    attention_axes = property(lambda self: self._attention_axes, doc="Along which axes targets and sources lie.")
    query_dense = property(lambda self: self._query_dense, doc="The projection of the query.")
    key_dense = property(lambda self: self._key_dense, doc="The projection of the key.")
    value_dense = property(lambda self: self._value_dense, doc="The projection of the value.")
    output_dense = property(lambda self: self._output_dense, doc="The projection of the heads' results.")

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        self._check_sources(value_shape, key_shape)
        self._query_dense = self._to_heads("query", query_shape, self._key_dim)
        self._key_dense = self._to_heads("key", key_shape, self._key_dim)
        if self._use_gate:
            self._gate_dense = self._to_heads("gate", query_shape, self._value_dim, "sigmoid")
        self._value_dense = self._to_heads("value", value_shape, self._value_dim)
        ndim = len(value_shape) + 1
        axes = range(1, ndim - 2) if self._attention_axes is None else self._attention_axes
        self._attention_axes = tuple(axis if axis >= 0 else ndim - 1 + axis for axis in axes)
        self._make_softmax_and_dropout(tuple(range(-len(self._attention_axes), 0)))
        self._output_dense = self._from_heads(query_shape)
        self._output_dense.build((*query_shape[:-1], self._num_heads, self._value_dim))

    def _to_heads(self, name, shape, length, activation=None):
        """A projection (…, features) → (…, heads, length), built."""
        ndim = len(shape)
        front, features, new = LETTERS[: ndim - 1], LETTERS[ndim - 1], LETTERS[ndim : ndim + 2]
        equation = f"{front}{features},{features}{new}->{front}{new}"
        output_shape = [None] * (ndim - 2) + [self._num_heads, length]
        dense = self._projection(name, equation, output_shape, new, activation)
        dense.build(shape)
        return dense

    def _from_heads(self, query_shape):
        """The projection (…, heads, length) → (…, *output shape)."""
        output_shape, count = self._output_shape or query_shape[-1:], len(query_shape) - 1
        front, heads = LETTERS[:count], LETTERS[count : count + 2]
        new = LETTERS[count + 2 : count + 2 + len(output_shape)]
        equation = f"{front}{heads},{heads}{new}->{front}{new}"
        return self._projection("attention_output", equation, [None] * (count - 1) + list(output_shape), new)

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        query_mask = getattr(query, "_keras_mask", None)
        for x in (query, value, key):
            if x is not None:
                x._keras_mask = None  # as in Keras: the masks are consumed
        masks = {"query_mask": query_mask, "source_masks": _given(value_mask, key_mask)}
        masks |= {"attention_mask": attention_mask, "causal": use_causal_mask}
        outputs, scores = self._attended(query, value, key, masks, training, return_attention_scores)
        if query_mask is not None:
            outputs._keras_mask = query_mask
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        self._check_sources(tuple(value_shape), tuple(value_shape if key_shape is None else key_shape))
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))

    def compute_output_spec(self, query, value, key=None, return_attention_scores=False, **others):
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        outputs = KerasTensor(shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        scores = (query.shape[0], self._num_heads, query.shape[1], value.shape[1])
        return outputs, KerasTensor(scores, dtype=self.compute_dtype)

    def get_config(self):
        own = ("num_heads", "key_dim", "value_dim", "dropout", "use_bias")
        own += ("use_gate", "output_shape", "attention_axes", "sliding_window")
        config = {name: getattr(self, f"_{name}") for name in own}
        return {**self._own_config(), **config, **self._weights_config(), "seed": self.seed}


def _given(*masks):
    return tuple(mask for mask in masks if mask is not None)
