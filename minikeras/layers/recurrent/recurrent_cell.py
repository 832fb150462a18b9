"""The base of SimpleRNNCell, GRUCell and LSTMCell: weights, dropout, and the input's part of the sums."""

import numpy as np

from minikeras import activations
from minikeras.autodiff.matrix_product import Matmul
from minikeras.layers.epilogue import product_with_epilogue
from minikeras.layers.layer import Layer
from minikeras.layers.recurrent.dropout_rnn_cell import DropoutRNNCell
from minikeras.ops.creation import zeros
from minikeras.ops.joining import concatenate, split, stack
from minikeras.ops.nn import hard_sigmoid, relu, sigmoid
from minikeras.ops.numpy import tanh
from minikeras.ops.shaping import expand_dims
from minikeras.random import SeedGenerator

# The functions that the fused loops support.
_NAMES = {
    tanh: "tanh",
    sigmoid: "sigmoid",
    relu: "relu",
    activations.relu: "relu",
    hard_sigmoid: "hard_sigmoid",
    activations.linear: "linear",
    None: "linear",
}


class RecurrentCell(DropoutRNNCell, Layer):
    """One step of a recurrent layer: `output, states = cell(inputs, states)`, with inputs (batch, features).

    The kernel is (features, gates · units), the recurrent kernel (units, gates · units).

    Args:
        units: length of the output and of each state (the first argument of subclasses).
        activation: name or function.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: initializers of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights, added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: applied to the weights after each update.
        dropout: fraction of the inputs' features that is dropped in training, the same at all steps.
        recurrent_dropout: the same for the states, before they are multiplied by the recurrent kernel.
        seed: an integer for the same dropout in every run.

    Raises:
        ValueError: `units` is not a positive integer.
    """

    gates = 1
    has_implementations = False  # whether the constructor takes `implementation`
    seed_comes_last = False  # whether the dropout's seed is drawn after those of the initializers rather than before

    def __init__(
        self,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        implementation = kwargs.pop("implementation", 2) if self.has_implementations else None
        super().__init__(**kwargs)
        if not self.seed_comes_last:
            self._set_seed(seed)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self._set_weight_arguments(
            kernel=(kernel_initializer, kernel_regularizer, kernel_constraint),
            recurrent=(recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            bias=(bias_initializer, bias_regularizer, bias_constraint),
        )
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        if self.has_implementations:
            self._set_implementation(implementation)
        if self.seed_comes_last:
            self._set_seed(seed)

    def _check_units(self, units):
        if not isinstance(units, (int, np.integer)) or units <= 0:
            raise ValueError(
                f"Received an invalid value for argument `units` of {type(self).__name__}: it must be a positive "
                f"integer. Received: units={units!r}"
            )

    def _set_implementation(self, implementation):
        """1 draws a dropout mask for each gate, 2 one for all; recurrent dropout needs 1. The sums are the same."""
        if implementation == 0:
            implementation = 2  # 0, of Keras 2, becomes 2, as in Keras
        if implementation not in (1, 2):
            raise ValueError(f"`implementation` must be 1 or 2. Received: implementation={implementation}")
        self.implementation = 1 if self.recurrent_dropout != 0.0 else implementation
        if self.implementation == 1:
            self.dropout_mask_count = self.gates

    def _set_seed(self, seed):
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    # --- building -------------------------------------------------------------------------------------------------

    def build(self, input_shape):
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f"The last axis of the input of {type(self).__name__} '{self.name}' must have a known length. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        width = self.gates * self.units
        self.kernel = self._add_configured_weight("kernel", (features, width))
        self.recurrent_kernel = self._add_configured_weight("recurrent", (self.units, width), name="recurrent_kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self._add_configured_weight("bias", self._bias_shape(), initializer=self._first_bias())

    def _bias_shape(self):
        return (self.gates * self.units,)

    def _first_bias(self):
        return self.bias_initializer

    # --- calling --------------------------------------------------------------------------------------------------

    def input_sums(self, inputs, training):
        """x · W + b of one step (batch, features) or of all (batch, steps, features), with dropout in training."""
        step = inputs if len(inputs.shape) == 2 else inputs[:, 0]
        masks, bias = self._masks_in_use(self.get_dropout_mask, step, self.dropout, training), self._input_bias()
        if masks is None:
            return product_with_epilogue(Matmul(), inputs, self.kernel, bias, None)
        if self.dropout_mask_count is None:
            return product_with_epilogue(Matmul(), _dropped(inputs, masks), self.kernel, bias, None)
        parts = split(self.kernel, self.gates, axis=1)
        sums = concatenate([Matmul()(_dropped(inputs, m), w) for m, w in zip(masks, parts, strict=True)], axis=-1)
        return sums if bias is None else sums + bias

    def state_sums(self, h, training):
        """h · U, with recurrent dropout in training."""
        masks = self._masks_in_use(self.get_recurrent_dropout_mask, h, self.recurrent_dropout, training)
        if masks is None:
            return Matmul()(h, self.recurrent_kernel)
        if self.dropout_mask_count is None:
            return Matmul()(h * masks, self.recurrent_kernel)
        parts = split(self.recurrent_kernel, self.gates, axis=1)
        return concatenate([Matmul()(h * m, w) for m, w in zip(masks, parts, strict=True)], axis=-1)

    def state_dropout(self, h, training):
        """The recurrent dropout masks as a tensor (batch, gates, units); None without recurrent dropout."""
        masks = self._masks_in_use(self.get_recurrent_dropout_mask, h, self.recurrent_dropout, training)
        if masks is None:
            return None
        if self.dropout_mask_count is None:
            return stack([masks] * self.gates, axis=1) if self.gates > 1 else expand_dims(masks, 1)
        return stack(masks, axis=1)

    def _masks_in_use(self, get_mask, x, rate, training):
        """The masks for x; None in inference. A rate of 1 has no effect, as in Keras."""
        return get_mask(x) if training and 0.0 < rate < 1.0 else None

    def _input_bias(self):
        return self.bias

    def loop(self, given, reverse):
        """The op that runs all steps, with these optional inputs; None if it does not support an activation."""
        raise NotImplementedError

    @staticmethod
    def name_of(activation):
        """The name of an activation function in the fused loops; None if they do not support it."""
        try:
            return _NAMES.get(activation)
        except TypeError:  # an object that cannot be looked up
            return None

    def get_initial_state(self, batch_size=None):
        """Zeros for each state."""
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.state_size]
        return [zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]


def _dropped(inputs, mask):
    return inputs * (mask if len(inputs.shape) == 2 else expand_dims(mask, 1))
