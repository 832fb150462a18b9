"""`StepRecord`: the ops of one step, forward and backward, with their arrays, layers and lines."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.indexed_slices import dense
from minikeras.autodiff.observers import Observer, open_layers
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.value_ranges import is_bad
from minikeras.tools.diagnosis.source_lines import calling_lines

_PARTS = ("x", "y", "sample_weight")


class OpRecord:
    """One use of an op.

    Attributes:
        op, layer: the op, and the path of the layer that used it ("" for none).
        inputs: arrays and Python numbers; input_ids: the Tensors' indices, None for numbers.
        outputs, output_ids: the same for the outputs.
        lines: see `calling_lines`.
    """

    __slots__ = ("input_ids", "inputs", "layer", "lines", "op", "output_ids", "outputs")

    def __init__(self, op, inputs, outputs):
        self.op = op
        self.layer = "/".join([layer.name for layer in open_layers()])
        self.inputs = [x.array if type(x) is Tensor else x for x in inputs]
        self.input_ids = [x.index if type(x) is Tensor else None for x in inputs]
        self.outputs = [y.array for y in outputs]
        self.output_ids = [y.index for y in outputs]
        self.lines = calling_lines(4)


class GradientRecord:
    """One run of an op's gradient rule with a result that is not finite: `dys` in, `dxs` out, all arrays or None."""

    __slots__ = ("call", "dxs", "dys")

    def __init__(self, call, dys, dxs):
        self.call, self.dys, self.dxs = call, dys, dxs


class StepRecord(Observer):
    """Keeps the arrays of all ops of the current step, which takes as much memory as a tape that keeps everything.

    Attributes:
        maker: index of a Tensor → the `OpRecord` that made it.
        variables: index of a Tensor → the Variable that holds it.
        batch: index of a Tensor that is a part of the batch → its name and array: "x", "y[0]", "sample_weight".
        bad_scalars: indices of the losses (scalars from which gradients came) that were not finite.
        bad_gradients: a `GradientRecord` for each rule whose result was not finite, in the order of the backward pass.
    """

    def __init__(self):
        self.in_step = False
        self.batch_size = None
        self._forget()

    def _forget(self):
        self.maker, self.variables, self.batch, self.bad_gradients = {}, {}, {}, []
        self.bad_scalars = []
        self._before = []

    def step_begins(self, kind, batch):
        """Forget the previous step, and name the parts of the batch."""
        self._forget()
        self.in_step = True
        parts = batch if isinstance(batch, tuple) else (batch,)
        for name, part in zip(_PARTS, parts, strict=False):
            for path, x in tree.flatten_with_path(part):
                if isinstance(x, Tensor):
                    self.batch[x.index] = name + "".join(f"[{key!r}]" for key in path), x.array
        self.batch_size = next((len(array) for _, array in self.batch.values() if array.ndim), None)

    def op_called(self, op, inputs, outputs):
        """Note one use of an op."""
        record = OpRecord(op, inputs, outputs)
        for index in record.output_ids:
            self.maker[index] = record

    def variable_read(self, variable):
        """Note which Tensor holds a Variable's value."""
        self.variables[variable.handle.index] = variable

    def gradient_ended(self, call, dys, dxs):
        """Note a gradient rule whose result is not finite, or that begins from a loss that is not."""
        for index in call.output_ids:
            record = self.maker.get(index)
            if record is not None and record.outputs[0].ndim == 0 and is_bad(record.outputs[0]):
                self.bad_scalars.append(index)
        arrays = [_array(dx) for dx in dxs or ()]
        if any(is_bad(dx) for dx in arrays):
            self.bad_gradients.append(GradientRecord(call, [_array(dy) for dy in dys], arrays))

    def update_ended(self, optimizer, variables):
        """In a user's own loop, forget everything recorded before the second-to-last update."""
        if self.in_step:
            return
        for index in self._before:
            self.maker.pop(index, None)
            self.variables.pop(index, None)
        self._before = [*self.maker, *self.variables]
        self.bad_gradients, self.bad_scalars = [], []

    def name_of_leaf(self, index, array):
        """("data", name), ("weight", Variable) or ("constant", None) for a Tensor that no recorded op made."""
        if index in self.variables:
            return "weight", self.variables[index]
        if index in self.batch:
            return "data", self.batch[index][0]
        for name, part in self.batch.values():  # labels are converted by losses, without an op
            if isinstance(array, np.ndarray) and array.ndim and _same_values(array, part):
                return "data", name
        return "constant", None


def _same_values(array, part):
    if array is part or np.may_share_memory(array, part):
        return True
    return array.size == part.size and array.dtype == part.dtype and array.tobytes() == part.tobytes()


def _array(gradient):
    return None if gradient is None else np.asarray(as_array(dense(gradient)))
