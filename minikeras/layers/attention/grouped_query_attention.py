"""`GroupQueryAttention`: multi-head attention in which several heads of the query share one of keys and values.

The class is `GroupedQueryAttention`, from which Keras derives names and paths in files.
"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.attention.projected_attention import ProjectedAttention
from minikeras.ops.shaping import repeat


class GroupedQueryAttention(ProjectedAttention):
    """`MultiHeadAttention` with `num_query_heads` heads of the query and fewer of keys and values.

    Head h of the query attends to head ⌊h / (num_query_heads / num_key_value_heads)⌋ of keys and values. Input: query
    (batch, targets, features), value and key (batch, sources, features). Output: (batch, targets, features).

    Args:
        head_dim: length of a head.
        num_query_heads: number of heads of the query, a multiple of `num_key_value_heads`.
        num_key_value_heads: number of heads of keys and values.
        dropout: fraction of the attention weights that become 0 in training.
        use_bias: whether the projections have biases.
        sliding_window: if given, a target attends only to sources nearer than this.
        flash_attention: only None or False; there is one implementation.
        kernel_initializer, bias_initializer: initializers of the projections' weights.
        kernel_regularizer, bias_regularizer: penalties on these weights, added to the loss.
        activity_regularizer: penalty on the projections' outputs.
        kernel_constraint, bias_constraint: applied to these weights after each update.
        use_gate: whether the heads' results are multiplied by the sigmoid of a projection of the query.
        seed: of the dropout.

    Call arguments: as for `MultiHeadAttention`.

    Raises:
        ValueError: the numbers of heads do not match, or values and keys differ in length.

    Source: Ainslie et al., "GQA: training generalized multi-query transformer models" (2023).
    """

    @inherits_arguments(ProjectedAttention)
    def __init__(self, head_dim, num_query_heads, num_key_value_heads, *args, **kwargs):
        super().__init__(head_dim, *args, **kwargs)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f"`num_query_heads` of {self.name} must be divisible by `num_key_value_heads`. "
                f"Received: {num_query_heads} and {num_key_value_heads}"
            )
        self.head_dim = head_dim
        self.num_query_heads = num_query_heads
        self.num_key_value_heads = num_key_value_heads
        self.num_repeats = num_query_heads // num_key_value_heads
        self.dropout, self.use_bias, self.use_gate = self._dropout, self._use_bias, self._use_gate
        self.activity_regularizer = self._for_weights["activity_regularizer"]  # of the result too, as in Keras
        for name in ("initializer", "regularizer", "constraint"):
            setattr(self, f"kernel_{name}", self._for_weights[f"kernel_{name}"])
            setattr(self, f"bias_{name}", self._for_weights[f"bias_{name}"])
        self._attention_axes = (1,)

    @property
    def sliding_window(self):
        """How far back from its own position a query may attend; None: without limit."""
        return self._sliding_window

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        self.feature_dim = query_shape[-1]
        of_query = None, self.num_query_heads, self.head_dim
        of_sources = None, self.num_key_value_heads, self.head_dim
        self._query_dense = self._built_projection("query", query_shape, "bqm,muh->bquh", of_query, "uh")
        self._key_dense = self._built_projection("key", key_shape, "bkm,mvh->bkvh", of_sources, "vh")
        if self._use_gate:
            self._gate_dense = self._built_projection("gate", query_shape, "bqm,muh->bquh", of_query, "uh", "sigmoid")
        self._value_dense = self._built_projection("value", value_shape, "bkm,mvh->bkvh", of_sources, "vh")
        self._make_softmax_and_dropout(-1)
        heads, output_shape = (None, None, self.num_query_heads, self.head_dim), (None, self.feature_dim)
        self._output_dense = self._built_projection("attention_output", heads, "bquh,uhm->bqm", output_shape, "m")

    def _built_projection(self, name, shape, *arguments):
        dense = self._projection(name, *arguments)
        dense.build(shape)
        return dense

    def _heads_of(self, key, value):
        return repeat(key, self.num_repeats, axis=2), repeat(value, self.num_repeats, axis=2)

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
        masks = {"query_mask": query_mask, "source_masks": tuple(m for m in (value_mask, key_mask) if m is not None)}
        masks |= {"attention_mask": attention_mask, "causal": use_causal_mask}
        outputs, scores = self._attended(query, value, key, masks, training, return_attention_scores)
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        if tuple(query_shape)[-1:] != tuple(value_shape)[-1:]:
            raise ValueError(
                f"The last dimension of query and value of layer '{self.name}' must be equal. "
                f"Received: query_shape={query_shape}, value_shape={value_shape}"
            )
        self._check_sources(tuple(value_shape), tuple(value_shape if key_shape is None else key_shape))
        return query_shape

    def compute_output_spec(self, query, value, key=None, return_attention_scores=False, **others):
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        outputs = KerasTensor(shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        scores = (query.shape[0], self.num_query_heads, query.shape[1], value.shape[1])
        return outputs, KerasTensor(scores, dtype=self.compute_dtype)

    def get_config(self):
        config = {name: getattr(self, name) for name in ("head_dim", "num_query_heads", "num_key_value_heads")}
        config |= {name: getattr(self, f"_{name}") for name in ("use_bias", "use_gate", "sliding_window", "dropout")}
        return {**self._own_config(), **config, **self._weights_config(), "seed": self.seed}
