"""A model's ops, recorded on batches whose unknown lengths differ."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.observers import open_layers
from minikeras.autodiff.tensor import Tensor
from minikeras.exporting.onnx.graph import Inexpressible
from minikeras.exporting.onnx.lengths import Differing, length, merged
from minikeras.plans.instructions import Compute, Effect
from minikeras.plans.trace import Recorder, same

BATCHES = 2, 3, 5  # sizes of the batches; with one sample, axes of other meanings would look like the batch's
SIZES = (
    ((12, 17, 20), (2, 4, 7)),
    ((64, 160, 224), (32, 64, 128)),  # halved again and again, as in a U-Net
    ((224, 256, 352), (32, 96, 160)),  # large images
)
"""Unknown lengths in the recordings, and by how much the next unknown length differs; tried until the model accepts."""


class Recording(Recorder):
    """A `Recorder` that also notes in which layer each op runs.

    Attributes:
        layers: for each instruction, the names of the layers that were open, the outermost first.
    """

    def __init__(self, batch, variables):
        super().__init__(batch, variables)
        self.layers = []

    def _note_layers(self):
        path = [layer.name for layer in open_layers()]
        self.layers += [path] * (len(self.instructions) - len(self.layers))

    def op_called(self, op, inputs, outputs):
        super().op_called(op, inputs, outputs)
        self._note_layers()

    def variable_read(self, variable):
        super().variable_read(variable)
        self._note_layers()

    def effect_ended(self, function, result, error):
        super().effect_ended(function, result, error)
        self._note_layers()


class Step:
    """One recorded use of an op.

    Attributes:
        ops: the op in each recording: they differ where it depends on unknown lengths.
        reads, writes: indices of values.
        layers: names of the layers in which it ran.
        outputs: the values that it computes, set by `converting.py`.
    """

    def __init__(self, ops, reads, writes, layers):
        self.ops, self.reads, self.writes, self.layers = ops, reads, writes, layers
        self.outputs = []

    @property
    def op(self):
        """The op in the first recording."""
        return self.ops[0]

    def setting(self, name):
        """An attribute of the op, with `Unknown` in place of numbers that depend on unknown lengths."""
        try:
            return merged([getattr(op, name) for op in self.ops])
        except Differing:
            raise Inexpressible(f"has a `{name}` that depends on a length") from None

    @property
    def is_fixed(self):
        """Whether the op is the same in all recordings."""
        return all(same(self.op.configuration(), op.configuration()) for op in self.ops[1:])

    @property
    def place(self):
        """Names of its layers and its op, for names and errors."""
        return "/".join(self.layers)


class Program:
    """What the recordings have in common.

    Attributes:
        steps: the `Step`s.
        slots: for each value its slots in the recordings.
        outputs: indices of the values that the model returned, in flat order; they may be constant.
        effects: {index of a value that no op computed: what computed it, for an error}.
    """

    def __init__(self, steps, slots, outputs, effects):
        self.steps, self.slots, self.outputs, self.effects = steps, slots, outputs, effects

    def shape(self, index):
        """Lengths of a value, integers or `Unknown`."""
        shapes = [slot.shape for slot in self.slots[index]]
        if len({len(shape) for shape in shapes}) > 1:
            raise Inexpressible("A number of axes depends on a length.")
        return tuple(map(length, zip(*shapes, strict=True)))


def record(model, call, specs):
    """Record a model's inference: twice if the batch alone is of unknown length, else three times.

    Args:
        model: for its variables.
        call: runs it on a flat list of Tensors.
        specs: the inputs, with `shape` and `dtype`.

    Returns:
        A `Program`.

    Raises:
        Inexpressible: the model does what cannot be recorded, or another number of ops for other lengths.
    """
    error = None
    for lengths, count in _assignments(specs):
        try:
            recordings = [_recorded(model, call, specs, which, lengths) for which in range(count)]
        except Inexpressible:
            raise
        except Exception as caught:  # the lengths may not fit: an image that is too small, two that must be equal
            error = error or caught
            continue
        return _program(*zip(*recordings, strict=True))
    raise error


def _assignments(specs):
    """Pairs (function (input number, axis) -> lengths, number of recordings).

    First all unknown lengths differ, then those of equal axes are equal, then all; and larger ones are tried.
    """
    axes = [(i, axis) for i, spec in enumerate(specs) for axis, n in enumerate(spec.shape) if n is None and axis]
    if not axes:
        yield None, 2
        return

    for sizes, apart in SIZES:

        def lengths(number, sizes=sizes, apart=apart):
            return [n + number * step for n, step in zip(sizes, apart, strict=True)]

        yield lambda i, axis, lengths=lengths: lengths(axes.index((i, axis))), 3
        yield lambda i, axis, lengths=lengths: lengths(axis), 3
        yield lambda i, axis, lengths=lengths: lengths(0), 3


def _recorded(model, call, specs, which, lengths):
    arrays = []
    for i, spec in enumerate(specs):
        shape = [
            n if n is not None else BATCHES[which] if axis == 0 else lengths(i, axis)[which]
            for axis, n in enumerate(spec.shape)
        ]
        arrays.append(_example(shape, spec.dtype))
    with Recording(arrays, model.variables) as recording:
        result = call([Tensor(array) for array in arrays])
        outputs = [recording.template(y, bare=True).slot for y in tree.flatten(result)]
    if recording.reason is not None:
        raise Inexpressible(f"When it is recorded, {recording.reason}.")
    return recording, outputs


def _example(shape, dtype):
    """Values that every layer accepts: 0 is an index in every table."""
    if dtype == "string":
        raise Inexpressible("An input has the dtype string. Put the layers of text in front of the exported model.")
    if "float" in dtype:
        return np.random.default_rng(0).uniform(0.1, 0.9, shape).astype(dtype)
    return np.zeros(shape, dtype)


def _program(recordings, outputs):
    steps, effects = [], {}
    counts = {len(recording.instructions) for recording in recordings}
    if len(counts) > 1 or any(other != outputs[0] for other in outputs):
        raise Inexpressible(
            "The number of its operations depends on a length, as in a Python loop over an axis. "
            "Give an `input_signature` with fixed lengths."
        )
    instructions = zip(*[recording.instructions for recording in recordings], strict=True)
    for layers, (first, *others) in zip(recordings[0].layers, instructions, strict=True):
        place = "/".join(layers)
        if type(first) is Effect:
            effects |= dict.fromkeys(first.writes, f"reads what {first.title} of '{place}' returns, which is no op")
        if type(first) is not Compute:
            continue
        if any(type(other.op) is not type(first.op) or other.reads != first.reads for other in others):
            raise Inexpressible(f"The layer '{place}' runs other ops for other lengths.")
        steps.append(Step([first.op, *[other.op for other in others]], first.reads, first.writes, layers))
    slots = list(zip(*[recording.slots for recording in recordings], strict=True))
    return Program(steps, slots, outputs[0], effects)
