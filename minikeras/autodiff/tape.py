"""`GradientTape`: the calls that happened, in order, and their gradients, in reverse.

Reverse-mode differentiation in one loop. The tape lists every `Call(op, inputs, outputs)` on a watched tensor. Since it
is written in execution order, traversing it backwards meets each tensor's uses before its origin:

    for call in reversed(tape.calls):
        dxs = call.op.backward(call, dy of its output)
        add each dx to the gradient that its input already has
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.arithmetic import Cast, add_gradients
from minikeras.autodiff.backward_pass import calls_to_sources, seeds
from minikeras.autodiff.call import Call, backward_of, observed_backward
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.effects import pure_call
from minikeras.autodiff.indexed_slices import IndexedSlices, as_tensor, dense
from minikeras.autodiff.notebook_views import tape_html
from minikeras.autodiff.observers import Observer, start, stop
from minikeras.autodiff.quiet import quiet
from minikeras.autodiff.shapes import Reshape, Stack
from minikeras.autodiff.state import stop_recording, thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.autodiff.widening import widened_outside_ops
from minikeras.base import extension_dtypes

_SOURCES = frozenset({Variable, Tensor})


class GradientTape(Observer):
    """Records the computations of its `with` block, to differentiate them afterwards.

        with GradientTape() as tape:
            loss = ops.mean(ops.square(model(x) - y))
        gradients = tape.gradient(loss, model.trainable_variables)

    Trainable Variables are watched when read; watch other tensors with `watch`.

    Args:
        persistent: whether `gradient` may be called more than once. Otherwise the first call frees the records.
        watch_accessed_variables: False to watch only what `watch` names.
    """

    uses_ops = False
    watches_frozen = True  # also Variables that were trainable when they were made, and are not now
    _repr_html_ = tape_html

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent = persistent
        self._watch_accessed = watch_accessed_variables
        self._recording = False
        self.calls = []
        self._tracked = set()  # indices of the tensors whose gradient may be asked for
        self._reads = {}  # id of a variable -> the variable and {index of its value} as it was read
        self._follows_frozen = False  # whether one of them was not trainable then

    def __enter__(self):
        if self._recording:
            raise ValueError("Tape is already recording.")
        self._recording = True
        thread.tapes = (*thread.tapes, self)
        start(self)
        self._quiet = quiet()
        self._quiet.__enter__()
        return self

    def __exit__(self, *error):
        if self._recording:
            self._quiet.__exit__()
        self._recording = False
        thread.tapes = tuple([tape for tape in thread.tapes if tape is not self])
        stop(self)

    def watch(self, tensor):
        """Track these tensors or Variables (nested structures too) from now on."""
        for x in tree.flatten(tensor):
            if isinstance(x, Variable):
                self._watch_variable(x)
            elif isinstance(x, Tensor):
                if x.array.dtype.kind not in "fc" and not is_float(x.dtype):
                    raise ValueError(f"Only float tensors have gradients. Received: dtype={x.dtype}")
                self._tracked.add(x.index)
            else:
                raise ValueError(
                    f"Passed in object {str(x)[:80]} of type '{type(x).__name__}', not tf.Tensor or Variable."
                )

    def _watch_variable(self, variable):
        index = variable._tensor.index
        self._tracked.add(index)
        self._reads.setdefault(id(variable), (variable, set()))[1].add(index)

    def variable_read(self, variable):
        """A Variable was read: watch it if it is or once was trainable, or was passed to `watch` before.

        Variables frozen by `layer.trainable = False` have gradients too, as in TensorFlow: a GAN's step may freeze the
        discriminator and ask for its gradients after it. `gradient` skips all that no source needs.
        """
        index, known = variable._tensor.index, self._reads.get(id(variable))
        if index in self._tracked:
            return
        if known is not None:
            known[1].add(index)
        elif self._watch_accessed and (variable._trainable or (self.watches_frozen and variable._made_trainable)):
            self._reads[id(variable)] = variable, {index}
            self._follows_frozen |= not variable._trainable
        else:
            return
        self._tracked.add(index)

    def watched_variables(self):
        """The Variables watched so far, in the order of their first use."""
        return tuple(variable for variable, _ in self._reads.values())

    def stop_recording(self):
        """Context manager within which this tape records nothing."""
        return _Paused(self)

    def reset(self):
        """Forget everything recorded."""
        self.calls, self._tracked, self._reads = [], set(), {}

    def op_called(self, op, inputs, outputs):
        """Record one use of `op`, if it has a gradient and depends on anything watched."""
        if not op.differentiable:
            return
        # Every line here costs each op of each training step 30 to 100 ns.
        tracked = self._tracked
        ids = [x.index if type(x) is Tensor and x.index in tracked else None for x in inputs]
        if ids.count(None) == len(ids):
            return
        call = Call()
        call.op, call.input_ids = op, ids
        call.input_shapes = [x.array.shape if type(x) is Tensor else () for x in inputs]
        call.dtypes = [x.array.dtype if type(x) is Tensor else None for x in inputs]
        call.output_ids = [y.index for y in outputs]
        call.output_shapes = [y.array.shape for y in outputs]
        call.inputs = call.outputs = None
        if "inputs" in op.keeps:
            call.inputs = inputs if op.kept_inputs is None else _kept(inputs, op.kept_inputs)
        if "output" in op.keeps:
            call.outputs = outputs if op.kept_outputs is None else _kept(outputs, op.kept_outputs)
        call.complex = False
        for y in outputs:
            kind = y.array.dtype.kind
            if kind in "fc" or (kind == "V" and is_float(y.dtype)):  # of kind "V" are bfloat16 and int4
                tracked.add(y.index)
                call.complex |= kind == "c"
        self.calls.append(call)

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        """d target / d source for every source; a target that is not a scalar counts as the sum of its elements.

        Args:
            target: Tensor, or a nested structure of them.
            sources: Variables or watched Tensors, nested as you like.
            output_gradients: for each target, the gradient of a later result with respect to it; ones if None.
            unconnected_gradients: "none" or "zero": the gradient of a source that the target does not depend on.

        Returns:
            Gradients nested like `sources`: Tensors, `IndexedSlices` for tables read by rows, or None.

        Raises:
            RuntimeError: the tape is not persistent and has been used already.
        """
        if self.calls is None:
            raise _used_before()
        unconnected = _standardize_unconnected(unconnected_gradients)
        if self._recording and not self._persistent:
            self.__exit__()
        is_flat = type(sources) is list and _SOURCES.issuperset(map(type, sources))  # the usual case
        flat_sources = sources if is_flat else tree.flatten(sources)
        indices = [self._indices_of(source) for source in flat_sources]
        wanted = set().union(*indices)
        if type(target) is Tensor and output_gradients is None:
            ones = np.empty(target.array.shape, target.array.dtype)
            ones.fill(1)  # in a third of the time of `np.ones`
            gradients = {target.index: ones}
        else:
            gradients = seeds(target, output_gradients)
        with quiet():
            self._run_backward(gradients, wanted)
        if not self._persistent:
            self.calls = None
        results = [
            self._gradient_of(source, own, gradients, unconnected)
            for source, own in zip(flat_sources, indices, strict=True)
        ]
        return results if is_flat else tree.pack_sequence_as(sources, results)

    def _run_backward(self, gradients, wanted):
        """Walk the calls backwards. `gradients`, {index: gradient}, starts with those of the targets."""
        higher_order = bool(thread.tapes)  # an outer tape watches
        observed = bool(thread.gradient_begins or thread.gradient_ended)
        # A persistent tape may be used again, under an outer tape. Any other frees each call when done with it.
        calls = list(self.calls) if self._persistent else self.calls
        if self._follows_frozen:
            calls = calls_to_sources(calls, wanted, keep=self._persistent)
        while calls:
            call = calls.pop()
            dys, dtype = [], None
            for index in call.output_ids:
                dy = gradients.get(index) if index in wanted else gradients.pop(index, None)
                if dy is not None:
                    dy = dy if type(dy) is np.ndarray else pure_call(dense, dy)
                    dtype = dy.dtype
                dys.append(dy)
            if dtype is None:  # the target does not depend on the outputs
                continue
            if len(dys) > 1 and not call.op.takes_none:
                dys = [np.zeros(shape, dtype) if dy is None else dy
                       for dy, shape in zip(dys, call.output_shapes, strict=True)]  # fmt: skip
            if not higher_order:
                if self._persistent:
                    call = call.as_arrays()
                else:
                    call.use_arrays()
                if extension_dtypes.in_use:
                    dys = [widened_outside_ops(dy, call.op) for dy in dys]
            if observed:
                dxs = observed_backward(call, dys)
            elif call.complex:
                dxs = backward_of(call, dys)
            else:
                dxs = call.op.backward(call, *dys)
            for index, dx, dtype in zip(call.input_ids, dxs, call.dtypes, strict=True):
                if index is None or dx is None:
                    continue
                if type(dx) is Tensor and not higher_order:
                    dx = dx.array
                if dx.dtype is not dtype and dx.dtype != dtype:
                    dx = pure_call(Cast(dtype).of, dx)
                known = gradients.get(index)
                gradients[index] = dx if known is None else pure_call(add_gradients, known, dx)

    def _indices_of(self, source):
        if isinstance(source, Variable):
            known, index = self._reads.get(id(source)), source._tensor.index
            return {index} if known is None else known[1] if index in known[1] else known[1] | {index}
        if isinstance(source, Tensor):
            return {source.index}
        raise TypeError(
            f"Gradients are taken with respect to Tensors and Variables. Received a source of type "
            f"{type(source).__name__}. Convert it with `ops.convert_to_tensor` and call `tape.watch` on it first."
        )

    @staticmethod
    def _gradient_of(source, indices, gradients, unconnected):
        total = None
        for index in indices if len(indices) == 1 else sorted(indices):
            found = gradients.get(index)
            if found is not None:
                total = found if total is None else pure_call(add_gradients, total, found)
        if total is None and unconnected == "zero":
            total = np.zeros(source.shape, source.dtype)
        return Tensor(total) if type(total) is np.ndarray else as_tensor(total)

    def jacobian(
        self, target, sources, unconnected_gradients="none", parallel_iterations=None, experimental_use_pfor=True
    ):
        """d target[i…] / d source[j…], of shape target.shape + source.shape, by one backward pass per target element.

        The last two arguments are about how TensorFlow parallelises this: they do not affect the result, nor anything
        here.
        """
        if self.calls is None:
            raise _used_before()
        persistent, self._persistent = self._persistent, True
        try:
            flat_sources = tree.flatten(sources)
            rows = [
                self.gradient(target, flat_sources, Tensor(seed), unconnected_gradients) for seed in _one_hots(target)
            ]
        finally:
            self._persistent = persistent
        if not persistent:
            self.calls = None
        results = []
        for column in zip(*rows, strict=True):
            present = [row for row in column if row is not None]
            results.append(_stack_rows(present, target.shape) if present else None)
        return tree.pack_sequence_as(sources, results)

    def batch_jacobian(self, target, source, **kwargs):
        """d target[b, i…] / d source[b, j…] for each sample b, of shape (batch, target axes…, source axes…)."""
        full = self.jacobian(target, source, **kwargs)
        if full is None:
            return None
        b, rank = target.shape[0], len(target.shape)
        return Tensor(np.stack([full.array[(i, *[slice(None)] * (rank - 1), i)] for i in range(b)]))


class _Paused(stop_recording):
    """Stops one tape, and no other."""

    def __init__(self, tape):
        self.tape = tape

    def __enter__(self):
        state = vars(thread)
        self.before = state["tapes"], state["op_called"], state["variable_read"]
        state["tapes"] = tuple([tape for tape in thread.tapes if tape is not self.tape])
        stop(self.tape)


def _kept(tensors, positions):
    """The tensors at some positions, None in place of the others."""
    return [x if i in positions else None for i, x in enumerate(tensors)]


def _used_before():
    return RuntimeError(
        "A GradientTape computes gradients once. For more, make it with `GradientTape(persistent=True)`."
    )


def _standardize_unconnected(unconnected_gradients):
    """Return "none" or "zero" for one of these in upper or lower case, or for TensorFlow's enumeration."""
    if unconnected_gradients == "none":
        return "none"
    name = str(getattr(unconnected_gradients, "value", unconnected_gradients)).lower()
    if name not in ("none", "zero"):
        raise ValueError(f"`unconnected_gradients` must be 'none' or 'zero'. Received: {unconnected_gradients!r}")
    return name


def _one_hots(target):
    for i in range(target.size):
        seed = np.zeros(target.size, target.dtype)
        seed[i] = 1
        yield seed.reshape(target.shape)


def _stack_rows(rows, target_shape):
    """One gradient per target element, as one tensor of shape target_shape + source_shape."""
    rows = [Tensor(dense(row)) if isinstance(row, IndexedSlices) else row for row in rows]
    return Reshape((*target_shape, *rows[0].shape)).of(Stack(0).of(*rows))
