"""`BuiltInRNN`: the base of SimpleRNN, GRU and LSTM, which run all steps as one op."""

import inspect

from minikeras import tree
from minikeras.base.limits import reads_config
from minikeras.base.naming import to_snake_case
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.rnn import RNN
from minikeras.ops.core import cast
from minikeras.ops.cumulative import cumsum
from minikeras.ops.indexing import where
from minikeras.ops.reordering import flip
from minikeras.ops.shaping import expand_dims


def of_cell(name):
    """A property: the attribute of that name of the layer's cell."""
    return property(lambda self: getattr(self.cell, name), doc=f"`{name}` of the cell.")


class BuiltInRNN(RNN):
    """An RNN over one of minikeras's own cells; all steps run as one op of `ops/recurrent/`.

    The input's part, x · W + b, is computed first, as one product for all steps. With activation functions that the op
    does not support, the steps are computed one by one, as with a custom cell.
    """

    _accepted_kinds = "fiub"

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    seed = of_cell("seed")

    def __init__(self, cell_class, **kwargs):
        """`kwargs`: arguments of the cell and of `RNN`."""
        names = {
            *inspect.signature(cell_class).parameters,
            *(["implementation"] if cell_class.has_implementations else []),
        }
        cell_arguments = {name: kwargs.pop(name) for name in names & kwargs.keys()}
        for_both = {"dtype": kwargs.get("dtype"), "trainable": kwargs.get("trainable", True)}
        cell = cell_class(**cell_arguments, **for_both, name=to_snake_case(cell_class.__name__))
        super().__init__(cell, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if getattr(self, "use_cudnn", None) is True:  # an argument of LSTM and GRU
            raise ValueError(
                f"Layer '{self.name}' was made with use_cudnn=True, but minikeras runs on processors, without cuDNN. "
                "Leave use_cudnn='auto'."
            )
        mask = tree.flatten(mask)[0] if tree.is_nested(mask) else mask
        optional = self._optional_inputs(sequences, initial_state, mask, training)
        loop = self.cell.loop(tuple(optional), self.go_backwards)
        if loop is None:
            return super().inner_loop(sequences, initial_state, mask, training)
        sums = self.cell.input_sums(sequences, training)
        outputs, *results = loop(sums, self.cell.recurrent_kernel, *optional.values())
        states = results[: len(self.state_size)]
        return *self._for_masked_steps(outputs, states[0], mask, initial_state), states

    def _optional_inputs(self, sequences, initial_state, mask, training):
        """{name: tensor} of the loop's optional inputs that are given, in the loop's order."""
        cell = self.cell
        inputs = {"bias": cell.recurrent_bias()} if hasattr(cell, "recurrent_bias") else {}
        if initial_state is not None:
            inputs.update(zip(("h", "c"), initial_state, strict=False))
        inputs["mask"] = None if mask is None else cast(mask, "bool")
        if cell.recurrent_dropout > 0:
            state = self.get_initial_state(sequences.shape[0])[0] if initial_state is None else initial_state[0]
            inputs["dropout"] = cell.state_dropout(state, training)
        return {name: x for name, x in inputs.items() if x is not None}

    def _for_masked_steps(self, outputs, last, mask, initial_state):
        """(last output, all outputs), with the output of a masked step in place of the state.

        The output of a masked step is zero with `zero_output_for_mask`, else that of the previous step, which equals
        the state, except before the first unmasked step, where it is zero for any initial state.
        """
        if mask is None or not (self.zero_output_for_mask or initial_state is not None):
            return last, outputs
        unmasked = flip(cast(mask, "bool"), 1) if self.go_backwards else cast(mask, "bool")
        if not self.zero_output_for_mask:
            unmasked = cumsum(cast(unmasked, "int32"), axis=1) > 0
        outputs = where(expand_dims(unmasked, -1), outputs, 0)
        return outputs[:, -1], outputs

    def _set_use_cudnn(self, use_cudnn):
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                f"Invalid `use_cudnn`. Expected one of True, False, 'auto'. Received: use_cudnn={use_cudnn!r}"
            )
        self.use_cudnn = use_cudnn

    def get_config(self):
        config = {**super().get_config(), "zero_output_for_mask": self.zero_output_for_mask}
        config.pop("use_cudnn", None)  # it selects an implementation, not a result
        config.setdefault("activity_regularizer", None)
        return config

    @classmethod
    @reads_config
    def from_config(cls, config):
        return cls(**config)
