"""`AdditiveAttention`: attention whose scores are sums of tanh."""

from minikeras.layers.attention.attention import Attention
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import expand_dims
from minikeras.ops.trigonometric import tanh


class AdditiveAttention(Attention):
    """`Attention` with score(q, k) = Σᵢ scaleᵢ · tanh(qᵢ + kᵢ).

    Args:
        use_scale: whether `scale` is a weight for each feature; else it is 1.
        dropout: fraction of the softmax's values that become 0 in training.
        **kwargs: as for `Attention`.

    Source: Bahdanau et al., "Neural machine translation by jointly learning to align and translate" (2015).
    """

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self._check(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def _calculate_scores(self, query, key):
        sums = tanh(expand_dims(query, -2) + expand_dims(key, -3))
        return sum_over(sums if self.scale is None else sums * self.scale, axis=-1)

    def get_config(self):
        config = self._own_config()
        return {**config, "use_scale": self.use_scale, "dropout": self.dropout, "seed": self.seed}
