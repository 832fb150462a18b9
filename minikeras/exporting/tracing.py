"""Recording of a model's ops on batches whose unknown lengths differ."""

import weakref
from contextlib import suppress
from pathlib import Path

import numpy as np

from minikeras import tree
from minikeras.autodiff.effects import is_draw
from minikeras.autodiff.observers import open_layers
from minikeras.autodiff.state import exporting
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable, tensors_of
from minikeras.base.replay import is_reader
from minikeras.exporting.assignments import Assignment
from minikeras.exporting.branches import with_those_alike
from minikeras.exporting.draws import Drawing
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Differing, length, merged
from minikeras.plans.instructions import Compute, Effect, arrays_in
from minikeras.plans.trace import Recorder, same
from minikeras.plans.watch import Watch
from minikeras.tensors import strings
from minikeras.tensors.lookup.tables import LookUp
from minikeras.tensors.lookup.text_ops import WordIndices
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor

BATCHES = 2, 3, 5, 1, 4  # sizes of the batches; with one sample, axes of other meanings would look like the batch's
FUNCTIONS_OF_TEXT = str(Path(strings.__file__).parent)
WORDS = 7, 11, 13, 1, 9  # numbers of words in texts
SIZES = (
    ((12, 17, 20, 3, 600), (2, 4, 7, 1, 20)),
    ((64, 160, 224, 32), (32, 64, 128, 32)),  # can be halved repeatedly, as in a U-Net
    ((224, 256, 352, 192), (32, 96, 160, 32)),  # large images
)
"""Unknown lengths in the recordings, and the increments to the next unknown length; tried until the model accepts them.

The first three are exported. Shorter and longer ones confirm the result, or cause a warning: see `branches.py`.
"""


class Recording(Recorder):
    """A `Recorder` that also records the layer of each op, and has ops compute the values assigned to Variables.

    Afterwards all Variables have their earlier values again.

    Attributes:
        layers: for each instruction, the names of the layers that were open, the outermost first.
        assigned: {id of a Variable that was assigned to: itself}.
        lost: {id of a Variable that changed in another way: what changed it, for an error}.
    """

    def __init__(self, batch, variables):
        self.layers, self.assigned, self.lost = [], {}, {}
        self._held = {}  # {id of a Variable: (itself, its Tensor)}
        self._assignment = None  # the effect that is running
        self._hold(variables)
        arrays = set()
        for variable in variables:
            if id(variable.array) in arrays:  # assigned from another Variable: they would be indistinguishable
                variable.rebind(Tensor(np.array(variable.array)))
            arrays.add(id(variable.array))
        super().__init__(batch, variables)

    def __exit__(self, *error):
        super().__exit__(*error)
        for variable, tensor in self._held.values():
            variable.rebind(tensor)

    def _hold(self, variables):
        for variable in variables:
            self._held.setdefault(id(variable), (variable, variable.handle))

    def _note_layers(self):
        path = [layer.name for layer in open_layers()]
        self.layers += [path] * (len(self.instructions) - len(self.layers))

    def op_called(self, op, inputs, outputs):
        super().op_called(op, inputs, outputs)
        self._note_layers()

    def _may_repeat(self, op):  # those named depend on texts' lengths, or on a table that may change
        return super()._may_repeat(op) or type(op) in (WordIndices, LookUp)

    def _read(self, variable):
        if id(variable) in self.lost:
            self.refuse(self.lost[id(variable)])
        if id(variable) not in self.assigned or self._find(variable.array) is None:
            super()._read(variable)
        self._note_layers()

    def effect_begins(self, function, args, kwargs):
        self._hold(_variables_of(function, args))
        if self._depth == 0:
            self._assignment = Assignment.of(function, args, kwargs) or Drawing.of(function, args)
            for variable in [] if self._assignment is None else self._assignment.variables:
                self._read(variable)
            self._before_effect = {key: variable.handle for key, (variable, _) in self._held.items()}
        super().effect_begins(function, args, kwargs)

    def effect_ended(self, function, result, error):
        super().effect_ended(function, result, error)
        if self._depth == 0 and error is None:
            if self._assignment is not None:
                self._assign(self._assignment, self.instructions.pop(), result)
            elif not is_draw(function):
                self._note_changes(self.instructions[-1].title)
        self._note_layers()

    def _assign(self, assignment, effect, result):
        """Record ops that compute the new value and the result, in place of the effect, and assign that value."""
        given = assignment.variable.handle
        value, returned = assignment.computed()
        self.assigned[id(assignment.variable)] = assignment.variable
        assignment.variable.rebind(value)
        self._before = list(tensors_of(self._variables))
        self._known[id(given.array)] = self._buffer_of(value.array), weakref.ref(given.array)
        for array in arrays_in(result):
            self._known[id(array)] = self._buffer_of(returned.array), weakref.ref(array)

    def _note_changes(self, title):
        for key, (variable, tensor) in self._held.items():
            if variable.handle is not self._before_effect.get(key, tensor):
                self.lost[key] = f"{title} changes the Variable '{variable.path}'; of changes, assignments are exported"

    def state(self):
        """[(Variable that was assigned to, buffer of its last value)]."""
        return [(variable, self._buffer_of(variable.array)) for variable in self.assigned.values()]


def _variables_of(function, args):
    """The Variables that an effect may change, among those of its arguments and its object."""
    found = []
    for thing in (getattr(function, "__self__", None), *args):
        found += [thing] if isinstance(thing, Variable) else getattr(thing, "variables", None) or []
    return found


class ValuesWatch(Watch):
    """Has the recorder refuse Python code that reads values, and functions of text, which are not ops.

    Other effects of Python code (printing) happen only during the recording.
    """

    def _matters(self, verdict, code):
        return is_reader(code)

    def _refuses(self, verdict, frame):
        if not frame.f_code.co_filename.startswith(FUNCTIONS_OF_TEXT) or self.recorder.is_paused:
            return super()._refuses(verdict, frame)
        if any(isinstance(argument, Tensor) for argument in frame.f_locals.values()):
            place = "/".join(layer.name for layer in open_layers())
            name = frame.f_code.co_name
            self.recorder.refuse(f"the layer '{place}' calls `{name}`, and functions of text are not exported")
        return False


class Step:
    """One recorded use of an op.

    Attributes:
        ops: the op in each recording; its settings differ if they depend on unknown lengths.
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
    """The common program of all recordings.

    Attributes:
        steps: the `Step`s.
        buffers: for each value its buffers in the recordings.
        outputs: indices of the values that the model returned, in flat order; they may be constant.
        state: [(Variable that is assigned to, index of its last value)].
        lost: descriptions, for an error, of other changes of Variables.
        effects: {index of a value that no op computed: description of its origin, for an error}.
    """

    def __init__(self, steps, buffers, outputs, state, lost, effects):
        self.steps, self.buffers, self.outputs, self.state, self.effects = steps, buffers, outputs, state, effects
        self.lost = lost

    def shape(self, index):
        """Lengths of a value, integers or `Unknown`."""
        shapes = [buffer.shape for buffer in self.buffers[index]]
        if len({len(shape) for shape in shapes}) > 1:
            raise Inexpressible("A number of axes depends on a length.")
        return tuple(map(length, zip(*shapes, strict=True)))


def record(call, specs, variables, name):
    """Record a model's inference: twice if only the batch has unknown length, else three times; then once or twice more
    to check the result for other lengths.

    Args:
        call: runs the model on a flat list of Tensors.
        specs: the inputs, with `shape` and `dtype`.
        variables: the Variables that it may read.
        name: of the model, for warnings.

    Returns:
        A `Program`.

    Raises:
        Inexpressible: something cannot be recorded, or the number of ops depends on a length.
    """
    error = None
    for lengths in _assignments(specs):
        try:
            recordings = [
                _recorded(call, specs, variables, which, lengths) for which in range(2 if lengths is None else 3)
            ]
        except Inexpressible:
            raise
        except Exception as caught:  # the lengths may be invalid: an image is too small, or two lengths must be equal
            error = error or caught
            continue
        further = _further(call, specs, variables, lengths)
        return _program(*zip(*with_those_alike(name, _program, recordings, further), strict=True))
    raise error


def _assignments(specs):
    """Functions (input index, axis) -> its lengths in the recordings; None if only the batch's length is unknown.

    At first all unknown lengths differ, then those of the same axis are equal, then all of them; then larger ones.
    """
    axes = [(i, axis) for i, spec in enumerate(specs) for axis, n in enumerate(spec.shape) if n is None and axis]
    if not axes:
        yield None
        return

    for sizes, apart in SIZES:

        def lengths(number, sizes=sizes, apart=apart):
            return [n + number * step for n, step in zip(sizes, apart, strict=True)]

        yield lambda i, axis, lengths=lengths: lengths(axes.index((i, axis)))
        yield lambda i, axis, lengths=lengths: lengths(axis)
        yield lambda i, axis, lengths=lengths: lengths(0)


def _further(call, specs, variables, lengths):
    """The results of `_recorded` for a small input and for a long sequence (images would take too much time)."""
    most = max((sum(n is None for n in spec.shape[1:]) for spec in specs), default=0)
    for which in (3,) if lengths is None or most > 1 else (3, 4):
        with suppress(Exception):  # the model may not accept these lengths
            yield _recorded(call, specs, variables, which, lengths)


def _recorded(call, specs, variables, which, lengths):
    arrays = []
    for i, spec in enumerate(specs):
        shape = [
            n if n is not None else BATCHES[which] if axis == 0 else lengths(i, axis)[which]
            for axis, n in enumerate(spec.shape)
        ]
        arrays.append(_example(shape, spec.dtype, WORDS[which] + i))
    with Recording(arrays, variables) as recording:
        with ValuesWatch(recording), exporting():
            outputs = [y for y in tree.flatten(call([Tensor(array) for array in arrays])) if y is not None]
        if recording.reason is not None:
            raise Inexpressible(f"When it is recorded, {recording.reason}.")
        for y in outputs:
            if isinstance(y, (RaggedTensor, SparseTensor)):
                raise Inexpressible(f"It returns a {type(y).__name__}, and only dense tensors are exported.")
        return recording, [recording.template(y, bare=True).buffer for y in outputs], recording.state()


def _example(shape, dtype, words):
    """Values that every layer accepts: 0 is an index in every table."""
    if dtype == "string":
        return np.full(shape, b" ".join([b"a"] * words), object)
    if "float" in dtype:
        return np.random.default_rng(0).uniform(0.1, 0.9, shape).astype(dtype)
    return np.zeros(shape, dtype)


def _program(recordings, outputs, states):
    steps, effects = [], {}
    counts = {len(recording.instructions) for recording in recordings}
    if len(counts) > 1 or any(other != outputs[0] for other in outputs) or any(other != states[0] for other in states):
        raise Inexpressible(
            "The number of its operations depends on a length, as in a Python loop over an axis. "
            "Give an `input_signature` with fixed lengths."
        )
    instructions = zip(*[recording.instructions for recording in recordings], strict=True)
    for layers, (first, *others) in zip(recordings[0].layers, instructions, strict=True):
        place = "/".join(layers)
        if type(first) is Effect:
            effects |= dict.fromkeys(first.writes, f"reads what {first.title} of '{place}' returns, which is not an op")
        if type(first) is not Compute:
            continue
        if any(type(other.op) is not type(first.op) or other.reads != first.reads for other in others):
            raise Inexpressible(f"The layer '{place}' runs other ops for other lengths.")
        steps.append(Step([first.op, *[other.op for other in others]], first.reads, first.writes, layers))
    buffers = list(zip(*[recording.buffers for recording in recordings], strict=True))
    return Program(steps, buffers, outputs[0], states[0], list(recordings[0].lost.values()), effects)
