"""`Attention`: a mean of the values for each query, weighted by the query's scores with all keys."""

import numpy as np

from minikeras import random
from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.layer import Layer
from minikeras.ops.comparison import logical_and, logical_not
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import expand_dims, swapaxes
from minikeras.ops.softmax import softmax
from minikeras.ops.trigonometric import tanh
from minikeras.random import SeedGenerator

MASKED_PENALTY = {"float16": 65504.0}  # subtracted from the scores of masked sources


class Attention(Layer):
    """y[t] = Σₛ softmaxₛ(score(q[t], k[s])) · v[s], with score = q · k or w · Σ tanh(q + k).

    Input: [query (batch, targets, features), value (batch, sources, features)], and optionally the key, by default the
    value. Output: (batch, targets, features of the value).

    Args:
        use_scale: whether a weight multiplies the product q · k, or the sum q + k.
        score_mode: "dot" or "concat" (the second score, with a weight w).
        dropout: fraction of the softmax's values that become 0 in training.
        seed: of the dropout.

    Call arguments:
        inputs: [query, value] or [query, value, key].
        mask: [query mask (batch, targets), value mask (batch, sources)]: sources masked by the second are ignored, and
            the output is 0 where the first is False.
        return_attention_scores: whether to return (output, softmax values) instead of the output.
        use_causal_mask: whether target i attends to sources 0 … i only.

    Raises:
        ValueError: an unknown `score_mode`, or inputs or masks that are not such lists.

    Source: Luong et al., "Effective approaches to attention-based neural machine translation" (2015).
    """

    _accepted_kinds = "fiu"

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"Invalid value for argument score_mode of {self.name}. Expected one of 'dot', 'concat'. "
                f"Received: score_mode={score_mode!r}"
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape):
        self._check(input_shape)
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones") if self.use_scale else None
        self.concat_score_weight = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    # A subclass may override the score, the mask or the mean; the methods have Keras's names.

    def _calculate_scores(self, query, key):
        """(batch, targets, sources)"""
        if self.score_mode == "dot":
            scores = matmul(query, swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        both = expand_dims(query, -2) + expand_dims(key, -3)
        both = both if self.scale is None else both * self.scale
        return sum_over(tanh(both), axis=-1) * self.concat_score_weight

    def _calculate_score_mask(self, scores, v_mask, use_causal_mask):
        """Which sources each target attends to: booleans that broadcast to the scores, or None for all."""
        v_mask = None if v_mask is None else expand_dims(v_mask, -2)
        if not use_causal_mask:
            return v_mask
        seen = np.tri(*scores.shape[-2:], dtype=bool)[None]
        return seen if v_mask is None else logical_and(v_mask, seen)

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """(the mean of the values, its weights: the softmax of the scores that are not masked)"""
        if scores_mask is not None:
            scores = Where()(logical_not(scores_mask), scores - MASKED_PENALTY.get(scores.dtype, 1e9), scores)
        weights = softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return matmul(weights, value), weights

    def call(self, inputs, mask=None, training=False, return_attention_scores=False, use_causal_mask=False):
        self._check(inputs, mask)
        query, value, *key = inputs
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        scores = self._calculate_scores(query, key[0] if key else value)
        scores_mask = self._calculate_score_mask(scores, value_mask, use_causal_mask)
        outputs, weights = self._apply_scores(scores, value, scores_mask, training)
        if query_mask is not None:
            outputs = Where()(expand_dims(query_mask, -1), outputs, 0.0)
        return (outputs, weights) if return_attention_scores else outputs

    def compute_mask(self, inputs, mask=None):
        self._check(inputs, mask)
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(self, inputs, mask=None, return_attention_scores=False, **others):
        self._check(inputs, mask)
        outputs = KerasTensor(self.compute_output_shape([x.shape for x in inputs]), dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        scores = (*inputs[0].shape[:-1], inputs[-1].shape[-2])
        return outputs, KerasTensor(scores, dtype=self.compute_dtype)

    def _check(self, inputs, mask=None):
        if not isinstance(inputs, list) or len(inputs) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} must be called on a list of inputs: [query, value] or [query, "
                f"value, key], of length 2 or 3. Layer '{self.name}' received: {str(inputs)[:200]}"
            )
        if mask is not None and (not isinstance(mask, list) or len(mask) not in (2, 3)):
            raise ValueError(
                f"{type(self).__name__} layer mask must be a list [query_mask, value_mask] (length 2 or 3), in layer "
                f"'{self.name}'. Received: {str(mask)[:200]}"
            )
