"""`Recorder`: observes one step of a model, run in the usual way, and records its operations on arrays.

The step is the model's own `train_step` on the tape and the op classes of the eager path; the recorder is an `Observer`
of every op, gradient and effect. So the traced step is a real one: it updates weights and metrics once. While it
observes, layers use plain ops (`thread.unfused`), since the plan fuses them itself.

Every array in the step must have a known origin. It is

- a part of the batch,
- the value of a Variable,
- the result of an earlier instruction,
- or a constant: a Python number, an array made from shapes alone.

An array with none of the first three origins is assumed to be constant. To confirm this, two steps are traced on
different batches (`difference`): both must be the same instructions on the same constants. If the first trace contains
an unknown operation, it reports this, and the model stays on the tape.
"""

import weakref
from operator import is_

import numpy as np

from minikeras import tree
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.observers import Observer, start, stop
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, attached_attributes
from minikeras.autodiff.variable import Variable, tensors_of
from minikeras.base.extension_dtypes import is_extension
from minikeras.optimizers import Optimizer
from minikeras.plans.instructions import Buffer, Compute, Effect, Gradient, Pure, Read, TensorAt, arrays_in
from minikeras.tree.nodes import node_kind


class Untraceable(Exception):
    """The reason why a step cannot become a plan."""


class Trace:
    """A recorded step.

    Attributes:
        buffers: list of `Buffer`s.
        instructions: list of `Instruction`s in the order of execution.
        result: what the step returned, Tensors as `TensorAt`; None for training and evaluation.
    """

    def __init__(self, buffers, instructions, result):
        self.buffers = buffers
        self.instructions = instructions
        self.result = result


class Recorder(Observer):
    """Records every op, gradient and effect in this thread (`with recorder:`).

    An effect, or a gradient's rule, is recorded as a whole: the recorder is paused while it runs.

    Args:
        batch: the arrays of the batch, in flat order.
        variables: those of the model, to recognise their values.

    Attributes:
        reason: why the step cannot become a plan, None if it can.
    """

    uses_ops = False

    def __init__(self, batch, variables):
        self.reason = None
        self._depth = 0  # of effects and gradients that are running
        self._effect = None  # the arguments of the outermost effect, and their templates
        self.buffers = []
        self.instructions = []
        self._varying = set()  # buffers of arrays that depend on more than constants
        self._known = {}  # id of an array -> (its buffer, a reference to the array)
        self._variables = list(variables)
        self._before = list(tensors_of(self._variables))
        for number, array in enumerate(batch):
            self._add(array, "batch", number)

    def __enter__(self):
        start(self)
        thread.unfused = True
        return self

    def __exit__(self, *error):
        thread.unfused = False
        stop(self)

    @property
    def is_paused(self):
        """Whether the current operation is part of an effect or gradient, or unobserved."""
        return self._depth > 0 or all(op_called.__self__ is not self for op_called in thread.op_called)

    # --- events -----------------------------------------------------------------------------------------------------

    def op_called(self, op, inputs, outputs):
        """Record one use of an op."""
        if self._depth or self.reason is not None:
            return
        if not self._may_repeat(op):
            self.refuse(f"it uses {type(op).__name__}, a user-defined op that does not declare `is_pure = True`")
        elif holds_arrays(op):
            self.refuse(f"the op {type(op).__name__} got values of this batch as its setting")
        else:
            reads = tuple([self._buffer_of(x.array if type(x) is Tensor else x) for x in inputs])
            arrays = [y.array for y in outputs]
            if len(arrays) == 1 and self._find(arrays[0]) is not None:
                return  # the op returned its input: a cast to the same dtype, for example
            writes = tuple([self._add(y, "result") for y in arrays])
            self._note_views(inputs, reads, arrays, writes)
            if self._varying.isdisjoint(reads):
                self._varying.difference_update(writes)
            self.instructions.append(Compute(op, reads, writes))

    def _may_repeat(self, op):
        return op.is_replayable

    def _note_views(self, inputs, reads, arrays, writes):
        """Mark the buffers of results that are views of a Variable's value."""
        for x, read in zip(inputs, reads, strict=True):
            base = read if self.buffers[read].kind == "variable" else self.buffers[read].base
            if base is not None:
                for array, write in zip(arrays, writes, strict=True):
                    if np.may_share_memory(array, _bare(x)):
                        self.buffers[write].base = base

    def variable_read(self, variable):
        """Record the read of a Variable."""
        if not self._depth:
            self._read(variable)

    def _read(self, variable):
        array = variable.array
        known = self._find(array)
        if known is None or self.buffers[known].kind != "variable":
            buffer = self._add(array, "variable", variable)
            self.instructions.append(Read(variable, buffer))

    def gradient_begins(self, call, dys):
        """Pause while the rule runs."""
        self._depth += 1

    def gradient_ended(self, call, dys, dxs):
        """Record the gradients of one call as one instruction."""
        self._depth -= 1
        if dxs is None:
            self.refuse(f"the gradient of {type(call.op).__name__} raised an error")
        if self._depth or self.reason is not None:
            return
        inputs = None
        if call.inputs is not None:
            read = [None if i in call.op.unread_inputs else x for i, x in enumerate(call.inputs)]
            inputs = tuple([self._buffer_or_none(x) for x in read])
        outputs = None if call.outputs is None else tuple([self._buffer_or_none(y) for y in call.outputs])
        buffers = tuple([self._buffer_or_none(dy) for dy in dys])
        written = [self._new_buffer(dx, index) for dx, index in zip(dxs, call.input_ids, strict=True)]
        if any(buffer is not None for buffer in written):
            self.instructions.append(Gradient(call, inputs, outputs, buffers, tuple(written)))

    def _new_buffer(self, dx, index):
        """A buffer for a needed gradient; None if the rule returned dy itself, which has one."""
        wanted = dx is not None and index is not None and self._find(_bare(dx)) is None
        return self._add(_bare(dx), "result") if wanted else None

    def array_computed(self, function, arrays, result):
        """Record a pure function of arrays."""
        if self._depth:
            return
        reads = tuple([self._buffer_of(x) for x in arrays])
        if self._find(result) is None:
            self.instructions.append(Pure(function, reads, (self._add(result, "result"),)))

    def effect_begins(self, function, args, kwargs):
        """Record the arguments of a call that changes outside state, and pause while it runs."""
        self._depth += 1
        if self._depth == 1:
            self._check_assignments()
            self._effect = args, self.template(args), self.template(kwargs)
            if isinstance(getattr(function, "__self__", None), Optimizer):
                self._before = None  # otherwise each traced step would copy all weights, to update the copies
            thread.unfused = False  # as it will run in the replays

    def effect_ended(self, function, result, error):
        """Record the call."""
        self._depth -= 1
        if self._depth:
            return
        thread.unfused = True
        self._before = list(tensors_of(self._variables))
        if error is not None:
            self.refuse(f"{function.__qualname__} raised an error")
            return
        args, *templates = self._effect
        returned = () if any(result is x for x in args) else arrays_in(result)  # as `assign` returns its value
        writes = tuple([self._add(array, "result") for array in returned])
        if isinstance(result, (bool, int, float, np.generic)):
            self.refuse(f"{function.__qualname__} returned a number that is not a tensor")
        self.instructions.append(Effect(function, *templates, writes))
        if isinstance(getattr(function, "__self__", None), Optimizer):
            self._forget_written([x for x in tree.flatten(args) if isinstance(x, Variable)])
        self._effect = None

    def varies(self, array):
        """Whether an array may have other values in the next step: it depends on the batch, Variables or effects."""
        buffer = self._find(array)
        return buffer is not None and buffer in self._varying

    def refuse(self, reason):
        """Record why there will be no plan. The step continues."""
        self.reason = self.reason or reason

    def template(self, value, bare=False):
        """A nested structure with each Tensor and array replaced by a `TensorAt`.

        Args:
            value: the structure.
            bare: omit the masks and logits of Tensors.
        """
        kind = type(value)
        if kind is list or kind is tuple:
            return kind([self.template(item, bare) for item in value])
        if kind is dict:
            return {key: self.template(item, bare) for key, item in value.items()}
        if isinstance(value, Tensor) and bare:
            return TensorAt(self._buffer_of(value.array))
        if isinstance(value, Tensor):
            mask, logits = attached_attributes(value)
            return TensorAt(
                self._buffer_of(value.array),
                mask=None if mask is None else self.template(mask),
                logits=None if logits is None else self.template(logits),
            )
        if isinstance(value, IndexedSlices):
            return TensorAt(self._buffer_of(value if value.origin is None else value.origin), bare=True)
        if (container := node_kind(value)) is not None:  # a named tuple, an OrderedDict …
            return container.rebuild(value, [self.template(item, bare) for item in container.children(value)])
        return TensorAt(self._buffer_of(value), bare=True) if isinstance(value, np.ndarray) else value

    # --- buffers ----------------------------------------------------------------------------------------------------

    def _add(self, value, kind, origin=None):
        if isinstance(value, np.ndarray) and is_extension(value.dtype) and value.dtype.name != "bfloat16":
            self.refuse(f"it computes in {value.dtype.name}, for which there is no compiled code")
        buffer = Buffer(len(self.buffers), kind, value, origin)
        self.buffers.append(buffer)
        if kind != "constant":
            self._varying.add(buffer.index)
        if type(value) is np.ndarray and kind != "constant":
            ask = weakref.ref(value)  # the trace does not keep the step's memory
        else:

            def ask(value=value):  # types without weak references
                return value

        self._known[id(value)] = buffer.index, ask
        return buffer.index

    def _find(self, value):
        found = self._known.get(id(value))
        return found[0] if found is not None and found[1]() is value else None

    def _buffer_of(self, value):
        found = self._find(value)
        if found is not None:
            return found
        for variable in self._variables:
            if variable.array is value:  # read without a tape
                self._read(variable)
                return self._find(value)
        return self._add(value, "constant", value)

    def _buffer_or_none(self, value):
        return None if value is None else self._buffer_of(_bare(value))

    def _forget_written(self, variables):
        """An optimizer writes in place if the old value has no other holder: these Variables will be read again."""
        written = set(map(id, variables))
        for key, (index, array) in list(self._known.items()):
            buffer = self.buffers[index]
            if buffer.kind == "variable" and id(buffer.origin) in written and buffer.origin.array is array():
                del self._known[key]

    def _check_assignments(self):
        if not all(map(is_, self._before, tensors_of(self._variables))):
            changed = [v for v, tensor in zip(self._variables, self._before, strict=True) if v.handle is not tensor]
            self.refuse(f"the Variable '{changed[0].path}' is assigned to while a layer computes")

    # --- the end --------------------------------------------------------------------------------------------------

    def trace(self, result=None):
        """The `Trace`, after the step.

        Raises:
            Untraceable: the step did something that a replay cannot do.
        """
        self._check_assignments()
        if self.reason is not None:
            raise Untraceable(self.reason)
        return Trace(self.buffers, self.instructions, result)


def _bare(x):
    return x.array if type(x) is Tensor else x


def holds_arrays(setting):
    """Whether an op's settings include an array with axes."""
    if isinstance(setting, np.ndarray):
        return setting.ndim > 0
    if isinstance(setting, (Tensor, Variable)):
        return True
    if isinstance(setting, Op):
        return any(holds_arrays(value) for value in vars(setting).values())
    if isinstance(setting, (tuple, list)):
        return any(holds_arrays(item) for item in setting)
    return False


def difference(first, second):
    """The first difference of two traces of the same step, as text; None if they are equal."""
    if len(first.instructions) != len(second.instructions):
        return "two steps consisted of different operations"
    for one, other in zip(first.instructions, second.instructions, strict=True):
        if not same(one.signature(), other.signature()):
            return f"two steps differed at '{one.title}'"
    for one, other in zip(first.buffers, second.buffers, strict=True):
        if (one.kind, one.shape, one.dtype) != (other.kind, other.shape, other.dtype):
            return f"an array of shape {one.shape} had another shape or origin in the next step"
        if not same(one.origin, other.origin):
            return f"an array of shape {one.shape} was computed outside of ops"
    return None if same(first.result, second.result) else "two steps returned different structures"


def same(a, b):
    """Whether two settings are equal: ops by class and settings, arrays by value, Variables by identity."""
    if a is b:
        return True
    if isinstance(a, Op):
        return type(a) is type(b) and same(a.configuration(), b.configuration())
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (Tensor, Variable)):
        return False
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if hasattr(a, "__self__") and hasattr(b, "__self__"):  # bound methods: of one object, or of ops that are the same
        return a.__name__ == b.__name__ and same(a.__self__, b.__self__)
    return type(a) is type(b) and bool(a == b)
