"""`SimpleRNNCell`: one step of the plain recurrence."""

from minikeras import tree
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop


class SimpleRNNCell(RecurrentCell):
    """h ← φ(x · kernel + bias + h · recurrent_kernel), φ being `activation`. The state is h, and so is the output.

    Weights: kernel (features, units), recurrent kernel (units, units), bias (units,).

    Args: see `RecurrentCell`.
    """

    def __init__(
        self,
        units,
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
        self._check_units(units)
        super().__init__(**kwargs)
        self._set_seed(seed)  # before the weights' initializers, which draw theirs too
        self.units = units
        self._set_weight_arguments(
            activation,
            use_bias,
            (kernel_initializer, recurrent_initializer, bias_initializer),
            (kernel_regularizer, recurrent_regularizer, bias_regularizer),
            (kernel_constraint, recurrent_constraint, bias_constraint),
        )
        self._set_dropout(dropout, recurrent_dropout)
        self.state_size = self.output_size = units

    def call(self, inputs, states, training=False):
        h = states[0] if tree.is_nested(states) else states
        h = self.activation(self.input_sums(inputs, training) + self.state_sums(h, training))
        return h, [h] if tree.is_nested(states) else h

    def _masks_in_use(self, get_mask, x, rate, training):
        masks = get_mask(x)  # in inference too, which consumes a seed, as in Keras
        return masks if training else None

    def loop(self, given, reverse):
        phi = self.name_of(self.activation)
        return None if phi is None else SimpleRNNLoop(given, reverse, phi)
